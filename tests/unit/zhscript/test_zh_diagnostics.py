"""Errors: where, which, and what repairs them."""

from __future__ import annotations

import pytest
from zhscript_support import checked, errors

from zhscript import check_text

LAYERS = "规则集 试\n图层 宗地 来自“ZD”，字段 编号、高度（米）、户数、用途（文本）、批准（日期）\n图层 道路 来自“DL”\n"


def rule(body: str) -> str:
    return f"{LAYERS}规则“甲”\n依据《某办法》第三条\n检查 宗地 中的每个 地块：\n{body}\n结束\n结束\n"


@pytest.mark.parametrize(
    "text, place",
    [
        ("设定 占地为 15亩", (1, 4, "ZH125")),
        ("设定 甲 为 5里", (1, 9, "ZH110")),
        ("设定 甲 为 3。5", (1, 9, "ZH105")),
        ("设定 甲 为 12,000", (1, 10, "ZH106")),
        ("设定 甲 为 （1 加上 2", (1, 14, "ZH127")),
        ("设定 甲 为 “没有写完", (1, 8, "ZH102")),
        ("设定 甲 为 ”反了“", (1, 8, "ZH107")),
        ("设定 甲 为 2024年2月30日", (1, 8, "ZH113")),
        ("设定 甲 为 2024年", (1, 8, "ZH112")),
        ("设定 甲__乙 为 1", (1, 4, "ZH108")),
        ("设定 甲 为 “{1：乱写}”", (1, 12, "ZH227")),
        ("设定 甲 为 “{1”", (1, 9, "ZH118")),
        ("设定 甲 为 “{}”", (1, 9, "ZH129")),
        ("设定 甲 为 1\n显示 乙", (2, 4, "ZH201")),
        ("设定 甲 为 1\n设定 甲 为 2", (2, 4, "ZH202")),
        ("设定 甲 为 1\n甲 改为 2", (2, 1, "ZH280")),
        ("设定 甲 为 3亩 加上 5米", (1, 8, "ZH241")),
        ("设定 甲 为 3亩 大于 5米", (1, 8, "ZH245")),
        ("设定 甲 为 3天 大于 5个月", (1, 8, "ZH245")),
        ("设定 甲 为 “5” 加上 3", (1, 8, "ZH240")),
        ("设定 甲 为 3亩 换算为 米", (1, 8, "ZH243")),
        ("设定 甲 为 真 且 假 或 真", (1, 8, "ZH210")),
        ("设定 甲 为 1 除以 0", (1, 13, "ZH238")),
        ("设定 甲 为 空\n设定 乙 为 甲 等于 1", (2, 8, "ZH244")),
        ("如果 3，那么 显示 1", (1, 4, "ZH221")),
        ("结束", (1, 1, "ZH121")),
        ("跳过", (1, 1, "ZH287")),
        ("返回 1", (1, 1, "ZH288")),
        ("要求 真", (1, 1, "ZH285")),
        ("引用“别的”", (1, 1, "ZH290")),
        ("设定 甲 为 打开图层（“a”）", (1, 8, "ZH254")),
        ("把 “甲” 保存为“a.txt”", (1, 1, "ZH254")),
        ("函数 甲（乙：面积） 为 乙\n显示 甲（3米）", (2, 6, "ZH236")),
        ("函数 甲（乙） 为 乙\n显示 甲（1，2）", (2, 4, "ZH234")),
        ("显示（1，2）的平方跟", (1, 9, "ZH206")),
        (LAYERS + "规则“甲”\n等级“严重”\n检查 宗地 中的每个 甲：\n要求 真\n结束\n结束", (5, 3, "ZH273")),
        (rule("要求 地块的高渡 不大于 3米"), (7, 7, "ZH205")),
        (rule("要求 地块的户数 不大于 3米"), (7, 4, "ZH242")),
        (rule("要求 地块 到 道鹿 的距离 大于 3米"), (7, 9, "ZH201")),
        (rule("要求 地块 与 道路 的距离 大于 3米"), (7, 4, "ZH115")),
        (rule("要求 地块的高度 在 宗地 中唯一 且 地块的面积 在 宗地 中唯一"), (7, 21, "ZH249")),
        (rule("变量 甲 为 1"), (7, 1, "ZH277")),
        (rule("显示 1"), (7, 1, "ZH289")),
        (rule("要求 地块的批准 大于 3亩"), (7, 4, "ZH245")),
        (rule("要求 地块的（“高” ） 大于 3亩"), (7, 8, "ZH205")),
        (rule("要求 地块 相交"), (7, 4, "ZH117")),
        (LAYERS + "面积口径 随便", (4, 6, "ZH265")),
        (LAYERS + "例外“乙” 针对“没有”\n依据“某”\n条件 真\n结束", (4, 1, "ZH204")),
        (LAYERS + "表格 甲 来自“b.xlsx”，颜色“红”", (4, 16, "ZH255")),
        (LAYERS + "显示 1", (4, 1, "ZH270")),
    ],
)
def test_the_first_error_is_at_its_place(text, place):
    assert errors(text)[:1] == [place]


