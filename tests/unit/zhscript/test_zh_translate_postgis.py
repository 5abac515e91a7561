"""Rules as PostGIS SQL come to the verdicts of the engine, in a real PostGIS."""

from __future__ import annotations

import os

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from postgis_server import PostgisServer, find_programs
from translation_support import DATES, NUMBERS, TEXTS, as_engine, boxes, engine_verdicts, odd, usable
from zhscript_support import checked

from zhscript import syntax
from zhscript.translate.postgis import rule_query
from zhscript.translate.sql_text import identifier, quoted

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


PROGRAM = checked(_program())
QUERIES = {rule.title: rule_query(PROGRAM, rule) for rule in PROGRAM.of_kind(syntax.Rule)}


@pytest.fixture(scope="module")
def server():
    programs = find_programs()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs PostgreSQL with PostGIS (installers/developer/setup.sh test)")
        pytest.skip("no PostgreSQL with PostGIS on this machine")
    server = PostgisServer(programs)
    yield server
    server.stop()


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"'{value}'::float8"
    return str(value) if isinstance(value, int) else quoted(str(value))


def table(name, types, shapes, columns):
    """Statements that make a table with rows."""
    fields = "".join(f", {identifier(column)} {kind}" for column, kind in types.items())
    statements = [
        f"DROP TABLE IF EXISTS {identifier(name)}",
        f"CREATE TABLE {identifier(name)} (id int, geom geometry{fields})",
    ]
    for row, shape in enumerate(shapes):
        geometry = "NULL::geometry" if shape is None else f"'{shapely.to_wkb(shape, hex=True)}'::geometry"
        values = ", ".join([str(row), f"ST_SetSRID({geometry}, 4547)", *(literal(columns[c][row]) for c in types)])
        statements.append(f"INSERT INTO {identifier(name)} VALUES ({values})")
    return ";\n".join(statements) + ";\n"


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


def load(server, world):
    types = {
        "地块": ("ZD", {name: kind for name, (kind, _) in PLOTS.items()}),
        "农田": ("NT", {"类别": "text"}),
        "分区": ("FQ", {"名称": "text", "限高": "float8"}),
    }
    return "".join(table(*types[name], *content) for name, content in world.items())


@given(worlds())
@settings(max_examples=30, deadline=None)
def test_verdicts_are_those_of_the_engine(server, world):
    expected = engine_verdicts(PROGRAM, world)
    script = load(server, world) + "".join(f"SELECT '#';\n{query}" for query in QUERIES.values())
    rows, results = server.query(script), []
    for row in rows:
        if row == ["#"]:
            results.append([])
        else:
            results[-1].append(row[1])
    for (title, query), verdicts in zip(QUERIES.items(), results):
        assert as_engine(verdicts) == expected[title], f"{title}\n{query}"
