"""Overlays against closed forms and against geopandas; sums that close."""

from __future__ import annotations

import zipfile
from decimal import Decimal

import geopandas
import numpy as np
import openpyxl
import pyogrio.raw
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.area import ellipsoidal_area
from tim.errors import UnusableInput, UsageError
from tim.files import file_name
from tim.job import Job
from tim.overlay.closure import closed, rounded
from tim.overlay.command import overlay
from tim.overlay.pieces import intersect
from tim.sources.vector import read_layer, reproject

X, Y = 500_000, 3_400_000


def _write(path, shapes, crs="EPSG:4547", **columns):
    values = [np.array(column, dtype=object) for column in columns.values()]
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    pyogrio.raw.write(str(path), wkb, values, list(columns), geometry_type="Unknown", crs=crs, layer=path.stem)
    return str(path)


def box(left, bottom, right, top):
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


@pytest.fixture
def town(tmp_path):
    """Two projects over three patches with land-use codes; the second project lies half outside."""
    projects = _write(tmp_path / "项目.gpkg", [box(0, 0, 100, 100), box(150, 0, 250, 100)], XMMC=["甲", "乙"])
    patches = [box(-50, -50, 60, 150), box(60, -50, 120, 150), box(120, -50, 200, 150)]
    land = _write(tmp_path / "地类.gpkg", patches, DLBM=["0101", "0301", "0101"], BSM=["1", "2", "3"])
    return projects, land, tmp_path


def test_areas_by_class_close(town):
    projects, land, folder = town
    out, table = folder / "结果.gpkg", folder / "结果.xlsx"
    result = overlay(projects, {"现状": land}, out=str(out), table=str(table), job=Job())
    told = result.data["layers"][0]
    assert told["classes"] == {"0101 水田": 11000.0, "0301 乔木林地": 4000.0, "未覆盖": 5000.0}
    assert told["covered_m2"] == 15000
    pieces = read_layer(f"{out}|layername=pieces_1")
    assert pieces.columns["area_m2"].sum() == 20000
    assert shapely.area(pieces.geometry).sum() == pytest.approx(20000)
    rows = list(openpyxl.load_workbook(table)["汇总"].iter_rows(values_only=True))
    assert rows[1] == ("甲", 10000, 1, 15, 10000)
    assert rows[2] == ("乙", 10000, 1, 15, 5000)
    assert rows[3] == ("合计", 20000, 2, 30, 15000)


@pytest.mark.parametrize("suffix", ["docx", "html"])
def test_the_report_has_the_same_figures(town, suffix):
    projects, land, folder = town
    report = folder / f"报告.{suffix}"
    overlay(projects, {"现状": land}, report=str(report), area="ellipsoid", job=Job())
    if suffix == "docx":
        text = zipfile.ZipFile(report).read("word/document.xml").decode()
    else:
        text = report.read_text(encoding="utf-8")
    whole = rounded(ellipsoidal_area([box(0, 0, 100, 100)], read_layer(projects).crs)[0])
    for part in ("椭球面积", "乔木林地", str(whole), "SHA-256", "未覆盖"):
        assert part in text


def test_overlapping_features_are_told_and_not_hidden(town):
    projects, _, folder = town
    land = _write(folder / "重叠.gpkg", [box(0, 0, 60, 100), box(40, 0, 100, 100)], 类=["甲", "乙"])
    job = Job()
    result = overlay(projects, {"规划": land}, by=["规划=类"], job=job)
    assert result.data["layers"][0]["classes"] == {"甲": 6000.0, "乙": 6000.0, "未覆盖": 10000.0}
    assert any("互相重叠" in warning and "2000.00" in warning for warning in job.warnings)


def test_layers_that_do_not_meet(town):
    projects, _, folder = town
    land = _write(folder / "远.gpkg", [box(5000, 0, 6000, 100)])
    classes = overlay(projects, {"红线": land}, job=Job()).data["layers"][0]["classes"]
    assert classes == {"未覆盖": 20000.0}


@pytest.mark.parametrize(
    "options, told",
    [
        ({"by": ["没有=DLBM"]}, "图层=字段"),
        ({"by": ["现状=没有"]}, "没有字段“没有”"),
        ({"name_field": "没有"}, "没有字段“没有”"),
        ({"report": "报告.txt"}, "docx"),
    ],
)
def test_wrong_usage(town, options, told, monkeypatch):
    projects, land, folder = town
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match=told):
        overlay(projects, {"现状": land}, job=Job(), **options)


def test_lines_are_no_projects(town):
    _, land, folder = town
    lines = _write(folder / "线.gpkg", [shapely.LineString([(X, Y), (X + 100, Y)])])
    with pytest.raises(UnusableInput, match="没有面要素"):
        overlay(lines, {"现状": land}, job=Job())


