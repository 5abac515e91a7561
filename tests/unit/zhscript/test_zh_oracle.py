"""The indexed evaluation and the exhaustive one come to the same verdicts on random layers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from zhscript_support import checked, opener

from zhscript.engine import run_rules

RULES = """规则集 对照
图层 项目 来自“项目”，字段 编号、分数（数值）
图层 农田 来自“农田”
图层 分区 来自“分区”，字段 名称

规则“占用”
依据“对照”
检查 项目 中的每个 甲，其中 甲的分数 不小于 0：
    设定 部分 为 甲 与 农田 的相交部分
    要求 部分 的面积 不大于 2平方米，否则报告“占{部分 的面积：平方米，三位小数}”，标注 部分
    要求 甲 与 农田 的相交面积 等于 部分 的面积
结束
结束

规则“关系”
依据“对照”
检查 项目 中的每个 甲：
    要求 甲 与 农田 相离
    要求 甲 与 农田 相邻
    要求 甲 与 其他 项目 重叠
    要求 甲 位于 农田
    要求 甲 与 其他 项目 的相交面积 等于 0平方米
    要求 甲 与 农田 的差异部分 的面积 大于 1平方米
    要求 甲 与 农田 的相交长度 等于 0米
结束
结束

规则“距离与归属”
依据“对照”
检查 项目 中的每个 甲：
    要求 甲 到 农田 的距离 大于 3米
    要求 甲 到 其他 项目 的距离 大于 2米
    设定 归属 为 甲的中心点 所在的 分区
    设定 主要 为 甲 所在的 分区
    要求 没有 归属，或者 归属的名称 不等于“乙区”，否则报告“在{归属的名称}”
    要求 主要 不为空
结束
结束

规则“唯一”
依据“对照”
检查 项目 中的每个 甲：
    要求 甲的编号 在 项目 中唯一，否则报告“{甲的编号}重复”
    要求 甲的分数 大于 3，或者 甲的编号 等于“a”
结束
结束
"""
PROGRAM = checked(RULES)

corner = st.integers(0, 16)
sliver = st.sampled_from([0.0, 0.0, 1e-9, 0.001, 0.5])


@st.composite
def boxes(draw):
    left, bottom = draw(corner) + draw(sliver), draw(corner)
    return shapely.box(left, bottom, left + draw(st.integers(1, 8)), bottom + draw(st.integers(1, 8)))


@st.composite
def triangles(draw):
    points = [(draw(corner), draw(corner)) for _ in range(3)]
    return shapely.Polygon(points)  # may be flat, so invalid


BOWTIE = shapely.Polygon([(0, 0), (6, 6), (6, 0), (0, 6)])
shape = st.one_of(
    boxes(),
    boxes(),
    boxes(),
    triangles(),
    st.sampled_from([None, shapely.Polygon(), BOWTIE, shapely.Point(4, 4), shapely.LineString([(0, 4), (9, 4)])]),
)
shapes = st.lists(shape, max_size=9)


@st.composite
def worlds(draw):
    projects = draw(shapes)
    codes = [draw(st.sampled_from(["a", "b", "c", None, " "])) for _ in projects]
    scores = [draw(st.sampled_from([-1.0, 0.0, 4.5, math.nan])) for _ in projects]
    zones = draw(st.lists(boxes(), max_size=4))
    names = [draw(st.sampled_from(["甲区", "乙区", None])) for _ in zones]
    fields = {"编号": np.array(codes, dtype=object), "分数": np.array(scores)}
    return opener(项目=(projects, fields), 农田=draw(shapes), 分区=(zones, {"名称": names}))


def outcome(open_layer, indexed):
    report = run_rules(PROGRAM, open_layer, indexed=indexed)
    return [
        (
            rule.name,
            rule.checked,
            rule.violations,
            rule.verdicts,
            [(f.feature, f.line, f.verdict, f.message, f.values, _wkt(f.geometry)) for f in rule.findings],
        )
        for rule in report.rules
    ]


def _wkt(geometry):
    return None if geometry is None else shapely.to_wkt(geometry, rounding_precision=-1)


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_index_and_oracle_agree(open_layer):
    assert outcome(open_layer, True) == outcome(open_layer, False)


@given(st.lists(boxes(), min_size=1, max_size=6), st.lists(boxes(), max_size=6))
@settings(max_examples=50, deadline=None)
def test_areas_are_those_of_the_union(projects, fields):
    """An independent computation: the intersection with the union of the whole layer."""
    program = checked(
        "规则集 面积\n图层 甲 来自“甲”\n图层 乙 来自“乙”\n规则“面积”\n依据“对照”\n检查 甲 中的每个 子：\n"
        "设定 值 为 子 与 乙 的相交面积\n要求 值 小于 0平方米\n结束\n结束"
    )
    findings = run_rules(program, opener(甲=projects, 乙=fields)).rules[0].findings
    whole = shapely.union_all(fields) if fields else shapely.Polygon()
    for finding, project in zip(findings, projects):
        assert finding.raw["值"].value == pytest.approx(shapely.intersection(project, whole).area, abs=1e-6)
    assert len(findings) == len(projects)


def test_many_features_over_several_chunks():
    rng = np.random.default_rng(5)
    corners = rng.uniform(0, 4000, (600, 2))
    projects = [shapely.box(x, y, x + 60, y + 40) for x, y in corners]
    fields = {"编号": [str(n % 550) for n in range(600)], "分数": list(np.arange(600.0))}
    zones = [shapely.box(x, 0, x + 500, 4100) for x in range(0, 4000, 500)]
    lands = [shapely.box(x, y, x + 80, y + 80) for x, y in rng.uniform(0, 4000, (400, 2))]
    open_layer = opener(项目=(projects, fields), 农田=lands, 分区=(zones, {"名称": [f"{n}区" for n in range(8)]}))
    fast, slow = outcome(open_layer, True), outcome(open_layer, False)
    assert fast == slow
    assert sum(rule[2] for rule in fast) > 300
