"""Runs checked programs over layers. Needs numpy and shapely (and pyproj for real data)."""

from __future__ import annotations

import datetime
from typing import Any, Callable

from .. import syntax as _syntax
from ..program import Program
from .compiler.debugging import Decide
from .compiler.execution import compiled_or_none, started
from .compiler.limits import Limits, guarded
from .coverage import Coverage
from .depth import deep_calls
from .errors import Cancelled, ScriptError
from .host import Host, OpenLayer
from .opening import Progress, doubts
from .placing import place_findings, placed
from .prepare import prepare
from .report import Finding, RuleOutcome, RuleReport, ScriptResult, TestOutcome
from .run import EllipsoidalArea, Runner
from .streams import Stream, StreamedLayer, streamable
from .table import Table
from .testing import run_tests
from .tools import ToolResult, run_tool

__all__ = [
    "Cancelled",
    "Coverage",
    "Finding",
    "Limits",
    "RuleOutcome",
    "RuleReport",
    "ScriptError",
    "ScriptResult",
    "Stream",
    "Table",
    "TestOutcome",
    "ToolResult",
    "run_rules",
    "run_script",
    "run_tests",
    "run_tool",
    "streamable",
]


def run_rules(
    program: Program,
    open_layer: Host | OpenLayer,
    *,
    ellipsoidal_area: EllipsoidalArea | None = None,
    today: datetime.date | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    indexed: bool = True,
    limits: Limits = Limits(),  # noqa: B008 - never changed
    decide: Decide | None = None,
) -> RuleReport:
    """Evaluate every rule of a program.

    `open_layer` gives the data of a declared layer, as a `Stream` where it should not be held as a whole;
    `ellipsoidal_area(geometries, crs)` gives m², needed where the header says 椭球面积; `today` stands in for a
    missing 参数日期; `progress(fraction, text)` is told the state; `cancelled()` is asked between pieces of the
    work, and beyond `limits` the run ends with a `ScriptError`.
    `decide(stop, debugger)` makes it stop at lines of the program (`compiler.debugging`), feature by feature. With
    `indexed` false the interpreter compares every feature with every other: the same verdicts, slowly. Raises
    `ScriptError` or `Cancelled`.
    """
    cancelled = guarded(cancelled, limits)
    runner, crs, warnings = prepare(program, open_layer, ellipsoidal_area, today, progress, cancelled, indexed, True)
    compiled = compiled_or_none(program, False, decide) if indexed else None
    with deep_calls(), placed(program), started(compiled, program, runner, False, decide):
        outcomes = _rules(program, runner, progress)
    for layer in runner.layers.values():
        if isinstance(layer, StreamedLayer) and layer.tally:
            warnings += doubts(layer, *layer.tally)
    place_findings(program, outcomes)
    warnings += [f"规则“{outcome.name}”：{outcome.note}" for outcome in outcomes if outcome.note]
    return RuleReport(outcomes, warnings, program.area_basis, crs)


def run_script(
    program: Program,
    open_layer: Host | OpenLayer,
    *,
    ellipsoidal_area: EllipsoidalArea | None = None,
    today: datetime.date | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    indexed: bool = True,
    engine: str = "compiled",
    limits: Limits = Limits(),  # noqa: B008 - never changed
    decide: Decide | None = None,
) -> ScriptResult:
    """Run a script from top to bottom, then its rules. Parameters and errors are those of `run_rules`.

    Scripts run compiled, and in the interpreter where a part is not compiled or `engine` is "interpreter": the same
    output, slowly. `decide(stop, debugger)` makes a compiled script stop at lines (`compiler.debugging`).
    """
    today = today or datetime.date.today()
    cancelled = guarded(cancelled, limits)
    runner, _, warnings = prepare(program, open_layer, ellipsoidal_area, today, progress, cancelled, indexed)
    compiled = compiled_or_none(program, True, decide) if engine == "compiled" else None
    with deep_calls(), placed(program), started(compiled, program, runner, True, decide):
        outcomes = runner.loose + [runner.rule(rule) for rule in program.of_kind(_syntax.Rule)]
    place_findings(program, outcomes)
    return ScriptResult(runner.printed, outcomes, [*warnings, *runner.evaluator.host.warnings])


def _rules(program: Program, runner: Runner, progress: Progress | None) -> list[RuleOutcome]:
    """Rules and loose checks in the order of the file."""
    items: list[Any] = [item for item in program.items if isinstance(item, (_syntax.Rule, _syntax.Check))]
    outcomes = []
    for number, item in enumerate(items):
        title = item.title if isinstance(item, _syntax.Rule) else "检查"

        def part(fraction: float, number: int = number, title: str = title) -> None:
            if progress:
                progress(0.2 + 0.8 * (number + fraction) / len(items), f"检查规则 {title}")

        part(0.0)
        outcomes.append(runner.rule(item, part) if isinstance(item, _syntax.Rule) else runner.loose_check(item))
    if progress:
        progress(1.0, "完成")
    return outcomes
