"""Decoding gives a cell that holds the point, at every level, quadrant and border."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tim.codes import BEIDOU, GEOSOT, LOCATION, cell_of, cover, neighbours
from tim.codes.angle import UNITS_PER_DEGREE, whole_units
from tim.codes.geosot_cover import cover as cover_geosot
from tim.errors import UsageError

GRIDS = [BEIDOU, LOCATION]
grids = st.sampled_from(GRIDS)
units = st.integers(-180 * UNITS_PER_DEGREE + 1, 180 * UNITS_PER_DEGREE - 1)
lat_units = st.integers(-88 * UNITS_PER_DEGREE + 1, 88 * UNITS_PER_DEGREE - 1)
# borders of cells, and anything between
longitudes = st.one_of(
    st.floats(-179.9999999, 179.9999999), units.map(lambda n: n / UNITS_PER_DEGREE), st.integers(-179, 179).map(float)
)
latitudes = st.one_of(
    st.floats(-87.9999999, 87.9999999), lat_units.map(lambda n: n / UNITS_PER_DEGREE), st.integers(-87, 87).map(float)
)


def _holds(low: int, high: int, degrees: float) -> bool:
    exact = Fraction(repr(degrees)) * UNITS_PER_DEGREE
    return low <= exact < high if degrees >= 0 else low < exact <= high


@given(grid=grids, lon=longitudes, lat=latitudes, data=st.data())
def test_the_cell_holds_the_point(grid, lon, lat, data):
    level = data.draw(st.integers(1, len(grid.levels)))
    height = data.draw(st.one_of(st.none(), st.floats(-11000, 100_000)))
    code = str(grid.encode(lon, lat, level, height)[0])
    assert len(code) == grid.length(level, height is not None)
    assert grid.check(code).valid
    cell = cell_of(grid, code)
    assert _holds(cell.west, cell.east, lon)
    assert _holds(cell.south, cell.north, lat)
    assert cell.east - cell.west == grid.levels[level - 1].width
    if height is not None:
        assert cell.bottom - 1e-6 <= height <= cell.top + 1e-6


@given(grid=grids, lon=longitudes, lat=latitudes)
def test_a_finer_code_lies_in_the_coarser_cell(grid, lon, lat):
    cells = [cell_of(grid, str(grid.encode(lon, lat, level)[0])) for level in range(1, len(grid.levels) + 1)]
    for outer, inner in itertools.pairwise(cells):
        assert outer.west <= inner.west < inner.east <= outer.east
        assert outer.south <= inner.south < inner.north <= outer.north


@given(lon=st.floats(-179.9999, 179.9999), lat=st.floats(-87.9999, 87.9999))
def test_the_three_systems_share_cells(lon, lat):
    for beidou, location, geosot in ((4, 8, 15), (5, 10, 19), (6, 11, 20), (7, 13, 23), (8, 14, 26), (10, 16, 32)):
        cell = cell_of(BEIDOU, str(BEIDOU.encode(lon, lat, beidou)[0]))
        assert cell == cell_of(LOCATION, str(LOCATION.encode(lon, lat, location)[0]))
        assert GEOSOT.bounds(str(GEOSOT.encode(lon, lat, geosot)[0])) == pytest.approx(cell.degrees, abs=1e-12)


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    level=st.integers(1, 32),
    height=st.one_of(st.none(), st.floats(-11000, 100_000)),
)
def test_geosot_holds_the_point(lon, lat, level, height):
    code = str(GEOSOT.encode(lon, lat, level, height)[0])
    if height is not None:
        bottom, top = GEOSOT.heights(code)
        assert bottom - 1e-6 <= height <= top + 1e-6
    assert GEOSOT.check(code).valid
    west, south, east, north = GEOSOT.bounds(code)
    slack = 1e-9
    assert west - slack <= lon <= east + slack
    assert south - slack <= lat <= north + slack


@given(lon=st.floats(-179, 179), lat=st.floats(-85, 85), height=st.floats(0, 5000))
def test_heights_of_geosot_and_beidou_are_the_same_cells(lon, lat, height):
    for beidou, geosot in ((4, 15), (5, 19), (6, 20), (7, 23), (8, 26), (10, 32)):
        cell = cell_of(BEIDOU, str(BEIDOU.encode(lon, lat, beidou, height)[0]), True)
        heights = GEOSOT.heights(str(GEOSOT.encode(lon, lat, geosot, height)[0]))
        assert heights == pytest.approx((cell.bottom, cell.top), abs=1e-6)


@settings(max_examples=30)
@given(lon=longitudes, lat=st.floats(-89.9, 89.9), level=st.integers(2, 32), solid=st.booleans())
def test_geosot_neighbours_are_mutual(lon, lat, level, solid):
    code = str(GEOSOT.encode(lon, lat, level, 30.0 if solid else None)[0])
    around = GEOSOT.neighbours(code)
    assert len(around) == len(set(around))
    assert code not in around
    assert all(code in GEOSOT.neighbours(other) for other in around)


@settings(max_examples=30)
@given(x=st.floats(-170, 170), y=st.floats(-80, 80), size=st.floats(0.01, 0.9), level=st.integers(4, 15))
def test_geosot_cells_that_cover(x, y, size, level):
    polygon = shapely.Polygon([(x, y), (x + size, y), (x + size / 3, y + size)])
    assume(size / 2.0 ** (9 - level) < 40)
    codes = cover_geosot(polygon, level)
    cells = [shapely.box(*GEOSOT.bounds(code)) for code in codes]
    assert len(set(codes)) == len(codes)
    assert shapely.union_all(cells).buffer(1e-9).covers(polygon)
    assert all(shapely.intersects(cell, polygon) and not shapely.touches(cell, polygon) for cell in cells)


@given(values=st.lists(longitudes, min_size=1, max_size=20))
def test_arrays_and_decimal_texts_agree(values):
    assert list(whole_units(np.array(values))) == list(whole_units([repr(value) for value in values]))


@given(grid=grids, lon=longitudes, lat=st.floats(-80, 80), level=st.integers(1, 10))
def test_neighbours_are_mutual_and_touch(grid, lon, lat, level):
    code = str(grid.encode(lon, lat, level)[0])
    around = neighbours(grid, code)
    assert len(set(around)) == len(around)
    assert code not in around
    for other in around:
        assert code in neighbours(grid, other)


@settings(max_examples=40)
@given(
    grid=grids,
    x=st.floats(-170, 170),
    y=st.floats(-80, 80),
    sizes=st.tuples(st.floats(0.001, 0.4), st.floats(0.001, 0.4)),
    level=st.integers(2, 4),
)
def test_covering_cells_are_those_that_share_an_area(grid, x, y, sizes, level):
    polygon = shapely.Polygon([(x, y), (x + sizes[0], y), (x + sizes[0] / 3, y + sizes[1])])
    assume(polygon.is_valid and polygon.area > 1e-9)
    codes = cover(grid, polygon, level)
    assert len(set(codes)) == len(codes)
    cells = [cell_of(grid, code).polygon for code in codes]
    assert shapely.union_all(cells).buffer(1e-9).covers(polygon)
    assert all(shapely.intersects(cell, polygon) and not shapely.touches(cell, polygon) for cell in cells)
    points = shapely.Point(polygon.representative_point())
    assert str(grid.encode(points.x, points.y, level)[0]) in codes


@pytest.mark.parametrize("lon, lat", [(0, 90.1), (400, 0), (float("nan"), 0), ("东", "北")])
def test_places_without_a_code(lon, lat):
    with pytest.raises(UsageError):
        BEIDOU.encode(lon, lat, 5)


def test_the_location_code_has_no_polar_rule():
    with pytest.raises(UsageError, match="没有公布"):
        LOCATION.encode(10, 89, 5)


polar_latitudes = st.one_of(
    st.floats(87.99, 90),
    st.sampled_from([88.0, 88.5, 89.0, 89.5, 89.75, 90.0]),
    st.integers(0, 2 * UNITS_PER_DEGREE).map(lambda n: 90 - n / UNITS_PER_DEGREE),
)
all_longitudes = st.one_of(longitudes, st.sampled_from([180.0, -180.0, 120.0, -120.0, -60.0]))


@given(
    lon=all_longitudes,
    lat=polar_latitudes,
    south=st.booleans(),
    level=st.integers(1, 10),
    height=st.sampled_from([None, 100.0, -50.0]),
)
def test_polar_cells_hold_the_point(lon, lat, south, level, height):
    lat = -lat if south else lat
    code, solid = str(BEIDOU.encode(lon, lat, level, height)[0]), height is not None
    assert len(code) == BEIDOU.length(level, solid)
    assert BEIDOU.check(code).valid
    west, low, east, high = cell_of(BEIDOU, code, solid).degrees
    assert low - 1e-12 <= lat <= high + 1e-12
    assert any(west - 1e-9 <= lon + turn <= east + 1e-9 for turn in (-360, 0, 360))
    if level > 1 and not solid:
        outer = cell_of(BEIDOU, str(BEIDOU.encode(lon, lat, level - 1)[0]))
        inner = cell_of(BEIDOU, code)
        assert outer.south <= inner.south < inner.north <= outer.north
        assert inner.east - inner.west <= outer.east - outer.west


@settings(max_examples=10, deadline=None)
@given(lon=all_longitudes, lat=polar_latitudes, level=st.integers(1, 10))
def test_polar_neighbours_are_mutual(lon, lat, level):
    code = str(BEIDOU.encode(lon, lat, level)[0])
    around = neighbours(BEIDOU, code, False)
    assert code not in around
    assert all(code in neighbours(BEIDOU, other, False) for other in around)


@pytest.mark.parametrize("level, cells", [(2, 16), (3, 4 + 60)])
def test_polar_cells_fill_the_cap(level, cells):
    """Clause 5.3: 16 cells at level 2; at level 3 four in each, that of the cap included."""
    found = {}
    for code in BEIDOU.encode(
        *(part.ravel() for part in np.meshgrid(np.arange(-179.5, 180), np.arange(88.1, 90, 0.24))), level
    ):
        found[str(code)] = cell_of(BEIDOU, str(code))
    assert len(found) == cells
    assert sum((c.east - c.west) * (c.north - c.south) for c in found.values()) == 720 * UNITS_PER_DEGREE**2
    sizes = {(c.east - c.west) / UNITS_PER_DEGREE for c in found.values()}
    assert sizes == ({360, 120, 60} if level == 2 else {360, 120, 60, 30})


@given(text=st.text(max_size=24))
def test_any_text_gets_a_verdict(text):
    for coder in (BEIDOU, LOCATION, GEOSOT):
        verdict = coder.check(text)
        assert verdict.valid or verdict.reason


def test_too_many_cells():
    with pytest.raises(UsageError, match="超过"):
        cover(BEIDOU, shapely.box(100, 20, 120, 40), 6)
