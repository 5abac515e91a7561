"""Tables of planning indicators in workbooks as rules: what they say, what is refused, the same verdicts as by hand."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.rule_tables.limits import Limit, Unreadable, read_limits
from tim.rule_tables.sheet import Cell, read_sheets
from tim.script.rules import rules_from_table

sys.path.append(str(Path(__file__).parent / "zhscript"))

from zhscript_support import checked, opener

from zhscript import check_text
from zhscript.engine import run_rules


def book(folder: Path, *rows: list, name: str = "指标表.xlsx", title: str = "指标", merged: tuple = ()) -> str:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for place in merged:
        sheet.merge_cells(place)
    workbook.save(folder / name)
    return str(folder / name)


def rules(path: str, **options: object) -> str:
    text = rules_from_table(path, job=Job(), **options).data["translation"]
    assert check_text(text)[1] == []  # neither errors nor warnings nor hints
    return text


def problems(path: str, **options: object) -> list[str]:
    with pytest.raises(UnusableInput) as told:
        rules_from_table(path, job=Job(), **options)
    return told.value.detail.splitlines()


PLANNED = ["地块编号", "容积率上限", "建筑密度上限（%）", "绿地率下限", "建筑限高（米）", "备注"]


def test_a_planning_table(tmp_path):
    path = book(
        tmp_path,
        ["某片区控制性详细规划指标表"],
        PLANNED,
        ["A-01", 2.5, "３０", "≥30%", 24, "近期"],
        ["A-02", "≤1.8", 25, "35%以上", "54米"],
        ["A-03", "—", None, None, None],
        ["注：依据某批复"],
        merged=("A1:F1",),
    )
    text = rules(path)
    assert "参数 容积率上限 为 字典（“A-01”：2.5，“A-02”：1.8），依据“指标表（指标）”" in text
    assert "参数 建筑高度上限 为 字典（“A-01”：24米，“A-02”：54米）" in text
    assert "绿地率下限 为 字典（“A-01”：30，“A-02”：35）" in text
    assert "表内地块编号 为 （“A-01”，“A-02”，“A-03”）" in text
    assert "建筑密度上限 为 字典（“A-01”：30%，“A-02”：25%）" in rules(path, ratio=True)


def test_a_header_of_two_rows(tmp_path):
    path = book(
        tmp_path,
        ["地块编号", "容积率", None, "建筑限高（米）"],
        [None, "下限", "上限", None],
        ["A-01", 1.0, 2.5, 24],
        merged=("A1:A2", "B1:C1", "D1:D2"),
    )
    text = rules(path)
    assert "参数 容积率下限 为 字典（“A-01”：1）" in text
    assert "参数 容积率上限 为 字典（“A-01”：2.5）" in text


def test_one_rule_in_a_row(tmp_path):
    header = ["规则名称", "图层", "字段", "取值范围", "上限", "单位", "依据", "等级", "编号", "适用条件", "报告文字"]
    path = book(
        tmp_path,
        header,
        ["住宅容积率", "宗地", "容积率", "1.0-2.5", None, None, "《某规定》", "强制", "R-01", "用地性质=0701", None],
        ["高度", "宗地", "建筑高度", None, 24, "m", "某规定", "一般", None, "用地性质属于0701、0702；层数≤6", "太{高}"],
        ["用途", "宗地", "用途", "0701、0702", None, None, "某规定", None, None, None, None],
    )
    text = rules(path)
    assert "要求 地块的容积率 不小于 住宅容积率下限" in text
    assert "，其中 地块的用地性质 属于（“0701”，“0702”），且 地块的层数 不大于 6：" in text
    assert "否则报告“太{{高}}”" in text
    assert "等级“强制”\n检查 宗地 中的每个 地块：\n    要求 地块的用途 属于 用途取值" in text


def test_every_problem_is_told_with_its_cell(tmp_path):
    path = book(
        tmp_path,
        ["地块编号", "容积率", "绿地率下限（%）", "建筑限高（米）"],
        ["A-01", "2.5", 0.3, "24平方米"],
        ["A-01", "≤3", 30, 20],
        [None, "≤3", 30, -5],
        ["B", "1-x", "#REF!", "≤2-3"],
        ["C", datetime.date(2024, 1, 2), 30, "=1/0"],
        ["引“号", "≤1", 30, -5],
        title="表",
    )
    found = {line.partition("：")[0] for line in problems(path)}
    assert found == {"表!B2", "表!C2", "表!D2", "表!A3", "表!A4", "表!B5", "表!C5", "表!D5", "表!B6", "表!D6", "表!A7"}


def test_problems_of_listed_rules(tmp_path):
    header = ["规则名称", "字段", "上限", "单位", "等级", "适用条件"]
    path = book(
        tmp_path,
        header,
        ["甲", "高度", 24, "里", "强制", None],
        ["甲", "高度", 24, "米", "强制", None],
        ["乙", "高度", None, "米", "强制", None],
        ["丙", "高度", 24, "米", "重要", "用途好"],
        ["丁", None, 24, "米", "强制", None],
        ["戊", "高度", 3, "公顷", "强制", None],
        title="表",
    )
    found = sorted(line.partition("：")[0] for line in problems(path))
    assert found == ["表!A3", "表!A4", "表!B6", "表!C7", "表!D2", "表!E5", "表!F5"]


def test_files_that_cannot_be_used(tmp_path):
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "旧.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    for name in ("坏.xlsx", "旧.xls"):
        with pytest.raises(UnusableInput, match=name):
            rules_from_table(str(tmp_path / name), job=Job())
    plain = book(tmp_path, ["姓名", "电话"], ["张三", 1])
    with pytest.raises(UnusableInput, match="没有找到表头"):
        rules_from_table(plain, job=Job())
    with pytest.raises(UsageError, match="没有工作表“别的”；有：指标"):
        rules_from_table(plain, sheet="别的", job=Job())
    assert "没有指标" in str(_message(book(tmp_path, PLANNED)))


def _message(path: str) -> str:
    with pytest.raises(UnusableInput) as told:
        rules_from_table(path, job=Job())
    return told.value.message


def test_formulas_have_their_cached_values(tmp_path):
    path = book(tmp_path, ["地块编号", "容积率上限"], ["A", "=1+1"])
    assert problems(path) == ["指标!B2：公式没有算出结果；请用 Excel 或 WPS 打开表格，保存后再试"]


def test_percent_cells_count_in_percent(tmp_path):
    path = book(tmp_path, ["地块编号", "绿地率下限"], ["A", 0.35])
    workbook = __import__("openpyxl").load_workbook(path)
    workbook["指标"]["B2"].number_format = "0.0%"
    workbook.save(path)
    assert read_sheets(Path(path))[0].rows[1][1].number == 35
    assert "绿地率下限 为 字典（“A”：35）" in rules(path)


number = st.decimals(0, 10_000, places=2, allow_nan=False).map(lambda value: f"{value.normalize():f}")
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


@given(
    number,
    st.sampled_from(["≤{}", "不大于{}", "不超过 {}", "{}以下", "<={}"]),
    st.sampled_from(["", "米", " m"]),
    st.booleans(),
)
def test_limits_are_read_as_they_are_written(value, form, unit, wide):
    text = form.format(value + unit)
    text = text.translate(WIDE) if wide else text
    assert read_limits(Cell("表!A1", text), "", "米") == [Limit("不大于", value, "米")]


@given(number, number, st.sampled_from(["-", "~", "～", "—", "至", "到"]))
def test_ranges(a, b, mark):
    low, high = sorted((a, b), key=float)
    assert read_limits(Cell("表!A1", f"{low}{mark}{high}"), "", "") == [Limit("不小于", low), Limit("不大于", high)]


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    try:
        assert read_limits(Cell("表!A1", text.strip()), "", "")
    except Unreadable as reason:
        assert any("\u4e00" <= character <= "\u9fff" for character in str(reason))


HAND = """规则集 手写
图层 宗地 来自“宗地”，字段 地块编号（文本）、容积率（数值）、建筑高度（米）、绿地率（数值）
规则“容积率不得超过上限”
依据“对照”
检查 宗地 中的每个 地块，其中 地块的地块编号 属于（“A”，“B”）：
    要求 地块的容积率 不大于（如果 地块的地块编号 等于“A” 则取 2.5，否则取 1.8）
