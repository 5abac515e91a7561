"""Boundary-point files in their variants, and round trips."""

from __future__ import annotations

import numpy as np
import openpyxl
import pyogrio.raw
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.boundary.command import point_table, read_files, write_file
from tim.boundary.plots import polygon_of, rings_of
from tim.boundary.table import bearing
from tim.boundary.txt import Plot
from tim.errors import UnusableInput
from tim.job import Job
from tim.sources.vector import read_layer, reproject

HEAD = """[属性描述]
格式版本号=1.01
数据产生单位=某市测绘院
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=39
精度=0.001
转换参数=0,0,0,0,0,0,0
[地块坐标]
"""
SQUARE = """4,1.0000,DK-1,甲地块,面,H50G001,工业用地,0601,@
J1,1,3400100.000,39500000.000
J2,1,3400100.000,39500100.000
J3,1,3400000.000,39500100.000
J4,1,3400000.000,39500000.000
J1,1,3400100.000,39500000.000
"""
HOLE = """J5,2,3400060.000,39500040.000
J6,2,3400040.000,39500040.000
J7,2,3400040.000,39500060.000
J8,2,3400060.000,39500060.000
J5,2,3400060.000,39500040.000
"""


@pytest.fixture
def job(monkeypatch):
    job = Job()
    job.told = []
    monkeypatch.setattr(job, "warn", job.told.append)
    return job


def _read(tmp_path, text, job, encoding="gb18030", **options):
    path = tmp_path / "界址点.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    out = tmp_path / "结果.gpkg"
    result = read_files([str(path)], str(out), overwrite=True, job=job, **options)
    return result, read_layer(str(out))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_an_approval_file(tmp_path, job, encoding):
    result, layer = _read(tmp_path, HEAD + SQUARE.replace("4,1.0", "8,0.96", 1) + HOLE, job, encoding)
    assert not job.told, job.told
    assert layer.crs.to_epsg() == 4527
    assert layer.columns["地块名称"][0] == "甲地块"
    assert layer.columns["地类编码"][0] == "0601"
    assert layer.geometry[0].area == pytest.approx(9600)
    assert result.data["files"][0]["plots"] == 1


def test_degrees_of_enforcement_either_way_round(tmp_path, job):
    head = HEAD.replace("几度分带=3\n", "").replace("带号=39\n", "")
    points = [(117.0, 31.0), (117.001, 31.0), (117.001, 31.001), (117.0, 31.0)]
    for order in (1, -1):
        rows = "\n".join(f"J{n},1,{p[::order][0]},{p[::order][1]}" for n, p in enumerate(points, 1))
        _, layer = _read(tmp_path, f"{head}3,乙地块,面,住宅,@\n{rows}\n", job)
        assert layer.crs.to_epsg() == 4490
        assert layer.geometry[0].bounds == pytest.approx((117.0, 31.0, 117.001, 31.001))
        assert layer.columns["地块名称"][0] == "乙地块"


def test_distances_full_width_marks_and_blank_lines(tmp_path, job):
    text = HEAD + SQUARE.replace(".000\n", ".000，100.00\n\n").replace(",@", "，＠")
    _, layer = _read(tmp_path, text, job)
    assert layer.geometry[0].area == pytest.approx(10000)


def test_zone_from_the_header_when_the_coordinates_carry_none(tmp_path, job):
    _, layer = _read(tmp_path, HEAD + SQUARE.replace(",39500", ",500"), job)
    assert layer.crs.to_epsg() == 4548
    _, layer = _read(tmp_path, (HEAD + SQUARE).replace("2000国家大地", "1980西安"), job)
    assert layer.crs.to_epsg() == 2363


