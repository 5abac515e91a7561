"""What the tests of translations share: verdicts by feature, and random layers."""

from __future__ import annotations

import datetime
import math
from collections import Counter

import shapely
from hypothesis import strategies as st
from zhscript_support import opener

from zhscript.engine import run_rules

_WORST = ("提示", "例外", "无法判断", "不通过")

corner = st.integers(0, 14)
BOWTIE = shapely.Polygon([(0, 0), (6, 6), (6, 0), (0, 6)])


@st.composite
def boxes(draw):
    left, bottom = draw(corner) + draw(st.sampled_from([0.0, 0.0, 0.5])), draw(corner)
    return shapely.box(left, bottom, left + draw(st.integers(1, 7)), bottom + draw(st.integers(1, 7)))


usable = st.one_of(
    boxes(),
    boxes(),
    boxes(),
    st.sampled_from([shapely.LineString([(0, 4), (9, 4)]), shapely.Point(4, 4), shapely.Point(3.25, 3.25)]),
)
odd = st.one_of(boxes(), boxes(), boxes(), st.sampled_from([None, shapely.Polygon(), BOWTIE]))

TEXTS = st.sampled_from(["0701", "701", "070102", "A-1", "a_1", "O'Br\\ien", " ", "", None, "％", "绿地"])
NUMBERS = st.sampled_from([-1.0, 0.0, 0.1, 0.3, 1.5, 2.5, 18.0, 24.0, 1e6, math.nan, None])
DATES = st.sampled_from([datetime.date(2020, 2, 29), datetime.date(2021, 3, 31), datetime.date(2024, 6, 1), None])


def engine_verdicts(program, layers, crs="EPSG:4547"):
    """{rule: (worst verdict of each feature that has findings, by row; counts of the verdicts)}."""
    report = run_rules(program, opener(crs, **layers), today=program.date)
    result = {}
    for rule in report.rules:
        worst: dict[int, str] = {}
        for finding in rule.findings:
            before = worst.get(finding.feature_index, "提示")
            worst[finding.feature_index] = max(before, finding.verdict, key=_WORST.index)
        told = {row: verdict for row, verdict in worst.items() if verdict != "提示"}
        result[rule.name] = (told, Counter({name: count for name, count in rule.verdicts.items() if count}))
    return result


def as_engine(verdicts):
    """The same for verdicts that a translation gives, one for each feature in order."""
    told = {row: verdict for row, verdict in enumerate(verdicts) if verdict in _WORST}
    return told, Counter(verdicts)


