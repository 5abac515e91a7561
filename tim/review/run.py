"""Runs the rules on the layers and turns what the language reports into the record of the review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from tim.area import ellipsoidal_area
from tim.errors import TimError, UnusableInput
from tim.job import Job
from tim.review.inputs import Inputs
from tim.review.record import Finding, RuleOutcome, Value
from tim.review.tables import sheet_table
from tim.sources.crs import parse_crs
from tim.sources.vector import VectorLayer

if TYPE_CHECKING:
    from zhscript import LayerDeclaration, Program
    from zhscript.engine import Limits, Stream, Table

_KEY = "\0key"  # no column of a real layer is called so


def run(
    program: Program, inputs: Inputs, today: date, job: Job, host: Any = None, limits: Limits | None = None
) -> tuple[RuleOutcome, ...]:
    """The outcome of every rule. `today` counts where the rules give no 参数日期; `host`, `limits` as for `evaluate`.

    Raises `UnusableInput` when the data do not fit the rules, `TimError` when a rule itself fails.
    """
    from zhscript.engine import run_rules

    report = evaluate(run_rules, program, inputs, today, job, host, limits)
    return tuple(outcome(item) for item in report.rules)


def evaluate(
    function: Callable[..., Any],
    program: Program,
    inputs: Inputs,
    today: date,
    job: Job,
    host: Any = None,
    limits: Limits | None = None,
) -> Any:
    """Call `run_rules` or `run_script` of the language with the layers and the survey's area. Errors as for `run`.

    `host` is what a script may reach besides its layers; beyond `limits` it ends.
    """
    from zhscript.engine import ScriptError

    try:
        world = host or (lambda declaration: opened(declaration, inputs, job))
        given = surroundings(inputs, job)
        return function(program, world, today=today, **given, **({"limits": limits} if limits else {}))
    except ScriptError as error:
        failure = TimError if error.line else UnusableInput
        raise failure(f"规则文件 {Path(program.path).name} {error.message}") from error


def limits_of(seconds: float | None, memory: float | None) -> Limits:
    """What a run may use: seconds and MB, None: no limit of time, the language's own of memory."""
    from zhscript.engine import Limits

    return Limits(seconds) if memory is None else Limits(seconds, int(memory * 1024**2))


def opened(declaration: LayerDeclaration, inputs: Inputs, job: Job) -> Table | Stream:
    """A layer as the language reads it, piece by piece where it is large."""
    from zhscript.engine import Stream

    large = inputs.large.get(declaration.name)
    if large is None:
        return table_of(declaration, inputs)
    crs = large.crs.to_string() if large.crs else ""

    def tables() -> Iterator[Table]:
        for piece in large.pieces(job):
            yield _table(piece, crs, _numbered(piece))

    return Stream(large.name, crs, large.count, tables)


def surroundings(inputs: Inputs, job: Job) -> dict[str, Any]:
    """What every run of a program is given besides its layers: areas, progress, cancellation."""

    def areas(shapes: np.ndarray, crs: str) -> np.ndarray:
        if inputs.crs is None and not crs:
            raise UnusableInput("要算椭球面积，但没有带坐标系的图层")
        return ellipsoidal_area(shapes, inputs.crs or parse_crs(crs))

    def cancelled() -> bool:
        job.check()
        return False

    return {"ellipsoidal_area": areas, "progress": job.part(0.3, 0.85).progress, "cancelled": cancelled}


def table_of(declaration: LayerDeclaration, inputs: Inputs) -> Table:
    """A layer of the inputs as the language reads it."""
    if declaration.name in inputs.tables:
        return sheet_table(inputs.tables[declaration.name])
    layer = inputs.layers[declaration.name]
    named = [layer.columns[column] for _, column, _ in declaration.fields]
    return _table(layer, inputs.crs.to_string() if inputs.crs else "", feature_names(layer, named))


def _table(layer: VectorLayer, crs: str, names: np.ndarray) -> Table:
    from zhscript.engine import Table

    columns: dict[str, Any] = dict(layer.columns)
    columns[_KEY] = names
    return Table(layer.name, columns, layer.geometry, crs, _KEY)


def feature_names(layer: VectorLayer, columns: list[np.ndarray]) -> np.ndarray:
    """What features are called in findings: the first column of distinct texts, otherwise the number in the source."""
    for column in columns:
        texts = column.dtype == object and all(isinstance(value, str) and value.strip() for value in column)
        if texts and len(set(column)) == len(column):
            return column
    return _numbered(layer)


def _numbered(layer: VectorLayer) -> np.ndarray:
    return np.array([f"要素 {fid}" for fid in layer.fids], dtype=object)


def outcome(item: Any) -> RuleOutcome:
    """The record of one rule's outcome in the language."""
    counts = item.verdicts
    findings = tuple(_finding(finding) for finding in item.findings)
    return RuleOutcome(
        name=item.name,
        number=item.number,
        level=item.level,
        basis=item.basis,
        note=item.note,
        checked=item.checked,
        passed=counts.get("通过", 0),
        findings=findings,
    )


def _finding(item: Any) -> Finding:
    values = tuple(
        value for name, raw in zip(item.values, item.raw.values()) if (value := _value(name, raw, item.values[name]))
    )
    return Finding(
        item.layer, item.feature, item.verdict, item.message, item.geometry, values, item.suggestion, item.basis
    )


def _value(name: str, raw: Any, text: str) -> Value | None:
    """A value of the language as a number with its unit, or as text.

    None for geometries, features and layers, and for what cannot be known: the message says why.
    """
    from zhscript.engine.errors import Undetermined
    from zhscript.engine.values import is_number, split
    from zhscript.units import unit_name

    if isinstance(raw, (shapely.Geometry, Undetermined)) or hasattr(raw, "layer"):
        return None
    if is_number(raw):
        number, dimension = split(raw)
        return Value(name, float(number), unit_name(dimension))
    return Value(name, raw if isinstance(raw, (bool, date)) or raw is None else text)
