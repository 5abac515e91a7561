"""Advice about programs without errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from zhscript_support import checked

from zhscript.editing.lint import lint
from zhscript.editing.model import read_model

HEAD = "规则集 甲\n图层 宗地 来自“ZD”，字段 编号、用地性质、户数（户）、层数（层）、高度（米）\n"
RULE = "规则“一”\n依据“某规范”\n检查 宗地 中的每个 地块{where}：\n    要求 {condition}，否则报告“问题”\n结束\n结束\n"
EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "zhscript" / "范例").glob("*.zh"))


def advice(text: str) -> list[tuple[str, str]]:
    """(code, the words that it is about) of all advice."""
    checked(text)
    return [(item.code, text[item.start : item.end]) for item in lint(read_model(text))]


def rule(condition: str = "地块的编号 不为空", where: str = "", more: str = "") -> str:
    return HEAD + more + RULE.format(condition=condition, where=where)


CASES = {
    rule(more="参数 没用 为 3，依据“某规范”\n"): [("ZH303", "没用")],
    rule(more="图层 道路 来自“DL”\n"): [("ZH303", "道路")],
    "函数 甲（乙：面积，丙：面积） 为 乙 乘以 2\n显示 甲（1亩，2亩）": [("ZH303", "丙")],
    "函数 甲（乙：面积） 为 乙 乘以 2\n参数 丙 为 3": [],  # a file for others to refer to
    rule("地块的用地性质 等于“0799”"): [("ZH304", "“0799”")],
    rule("地块的用地性质 属于（“0101”、“010X”、“R2”、“0102K”）"): [],
    rule("地块的用地性质 属于 代码", more="参数 代码 为（“0101”、“9999”），依据“某规范”\n"): [("ZH304", "“9999”")],
    rule("地块的编号 等于“9999”"): [],
    "函数 面积（x：数值） 为 x 乘以 2\n显示 面积（3）": [("ZH305", "面积")],
    "设定 真 为 3\n显示 真": [("ZH305", "真")],
    rule("地块的户数 不大于 地块的层数"): [("ZH306", "地块的户数 不大于 地块的层数")],
    "设定 甲 为 3户\n显示 甲 加上 5层，3户 加上 2户，3户 加上 5个": [("ZH306", "甲 加上 5层")],
    rule(where="，其中 地块的高度 大于 50米，且 地块的高度 小于 24米"): [
        ("ZH307", "地块的高度 大于 50米，且 地块的高度 小于 24米")
    ],
    rule(where="，其中 地块的高度 大于 24米，且 地块的高度 小于 50米"): [],
    rule(where="，其中 地块的编号 等于“1”，且 地块的编号 属于（“2”、“3”）"): [
        ("ZH307", "地块的编号 等于“1”，且 地块的编号 属于（“2”、“3”）")
    ],
    rule(where="，其中 24米 不小于 地块的高度，且（地块的高度 大于 30米，或者 地块的高度 介于 40米 至 50米）"): [],
    rule(where="，其中 1亩 大于 1公顷"): [("ZH307", "1亩 大于 1公顷")],
    rule() + "例外“二” 针对“一”\n依据“乙”\n条件 地块的编号 等于“1”\n条件 地块的编号 等于“2”\n结束\n": [
        ("ZH308", "地块的编号 等于“1”")
    ],
    rule()
    + "例外“二” 针对“一”\n依据“乙”\n条件 地块的编号 等于“1”\n结束\n"
    + "例外“三” 针对“一”\n依据“丙”\n条件 地块的编号 等于 “1”\n结束\n": [("ZH308", "地块的编号 等于 “1”")],
}


@pytest.mark.parametrize("text", CASES, ids=range(len(CASES)))
def test_advice(text):
    assert advice(text) == CASES[text]


def test_a_code_is_suggested_by_name():
    text = rule("地块的用地性质 等于“0109”")
    (found,) = lint(read_model(text))
    assert "0101（水田）" in found.message
    repaired = found.fixes[0].apply(text)
    assert "等于“0101”" in repaired and not lint(read_model(repaired))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_worked_scripts_need_no_advice(path):
    assert not [item.message for item in lint(read_model(path.read_text(encoding="utf-8")))]
