"""VCT files: polygons of signed lines, attributes, heads that cannot be trusted."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.errors import UnusableInput
from tim.job import Job
from tim.sources.vector import list_layers, read_layer
from tim.vct.command import read_file

X, Y = 40_500_000, 3_400_000
HEAD = """HeadBegin
Datamark: LANDUSE-VCT
Version:3.0
CoordinateSystemType:P
Dim:2
XAxisDirection:E
YAxisDirection:N
XYUnit:M
Spheroid:CGCS2000,6378137.0,298.257222101
PrimeMeridian:Greenwich
Projection:高斯-克吕格投影
Parameters:120,1,40500000,0,3,40
ExtentMin:40500000.000000,3400000.000000
ExtentMax:40500030.000000,3400000.000000
MapScale:2000
Offset:0,0
Date:20241231
Separator:,
HeadEnd
"""
CODES = """FeatureCodeBegin
2001010100,地类图斑,Polygon,DLTB
1000600300,行政区界线,Line,XZQJX
1000119101,测量控制点,Point,CLKZD
FeatureCodeEnd

TableStructureBegin
DLTB,4
BSM,Char,18
DLBM,Char,5
TBMJ,Float,15,2
SJNF,Int,4
0
TableStructureEnd
"""


def line(number, *places, code="1099000000"):
    told = "\n".join(f"{X + x:.4f},{Y + y:.4f}" for x, y in places)
    return f"{number}\n{code}\nunknown\n1\n1\n11\n{len(places)}\n{told}\n0\n\n"


def polygon(number, *ids, count=None):
    told = "\n".join(map(str, ids))
    return f"{number}\n2001010100\nunknown\n100\n{X + 1},{Y + 1}\n21\n{count or len(ids)}\n{told}\n0\n\n"


def vct(lines, polygons, rows, *, head=HEAD, points=""):
    return (
        f"{head}{CODES}\nPointBegin\n{points}PointEnd\n\nLineBegin\n{lines}LineEnd\n\nPolygonBegin\n{polygons}PolygonEnd\n\n"
        f"AnnotationBegin\nAnnotationEnd\n\nAttributeBegin\nDLTB\n{rows}TableEnd\nAttributeEnd\n"
    )


# two squares with a shared edge (line 1), the second with a hole of a closed line (4)
LINES = (
    line(1, (10, 0), (10, 10))
    + line(2, (10, 10), (0, 10), (0, 0), (10, 0))
    + line(3, (10, 0), (30, 0), (30, 10), (10, 10))
    + line(4, (20, 4), (22, 4), (22, 6), (20, 6), (20, 4))
)
POLYGONS = polygon(11, 1, 2) + polygon(12, -1, 3, 4)
ROWS = "11,320214000000000001,0101,100.00,2024\n12,320214000000000002,0301,196.00,2024\n"


@pytest.fixture
def read(tmp_path):
    """Writes a text as a file, reads it, gives the table and the result."""

    def convert(text, encoding="gb2312", table="DLTB", **options):
        path, out = tmp_path / "数据.vct", tmp_path / "结果.gpkg"
        path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
        job = options.pop("job", Job())
        result = read_file(str(path), str(out), overwrite=True, job=job, **options)
        return read_layer(f"{out}|layername={table}"), result

    return convert


def test_polygons_of_signed_lines_with_attributes(read, tmp_path):
    job = Job()
    layer, result = read(vct(LINES, POLYGONS, ROWS), job=job)
    assert shapely.area(layer.geometry).tolist() == [100, 196]
    assert [len(shapely.get_parts(shape)[0].interiors) for shape in layer.geometry] == [0, 1]
    assert layer.columns["DLBM"].tolist() == ["0101", "0301"]
    assert layer.columns["SJNF"].dtype.kind == "i"
    assert layer.columns["TBMJ"].tolist() == [100, 196]
    assert layer.columns["vct_id"].tolist() == ["11", "12"]
    assert layer.crs.to_epsg() == 4528
    assert "GB2312" in result.data["encoding"]
    assert [name for name, _ in list_layers(tmp_path / "结果.gpkg")] == ["DLTB"]  # shared boundaries are no layer
    assert any("以坐标为准" in warning for warning in job.warnings)  # the wrong ExtentMax


def test_lines_and_points_are_layers_of_their_own(read, tmp_path):
    points = f"21\n1000119101\nunknown\n1\n{X + 5},{Y + 5}\n0\n\n"
    border = line(9, (0, 0), (0, 10), code="1000600300")
    layer, _ = read(vct(LINES + border, POLYGONS, ROWS, points=points), table="XZQJX")
    assert layer.geometry[0].length == 10
    assert {name for name, _ in list_layers(tmp_path / "结果.gpkg")} == {"DLTB", "XZQJX", "CLKZD"}


def test_ids_in_one_row_and_zeros_between_rings(read):
    row = polygon(12, "-1,3,0,4", count=4)
    assert read(vct(LINES, polygon(11, "1,2", count=2) + row, ROWS))[0].geometry[1].area == 196
    row = polygon(12, -1, 3, 0, 4, count=3)
    assert read(vct(LINES, polygon(11, 1, 2) + row, ROWS))[0].geometry[1].area == 196


def test_utf8_and_other_zones(read):
    text = vct(LINES, POLYGONS, ROWS)
    assert read(text, "utf-8")[1].data["encoding"] == "UTF-8"
    plain = text.replace(str(X), "500000").replace("Parameters:120,1,40500000", "Parameters:120,1,500000")
    for number in (10, 20, 22, 30, 1):
        plain = plain.replace(f"{X + number}", f"{500_000 + number}")
    assert read(plain)[0].crs.to_epsg() == 4549


@settings(max_examples=15, deadline=None)
@given(st.permutations(["a", "b", "c", "d"]), st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 3))
def test_any_direction_and_start(order, turned, start):
    """The square's four edges as lines of either direction, from any corner on."""
    from tim.vct.layers import _polygon
    from tim.vct.parse import VctFile

    corners = [(0, 0), (10, 0), (10, 10), (0, 10)]
    content = VctFile({}, "")
    references = []
    for side in range(4):
        name = str(ord(order[side]))
        ends = [corners[side], corners[(side + 1) % 4]]

        content.lines[name] = "", np.array(ends[::-1] if turned[side] else ends, dtype=float)
        references.append(("-" if turned[side] else "") + name)
    shape, problem = _polygon("1", references[start:] + references[:start], content, "文件")
    assert (shape.area, problem) == (100, "")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("HeadBegin", "头", 1), "不是 VCT"),
        (lambda text: text[: text.index("PolygonEnd")], "没有写完"),
        (lambda text: text.replace("\n11\n2\n", "\n12\n2\n", 1), "不是折线"),
        (lambda text: text.replace("\n21\n", "\n1\n", 1), "不是由线构成"),
        (lambda text: text.replace("-1\n3\n4", "-1\n3\n7"), "没有这条线"),
        (lambda text: text.replace("40500010.0000,3400010.0000", "40500010.0000", 1), "不是两个数"),
        (lambda text: text.replace("Parameters:120", "Parameters:117"), "中央子午线"),
        (lambda text: text.replace("1,40500000,0,3,40", "1,39500000,0,3,39"), "矛盾"),
        (lambda text: text.replace("1,40500000,0,3,40", "1,500000,0,3,40"), "矛盾"),
        (lambda text: text.replace("CGCS2000,", "Bessel,"), "认不出来"),
        (lambda text: text.replace("Offset:0,0", "Offset:100,0"), "Offset"),
        (lambda text: text.replace("XAxisDirection:E", "XAxisDirection:N"), "X 轴"),
    ],
)
def test_what_cannot_be_used_is_told(read, change, told):
    with pytest.raises(UnusableInput, match=told):
        read(change(vct(LINES, POLYGONS, ROWS)))