def test_a_misspelt_keyword_is_named():
    _, diagnostics = check_text("设定 甲 为 1\n如果 甲 大鱼 2，那么 显示 甲")
    assert [(item.line, item.column, item.code) for item in diagnostics] == [(2, 6, "ZH124")]
    assert "大于" in diagnostics[0].message


def test_a_missing_end_is_found_by_indentation():
    text = rule("    如果 地块的户数 大于 3，那么\n        提示“多”\n    要求 地块的户数 小于 9")
    _, diagnostics = check_text(text)
    first = next(item for item in diagnostics if item.severity == "error")
    assert (first.line, first.column, first.code) == (7, 5, "ZH119")
    assert apply(text, first.fixes[0]).split("\n")[8] == "    结束"


def test_errors_in_several_blocks_are_all_reported():
    bad = (
        "规则“{0}”\n依据“某”\n检查 宗地 中的每个 地块：\n    要求 地块的高度 不大于 大于 3米\n    要求 真\n结束\n结束\n"
    )
    text = LAYERS + "".join(bad.format(name) for name in "甲乙丙丁")
    assert [line for line, _, _ in errors(text)] == [7, 14, 21, 28]


def test_several_errors_in_one_block_are_reported():
    text = rule("要求 地块的高度 不大于 大于 3米\n要求 真\n如果 地块 的，那么\n提示 5里\n结束\n设定 为 3")
    assert [line for line, _, _ in errors(text)] == [7, 9, 10, 12]


def test_a_wrong_block_name_is_an_error():
    text = rule("要求 真").replace("结束\n结束", "结束规则\n结束检查")
    assert [(line, code) for line, _, code in errors(text)] == [(8, "ZH122"), (9, "ZH122")]


def apply(text: str, fix: dict) -> str:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    edits = [
        (starts[e["line"] - 1] + e["column"] - 1, starts[e["end_line"] - 1] + e["end_column"] - 1, e["text"])
        for e in fix["edits"]
    ]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize(
    "text",
    [
        "设定 占地为 15亩",
        "设定 甲 为 3。5",
        "设定 甲 为 12,000",
        "设定 甲 为 （1 加上 2",
        "设定 甲 为 ”反了“",
        "设定 甲 为 真 且 假 或 真",
        "设定 甲 为 1\n甲 改为 2",
        "设定 占地 为 1\n显示 占第",
        "设定 甲 为 1\n如果 甲 大鱼 2，那么 显示 甲",
        "显示 1 \u202e",
        rule("要求 地块的高渡 不大于 3米"),
        rule("如果 真，那么\n提示“多”"),
    ],
)
def test_every_offered_fix_repairs(text):
    _, diagnostics = check_text(text)
    fixes = [fix for item in diagnostics if item.severity == "error" for fix in item.fixes]
    assert fixes
    for fix in fixes:
        checked(apply(text, fix))


def test_fixes_that_do_not_repair_are_not_offered():
    _, diagnostics = check_text("设定 占地 为 1\n设定 占比 为 “甲”\n显示 占第 加上 1")
    titles = [fix["title"] for fix in diagnostics[0].fixes]
    assert titles[0] == "改为“占地”" and not any("占比" in title for title in titles)


def test_a_rule_without_basis_is_a_warning():
    program, diagnostics = check_text(
        LAYERS + "规则“甲”\n检查 宗地 中的每个 地块：\n要求 地块的户数 小于 9\n结束\n结束"
    )
    assert program is not None
    assert [(item.severity, item.code) for item in diagnostics] == [("warning", "ZH301"), ("hint", "ZH302")]


def test_what_the_program_tells_the_host():
    program = checked(
        "规则集 控规\n版本 1\n面积口径 椭球面积\n坐标系 “EPSG:4547”\n"
        "图层 宗地 来自“ZD”，字段 编号 来自“DKBH”、高度（米）\n字段 备注（文本）"
    )
    assert (program.name, program.kind, program.version) == ("控规", "规则集", "1")
    assert (program.area_basis, program.crs) == ("ellipsoid", "EPSG:4547")
    layer = program.layers[0]
    assert (layer.name, layer.source, layer.kind) == ("宗地", "ZD", "layer")
    assert layer.fields == (("编号", "DKBH", ""), ("高度", "高度", "米"), ("备注", "备注", "文本"))


def test_diagnostics_are_plain_data():
    _, diagnostics = check_text("显示 乙")
    assert diagnostics[0].as_dict() == {
        "line": 1, "column": 4, "end_line": 1, "end_column": 5,
        "severity": "error", "code": "ZH201", "message": "没有声明过“乙”", "fixes": [],
    }  # fmt: skip