@pytest.mark.parametrize(
    "text, told",
    [
        (HEAD.replace("带号=39", "带号=40") + SQUARE, "文件头写 40 带，坐标却在 39 带"),
        (HEAD.replace("带号=39\n", "") + SQUARE.replace(",39500", ",500"), "没有带号"),
        (HEAD.replace("坐标系=2000国家大地坐标系", "坐标系=地方坐标系") + SQUARE, "“地方坐标系”认不出来"),
        (HEAD + SQUARE.replace("3400000.000,39500100.000", "39500100.000,3400000.000"), "3 带|分属|东坐标在前"),
        (HEAD, "没有地块"),
        (HEAD + SQUARE.splitlines()[0], "没有界址点"),
        (HEAD + SQUARE.replace("3400000.000", "叁佰", 1), "第 15 行的坐标“叁佰"),
        (HEAD + SQUARE.replace("3400000.000", "nan", 1), "超出范围"),
        (HEAD + "J1,1,3400100,39500000\n", "前面没有以 @ 结尾的地块行"),
        (HEAD + SQUARE.replace("J2,1,", "J2,"), "第 14 行有 3 项"),
        ("随便什么", "第 1 行看不懂"),
        (HEAD + SQUARE.splitlines()[0] + "\nJ1,1,3400100,39500000\nJ2,1,3400100,39500100\n", "只有 2 个点"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, job, text, told):
    with pytest.raises(UnusableInput, match=told):
        _read(tmp_path, text, job)


def test_odd_things_are_warned_of(tmp_path, job):
    bad = SQUARE.replace("4,1.0000", "7,2.0000").rstrip("\n").rsplit("\n", 1)[0]
    _read(tmp_path, HEAD + bad + "\n", job)
    told = "\n".join(job.told)
    assert "没有回到起点" in told
    assert "写明 7 个界址点，实有 4 个" in told
    assert "写明 20000.00 平方米，由界址点算得平面面积 10000.00 平方米" in told


def test_binary_files(tmp_path, job):
    path = tmp_path / "坏.txt"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(UnusableInput, match="不是文本文件"):
        read_files([str(path)], str(tmp_path / "x.gpkg"), job=job)


def _layer(tmp_path, shapes, crs="EPSG:4548", **columns):
    path = tmp_path / "地块.gpkg"
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    values = [np.array(column, dtype=object) for column in columns.values()]
    pyogrio.raw.write(str(path), wkb, values, list(columns), geometry_type="Unknown", crs=crs, layer="地块")
    return str(path)


def test_written_files_read_back(tmp_path, job):
    hole = shapely.box(500020, 3400020, 500030, 3400030)
    shapes = [
        shapely.box(500000, 3400000, 500100, 3400100).difference(hole),
        shapely.box(500200, 3400000, 500210.1234, 3400010),
    ]
    layer = _layer(tmp_path, shapes, 名称=["甲", "乙,丙@"], 用途=["工业", None])
    out = tmp_path / "界址点.txt"
    write_file(layer, str(out), name_field="名称", use_field="用途", job=job)
    lines = out.read_bytes().decode("gbk").split("\r\n")
    assert "带号=39" in lines
    assert "J1,1,3400100.000,39500000.000" in lines
    assert "8,0.9900,1,甲,面,,工业,,@" in lines
    assert [line.split(",")[0] for line in lines if line.startswith("J")][:10] == [
        *("J1", "J2", "J3", "J4", "J1"),
        *("J5", "J6", "J7", "J8", "J5"),
    ]
    back = tmp_path / "回读.gpkg"
    read_files([str(out)], str(back), job=job)
    again = read_layer(str(back), target_crs=read_layer(layer).crs)
    assert not job.told
    assert again.columns["地块名称"][1] == "乙 丙"
    for before, after in zip(shapes, again.geometry):
        assert shapely.hausdorff_distance(before, after) < 0.0006


def test_a_layer_in_another_frame_is_refused(tmp_path, job):
    layer = _layer(tmp_path, [shapely.box(0, 0, 1000, 1000)], crs="EPSG:32650")
    with pytest.raises(UnusableInput, match="不是高斯"):
        write_file(layer, str(tmp_path / "x.txt"), job=job)


@settings(max_examples=60)
@given(
    corners=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), min_size=4, max_size=12, unique=True),
    size=st.integers(50, 4000),
)
def test_rings_keep_the_shape(corners, size):
    shape = shapely.MultiPoint(corners).convex_hull
    if shape.geom_type != "Polygon":
        return
    shape = shape.difference(shapely.Point(shape.centroid).buffer(size / 100))
    shape = shape.union(shapely.box(20_000, 0, 20_000 + size, size))
    again = polygon_of(Plot({}, rings_of(shape, 3)))
    assert again.is_valid
    assert again.symmetric_difference(shape).area < 0.001 * shape.length
    assert len(shapely.get_parts(again)) == len(shapely.get_parts(shape))


def test_the_table_of_points(tmp_path, job):
    layer = _layer(tmp_path, [shapely.box(500000, 3400000, 500100, 3400050)], 名称=["=甲"])
    around = tmp_path / "四邻"
    around.mkdir()
    neighbours = _layer(
        around,
        [
            shapely.box(500000, 3400050, 500100, 3400100),
            shapely.box(500100, 3400000, 500200, 3400050),
            shapely.box(499900, 3400000, 500000, 3400050),
            shapely.box(500100, 3400050, 500200, 3400100),
        ],
        名称=["北邻", "东邻", "西邻", "只碰角"],
    )
    out = tmp_path / "成果表.xlsx"
    point_table(layer, str(out), name_field="名称", neighbours=neighbours, neighbour_field="名称", job=job)
    book = openpyxl.load_workbook(out)
    rows = list(book["界址点成果表"].iter_rows(values_only=True))
    assert rows[1] == ("=甲", 1, "J1", 3400050, 500000, 100, "90°00′00″", "J2")
    assert [row[5] for row in rows[1:]] == [100, 50, 100, 50]
    assert [row[6] for row in rows[1:]] == ["90°00′00″", "180°00′00″", "270°00′00″", "0°00′00″"]
    assert list(book["四至"].iter_rows(values_only=True))[1] == ("=甲", "北邻", "东邻", None, "西邻")


