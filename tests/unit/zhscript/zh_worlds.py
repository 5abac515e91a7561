"""Random rules over random layers, for tests that hold one way of running them to another."""

from __future__ import annotations

import datetime
import math

import numpy as np
import shapely
from hypothesis import strategies as st
from zhscript_support import opener

HEAD = """规则集 随机
图层 项目 来自“项目”，字段 编号、分数、高度（米）、占比（数值）、批准（日期）、标记（是否）
图层 农田 来自“农田”，字段 等别
图层 分区 来自“分区”，字段 名称、限值（米）
图层 道路 来自“道路”
表格 指标 来自“指标.csv”，字段 代码、上限（米）、系数（数值）
参数 容差 为 2平方米
参数 代码表 为（“a”，“b”）
设定 全部 为 分区 的总面积
函数 折算（数：数值）：数值
    如果 数 大于 1，那么 返回 数 加上 1
    返回 数 乘以 2
结束
标准 户均（块：项目）：
    依据“对照”
    原则上 为 1
    例外“近路” 如果 块 到 道路 的距离 不大于 2米 则取 0.5
    例外“标记” 如果 块的标记 则取 块的占比
结束
"""

# -- conditions over the feature 甲; every one is well typed

_AREAS = [
    "甲 的面积",
    "甲 与 农田 的相交面积",
    "（甲 与 农田 的相交部分） 的面积",
    "（甲 与 其他 项目 的相交面积）",
    "（甲 与 农田 的差异部分） 的面积",
    "（甲 的1米缓冲区） 的面积",
    "（甲 与 矩形（2，2，9，9） 的相交面积）",
    "（3平方米 加上 甲 的面积 乘以 2）",
    "（甲 的面积 除以 3）",
    "全部 除以 40",
    "12平方米",
    "容差",
]
_LENGTHS = [
    "甲 的周长",
    "甲 到 道路 的距离",
    "（甲 的中心点） 到 农田 的距离",
    "甲 到 其他 项目 的距离",
    "甲的高度",
    "（甲 所在的 分区） 的限值",
    "（甲 的中心点 所在的 分区） 的限值",
    "（甲 与 道路 的相交长度）",
    "（甲的高度 乘以 甲的占比）",
    "4米",
]
_NUMBERS = [
    "甲的占比",
    "甲的占比 减去 1",
    "甲的占比 除以 甲的占比",
    "甲 的节点数",
    "（甲的面积 换算为 亩）",
    "（甲的高度 除以 2米）",
    "（农田 中的每个 块，其中 块 与 甲 相交） 的个数",
    "（其他 项目 中的每个 块，其中 块 与 甲 重叠，且 块的编号 等于“a”） 的个数",
    "（如果 甲的标记 则取 甲的占比，否则取 2）",
    "3",
    "0.5",
]
_CONDITIONS = [
    "甲 与 农田 相交",
    "甲 与 农田 相离",
    "甲 与 道路 相邻",
    "农田 与 甲 重叠",
    "甲 与 其他 项目 重叠",
    "甲 位于 农田",
    "甲 不位于 分区",
    "农田 包含 甲",
    "甲 与 矩形（2，2，9，9） 相交",
    "甲 的中心点 位于 分区",
    "甲的编号 在 项目 中唯一",
    "甲的编号 属于 代码表",
    "甲的编号 开头是“a”",
    "甲的编号 等于“b”",
    "甲的编号 为空",
    "甲的分数 等于 3",
    "甲的分数 大于 1",
    "甲的分数 不为空",
    "甲的批准 小于 2021年1月1日",
    "甲的批准的年份 不小于 2021",
    "甲的标记",
    "没有（甲 所在的 分区）",
    "（甲 所在的 分区） 的名称 等于“甲区”",
    "没有（农田 中的每个 块，其中 块 与 甲 相交，且 块的等别 等于 甲的分数）",
    "（农田 中有 块 满足（块 与 甲 相交，且 块的等别 大于 3））",
    "（分区 中的每个 块 都满足 块的限值 大于 甲的高度）",
    "甲的编号 的字数 大于 0",
    "没有（指标 的查找（代码：甲的编号））",
    "（指标 的查找（代码：甲的编号）） 的上限 大于 甲的高度",
    "户均（甲） 不大于 2",
    "折算（甲的占比） 大于 1",
    "甲 与 （分区 的2米缓冲区） 相离",
]


@st.composite
def conditions(draw, depth: int = 2) -> str:
    """A condition over 甲."""
    kind = draw(st.sampled_from(["plain", "plain", "area", "length", "number", "between", "joined", "not"]))
    if kind == "plain" or depth == 0:
        return draw(st.sampled_from(_CONDITIONS))
    if kind == "not":
        return f"并非（{draw(conditions(depth - 1))}）"
    if kind == "joined":
        parts = [f"（{draw(conditions(depth - 1))}）" for _ in range(2)]
        return f"，{draw(st.sampled_from(['且', '或者']))} ".join(parts)
    pool = {"area": _AREAS, "length": _LENGTHS, "number": _NUMBERS}.get(kind) or draw(
        st.sampled_from([_AREAS, _LENGTHS, _NUMBERS])
    )
    one, two = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
    if kind == "between":
        return f"{one} 介于 {two} 至 {draw(st.sampled_from(pool))}"
    return f"{one} {draw(st.sampled_from(['大于', '小于', '等于', '不大于', '不小于', '不等于']))} {two}"