@given(
    parts=st.lists(st.floats(0, 1e7, allow_nan=False), min_size=1, max_size=40),
    off=st.floats(-0.001, 0.001),
)
def test_closed_sums_are_exact(parts, off):
    whole = rounded(sum(parts) * (1 + off))
    values, residual = closed(np.array(parts), whole)
    if sum(rounded(part) for part in parts):
        assert sum(values) == whole
    assert all(value >= 0 for value in values)
    allowed = abs(residual) + Decimal("0.01")
    assert all(abs(value - rounded(part)) <= allowed for value, part in zip(values, parts))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_pieces_are_those_of_geopandas(seed):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 1000, (60, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=shapely.box(0, 0, 1000, 1000))
    )
    projects = shapely.buffer(shapely.points(rng.uniform(100, 900, (8, 2))), rng.uniform(5, 200, 8))
    found = intersect(projects, cells, Job())
    frames = [
        geopandas.GeoDataFrame({name: range(len(shapes))}, geometry=shapes)
        for name, shapes in (("p", projects), ("f", cells))
    ]
    peer = geopandas.overlay(*frames, how="intersection", keep_geom_type=True)
    peer = peer[peer.area > 1e-6].sort_values(["p", "f"])
    assert list(zip(found.project, found.feature)) == list(zip(peer["p"], peer["f"]))
    assert shapely.area(found.geometry) == pytest.approx(peer.area.to_numpy(), rel=1e-9)


def test_real_land_use(data_folder):
    """Every cell of the grid of Wuxi against its land use: the areas of geopandas."""
    folder = data_folder / "vector" / "wuxi_xinwu"
    grid, land = (read_layer(str(folder / f"xinwu_{name}.gpkg")) for name in ("grid_250m", "land_use"))
    chosen = grid.geometry[1800:2200]
    found = intersect(chosen, shapely.make_valid(land.geometry), Job())
    frames = [
        geopandas.GeoDataFrame({name: range(len(shapes))}, geometry=shapes)
        for name, shapes in (("p", chosen), ("f", shapely.make_valid(land.geometry)))
    ]
    peer = geopandas.overlay(*frames, how="intersection", keep_geom_type=True)
    assert len(found) > 500
    assert shapely.area(found.geometry).sum() == pytest.approx(peer.area.sum(), abs=0.01)


def test_one_report_for_each_project_and_a_summary(town):
    projects, land, folder = town
    reports = folder / "报告"
    overlay(projects, {"现状": land}, reports=str(reports), job=Job())
    assert sorted(path.name for path in reports.iterdir()) == ["乙.docx", "汇总.xlsx", "甲.docx"]
    text = zipfile.ZipFile(reports / "乙.docx").read("word/document.xml").decode()
    assert "5000.00" in text and "未覆盖" in text and "6000.00" not in text
    rows = list(openpyxl.load_workbook(reports / "汇总.xlsx")["汇总"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["甲", "乙", "合计"]


def test_projects_of_one_name_and_of_odd_names_get_files_of_their_own():
    used: set[str] = set()
    titles = ["甲/乙", "甲:乙", "", "..", "汇总", "x" * 200]
    names = [file_name(title, used) for title in titles]
    assert names == ["甲_乙", "甲_乙-2", "未命名", "未命名-2", "汇总", "x" * 60]


def test_a_layer_in_another_zone_is_converted_and_told(town):
    projects, land, folder = town
    source = read_layer(land)
    other = reproject(source, pyproj.CRS(4528))  # zone 40, the zone in the easting
    moved = _write(folder / "邻带.gpkg", list(other.geometry), crs="EPSG:4528", DLBM=["0101", "0301", "0101"])
    report = folder / "报告.docx"
    here = overlay(projects, {"现状": land}, area="ellipsoid", job=Job())
    there = overlay(projects, {"现状": moved}, area="ellipsoid", report=str(report), job=Job())
    classes = [result.data["layers"][0]["classes"] for result in (here, there)]
    assert classes[0].keys() == classes[1].keys()
    for name, area in classes[0].items():
        assert classes[1][name] == pytest.approx(area, abs=0.0101)
    text = zipfile.ZipFile(report).read("word/document.xml").decode()
    assert "已从 EPSG:4528 转换到 EPSG:4547" in text


def test_the_parts_of_the_result_close(tmp_path):
    shapes = [box(0.3, 0.3, 100.4, 100), box(500, 0, 533.3, 44.4)]
    projects = _write(tmp_path / "项目.gpkg", shapes, XMMC=["甲", "乙"])
    patches = [box(-50, -50, 27.7, 250), box(27.7, -50, 87.7, 250), box(480, -10, 520, 30)]
    land = _write(tmp_path / "地类.gpkg", patches, DLBM=["0101", "0701", "0101"])
    data = overlay(projects, {"地类图斑": land}, job=Job()).data
    assert data["closure_m2"] == 0
    assert sum(part["area_m2"] for part in data["parts"]) == pytest.approx(data["total_m2"], abs=1e-9)
    assert {part["class"] for part in data["parts"]} == {"0101 水田", "0701 城镇住宅用地", "未覆盖"}
