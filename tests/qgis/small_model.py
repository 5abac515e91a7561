"""A model of the least that the documented schema asks for, made without the engine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from osgeo import gdal, ogr, osr

EAST, NORTH = 500_000.0, 3_400_000.0
BUILDINGS = (("B1", 0, 9.0), ("B2", 30, 31.0), ("B3", 60, None))  # identity, west edge, height


def make_model(path: Path, schema: str = "1") -> Path:
    """Three buildings, one of them without a height, a land-use patch, a river and a sloping terrain."""
    frame = osr.SpatialReference()
    frame.ImportFromEPSG(4547)
    frame.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    _buildings(source, frame)
    _plain(source, frame, "land_use", "地类图斑", _square(0, 60), ogr.wkbMultiPolygon)
    _plain(source, frame, "river", "河流", f"LINESTRING({EAST} {NORTH},{EAST + 80} {NORTH + 40})", ogr.wkbLineString)
    del source
    _terrain(path, frame)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE tim_metadata (key TEXT, value TEXT)")
        database.execute("INSERT INTO tim_metadata VALUES ('schema', ?)", (schema,))
    return path


def _square(west: float, size: float) -> str:
    x, y = EAST + west, NORTH
    return f"MULTIPOLYGON((({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y})))"


def _plain(source, frame, table, title, geometry, kind) -> None:
    layer = source.CreateLayer(table, frame, kind, options=[f"IDENTIFIER={title}"])
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(geometry))
    layer.CreateFeature(feature)


def _buildings(source, frame) -> None:
    layer = source.CreateLayer("building", frame, ogr.wkbMultiPolygon, options=["IDENTIFIER=建筑"])
    layer.CreateField(ogr.FieldDefn("id", ogr.OFTString))
    for name in ("ground_z", "height"):
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTReal))
    for identity, west, height in BUILDINGS:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["id"], feature["ground_z"] = identity, 30.0
        if height is not None:
            feature["height"] = height
        feature.SetGeometry(ogr.CreateGeometryFromWkt(_square(west, 10)))
        layer.CreateFeature(feature)


def _terrain(path, frame) -> None:
    grid = gdal.GetDriverByName("MEM").Create("", 60, 60, 1, gdal.GDT_Float32)
    grid.SetGeoTransform((EAST, 2, 0, NORTH + 120, 0, -2))
    grid.SetProjection(frame.ExportToWkt())
    row = b"".join(_float(30 + 0.1 * column) for column in range(60))
    grid.GetRasterBand(1).WriteRaster(0, 0, 60, 60, row * 60)
    options = ["APPEND_SUBDATASET=YES", "RASTER_TABLE=terrain", "RASTER_IDENTIFIER=地形", "TILE_FORMAT=TIFF"]
    gdal.GetDriverByName("GPKG").CreateCopy(str(path), grid, options=options)


def _float(value: float) -> bytes:
    import struct

    return struct.pack("<f", value)