@st.composite
def statements(draw, depth: int = 1) -> str:
    """Lines of the body of a check."""
    kind = draw(st.sampled_from(["require", "require", "mark", "bind", "if", "skip", "hint"]))
    if kind == "require":
        return f"要求 {draw(conditions())}"
    if kind == "mark":
        return f"要求 {draw(conditions())}，否则报告“面积{{甲 的面积：平方米，三位小数}}”，标注 甲 与 农田 的相交部分"
    if kind == "hint":
        return f"如果 {draw(conditions(1))}，那么 提示“{{甲的编号}}到道路{{甲 到 道路 的距离}}”"
    if kind == "skip":
        return f"如果 {draw(conditions(1))}，那么 跳过"
    if kind == "if" and depth:
        first, second = (draw(statements(depth - 1)).replace("@", f"{side}@") for side in "左右")
        return f"如果 {draw(conditions(1))}，那么\n{first}\n否则\n{second}\n结束"
    pool = draw(st.sampled_from([_AREAS, _LENGTHS]))
    value, bound = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
    return f"设定 @ 为 {value}\n要求 @ 小于 {bound}，否则报告“{{@}}”"


@st.composite
def programs(draw) -> str:
    """A rule set with one rule, sometimes with a filter and an exception."""
    where = f"，其中 {draw(conditions())}" if draw(st.booleans()) else ""
    lines = draw(st.lists(statements(), min_size=1, max_size=4))
    body = "\n".join(line.replace("@", f"值{number}") for number, line in enumerate(lines))
    rule = f"规则“一”\n依据“对照”\n检查 项目 中的每个 甲{where}：\n{body}\n结束\n结束\n"
    if draw(st.booleans()):
        rule += f"例外“二” 针对“一”\n依据“对照”\n条件 {draw(conditions(1))}\n结束\n"
    basis = draw(st.sampled_from(["", "", "面积口径 椭球面积\n"]))
    return HEAD.replace("\n", f"\n{basis}", 1) + rule


# -- layers: slivers, shared edges, invalid, empty and missing geometries, points, lines, overlaps, 空

with np.errstate(invalid="ignore"):
    _NOWHERE = shapely.LineString([(1, 1), (math.nan, 2)])
_corner = st.integers(0, 12)
_sliver = st.sampled_from([0.0, 0.0, 0.0, 1e-9, 0.001, 0.5])


@st.composite
def boxes(draw):
    left, bottom = draw(_corner) + draw(_sliver), draw(_corner)
    return shapely.box(left, bottom, left + draw(st.integers(1, 6)), bottom + draw(st.integers(1, 6)))


@st.composite
def _others(draw):
    points = [(draw(_corner), draw(_corner)) for _ in range(3)]
    kind = draw(st.sampled_from(["triangle", "line", "point", "multi", "odd"]))
    if kind == "triangle":
        return shapely.Polygon(points)  # may be flat, so invalid
    if kind == "line":
        return shapely.LineString(points)
    if kind == "point":
        return shapely.Point(points[0])
    if kind == "multi":
        return shapely.union(draw(boxes()), draw(boxes()))
    bowtie = shapely.Polygon([(0, 0), (6, 6), (6, 0), (0, 6)])
    return draw(st.sampled_from([None, shapely.Polygon(), bowtie, _NOWHERE, shapely.MultiPoint([(1, 1), (3, 3)])]))


_clean = st.lists(st.one_of(boxes(), boxes(), boxes(), boxes()), max_size=8)
_mixed = st.lists(st.one_of(boxes(), boxes(), boxes(), _others()), max_size=8)
_lines = st.lists(st.tuples(_corner, _corner, _corner, _corner), max_size=3)


@st.composite
def worlds(draw):
    """An `open_layer` for the layers of `HEAD`."""
    layers = {name: draw(st.one_of(_clean, _mixed)) for name in ("项目", "农田", "分区")}

    def column(values, layer):
        return [draw(st.sampled_from(values)) for _ in layers[layer]]

    sort = draw(st.sampled_from([[3, 2.5, None], [3, 2**53 + 1, 0.1], [3, "3", None, True], ["a"], [None]]))
    projects = {
        "编号": column(["a", "b", "ab", None, " "], "项目"),
        "分数": np.array(column(sort, "项目"), dtype=object),
        "高度": column([3, 4.0, 4.000000001, None, math.nan], "项目"),
        "占比": column([0, 1, 0.1, 2.5, None], "项目"),
        "批准": column([datetime.date(2020, 5, 1), datetime.date(2021, 1, 1), None], "项目"),
        "标记": column(draw(st.sampled_from([[True, False], [True, None]])), "项目"),
    }
    zones = {"名称": column(["甲区", "乙区", None], "分区"), "限值": column([3, 4.0, None], "分区")}
    roads = [shapely.LineString([(a, b), (c + 0.5, d)]) for a, b, c, d in draw(_lines)]
    return opener(
        项目=(layers["项目"], projects),
        农田=(layers["农田"], {"等别": column([1, 3, 5, None], "农田")}),
        分区=(layers["分区"], zones),
        道路=roads,
        指标=([None] * 3, {"代码": ["a", "b", "b"], "上限": [3, 4.5, None], "系数": [0.5, 1, 2]}),
    )
