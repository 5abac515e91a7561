CREATE TABLE "<table>" ("fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "geom" <kind><fields>)

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
VALUES ('<text>', 'features', '<title>', '', <srs>)

INSERT INTO gpkg_geometry_columns VALUES ('<text>', 'geom', '<kind>', <srs>, <z>, 0)

INSERT INTO gpkg_ogr_contents VALUES ('<text>', 0)

INSERT INTO gpkg_extensions
VALUES ('<text>', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')

CREATE VIRTUAL TABLE "rtree_<table>_geom" USING rtree(id, minx, maxx, miny, maxy)

CREATE TRIGGER "rtree_<table>_geom_insert" AFTER INSERT ON "<table>"
WHEN NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)
BEGIN
  INSERT OR REPLACE INTO "rtree_<table>_geom"
  VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END

CREATE TRIGGER "rtree_<table>_geom_update1" AFTER UPDATE OF geom ON "<table>"
WHEN OLD.fid = NEW.fid AND NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)
BEGIN
  INSERT OR REPLACE INTO "rtree_<table>_geom"
  VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END

CREATE TRIGGER "rtree_<table>_geom_update2" AFTER UPDATE OF geom ON "<table>"
WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN
  DELETE FROM "rtree_<table>_geom" WHERE id = OLD.fid;
END

CREATE TRIGGER "rtree_<table>_geom_update3" AFTER UPDATE ON "<table>"
WHEN OLD.fid != NEW.fid AND NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)
BEGIN
  DELETE FROM "rtree_<table>_geom" WHERE id = OLD.fid;
  INSERT OR REPLACE INTO "rtree_<table>_geom"
  VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END

CREATE TRIGGER "rtree_<table>_geom_update4" AFTER UPDATE ON "<table>"
WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN
  DELETE FROM "rtree_<table>_geom" WHERE id IN (OLD.fid, NEW.fid);
END

CREATE TRIGGER "rtree_<table>_geom_delete" AFTER DELETE ON "<table>" WHEN OLD.geom NOT NULL
BEGIN
  DELETE FROM "rtree_<table>_geom" WHERE id = OLD.fid;
END

CREATE TRIGGER "trigger_insert_feature_count_<table>" AFTER INSERT ON "<table>"
BEGIN
  UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1 WHERE lower(table_name) = lower('<text>');
END

CREATE TRIGGER "trigger_delete_feature_count_<table>" AFTER DELETE ON "<table>"
BEGIN
  UPDATE gpkg_ogr_contents SET feature_count = feature_count - 1 WHERE lower(table_name) = lower('<text>');
END

CREATE INDEX "index_<table>_id" ON "<table>" (id)
