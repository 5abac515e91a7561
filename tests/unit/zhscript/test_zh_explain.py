"""Plans are told in Chinese; an explanation holds what its verdict follows from."""

from __future__ import annotations

import re

import pytest
import shapely
from hypothesis import given, settings
from zh_worlds import programs, worlds
from zhscript_support import box, checked, opener

from zhscript.engine import ScriptError, run_rules
from zhscript.engine.errors import Undetermined
from zhscript.engine.explanation import explain_feature
from zhscript.engine.opening import open_layers
from zhscript.engine.plan.telling import tell_plans
from zhscript.engine.report import EXCEPTED, FAILED, INAPPLICABLE, PASSED, UNDETERMINED
from zhscript.engine.values import split

FARMLAND = """规则集 占用
图层 项目 来自“项目”，字段 名称、批准机关
图层 农田 来自“农田”
参数 误差面积 为 1平方米
规则“不得占用农田”
依据《土地管理法》第三十五条
等级“强制”
检查 项目 中的每个 甲，其中 甲的名称 不为空：
    设定 占用部分 为 甲 与 农田 的相交部分
    要求 占用部分 的面积 不大于 误差面积，且 甲的名称 开头是“项”，否则报告“占用{占用部分 的面积}”，标注 占用部分
    要求 （农田 中的每个 块，其中 块 与 甲 重叠，且 块 的面积 大于 9平方米） 的个数 等于 0
    提示“{甲 到 农田 的距离}”
结束
结束
例外“国家重大项目” 针对“不得占用农田”
依据《土地管理法》第四十四条
条件 甲的批准机关 等于“国务院”
结束
"""
LAYERS = opener(
    项目=([box(0, 0, 10, 10), box(20, 0, 30, 10)], {"名称": ["项一", "项二"], "批准机关": ["国务院", "省"]}),
    农田=[box(5, 0, 15, 10), box(28, 0, 50, 50)],
)

# -- plans


def test_the_plan_tells_indexes_joins_columns_and_what_is_left():
    lines = list(tell_plans(checked(FARMLAND), {}))
    text = "\n".join(lines)
    assert lines[0] == "规则“不得占用农田”"
    numbers = [int(match) for match in re.findall(r"^\s*(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    for part in (
        "用“农田”的空间索引",
        "按列比较",
        "按 甲的名称 的不同取值各算一次",
        "只对查出的要素逐个判断条件",
        "名称",
    ):
        assert part in text
    assert "留待逐个判断" in lines[-1]


def test_the_plan_tells_what_has_no_bulk_way():
    rule = "检查 项目 中的每个 甲：\n    要求 （甲 与 其他 项目 的合并部分） 的周长 大于 3米\n结束"
    text = "\n".join(tell_plans(checked(FARMLAND.split("规则“")[0] + rule), {}))
    assert "没有成批的算法，逐个要素计算" in text


def test_with_data_the_plan_estimates_pairs():
    program = checked(FARMLAND)
    layers, _, _ = open_layers(program, LAYERS, None, lambda: None)
    assert "（2 个要素对 2 个，约 2 对外接矩形相接）" in "\n".join(tell_plans(program, layers, "不得占用农田"))


@given(programs())
@settings(max_examples=60, deadline=None)
def test_every_plan_can_be_told(text):
    lines = list(tell_plans(checked(text), {}))
    assert len(lines) > 2
    assert not [line for line in lines if re.search(r"[A-Za-z]{2,}", re.sub("“.*?”", "", line).replace("ab", ""))]


# -- explanations


def stretched(shapes, crs):
    return shapely.area(shapes) * 1.01


COMPARISONS = {
    "大于": lambda a, b: a > b,
    "小于": lambda a, b: a < b,
    "不大于": lambda a, b: a <= b,
    "不小于": lambda a, b: a >= b,
    "等于": lambda a, b: a == b,
    "不等于": lambda a, b: a != b,
}


def plain(value):
    return split(value)[0] if not isinstance(value, (str, bool)) and hasattr(value, "dimension") else value


def recomputed(clause):
    """The truth of a condition from nothing but the values that the explanation gives."""
    if clause.word in ("且", "或"):
        left, right = (recomputed(part) for part in clause.parts)
        decisive = clause.word == "或"
        if decisive in (left, right):
            return decisive
        return None if None in (left, right) else not decisive
    if clause.word == "并非":
        inner = recomputed(clause.parts[0])
        return None if inner is None else not inner
    values = [value for _, value in clause.values]
    if clause.word == "介于":  # the lower bound is asked first; the upper one counts when that holds
        value, low, high = values
        return at_most(low, value) and at_most(value, high)
    if clause.word in COMPARISONS:
        if any(unknown(value) for value in values):
            return None
        return COMPARISONS[clause.word](*(plain(value) for value in values))
    return clause.result


def unknown(value):
    return value is None or isinstance(value, Undetermined)


def at_most(low, high):
    return None if unknown(low) or unknown(high) else plain(low) <= plain(high)


def verdict_of(explanation):
    """The verdict that the steps of an explanation lead to."""
    order = (PASSED, EXCEPTED, UNDETERMINED, FAILED)
    worst = PASSED
    for step in explanation.steps:
        truth = None if step.clause is None else recomputed(step.clause)
        if step.kind == "其中" and truth is False:
            return INAPPLICABLE
        if step.kind in ("其中", "如果") and truth is None:
            worst = max(worst, UNDETERMINED, key=order.index)
        if step.kind == "要求" and truth is not True:
            found = {finding.verdict for finding in step.findings}
            assert found == {UNDETERMINED} if truth is None else found <= {FAILED, EXCEPTED, UNDETERMINED}
            worst = max(worst, *found, key=order.index)
    return worst


def test_values_clause_and_geometry_are_told():
    first, second = (explain_feature(checked(FARMLAND), LAYERS, key)[0] for key in "12")
    text = "\n".join(first.lines())
    assert "对“项目”的要素 1：例外" in text
    assert "依据：《土地管理法》第三十五条" in text
    assert "POLYGON ((10 0, 10 10, 0 10, 0 0, 10 0))，面积 100平方米" in text
    assert "占用部分 的面积 ＝ 50平方米" in text
    assert "误差面积 ＝ 1平方米" in text
    assert "甲的批准机关 等于“国务院”：成立（依据 《土地管理法》第四十四条）" in text
    assert "甲的名称 开头是“项”：没有用到" in text
    assert second.verdict == FAILED
    assert shapely.area(second.steps[1].value) == 20


def test_an_unknown_feature_is_told_with_those_that_are_there():
    with pytest.raises(ScriptError, match="没有要素“9”；相近的有：1、2"):
        explain_feature(checked(FARMLAND), LAYERS, "9")


@given(programs(), worlds())
@settings(max_examples=60, deadline=None)
def test_the_numbers_of_an_explanation_give_its_verdict(text, open_layer):
    program = checked(text)
    try:
        outcome = run_rules(program, open_layer, ellipsoidal_area=stretched).rules[0]
        count = len(open_layer(program.layers[0]).geometry)
        explanations = [
            item
            for row in range(count)
            for item in explain_feature(program, open_layer, str(row + 1), ellipsoidal_area=stretched)
        ]
    except ScriptError:
        return
    assert [item.feature for item in explanations] == [str(row + 1) for row in range(count)]
    for word, number in outcome.verdicts.items():
        assert sum(item.verdict == word for item in explanations) == number
    for item in explanations:
        assert verdict_of(item) == item.verdict
        assert all(list(item.lines()))
