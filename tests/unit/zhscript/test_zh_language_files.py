"""Files of scripts: tables, layers and texts of every kind, results, and input that nobody should have written."""

from __future__ import annotations

import csv
import datetime
import shutil
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pyogrio.raw
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from language_support import CRS, WorldHost, areas, array, box, check, make_project, run

from tim.errors import TimError, UnusableInput, UsageError
from tim.job import Job
from tim.review.check import check_rules
from tim.script import writing
from tim.script.run import run_script as run_command
from tim.sources.sheets import read_sheet
from zhscript.engine import ScriptError, run_script


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("files") / "项目")


@pytest.fixture
def project(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "项目"))


def book(path, rows, title="指标", merged=()):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    workbook.save(path)
    return path


def failure(text, folder, layers=None):
    with pytest.raises(ScriptError) as caught:
        run(text, folder, layers=layers)
    return caught.value.message


def cell_value(path, place, value):
    """Write the cached value of a cell into the sheet's XML, as spreadsheet programs do for formulas."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    name = "xl/worksheets/sheet1.xml"
    xml = parts[name].decode()
    start = xml.index(f'<c r="{place}"')
    end = xml.index("</c>", start)
    parts[name] = (xml[:start] + f'<c r="{place}" t="e"><f>1/0</f><v>{value}</v>' + xml[end:]).encode()
    with zipfile.ZipFile(path, "w") as result:
        for part, content in parts.items():
            result.writestr(part, content)


# -- reading tables


def test_merged_titles_and_cells_are_read_from_their_first_cell(tmp_path):
    rows = [
        ["乡镇", "建筑", None],
        [None, "幢数", "面积"],
        ["东", 1, 2.0],
        [None, 3, 4.5],
        [None, None, None],
        ["西", 5, 6],
    ]
    sheet = read_sheet(book(tmp_path / "甲.xlsx", rows, merged=["A1:A2", "B1:C1", "A3:A4"]), header=2)
    assert sheet.columns == {"乡镇": ["东", "东", "西"], "幢数": [1, 3, 5], "面积": [2, 4.5, 6]}
    assert sheet.rows == [3, 4, 6]
    assert sheet.place(2, "面积") == "指标!C6"


@pytest.mark.parametrize(
    "rows, options, words",
    [
        ([["甲", "甲"], [1, 2]], {}, "出现两次"),
        ([["甲"], [1]], {"header": 5}, "没有第 5 行"),
        ([["甲"], [1]], {"sheet": "没有"}, "没有工作表“没有”"),
        ([["甲"], ["=1+1"]], {}, "指标!A2 是还没有计算的公式"),
        ([[None], [None]], {}, "空的"),
    ],
)
def test_workbooks_that_cannot_be_read(tmp_path, rows, options, words):
    path = book(tmp_path / "甲.xlsx", rows)
    with pytest.raises((UnusableInput, UsageError)) as caught:
        read_sheet(path, **options)
    assert words in caught.value.message


def test_several_sheets_must_be_named(tmp_path):
    path = book(tmp_path / "甲.xlsx", [["甲"], [1]])
    workbook = openpyxl.load_workbook(path)
    workbook.create_sheet("别的").append(["乙"])
    workbook.save(path)
    with pytest.raises(UsageError, match="指标、别的"):
        read_sheet(path)
    assert read_sheet(path, "指标").columns == {"甲": [1]}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"<html></html>", b"\xd0\xcf\x11\xe0 old"])
def test_files_that_are_no_workbook(tmp_path, content):
    (tmp_path / "甲.xlsx").write_bytes(content)
    with pytest.raises(UnusableInput):
        read_sheet(tmp_path / "甲.xlsx")


TABLE = "表格 指标 来自“表.xlsx”，字段 编号、上限（数值）、面积（亩）\n"


@pytest.mark.parametrize(
    "row, words",
    [
        (["A", "高", 3], "指标!B2（上限）应是数值，数据里是“高”"),
        (["A", 1, "三亩"], "指标!C2（面积）应是亩"),
        (["A", True, 3], "指标!B2（上限）应是数值"),
    ],
)
def test_wrong_cells_of_declared_tables_are_named(project, row, words):
    book(project / "表.xlsx", [["编号", "上限", "面积"], row])
    assert words in failure(TABLE + "显示 指标的个数", project)


def test_error_cells_of_declared_tables_are_named_others_are_empty(project):
    path = book(project / "表.xlsx", [["编号", "上限", "面积"], ["A", "=1/0", 3], ["B", 2, 4]])
    cell_value(path, "B2", "#DIV/0!")
    assert "指标!B2（上限）是错误值 #DIV/0!" in failure(TABLE + "显示 指标的个数", project)
    program = check("设定 表 为 读取表（“表.xlsx”）\n显示 表的上限", project)
    result = run_script(program, WorldHost(project, {}))
    assert result.printed == ["空、2"]
    assert any("指标!B2" in warning for warning in result.warnings)


def test_units_of_declared_columns(project):
    book(project / "表.xlsx", [["编号", "上限", "面积"], ["A", 1, 15]])
    assert run(TABLE + "显示（指标的第1个） 的面积，指标的查找（编号：“A”） 的上限", project) == ["10000平方米 1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_in_every_encoding(project, encoding):
    (project / "表.csv").write_text("编号,上限,代码\n甲,1.5,0101\n乙,,0102\n", encoding=encoding)
    text = "设定 表 为 读取表（“表.csv”）\n显示 表的编号，表的上限，表的代码"
    assert run(text, project) == ["甲、乙 1.5、空 0101、0102"]


def test_csv_of_declared_types(project):
    (project / "表.csv").write_text("编号;上限;日\n001;12;2024-06-01\n", encoding="utf-8")
    declared = "表格 指标 来自“表.csv”，字段 编号（文本）、上限（米）、日（日期）\n"
    assert run(declared + "显示（指标的第1个） 的编号，指标的上限，指标的日", project) == ["001 12米 2024-06-01"]
    wrong = "表格 指标 来自“表.csv”，字段 编号（数值）\n显示 指标的个数"
    assert "表!A2（编号）应是数值，数据里是“001”" in failure(wrong, project)


def test_csv_of_wrong_encodings(project):
    (project / "表.csv").write_bytes("编号\n甲\n".encode("gbk"))
    assert "不是 utf-8 编码" in failure("显示 读取表（“表.csv”，编码：“utf-8”） 的编号", project)
    assert "不认识编码" in failure("显示 读取表（“表.csv”，编码：“火星”） 的编号", project)
    (project / "表.csv").write_bytes(b"\x00\x01\xff\xfe\x00")
    assert "不是文字文件" in failure("显示 读取表（“表.csv”） 的个数", project)
    assert run("显示 没有 读取表（“表.csv”，缺省：空）", project) == ["是"]


def test_missing_files_and_defaults(project):
    assert "找不到文件“没有.xlsx”" in failure("显示 读取表（“没有.xlsx”） 的个数", project)
    assert run("显示 读取文本（“没有.txt”，缺省：“无”）", project) == ["无"]
    assert "不能含有“..”" in failure("显示 读取文本（“../外.txt”，缺省：“无”）", project)


def test_lookups_tell_rows_apart(project):
    book(project / "表.xlsx", [["编号", "上限", "面积"], ["A", 1, 1], ["A", 2, 1]])
    assert "有 2 行 编号＝A" in failure(TABLE + "显示（指标的查找（编号：“A”）） 的上限", project)
    assert run(TABLE + "显示 没有 指标的查找（编号：“B”）", project) == ["是"]


# -- layers


def test_unknown_fields_and_layers(project):
    assert "没有字段“没有”" in failure("显示 读取图层（“红线.gpkg”） 的“没有”", project)
    assert "没有图层“没有”" in failure("显示 读取图层（“红线.gpkg”，图层：“没有”） 的个数", project)
    assert "数据里没有字段“高”" in failure("图层 宗 来自“ZD”，字段 高\n显示 宗的个数", project)


@pytest.mark.parametrize("name", ["甲.vrt", "甲.xml", "甲.zh", "甲"])
def test_only_plain_layer_files_are_read(project, name):
    (project / name).write_text("<OGRVRTDataSource/>", encoding="utf-8")
    assert "不能把" in failure(f"显示 读取图层（“{name}”） 的个数", project)


def test_streamed_algorithms_are_no_data(project):
    (project / "甲.geojson").write_text('{"type": "gdal_streamed_alg", "command_line": "x"}', encoding="utf-8")
    assert "不是普通的 GeoJSON" in failure("显示 读取图层（“甲.geojson”） 的个数", project)


def test_layers_in_other_systems_are_moved_to_that_of_the_program(project):
    writing.write_layer(
        project / "经纬.gpkg", "经纬", {"名": ["甲"]}, array([box(114, 30, 114.001, 30.001)]), "EPSG:4490"
    )
    text = "图层 宗 来自“ZD”\n设定 层 为 读取图层（“经纬.gpkg”）\n显示“{层的总面积：公顷，两位小数}”"
    (area,) = run(text, project)
    # 0.001° of latitude and of longitude at 30°: 110.85 m by 96.49 m
    assert area == "1.07公顷"
    alone = "设定 层 为 读取图层（“经纬.gpkg”）\n显示“{层的总面积：公顷，两位小数}”"
    assert "经纬度" in failure(alone, project)
    writing.write_layer(project / "无.gpkg", "无", {"名": ["甲"]}, array([box(0, 0, 1, 1)]), "")
    assert "没有坐标系" in failure(text.replace("经纬.gpkg", "无.gpkg"), project)


def test_empty_mixed_and_invalid_layers(project):
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    shapes = [bow, shapely.Point(0, 0), None, box(0, 0, 10, 10)]
    layers = {"ZD": ({"名": ["甲", "乙", "丙", "丁"]}, shapes), "空": ({"名": []}, [])}
    assert "图形无效" in failure("图层 宗 来自“ZD”，字段 名\n显示 宗的总面积", project, layers)
    assert "图形无效" in failure("图层 宗 来自“ZD”，字段 名\n显示 宗的缓冲（1米） 的个数", project, layers)
    assert run(
        "图层 宗 来自“空”，字段 名\n显示 宗的总面积，宗的融合（“名”） 的个数，宗的裁剪（矩形（0，0，1，1）） 的个数",
        project,
        layers=layers,
    ) == ["0平方米 0 0"]
    assert "没有图形" in failure("图层 宗 来自“ZD”，字段 名\n显示（宗的第3个） 的面积", project, layers)


def test_new_layers_keep_their_kind_of_geometry(project):
    head = "权限 计算\n变量 层 为 新图层（“名”，类型：“线”）\n"
    assert "只能放线" in failure(head + "把 要素（名：“甲”，形状：点（0，0）） 加入 层", project)
    assert "没有“名字”这一列" in failure(head + "把 字典（名字：“甲”） 加入 层", project)
    assert "不能放图形" in failure(
        "权限 计算\n变量 表 为 新表格（“名”）\n把 要素（名：1，形状：点（0，0）） 加入 表", project
    )


def test_what_is_computed_from_a_growing_layer_is_fresh(project):
    text = """权限 计算
