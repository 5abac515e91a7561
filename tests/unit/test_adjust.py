"""Control-area adjustment and standard map sheets."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio.raw
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.adjust import adjust, area_adjust
from tim.area import ellipsoidal_area
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.sheets import Sheet, find_sheet
from tim.sources.vector import read_layer

VECTORS = json.loads((Path(__file__).parent / "vectors" / "ellipsoid_area_vectors.json").read_text("utf-8"))


def _degrees(text: str) -> Fraction:
    marks = zip(re.findall(r"[\d.]+", text), re.findall("[°′″]", text))
    return sum((Fraction(number) / {"°": 1, "′": 60, "″": 3600}[mark] for number, mark in marks), Fraction(0))


@pytest.mark.parametrize("case", VECTORS["map_sheets"], ids=lambda case: case["id"])
def test_sheet_areas(case):
    south, west, height, width = (_degrees(case[key]) for key in ("south_lat", "west_lon", "dlat", "dlon"))
    assert Sheet("", south, west, height, width).area == pytest.approx(case["area_m2_closed_form"], abs=1e-4)
    corners = shapely.box(float(west), float(south), float(west + width), float(south + height))
    assert ellipsoidal_area([corners], pyproj.CRS(4490))[0] == pytest.approx(case["area_m2_trapezoid"], abs=1e-3)


def test_sheet_numbers():
    assert find_sheet("H50").west == 114 and find_sheet("H50").south == 28
    first = find_sheet("H50E001001")
    assert (first.south, first.west) == (32 - Fraction(1, 6), 114)
    assert (first.height, first.width) == (Fraction(1, 6), Fraction(1, 4))
    last = find_sheet("h50h192192")
    assert (last.south, last.west + last.width) == (28, 120)
    # the sheet of case MS-S02, south-west corner 30° N 114° E
    assert find_sheet("H50E012001").area == pytest.approx(VECTORS["map_sheets"][1]["area_m2_closed_form"], abs=1e-4)
    for wrong in ("H50E025001", "H61", "50H", "H50A001001"):
        with pytest.raises(UnusableInput, match="图幅号"):
            find_sheet(wrong)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.decimals("0.001", "500", places=3), min_size=1, max_size=30),
    st.decimals("0", "3000", places=1),
    st.integers(0, 3),
)
def test_sums_are_exact_and_shares_fair(areas, control, decimals):
    step = Decimal(1).scaleb(-decimals)
    made = adjust(areas, control, step)
    assert sum(made) == (control / step).quantize(Decimal(1), rounding="ROUND_HALF_UP") * step
    total = sum(areas)
    for area, one in zip(areas, made):
        assert one >= 0 and one % step == 0
        assert abs(one - area * control / total) <= 2 * step


def test_the_residual_goes_to_the_largest_first():
    # 10.04 + 20.04 + 30.04 → 10.0, 20.0, 30.0; 0.1 is left for the largest, then for the next
    areas = [Decimal("10.04"), Decimal("20.04"), Decimal("30.04")]
    assert adjust(areas, Decimal("60.12"), Decimal("0.1")) == [Decimal("10.0"), Decimal("20.0"), Decimal("30.1")]
    assert adjust([Decimal(1)] * 3, Decimal("1.0"), Decimal("0.1")) == [Decimal("0.4"), Decimal("0.3"), Decimal("0.3")]
    assert adjust([Decimal(1)] * 3, Decimal("0.2"), Decimal("0.1")) == [Decimal("0.0"), Decimal("0.1"), Decimal("0.1")]


def _write(path, shapes, crs="EPSG:4528", **columns):
    values = [np.array(column, dtype=object) if isinstance(column, list) else column for column in columns.values()]
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    pyogrio.raw.write(str(path), wkb, values, list(columns), geometry_type="Polygon", crs=crs, layer=path.stem)
    return str(path)


def _square(left, bottom, size=1000):
    return shapely.box(40_500_000 + left, 3_400_000 + bottom, 40_500_000 + left + size, 3_400_000 + bottom + size)


@pytest.fixture
def pieces(tmp_path):
    shapes = [_square(0, 0), _square(1000, 0), _square(2000, 0), _square(0, 5000)]
    return _write(tmp_path / "图斑.gpkg", shapes, XZQDM=["1", "1", "1", "2"])


def test_pieces_are_adjusted_to_a_field_and_by_place(pieces, tmp_path):
    areas = [shapely.box(40_500_000, 3_400_000, 40_503_000, 3_401_000), _square(0, 5000)]
    control = _write(tmp_path / "区.gpkg", areas, XZQDM=["1", "2"], JSMJ=np.array([3_001_000.0, 1_000_400.0]))
    out, table = tmp_path / "平差.gpkg", tmp_path / "平差.xlsx"
    result = area_adjust(
        pieces, by="XZQDM", control=control, control_field="JSMJ", out=str(out), table=str(table), job=Job()
    )
    assert [group["control"] for group in result.data["groups"]] == [300.1, 100.0]
    adjusted = read_layer(out).columns["adjusted_hectare"]
    assert sorted(adjusted[:3]) == [100.0, 100.0, 100.1] and adjusted[3] == 100.0
    rows = list(openpyxl.load_workbook(table)["控制区"].iter_rows(values_only=True))
    assert rows[1][:2] == ("1", 3) and rows[1][3] == 300.1
    by_place = area_adjust(pieces, control=control, unit="m2", decimals=2, job=Job())
    assert [group["pieces"] for group in by_place.data["groups"]] == [3, 1]
    whole = ellipsoidal_area([shapely.union_all(areas[:1])], pyproj.CRS(4528))[0]
    assert by_place.data["groups"][0]["control"] == pytest.approx(whole, abs=0.005)


def test_doubts_and_mistakes_are_told(pieces, tmp_path):
    job = Job()
    control = _write(tmp_path / "区.gpkg", [_square(0, 0)], XZQDM=["1"])
    area_adjust(pieces, by="XZQDM", control=control, job=job)
    assert any("相差超过 1%" in warning for warning in job.warnings)
    assert any("不属于任何控制区" in warning for warning in job.warnings)
    with pytest.raises(UsageError, match="--control"):
        area_adjust(pieces, job=Job())
    with pytest.raises(UnusableInput, match="图幅号"):
        area_adjust(pieces, by="XZQDM", job=Job())
    with pytest.raises(UsageError, match="没有字段"):
        area_adjust(pieces, by="没有", job=Job())


def test_a_piece_at_the_border_of_zones_has_one_area():
    """The same polygon in two neighbouring 3° zones, 1.5° from both central meridians."""
    ground = shapely.Polygon([(118.499, 32.0), (118.5012, 32.0), (118.5009, 32.0021), (118.4992, 32.0018)])
    areas = []
    for code in (4527, 4528):
        to_plane = pyproj.Transformer.from_crs(4490, code, always_xy=True).transform
        areas.append(ellipsoidal_area([shapely.transform(ground, to_plane, interleaved=False)], pyproj.CRS(code))[0])
    assert areas[0] == pytest.approx(areas[1], abs=0.01)
    assert areas[0] == pytest.approx(ellipsoidal_area([ground], pyproj.CRS(4490))[0], abs=0.01)
