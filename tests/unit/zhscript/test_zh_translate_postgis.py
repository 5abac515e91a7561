"""Rules as PostGIS SQL come to the verdicts of the engine, in a real PostGIS."""

from __future__ import annotations

import os

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