变量 层 为 新图层（“名”，类型：“面”）
循环 n 从 1 到 3：
    把 要素（名：“{n}”，形状：矩形（n，0，n 加上 1，1）） 加入 层
    显示 层的总面积，点（3.5，0.5） 与 层 相交
结束
"""
    assert run(text, project) == ["1平方米 否", "2平方米 否", "3平方米 是"]


def test_layers_read_in_a_loop_do_not_share_what_was_computed(project):
    (project / "变").mkdir()
    for number in range(1, 9):
        shapes = array([box(0, 0, number, 1)])
        writing.write_layer(project / "变" / f"{number}.gpkg", "层", {"名": ["甲"]}, shapes, CRS)
    text = "遍历 文件列表（“变”，“*.gpkg”） 中的每个 路径：\n设定 层 为 读取图层（路径）\n"
    text += "显示 矩形（0，0，100，1） 与 层 的相交面积\n结束"
    assert run(text, project) == [f"{number}平方米" for number in range(1, 9)]


# -- writing


def test_results_never_replace_what_is_read(project):
    text = "权限 管理\n设定 表 为 读取表（“人口.csv”）\n把 表 保存为“人口.csv”"
    assert "不能覆盖" in failure(text, project)
    assert "不能覆盖" in failure("权限 管理\n设定 文 为 读取文本（“说明.txt”）\n把 文 保存为“./说明.txt”", project)


def test_results_of_others_stay_unless_allowed(project):
    (project / "旧.txt").write_text("重要", encoding="utf-8")
    host = WorldHost(project, {})
    host._overwrite = False
    program = check("权限 管理\n把 “新” 保存为“旧.txt”", project)
    with pytest.raises(ScriptError, match="已经存在"):
        run_script(program, host)
    assert (project / "旧.txt").read_text(encoding="utf-8") == "重要"
    twice = check("权限 管理\n把 “一” 保存为“新.txt”\n把 “二” 保存为“新.txt”", project)
    run_script(twice, host)
    assert (project / "新.txt").read_text(encoding="utf-8") == "二"
    assert [path.name for path in host.outputs] == ["新.txt"]


def test_the_source_of_a_layer_is_never_changed(project):
    columns, shapes = {"名": ["甲", "乙"], "别": [1, 2]}, [box(0, 0, 1, 1), box(1, 0, 2, 1)]
    text = "权限 管理\n图层 宗 来自“ZD”，字段 名\n把 “改” 写入（宗的第1个） 的名\n把 宗 保存为“果.gpkg”\n显示 宗的名"
    assert run(text, project, layers={"ZD": (columns, shapes)}) == ["改、乙"]
    assert columns == {"名": ["甲", "乙"], "别": [1, 2]}
    frame = pyogrio.read_dataframe(project / "果.gpkg")
    assert list(frame["名"]) == ["改", "乙"]
    assert list(frame["别"]) == [1, 2]  # columns that the script did not declare come along
    assert frame.crs.to_epsg() == 4547


def test_sheets_of_one_workbook(project):
    text = "权限 管理\n把（1，2） 保存为“果.xlsx”，工作表“甲”\n"
    run(text + "把（字典（名：“一”，数：3亩），字典（名：“二”，数：1公顷）） 保存为“果.xlsx”，工作表“乙”", project)
    workbook = openpyxl.load_workbook(project / "果.xlsx")
    assert workbook.sheetnames == ["甲", "乙"]
    assert [[cell.value for cell in row] for row in workbook["乙"]] == [
        ["名", "数（平方米）"],
        ["一", 2000],
        ["二", 10000],
    ]


def test_different_quantities_in_one_column_are_refused(project):
    assert "不同的量" in failure("权限 管理\n把（字典（数：3亩），字典（数：3米）） 保存为“果.xlsx”", project)


@pytest.mark.parametrize("name", ["果.exe", "果", "果.zh", "果.vrt", "果.docx"])
def test_unknown_kinds_of_results_are_refused(project, name):
    assert "保存为" in failure(f"权限 管理\n把（1，2） 保存为“{name}”", project)
    assert not (project / name).exists()


def test_shapefiles_refuse_names_that_would_be_cut(project):
    text = "权限 管理\n变量 层 为 新图层（“地类图斑编号”，类型：“面”）\n"
    text += "把 要素（地类图斑编号：“甲”，形状：矩形（0，0，1，1）） 加入 层\n把 层 保存为“果.shp”"
    assert "10 个字节" in failure(text, project)


DANGEROUS = st.builds(
    lambda head, rest: head + rest, st.sampled_from("=+-@\t"), st.text(st.characters(codec="utf-8"), max_size=20)
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(DANGEROUS, st.text(max_size=10), st.integers(-(10**20), 10**20), st.none()), min_size=1, max_size=5
    )
)
def test_no_text_becomes_a_formula(tmp_path, values):
    writing.write_workbook(tmp_path / "果.xlsx", {"表": {"=标题": values}})
    sheet = openpyxl.load_workbook(tmp_path / "果.xlsx")["表"]
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "inlineStr"}
    writing.write_csv(tmp_path / "果.csv", {"=标题": values})
    with (tmp_path / "果.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["'=标题"]
    for value, row in zip(values, rows[1:]):
        if isinstance(value, str) and row:
            assert not row[0].startswith(tuple("=+-@\t"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="{}\r"), max_size=30))
def test_templates_take_values_as_they_are(tmp_path, value):
    """Word cuts {名} into runs; the value is text whatever it looks like, and is not read as a template again."""
    runs = "".join(f"<w:r><w:t>{piece}</w:t></w:r>" for piece in ("甲{项", "目}乙", "{项目}"))
    with zipfile.ZipFile(tmp_path / "模板.docx", "w") as result:
        result.writestr("word/document.xml", f"<w:document><w:p>{runs}</w:p></w:document>")
    writing.fill_document(tmp_path / "模板.docx", {"项目": value}, tmp_path / "果.docx")
    with zipfile.ZipFile(tmp_path / "果.docx") as source:
        root = document_text(source.read("word/document.xml"))
    kept = writing._ILLEGAL.sub("", value)
    assert root == f"甲{kept}乙{kept}"


def document_text(content: bytes) -> str:
    from xml.etree import ElementTree

    text = content.decode().replace("<w:document>", '<w:document xmlns:w="w">')
    return "".join(node.text or "" for node in ElementTree.fromstring(text).iter("{w}t"))


def test_templates_name_what_is_missing(project):
    text = "权限 管理\n填充模板（“模板.txt”，字典（别的：1），“果.txt”）"
    assert "{项目} 没有给值" in failure(text, project)
    assert not (project / "果.txt").exists()


def test_a_batch_goes_on_after_a_failure(project):
    (project / "批").mkdir()
    (project / "批" / "坏.gpkg").write_bytes(b"no")
    writing.write_layer(project / "批" / "好.gpkg", "好", {"名": ["甲"]}, array([box(0, 0, 1, 1)]), CRS)
    text = """变量 失败 为 列表（）
