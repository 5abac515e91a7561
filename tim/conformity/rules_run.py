"""The rule file over what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tim.conformity.analysis import Conformity
from tim.errors import TimError, UnusableInput, UsageError
from tim.job import Job
from tim.review.record import RuleOutcome
from tim.review.run import outcome

if TYPE_CHECKING:
    from zhscript import LayerDeclaration, Program

IN, OUT, REPLACED = "调入", "调出", "类别变更"
_SOURCES = ("@重叠", "@项目", "@变化", "@合计")
_INSIDE, _OUTSIDE = "在内：", "在外："


@dataclass(frozen=True)
class Judged:
    """The outcome of the rules; `missing[rule number]`: lines for want of which a rule says nothing."""

    rules: tuple[RuleOutcome, ...]
    missing: dict[str, str]


def judge(program: Program, found: Conformity, given: set[str], job: Job) -> Judged:
    """Run the rules. `given`: names of lines, 项目 and 前期 that there are. Raises `UsageError`, `UnusableInput`."""
    from zhscript.engine import ScriptError, run_rules
    from zhscript.syntax import Rule

    name = Path(program.path).name
    for layer in program.layers:
        if layer.source not in _SOURCES:
            raise UsageError(
                f"规则文件 {name} 的图层“{layer.name}”来自“{layer.source}”；只能来自 {'、'.join(_SOURCES)}"
            )
    tables = {layer.key: _table(layer, found) for layer in program.layers}

    def cancelled() -> bool:
        job.check()
        return False

    try:
        report = run_rules(program, lambda declared: tables[declared.key], cancelled=cancelled)
    except ScriptError as error:
        raise (TimError if error.line else UnusableInput)(f"规则文件 {name} {error.message}") from error
    rules = tuple(outcome(item) for item in report.rules)
    missing = {
        told.number or told.name: why
        for rule, told in zip(program.of_kind(Rule), rules)
        if (why := _missing(rule, program, given))
    }
    return Judged(rules, missing)


def _missing(rule: Any, program: Program, given: set[str]) -> str:
    """The layers that a rule needs and that were not given."""
    from tim.quality.run import names_in

    names = names_in(rule)
    needed = set()
    for layer in program.layers:
        if layer.key not in names:
            continue
        needed |= {"项目"} if layer.source == "@项目" else {"前期"} if layer.source == "@变化" else set()
        for field, column, _ in layer.fields:
            if field in names and "：" in column:
                parts = column.split("：")
                needed.add(parts[1] if column.startswith((_INSIDE, _OUTSIDE)) else parts[0])
        if layer.source == "@重叠" and len(given - {"项目", "前期"}) < 2:
            needed.add("第二个控制线图层")
    absent = sorted(needed - given)
    return f"没有给出 {'、'.join(absent)}" if absent else ""


def _table(declared: LayerDeclaration, found: Conformity) -> Any:
    from zhscript.engine import Table

    rows, shapes = {"@重叠": _overlaps, "@项目": _projects, "@变化": _changes, "@合计": _totals}[declared.source](found)
    columns: dict[str, Any] = {column: [row.get(column) for row in rows] for _, column, _ in declared.fields}
    return Table(declared.name, columns, np.array([*shapes, None], dtype=object)[:-1], found.crs.to_string())


def _overlaps(found: Conformity) -> tuple[list[dict[str, Any]], list[Any]]:
    rows = [{"甲": item.one, "乙": item.other, "重叠面积": float(item.area)} for item in found.overlaps]
    return rows, [item.geometry for item in found.overlaps]


def _projects(found: Conformity) -> tuple[list[dict[str, Any]], list[Any]]:
    rows = []
    for item in found.projects:
        row: dict[str, Any] = {"项目名": item.name, "类别": item.kind or None, "项目面积": float(item.area)}
        row.update({f"{_INSIDE}{line}": float(area) for line, area in item.inside.items()})
        row.update({f"{_OUTSIDE}{line}": float(item.outside(line)) for line in item.inside})
        rows.append(row)
    return rows, [item.geometry for item in found.projects]


def _changes(found: Conformity) -> tuple[list[dict[str, Any]], list[Any]]:
    rows, shapes = [], []
    for change in found.changes:
        for before, after, area, shape in change.transition.pieces:
            kind = OUT if not after else IN if not before else REPLACED
            rows.append(
                {
                    "图层名": change.line,
                    "变化类型": kind,
                    "原为": before or None,
                    "现为": after or None,
                    "变化面积": float(area),
                }
            )
            shapes.append(shape)
    return rows, shapes


def _totals(found: Conformity) -> tuple[list[dict[str, Any]], list[Any]]:
    row = {f"{line}：{kind}" if kind else line: float(area) for (line, kind), area in found.totals.items()}
    return [row], [None]
