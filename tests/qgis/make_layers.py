"""Vector layers for the small scan's place. Runs in QGIS's Python."""

from __future__ import annotations

from pathlib import Path

from osgeo import ogr, osr

EAST, NORTH = 500_000.0, 3_400_000.0


def square(west: float, south: float, size: float) -> str:
    """A square as WKT, in metres from the scan's corner."""
    x, y = EAST + west, NORTH + south
    return f"POLYGON(({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y}))"


def write_layer(path: Path, rows: list[tuple[str, dict[str, str]]]) -> Path:
    """A GeoPackage in EPSG:4547 with one layer; a row is the geometry and the attributes."""
    frame = osr.SpatialReference()
    frame.ImportFromEPSG(4547)
    frame.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    kind = ogr.CreateGeometryFromWkt(rows[0][0]).GetGeometryType()
    layer = source.CreateLayer(path.stem, frame, kind)
    for name in rows[0][1]:
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for geometry, attributes in rows:
        feature = ogr.Feature(layer.GetLayerDefn())
        for name, value in attributes.items():
            feature[name] = value
        feature.SetGeometry(ogr.CreateGeometryFromWkt(geometry))
        layer.CreateFeature(feature)
    return path


def write_land_use(folder: Path) -> Path:
    """Two patches: dry land and woodland of the 三调 classification."""
    rows = [
        (square(0, 0, 60), {"DLBM": "0103", "DLMC": "旱地"}),
        (square(60, 0, 60), {"DLBM": "0301", "DLMC": "乔木林地"}),
    ]
    return write_layer(folder / "地类图斑.gpkg", rows)


def write_river(folder: Path) -> Path:
    """One line."""
    return write_layer(
        folder / "河流.gpkg", [(f"LINESTRING({EAST} {NORTH},{EAST + 80} {NORTH + 40})", {"名称": "清溪"})]
    )