遍历 文件列表（“批”，“*.gpkg”） 中的每个 路径：
    设定 层 为 读取图层（路径）
    显示 路径的文件名，层的个数
如果出错：
    把 路径 加入 失败
结束
显示 失败
"""
    assert run(text, project) == ["好 1", "批/坏.gpkg"]


def test_ellipsoidal_areas_of_layers_that_are_read(project):
    writing.write_layer(project / "方.gpkg", "方", {"名": ["甲"]}, array([box(5e5, 3e6, 5e5 + 1000, 3e6 + 1000)]), CRS)
    text = "面积口径 椭球面积\n设定 层 为 读取图层（“方.gpkg”）\n显示“{层的总面积：平方米，取整}”"
    expected = areas(np.array([box(5e5, 3e6, 5e5 + 1000, 3e6 + 1000)]), CRS)[0]
    assert run(text, project) == [f"{round(expected)}平方米"]


def test_columns_that_the_file_has_itself_are_renamed(tmp_path):
    columns = {"fid": ["a", "b"], "GEOM": [1, 2], "名": [None, True]}
    writing.write_layer(tmp_path / "果.gpkg", "果", columns, array([box(0, 0, 1, 1), None]), CRS)
    frame = pyogrio.read_dataframe(tmp_path / "果.gpkg")
    assert list(frame["source_fid"]) == ["a", "b"]
    assert list(frame["source_GEOM"]) == [1, 2]
    with pytest.raises(UsageError, match="大小写"):
        writing.write_layer(tmp_path / "二.gpkg", "果", {"a": [1], "A": [2]}, array([None]), CRS)


def test_texts_that_do_not_fit_a_cell_are_told(tmp_path):
    with pytest.raises(UsageError, match="32767"):
        writing.write_workbook(tmp_path / "果.xlsx", {"表": {"甲": ["字" * 32_768]}})


KEPT = st.one_of(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12).filter(str.strip),
    st.integers(-(10**14), 10**14),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 6)),
    st.dates(datetime.date(1901, 1, 1), datetime.date(2200, 1, 1)),
    st.none(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KEPT, st.integers(0, 9)), min_size=1, max_size=6))
def test_workbooks_read_back_as_they_were_written(tmp_path, rows):
    columns = {"甲": [one for one, _ in rows], "乙": [two for _, two in rows]}
    writing.write_workbook(tmp_path / "果.xlsx", {"表": columns})
    sheet = read_sheet(tmp_path / "果.xlsx")
    assert sheet.columns["乙"] == columns["乙"]
    if any(value is not None for value in columns["甲"]):
        assert sheet.columns["甲"] == columns["甲"]


def test_the_commands_read_declared_tables_and_write_results(project):
    shapes, values = array([box(5e5, 3e6, 5e5 + 10, 3e6 + 10), box(5e5 + 20, 3e6, 5e5 + 30, 3e6 + 9)]), ["A1", "A3"]
    writing.write_layer(project / "数据.gpkg", "ZD", {"DKBH": values, "RJL": [3.0, 1.0]}, shapes, CRS)
    rules = """规则集 指标核对
