"""Rules as PostGIS SQL come to the verdicts of the engine, in a real PostGIS."""

from __future__ import annotations

import os

import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from postgis_server import PostgisServer, find_programs
from translation_support import PLOTS, RULES, as_engine, engine_verdicts, worlds
from zhscript_support import checked

from zhscript import syntax
from zhscript.translate.postgis import rule_query
from zhscript.translate.sql_text import identifier, quoted

PROGRAM = checked(RULES)
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


def load(server, world):
    types = {
        "地块": ("ZD", {name: kind for name, (kind, _) in PLOTS.items()}),
        "农田": ("NT", {"类别": "text"}),
        "分区": ("FQ", {"名称": "text", "限高": "float8"}),
    }
    return "".join(table(*types[name], *content) for name, content in world.items())


@given(worlds())
@settings(max_examples=20, deadline=None)
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


REAL = checked(
    """规则集 真实数据
图层 用地 来自“LU”，字段 类别（整数） 来自“Class”
图层 水面 来自“WA”
规则“不得占用水面”
依据“对照”
检查 用地 中的每个 块，其中 块的类别 不等于 10：
    要求 块 与 水面 的相交面积 不大于 1平方米
    要求 块的面积 不小于 400平方米，或者 块 到 水面 的距离 大于 500米
结束
结束
"""
)


def test_verdicts_on_real_land_use(server, data_folder):
    folder = data_folder / "vector" / "wuxi_xinwu"
    land = pyogrio.read_dataframe(folder / "xinwu_land_use.gpkg", columns=["Class"])[:600]
    water = pyogrio.read_dataframe(folder / "xinwu_water_osm.gpkg", columns=[])
    classes = {"Class": [int(value) for value in land["Class"]]}
    layers = {"用地": (list(land.geometry), {"类别": classes["Class"], **classes}), "水面": (list(water.geometry), {})}
    (expected,) = engine_verdicts(REAL, layers, "EPSG:32650").values()
    (rule,) = REAL.of_kind(syntax.Rule)
    script = table("LU", {"Class": "int"}, land.geometry, classes) + table("WA", {}, water.geometry, {})
    rows = server.query(script + rule_query(REAL, rule))
    assert as_engine([row[1] for row in rows]) == expected
    assert expected[1]["不通过"] > 20
    assert expected[1]["通过"] > 200


def test_names_and_texts_cannot_become_sql(server):
    program = checked(
        '规则集 名字\n图层 甲 来自“x"; DROP TABLE t; --”，字段 【a"b】（文本） 来自“c"d”\n'
        "规则“*/ -- '”\n依据“对照”\n检查 甲 中的每个 子：\n"
        "要求 子的【a\"b】 等于 “\\\\'; DROP TABLE t; --”\n结束\n结束\n"
    )
    (rule,) = program.of_kind(syntax.Rule)
    text = "\\\\'; DROP TABLE t; --"
    content = table('x"; DROP TABLE t; --', {'c"d': "text"}, [None, None], {'c"d': [text, "别的"]})
    for conforming in ("on", "off"):
        rows = server.query(f"SET standard_conforming_strings = {conforming};\n{content}{rule_query(program, rule)}")
        assert [row[1] for row in rows] == ["通过", "不通过"]