结束
结束
规则“建筑高度不得超过上限”
依据“对照”
检查 宗地 中的每个 地块，其中 地块的地块编号 属于（“A”，“B”）：
    要求 地块的建筑高度 不大于（如果 地块的地块编号 等于“A” 则取 24米，否则取 54米）
结束
结束
规则“绿地率不得低于下限”
依据“对照”
检查 宗地 中的每个 地块，其中 地块的地块编号 等于“A”：
    要求 地块的绿地率 不小于 30
结束
结束
"""
parcel = st.tuples(
    st.sampled_from(["A", "B", "C", None]),
    st.sampled_from([1.0, 1.8, 1.81, 2.5, 2.6, None]),
    st.sampled_from([12.0, 24.0, 24.5, 54.0, 60.0, None]),
    st.sampled_from([29.9, 30.0, 45.0, None]),
)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    path = book(
        tmp_path_factory.mktemp("表"),
        ["地块编号", "容积率上限", "建筑限高（米）", "绿地率下限"],
        ["A", "2.5", 24, "30%"],
        ["B", 1.8, "不大于54米", None],
    )
    return checked(rules(path)), checked(HAND)


@given(st.lists(parcel, max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_table_finds_what_rules_by_hand_find(both, parcels):
    columns = (
        dict(zip(("地块编号", "容积率", "建筑高度", "绿地率"), (list(c) for c in zip(*parcels)))) if parcels else {}
    )
    columns = columns or {name: [] for name in ("地块编号", "容积率", "建筑高度", "绿地率")}
    shapes = [shapely.box(n, 0, n + 1, 1) for n in range(len(parcels))]
    by_table, by_hand = (_found(program, shapes, columns) for program in both)
    assert {title: by_table[title] for title in by_hand} == by_hand


def _found(program, shapes, columns):
    report = run_rules(program, opener(宗地=(shapes, columns)))
    return {
        rule.name: (rule.verdicts, [(finding.feature_index, finding.verdict) for finding in rule.findings])
        for rule in report.rules
    }


def test_shares_of_one_column_are_all_decimals_or_all_percentages(tmp_path):
    said = "指标!B2：“绿地率”写成“0.3”，指标!B3 写成“35”，一个像小数，一个像百分数；请都写成带 % 的数"
    assert problems(book(tmp_path, ["地块编号", "绿地率下限"], ["A", 0.3], ["B", 35])) == [said]
    assert "字典（“A”：0.3，“B”：0.35）" in rules(book(tmp_path, ["地块编号", "绿地率下限"], ["A", 0.3], ["B", 0.35]))
    assert "字典（“A”：0.8，“B”：35）" in rules(book(tmp_path, ["地块编号", "容积率上限"], ["A", 0.8], ["B", 35]))
    head = ["规则名称", "字段", "上限"]
    (told,) = problems(book(tmp_path, head, ["甲", "建筑密度", 0.3], ["乙", "建筑密度", 30]))
    assert told.startswith("指标!C2：“建筑密度”写成“0.3”，指标!C3 写成“30”")