图层 宗地 来自“ZD”，字段 编号 来自“DKBH”、容积率 来自“RJL”
表格 指标 来自“控规指标表.xlsx”，工作表“指标”，表头 2，字段 地块编号、容积率上限
规则“容积率”
依据“某规划”
等级“强制”
检查 宗地 中的每个 地块：
    设定 行 为 指标的查找（地块编号：地块的编号）
    要求 行 不为空，否则报告“指标表里没有{地块的编号}”
    要求 地块的容积率 不大于 行的容积率上限，否则报告“{地块的容积率}超过{行的容积率上限}”
结束
结束
"""
    (project / "核对.zh").write_text(rules, encoding="gbk")
    data, report = str(project / "数据.gpkg"), str(project / "报告.html")
    result = check_rules(str(project / "核对.zh"), data=data, report=report, job=Job())
    messages = [feature["message"] for feature in result.data["rules"][0]["features"]]
    assert messages[:2] == ["3超过2.5", "指标表里没有A3"]
    told = (project / "报告.html").read_text(encoding="utf-8")
    assert [word for word in ("平面面积", "EPSG:4547", "控规指标表.xlsx") if word not in told] == []
    script = "权限 管理\n图层 宗地 来自“ZD”，字段 编号 来自“DKBH”\n把 宗地 保存为“出/果.gpkg”\n"
    (project / "另存.zh").write_text(script + "把（宗地的面积） 保存为“出/面积.xlsx”", encoding="utf-8")
    arguments = {"data": str(project / "数据.gpkg"), "job": Job()}
    result = run_command(str(project / "另存.zh"), **arguments)
    assert [path.rsplit("/", 1)[1] for path in result.outputs] == ["果.gpkg", "面积.xlsx"]
    assert (result.data["area_basis"], result.data["crs"]) == ("平面面积", "EPSG:4547")
    assert read_sheet(project / "出" / "面积.xlsx").columns == {"值（平方米）": [100, 90]}
    assert list(pyogrio.read_dataframe(project / "出" / "果.gpkg")["RJL"]) == [3.0, 1.0]
    with pytest.raises(TimError, match="已经存在"):
        run_command(str(project / "另存.zh"), **arguments)
    with pytest.raises(UsageError, match="只允许"):
        run_command(str(project / "另存.zh"), allow=["检查"], **arguments)