def test_odd_records_are_told_and_not_lost(read):
    job = Job()
    rows = ROWS.replace("0301,196.00", "0301,旱,地,196.00") + "99,320214000000000009,0101,1.00,2024\n"
    layer, _ = read(vct(LINES, POLYGONS, rows), job=job)
    assert layer.columns["DLBM"].tolist() == ["0101", None]
    assert len(layer) == 2
    assert any("6 个值" in warning for warning in job.warnings)
    assert any("只有属性没有图形" in warning for warning in job.warnings)
    job = Job()
    layer, _ = read(vct(LINES, polygon(11, 1, 3) + polygon(12, 2, 4), ROWS), job=job)
    assert layer.geometry.tolist() == [None, None]
    assert sum("没有图形" in warning for warning in job.warnings) == 2


def test_annotations_are_counted_and_left_out(read):
    one = "{}\n2001010100\nunknown\n1\n水田\n40500001,3400001\n0\n\n"
    text = vct(LINES, POLYGONS, ROWS).replace(
        "AnnotationBegin\n", "AnnotationBegin\n" + one.format(31) + one.format(32)
    )
    job = Job()
    layer, _ = read(text, job=job)
    assert len(layer) == 2
    assert any("有 2 个注记，没有读入" in warning for warning in job.warnings)


def test_arcs_are_refused_with_their_line(read):
    """Nothing reliable says how an arc is written: it is not guessed."""
    text = vct(LINES, POLYGONS, ROWS).replace("\n11\n2\n", "\n12\n2\n", 1)
    number = text.splitlines().index("12", text.splitlines().index("LineBegin")) + 1
    with pytest.raises(UnusableInput, match=f"第 {number} 行：线段类型 12 不是折线"):
        read(text)
