"""The compound CRS of a LAZ file: WKT 1 leaves out the axes, the EPSG codes must still be found."""

from __future__ import annotations

from pyproj import CRS

from tim.sources.crs import describe, horizontal, same_horizontal, vertical, with_heights


def test_codes_survive_wkt1() -> None:
    crs = CRS.from_wkt(CRS.from_user_input("EPSG:4547+5737").to_wkt("WKT1_GDAL"))
    assert describe(crs) == "EPSG:4547+5737"
    assert horizontal(crs).to_epsg() == 4547 and same_horizontal(crs, CRS.from_epsg(4547))
    assert describe(with_heights(crs, vertical(crs))) == "EPSG:4547+5737"


def test_a_code_that_contradicts_the_parameters_is_not_believed() -> None:
    text = CRS.from_epsg(4547).to_wkt("WKT1_GDAL").replace('"central_meridian",114', '"central_meridian",115')
    crs = CRS.from_wkt(text)
    assert horizontal(crs).to_epsg() is None
    assert not same_horizontal(crs, CRS.from_epsg(4547))
