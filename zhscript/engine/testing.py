"""测试 blocks: rules and functions against small made-up layers."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any, Callable

import numpy as np
import shapely

from .. import syntax as s
from ..characters import normalize
from ..program import LayerDeclaration, Program
from .compiler.execution import compiled_or_none, started
from .compiler.program import Compiled
from .coverage import Coverage
from .errors import ScriptError, Undetermined
from .report import TestOutcome
from .run import EllipsoidalArea, Runner
from .table import Layer, Table, read_layer
from .wording import operands, text_of_value


def run_tests(
    program: Program,
    *,
    ellipsoidal_area: EllipsoidalArea | None = None,
    today: datetime.date | None = None,
    cancelled: Callable[[], bool] | None = None,
    indexed: bool = True,
    coverage: Coverage | None = None,
) -> list[TestOutcome]:
    """Run every 测试 block. Coordinates of made-up shapes are those of the header's 坐标系, metres without one.

    `coverage` notes which statements run and how conditions come out.
    """
    options: dict[str, Any] = {
        "crs": program.crs,
        "ellipsoidal_area": ellipsoidal_area,
        "today": today,
        "cancelled": cancelled,
        "indexed": indexed,
    }
    make = coverage.runner if coverage else partial(Runner, program)
    compiled = compiled_or_none(program, False, observed=coverage) if indexed else None
    return [_run(program, test, options, make, compiled) for test in program.of_kind(s.Test)]


def _run(
    program: Program, test: s.Test, options: dict[str, Any], make: Callable[..., Runner], compiled: Compiled | None
) -> TestOutcome:
    line = program.source.place(test.start)[0]
    try:
        layers = _layers(program, test, options)
        runner = make(layers, **options)
        with started(compiled, program, runner, False):
            return _judged(program, test, runner)
    except ScriptError as error:
        return TestOutcome(test.title, False, error.reason, error.line or line)
    except Undetermined as reason:
        return TestOutcome(test.title, False, f"无法判断：{reason.reason}", line)


def _judged(program: Program, test: s.Test, runner: Runner) -> TestOutcome:
    runner.evaluator.findings_of = lambda title: _findings(program, runner, title)
    runner.evaluator.scopes.append({})
    for statement in test.body:
        message = ""
        if isinstance(statement, s.Expect):
            message = _expect(runner, statement)
        elif isinstance(statement, s.ExpectFailure):
            message = _expect_failure(runner, statement)
        elif not isinstance(statement, s.Given):
            runner._top(statement)
        if message:
            return TestOutcome(test.title, False, message, program.source.place(statement.start)[0])
    return TestOutcome(test.title, True, "", program.source.place(test.start)[0])


def _layers(program: Program, test: s.Test, options: dict[str, Any]) -> dict[str, Layer]:
    """The given layers; the others are empty."""
    bare = Runner(program, {}, **options)
    given = {item.identifier.name: item for item in test.body if isinstance(item, s.Given)}
    layers = {}
    for declaration in program.layers:
        records = bare.evaluator.value(given[declaration.key].value) if declaration.key in given else []
        layers[declaration.key] = read_layer(declaration, _table(declaration, records, bare, given))
    return layers


def _table(declaration: LayerDeclaration, records: Any, runner: Runner, given: dict[str, s.Given]) -> Table:
    if not all(isinstance(record, dict) for record in records):
        raise runner.evaluator.error("已知的图层要由 要素（…） 组成", given[declaration.key])
    fields = {normalize(name): column for name, column, _ in declaration.fields}
    for record in records:
        unknown = [name for name in record if name not in fields and name != "形状"]
        if unknown:
            message = f"图层“{declaration.name}”没有声明字段“{unknown[0]}”"
            raise runner.evaluator.error(message, given[declaration.key])
    shapes = np.array([record.get("形状") for record in records] or [], dtype=object)
    if any(shape is not None and not isinstance(shape, shapely.Geometry) for shape in shapes):
        raise runner.evaluator.error("要素的“形状”要是图形，例如 矩形（0，0，10，10）", given[declaration.key])
    columns: dict[str, Any] = {column: [record.get(name) for record in records] for name, column in fields.items()}
    return Table(declaration.name, columns, shapes, "")


def _findings(program: Program, runner: Runner, title: str) -> list[Any]:
    rule = next(rule for rule in program.of_kind(s.Rule) if rule.title == title)
    scopes, runner.evaluator.scopes = runner.evaluator.scopes, runner.evaluator.scopes[:1]
    try:
        return runner.rule(rule).findings
    finally:
        runner.evaluator.scopes = scopes


def _expect_failure(runner: Runner, node: s.ExpectFailure) -> str:
    """What did not hold; empty when the error came and its text contains the one that is expected."""
    try:
        value = runner.evaluator.value(node.value)
    except (ScriptError, Undetermined) as error:
        return "" if node.text in error.reason else f"期望报错“{node.text}”，报的是“{error.reason}”"
    return f"期望报错“{node.text}”，没有报错，得到 {text_of_value(value)}"


def _expect(runner: Runner, node: s.Expect) -> str:
    """What did not hold, with both sides; empty when all is well."""
    if runner.evaluator.condition(node.condition):
        return ""
    sides = "，".join(
        f"{runner.evaluator.text_of(part)}＝{text_of_value(runner.evaluator.value(part))}"
        for part in operands(node.condition)
    )
    return f"期望“{runner.evaluator.text_of(node.condition)}”没有成立" + (f"：{sides}" if sides else "")
