"""The survey's ellipsoidal area against worked polygons computed independently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely

from tim.area import _rounded_seconds, _to_seconds, ellipsoidal_area, gauss_kruger, round_area, round_areas
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.measure import area_ellipsoid

VECTORS = json.loads((Path(__file__).parent / "vectors" / "ellipsoid_area_vectors.json").read_text("utf-8"))


def _zone(prefix: int) -> pyproj.CRS:
    """CGCS2000 3-degree Gauss-Krüger with the zone in the easting."""
    return pyproj.CRS.from_epsg(4513 + prefix - 25)


def _polygon(case: dict[str, Any]) -> shapely.MultiPolygon:
    parts = [[[(y, x) for x, y in ring] for ring in part] for part in case["parts"]]
    return shapely.MultiPolygon([(part[0], part[1:]) for part in parts])


@pytest.mark.parametrize("case", VECTORS["polygons"], ids=lambda case: case["id"])
def test_worked_polygons_to_the_last_digit(case: dict[str, Any]) -> None:
    area = ellipsoidal_area([_polygon(case)], _zone(case["zone_prefix"]))[0]
    assert f"{area:.6f}" == f"{case['area_m2']:.6f}"
    assert round_area(area) == case["area_m2_2dp"]


def test_all_polygons_in_one_call_and_gaps() -> None:
    cases = [case for case in VECTORS["polygons"] if case["zone_prefix"] == 39]
    shapes = [None, shapely.Point(39500000, 3600000), *map(_polygon, cases), shapely.MultiPolygon()]
    areas = ellipsoidal_area(shapes, _zone(39))
    assert areas[0] == areas[1] == areas[-1] == 0
    np.testing.assert_allclose(areas[2:-1], [case["area_m2"] for case in cases], rtol=0, atol=5.1e-7)


def test_the_zone_in_the_easting_and_the_direction_do_not_matter() -> None:
    case = VECTORS["polygons"][1]
    shape = _polygon(case)
    without_zone = shapely.transform(shape, lambda c: c - np.array([39_000_000, 0]))
    meridian_117 = pyproj.CRS.from_epsg(4548)
    assert ellipsoidal_area([without_zone], meridian_117)[0] == ellipsoidal_area([shape], _zone(39))[0]
    assert abs(ellipsoidal_area([shapely.reverse(shape)], _zone(39))[0] - case["area_m2"]) < 1e-5


@pytest.mark.parametrize("case", VECTORS["gauss_inverse"], ids=lambda case: case["id"])
def test_gauss_inverse(case: dict[str, Any]) -> None:
    crs = pyproj.CRS.from_epsg(4534 + (case["central_meridian_deg"] - 75) // 3)
    frame = gauss_kruger(crs)
    assert frame.central_meridian == case["central_meridian_deg"]
    seconds = _to_seconds(np.array([[case["y_east_without_prefix"], case["x_north"]]], dtype=float), frame)
    assert abs(seconds[0][0] / 3600 - case["lat_deg"]) < case["tolerance_deg"]
    assert abs(seconds[1][0] / 3600 - case["lon_deg"]) < case["tolerance_deg"]
    rho = VECTORS.get("rho", 206264.8062471)
    rounded = [value[0] * rho for value in _rounded_seconds(*seconds)]
    assert [f"{value:.6f}" for value in rounded] == [
        f"{case['lat_total_seconds_rounded']:.6f}",
        f"{case['lon_total_seconds_rounded']:.6f}",
    ]


def test_longitude_and_latitude_give_the_same_area_as_gauss_kruger() -> None:
    case = VECTORS["polygons"][5]
    plane = _polygon(case)
    to_degrees = pyproj.Transformer.from_crs(_zone(40), 4490, always_xy=True)
    degrees = shapely.transform(plane, to_degrees.transform, interleaved=False)
    assert abs(ellipsoidal_area([degrees], pyproj.CRS(4490))[0] - case["area_m2"]) < case["tolerance_m2"]


@pytest.mark.parametrize("code", [4326, 32650, 2383, 3857, 28992])
def test_other_datums_and_projections_are_refused(code: int) -> None:
    with pytest.raises(UnusableInput, match="CGCS2000"):
        gauss_kruger(pyproj.CRS.from_epsg(code))


@pytest.mark.parametrize(
    ("area", "expected"), [(0.125, 0.13), (2.675, 2.68), (1.005, 1.01), (-0.125, -0.13), (9999.999327, 10000.0)]
)
def test_rounding_is_half_away_from_zero_in_decimals(area: float, expected: float) -> None:
    assert round_area(area) == expected


def test_many_areas_are_rounded_as_each_of_them() -> None:
    rng = np.random.default_rng(3)
    ties = rng.integers(0, 10**9, 500) / 100 + 0.005
    areas = np.r_[ties, np.nextafter(ties, 0), np.nextafter(ties, 1e12), rng.uniform(0, 1e11, 500), 0.0, 2.675, 1.005]
    assert round_areas(areas).tolist() == [round_area(area) for area in areas]


def _write(path: Path, crs: str | None, areas: list[float]) -> Path:
    case = VECTORS["polygons"][0]
    shapes = np.array([_polygon(case), shapely.transform(_polygon(case), lambda c: c + np.array([100, 0]))])
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), [np.array(areas)], ["TBMJ"], geometry_type="MultiPolygon", crs=crs, driver="GPKG"
    )
    return path


def test_the_operation_compares_with_a_field(tmp_path: Path) -> None:
    path = _write(tmp_path / "图斑.gpkg", "EPSG:4527", [10000.0, 9999.0])
    result = area_ellipsoid(str(path), field="TBMJ", job=Job())
    assert result.data["areas_m2"] == [10000.0, 10000.0]
    assert result.data["total_m2"] == 20000.0
    assert result.data["central_meridian"] == 117
    assert result.data["differences"] == [{"feature": 2, "field": 9999.0, "area_m2": 10000.0}]


def test_the_operation_asks_for_a_missing_crs_and_field(tmp_path: Path) -> None:
    path = _write(tmp_path / "无坐标系.gpkg", None, [1.0, 2.0])
    with pytest.raises(UnusableInput, match="--crs"):
        area_ellipsoid(str(path), job=Job())
    assert area_ellipsoid(str(path), crs="EPSG:4527", job=Job()).data["total_m2"] == 20000.0
    with pytest.raises(UsageError, match="TBMJ"):
        area_ellipsoid(str(path), field="没有的", crs="EPSG:4527", job=Job())
