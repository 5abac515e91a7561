"""Conversion of land-use codes and change between dates."""

from __future__ import annotations

import zipfile
from decimal import Decimal

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.area import ellipsoidal_area
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.landuse import SANDIAO, YDYH_2020, classification
from tim.landuse.conversion import MAPPED, SUBDIVIDE, convert_layer, targets
from tim.landuse.transition import land_use_change
from tim.overlay.closure import rounded
from tim.sources.vector import read_layer


def box(left, bottom, right, top):
    return shapely.box(500_000 + left, 3_400_000 + bottom, 500_000 + right, 3_400_000 + top)


def _write(path, shapes, codes, field="DLBM"):
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    options = {"layer": path.stem, "geometry_type": "Polygon", "crs": "EPSG:4547", "driver": "GPKG"}
    pyogrio.raw.write(str(path), wkb, [np.array(codes, dtype=object)], [field], **options)
    return str(path)


def test_every_target_is_a_class_of_2023():
    known = classification("用地用海分类（2023）")
    for version in (SANDIAO, YDYH_2020):
        for code, target in targets(version).items():
            assert (target.status == MAPPED) == bool(target.code), code
            assert not target.code or target.code in known, code
    assert targets(SANDIAO)["1202"].status == SUBDIVIDE
    assert targets(YDYH_2020)["2302"].code == "2303"


def test_a_layer_is_converted_and_what_is_open_is_listed(tmp_path):
    shapes = [box(n, 0, n + 1, 1) for n in range(5)]
    source = _write(tmp_path / "三调.gpkg", shapes, ["0303", "1202", "1202", None, "9999"])
    out = str(tmp_path / "转换.gpkg")
    result = convert_layer(source, out, job=Job())
    written = read_layer(out)
    assert list(written.columns["ydyh_code"]) == ["0507", None, None, None, None]
    assert list(written.columns["ydyh_status"]) == ["对应", "须细分", "须细分", "没有填写", "没有对应"]
    assert {"code": "1202", "name": "农业设施建设用地", "status": "须细分", "features": 2} in result.data["unresolved"]
    assert list(written.columns["DLBM"]) == ["0303", "1202", "1202", None, "9999"]


def test_what_cannot_be_converted(tmp_path):
    done = _write(tmp_path / "a.gpkg", [box(0, 0, 1, 1)], ["0602"], "YDYHFLDM")
    with pytest.raises(UsageError, match="不用转换"):
        convert_layer(done, str(tmp_path / "x.gpkg"), job=Job())
    other = _write(tmp_path / "b.gpkg", [box(0, 0, 1, 1)], ["甲"], "类")
    with pytest.raises(UnusableInput, match="没有地类编码字段"):
        convert_layer(other, str(tmp_path / "x.gpkg"), job=Job())
    with pytest.raises(UnusableInput, match="没有认得的地类编码"):
        convert_layer(other, str(tmp_path / "x.gpkg"), field="类", job=Job())


def test_change_in_closed_form(tmp_path):
    before = _write(tmp_path / "前.gpkg", [box(0, 0, 100, 100), box(100, 0, 200, 100)], ["0101", "0301"])
    after = _write(tmp_path / "后.gpkg", [box(0, 0, 150, 100), box(150, 0, 190, 100)], ["0601", "0103"])
    table, out = tmp_path / "矩阵.xlsx", tmp_path / "变化.gpkg"
    result = land_use_change(before, after, area="plane", table=str(table), out=str(out), job=Job())
    matrix = {(row["before"], row["after"]): row["area_m2"] for row in result.data["matrix"]}
    assert matrix == {
        ("0101 水田", "0601 工业用地"): 10000,
        ("0301 乔木林地", "0601 工业用地"): 5000,
        ("0301 乔木林地", "0103 旱地"): 4000,
        ("0301 乔木林地", "未覆盖"): 1000,
    }
    assert result.data["new_construction_m2"] == 15000
    assert result.data["farmland_lost_m2"] == 10000
    assert result.data["farmland_won_m2"] == 4000
    rows = list(openpyxl.load_workbook(table)["转移矩阵"].iter_rows(values_only=True))
    assert rows[-1][-1] == 20000
    assert shapely.area(read_layer(str(out)).geometry).sum() == pytest.approx(20000)


def test_other_classifications_are_not_compared(tmp_path):
    before = _write(tmp_path / "前.gpkg", [box(0, 0, 1, 1)], ["0303"])
    after = _write(tmp_path / "后.gpkg", [box(0, 0, 1, 1)], ["0507"], "YDYHFLDM")
    with pytest.raises(UsageError, match="分类不同"):
        land_use_change(before, after, job=Job())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), area=st.sampled_from(["plane", "ellipsoid"]))
def test_rows_close_on_random_tilings(tmp_path_factory, seed, area):
    folder = tmp_path_factory.mktemp("变化")
    rng = np.random.default_rng(seed)
    window = box(0, 0, 1000, 1000)
    paths = []
    for name in ("前", "后"):
        points = shapely.multipoints(rng.uniform(0, 1000, (25, 2)) + np.array([500_000, 3_400_000]))
        cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=window)), window)
        paths.append(_write(folder / f"{name}.gpkg", list(cells), rng.choice(["0101", "0301", "0601"], len(cells))))
    result = land_use_change(*paths, area=area, job=Job())
    rows: dict[str, Decimal] = {}
    for row in result.data["matrix"]:
        if row["before"] != "未覆盖":
            rows[row["before"]] = rows.get(row["before"], Decimal(0)) + Decimal(repr(row["area_m2"]))
    layer = read_layer(paths[0])
    areas = shapely.area(layer.geometry) if area == "plane" else ellipsoidal_area(layer.geometry, layer.crs)
    whole: dict[str, Decimal] = {}
    for code, value in zip(layer.columns["DLBM"], areas):
        whole[code] = whole.get(code, Decimal(0)) + rounded(value)
    assert {key[:4]: round(value, 2) for key, value in rows.items()} == whole


def test_accounts_say_where_land_went_and_came_from(tmp_path):
    """Farmland to houses 200 m², to forest 100 m²; forest to farmland 300 m²; forest to roads 50 m²."""
    shapes = [box(0, 0, 20, 10), box(20, 0, 30, 10), box(30, 0, 60, 10), box(60, 0, 65, 10), box(65, 0, 70, 10)]
    before = _write(tmp_path / "前.gpkg", shapes, ["0101", "0103", "0301", "0301", "0101"])
    after = _write(tmp_path / "后.gpkg", shapes, ["0701", "0301", "0103", "1003", "0101"])
    report, table = tmp_path / "快报.docx", tmp_path / "表.xlsx"
    land_use_change(before, after, area="plane", report=str(report), table=str(table), job=Job())
    book = openpyxl.load_workbook(table)
    told = {
        name: [row[1:3] for row in book[name].iter_rows(min_row=2, values_only=True)] for name in book.sheetnames[3:]
    }
    assert told == {
        "新增建设用地（按来源）": [("0101 水田", 200), ("0301 乔木林地", 50), ("合计", 250)],
        "新增建设用地（按现状）": [("0701 城镇住宅用地", 200), ("1003 公路用地", 50), ("合计", 250)],
        "耕地流出（按去向）": [("0701 城镇住宅用地", 200), ("0301 乔木林地", 100), ("合计", 300)],
        "耕地流入（按来源）": [("0301 乔木林地", 300), ("合计", 300)],
    }
    text = zipfile.ZipFile(report).read("word/document.xml").decode()
    for part in ("地类变化快报", "耕地净变化", "0.00", "SHA-256", "可信度 M"):
        assert part in text