HEAD = """规则集 对照
参数日期 2024年6月1日
图层 地块 来自“ZD”，字段 编号（文本）、用途、面积值（亩） 来自“MJ”、高度（米）、户数（整数）、批准（日期）、
    【容积率（计容）】（数值）、备注
图层 农田 来自“NT”，字段 类别（文本）
图层 分区 来自“FQ”，字段 名称（文本）、限高（米）
参数 居住代码 为 （“0701”，“070102”）
参数 容差 为 0.5平方米
设定 高限 为 1.8米 乘以 10
标准 户均（甲：地块）：
    依据“对照”
    原则上 为 1.5
    例外“小” 如果 甲的户数 小于 2 则取 0.3
    例外“无” 如果 甲的高度 大于 20米，且 甲的户数 不小于 2 则取 2.5
结束
函数 折算（甲：地块，倍：数值 默认 2）：数值
    如果 甲的户数 大于 5，那么 返回 0
    设定 基 为 甲的户数 乘以 倍
    返回 基 加上 1
结束
"""
CONDITIONS = [
    "甲的高度 不大于 高限",
    "甲的面积值 大于 1亩，或者 甲的户数 等于 2",
    "甲的用途 属于 居住代码，且 并非（甲的高度 小于 1米）",
    "甲的用途 不属于（“0701”，“绿地”）",
    "甲的用途 属于（甲的备注，“0701”）",
    "甲的编号 等于 甲的备注",
    "甲的编号 等于 “O'Br\\ien”，或者 甲的备注 为空",
    "甲的备注 不为空，或者 没有 甲的高度",
    "甲的高度 介于 1.5米 至 18米",
    "甲的户数 介于 甲的【容积率（计容）】 至 3",
    "甲的【容积率（计容）】 约等于 0.2，误差不超过 0.1",
    "甲的高度 除以 甲的户数 大于 3米",
    "（甲的高度 除以 甲的户数 大于 3米） 或 真",
    "甲的编号 开头是 “07”，或者 甲的编号 结尾是 “1”",
    "甲的编号 包含 “0”",
    "匹配（甲的编号，“？_＊”）",
    "甲的编号 的 字数 大于 2",
    "甲的编号 的截取（2，2） 等于 “70”",
    "甲的编号 的替换（“0”，“O”） 等于 “O7O1”",
    "“{甲的编号}/{甲的编号}” 不等于 “0701/0701”",
    "甲的批准 加上 1个月 大于 2021年4月29日",
    "甲的批准 减去 30天 小于 2024年5月2日，且 甲的批准的年份 不等于 2020",
    "今天 减去 甲的批准 大于 1000天",
    "甲的批准 的相隔月数（今天） 大于 37个月",
    "甲的面积值 换算为 公顷 大于 0.1",
    "甲的高度 的绝对值 的平方 大于 300平方米",
    "四舍五入（甲的【容积率（计容）】） 等于 3",
    "（如果 甲的户数 大于 1 则取 甲的高度，否则取 2米） 大于 1.5米",
    "甲的户数 不小于 户均（甲）",
    "折算（甲） 大于 4",
    "折算（甲，倍：3） 大于 7，或者 甲的备注 为空",
    "甲的编号 在 地块 中唯一",
    "甲 与 农田 的相交面积 不大于 容差",
    "甲 与 农田 的相交部分 的面积 小于 4平方米",
    "甲 与 农田 相离",
    "甲 与 农田 相邻",
    "甲 与 农田 重叠",
    "甲 位于 农田",
    "农田 包含 甲的中心点",
    "甲 与 其他 地块 的相交面积 等于 0平方米",
    "甲 与 农田 的差异部分 的面积 大于 3平方米",
    "甲 与 农田 的相交长度 小于 2米",
    "甲 与 农田 的相交部分 为空",
    "甲 到 农田 的距离 大于 1.2米",
    "甲 到 其他 地块 的距离 大于 0.7米",
    "甲的2米缓冲区 与 农田 的相交面积 小于 20平方米",
    "甲 的1米内缩范围 的面积 大于 2平方米",
    "甲的周长 加上 甲的长度 大于 20米",
    "甲的面积 大于 甲的面积值",
    "甲 位于 农田的2米外扩范围",
    "没有（甲的中心点 所在的 分区），或者 （甲的中心点 所在的 分区）的限高 不小于 甲的高度",
    "（甲 所在的 分区）的名称 等于 “甲区”",
    "农田 中有 田 满足 田 与 甲 相交 且 田的类别 等于 “水田”",
    "农田 中的每个 田 都满足 （田 与 甲 相离 或 田的类别 不等于 “水田”）",
    "（农田 中的每个 田，其中 田 与 甲 相交） 的个数 小于 2",
    "没有（农田 中的每个 田，其中 田 与 甲 相交） 或 "
    "（农田 中的每个 田，其中 田 与 甲 相交，列出 田的面积） 的总和 小于 20平方米",
    "没有（农田 中的每个 田，其中 田的类别 等于 甲的用途）",
]
BODIES = [
    "设定 占用 为 甲 与 农田 的相交面积\n要求 占用 小于 9平方米，否则报告“占用”\n"
    "要求 甲的户数 大于 1，否则报告“{甲的编号}少”",
    "如果 甲的户数 大于 5，那么 跳过\n要求 甲的高度 不大于 18米",
    "如果 甲的高度 为空，那么\n提示“没有高度”\n跳过\n结束\n要求 甲的高度 小于 20米",
    "如果 甲的户数 大于 2，那么\n要求 甲的用途 等于“0701”\n否则如果 甲的高度 大于 10米，那么\n"
    "设定 丙 为 甲的高度\n要求 丙 小于 20米\n否则\n要求 甲的备注 不为空\n结束\n要求 甲的户数 小于 9",
]


def _program() -> str:
    text = HEAD
    for number, condition in enumerate(CONDITIONS, 1):
        text += f"规则“第{number}条”\n依据“对照”\n检查 地块 中的每个 甲：\n要求 {condition}\n结束\n结束\n"
    for number, body in enumerate(BODIES, 1):
        where = "，其中 甲的户数 不等于 3" if number % 2 else ""
        text += f"规则“语句{number}”\n依据“对照”\n检查 地块 中的每个 甲{where}：\n{body}\n结束\n结束\n"
    return text + (
        "例外“低矮” 针对“第2条”\n依据“对照”\n条件 甲的高度 小于 2米\n结束\n"
        "例外“老旧” 针对“第2条”\n依据“对照”\n条件 甲的批准 小于 2021年1月1日\n条件 甲的编号 不为空\n结束\n"
    )


RULES = _program()

PLOTS = {
    "编号": ("text", TEXTS),
    "用途": ("text", TEXTS),
    "MJ": ("float8", NUMBERS),
    "高度": ("float8", NUMBERS),
    "户数": ("int", st.sampled_from([0, 1, 2, 3, 6, 18, None])),
    "批准": ("date", DATES),
    "容积率（计容）": ("float8", NUMBERS),
    "备注": ("text", TEXTS),
}


@st.composite
def worlds(draw):
    plots = draw(st.lists(st.one_of(usable, odd), min_size=1, max_size=8))
    columns = {name: [draw(values) for _ in plots] for name, (_, values) in PLOTS.items()}
    fields = draw(st.lists(draw(st.sampled_from([usable, usable, usable, odd])), max_size=6))
    kinds = {"类别": [draw(st.sampled_from(["水田", "旱地", "绿地", None])) for _ in fields]}
    zones = draw(st.lists(boxes(), max_size=3))
    of_zones = {
        "名称": [draw(st.sampled_from(["甲区", "乙区", None])) for _ in zones],
        "限高": [draw(NUMBERS) for _ in zones],
    }
    return {"地块": (plots, columns), "农田": (fields, kinds), "分区": (zones, of_zones)}