def test_bearings():
    assert bearing(1, 1) == "45°00′00″"
    assert bearing(-1, -1e-9) == "180°00′00″"
    assert bearing(1, -1e-12) == "0°00′00″"


def test_degrees_are_written_with_enough_digits_and_the_survey_area(tmp_path, job):
    """A millimetre is a hundred millionth of a degree; areas come of the survey's formula, lengths along geodesics."""
    plain = _layer(tmp_path, [shapely.box(500000, 3400000, 500100, 3400100)], 名称=["甲"])
    degrees = tmp_path / "经纬度"
    degrees.mkdir()
    places = reproject(read_layer(plain), pyproj.CRS(4490)).geometry
    layer = _layer(degrees, list(places), crs="EPSG:4490", 名称=["甲"])
    out, back = tmp_path / "度.txt", tmp_path / "回读.gpkg"
    write_file(layer, str(out), name_field="名称", distances=True, job=job)
    lines = out.read_bytes().decode("gbk").split("\r\n")
    assert "计量单位=度" in lines
    assert any(line.startswith("4,1.0000,1,甲") for line in lines)
    points = [line.split(",") for line in lines if line.startswith("J")]
    assert [float(point[4]) for point in points] == pytest.approx([100] * 5, abs=0.01)
    read_files([str(out)], str(back), job=job)
    assert not job.told
    again = read_layer(str(back), target_crs=read_layer(plain).crs).geometry[0]
    assert shapely.hausdorff_distance(again, shapely.box(500000, 3400000, 500100, 3400100)) < 0.001


def test_a_wrong_area_of_degrees_is_told(tmp_path, job):
    points = [(31.0, 117.0), (31.0, 117.001), (31.001, 117.001), (31.0, 117.0)]
    rows = "\n".join(f"J{n},1,{p[0]},{p[1]}" for n, p in enumerate(points, 1))
    _read(tmp_path, HEAD.replace("计量单位=米", "计量单位=度") + f"3,9.0000,1,甲,面,,,,@\n{rows}\n", job)
    assert "写明 90000.00 平方米，由界址点算得椭球面积" in "\n".join(job.told)


def test_the_form_of_enforcement(tmp_path, job):
    """Count, name, 面, use; longitude before latitude. Reading it back gives the plot."""
    shape = shapely.box(500000, 3400000, 500100, 3400100)
    layer = _layer(tmp_path, [shape], 名称=["甲"], 用途=["住宅"])
    out, back = tmp_path / "执法.txt", tmp_path / "回读.gpkg"
    write_file(layer, str(out), name_field="名称", use_field="用途", variant="enforcement", job=job)
    lines = out.read_bytes().decode("gbk").split("\r\n")
    assert "4,甲,面,住宅,@" in lines
    first = next(line for line in lines if line.startswith("J1,")).split(",")
    assert float(first[2]) == pytest.approx(117, abs=0.01)
    assert len(first[2].split(".")[1]) == 9
    read_files([str(out)], str(back), job=job)
    again = read_layer(str(back), target_crs=read_layer(layer).crs)
    assert shapely.hausdorff_distance(again.geometry[0], shape) < 0.001
    assert again.columns["地块用途"][0] == "住宅"


@pytest.mark.parametrize(("variant", "doubt"), [("linkage", 0), ("one-map", 1), ("supply", 1), ("balance", 1)])
def test_other_forms(tmp_path, job, variant, doubt):
    """增减挂钩 has the lengths; forms that nobody confirmed are written as 报批, with a warning."""
    layer = _layer(tmp_path, [shapely.box(500000, 3400000, 500100, 3400100)])
    plain, out = tmp_path / "报批.txt", tmp_path / "文件.txt"
    write_file(layer, str(plain), job=job)
    write_file(layer, str(out), variant=variant, job=job)
    assert len(job.told) == doubt
    assert all("没有核实" in line for line in job.told)
    lengths = [line.count(",") == 4 for line in out.read_text("gbk").splitlines() if line.startswith("J")]
    assert lengths == [variant == "linkage"] * 5
    if doubt:
        assert out.read_bytes() == plain.read_bytes()
