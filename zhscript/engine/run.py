"""Runs whole programs and their rules."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import shapely

from .. import syntax as s
from ..program import Program
from .codes import REFUSALS
from .errors import ScriptError, Undetermined
from .index import IndexedSpace
from .interpreter.checked import WORST, Checked
from .interpreter.evaluate import Evaluator
from .interpreter.tools import Tools
from .opening import Progress
from .pace import set_check
from .plan.run import run_check
from .report import FAILED, INAPPLICABLE, RuleOutcome
from .space import Space
from .table import Layer, View
from .values import show

EllipsoidalArea = Callable[[np.ndarray, str], np.ndarray]
DEFAULT_LEVEL = "一般"


class Runner(Tools):
    """One run of a program over its layers."""

    def __init__(
        self,
        program: Program,
        layers: dict[str, Layer],
        *,
        crs: str = "",
        ellipsoidal_area: EllipsoidalArea | None = None,
        today: datetime.date | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        indexed: bool = True,
    ) -> None:
        super().__init__(cancelled or (lambda: False))
        set_check(self.check)
        self.program = program
        self.layers = layers
        self._progress = progress or (lambda _fraction, _text: None)
        self.date = program.date or today
        area = _area_function(program, lambda: self.evaluator.crs, ellipsoidal_area)
        self.planned = indexed
        space = (IndexedSpace if indexed else Space)(area, self.check)
        self.evaluator = Evaluator(program, layers, space, self.date, self.check)
        self.evaluator.crs = crs or program.crs
        if ellipsoidal_area is not None:
            self.evaluator.ellipsoidal = lambda shapes: ellipsoidal_area(shapes, self.evaluator.crs)
        self.evaluator.call_body = self._call_body
        self.evaluator.call_tool = self.tool_called
        self.evaluator.codes = self.codes
        self._options = {"crs": crs, "ellipsoidal_area": ellipsoidal_area, "today": today, "indexed": indexed}
        self.loose: list[RuleOutcome] = []  # of the checks of a compiled script
        self._ruling: Ruling
        self._exceptions: dict[str, list[s.RuleException]] = {}
        for item in program.of_kind(s.RuleException):
            self._exceptions.setdefault(item.target, []).append(item)
        for key, layer in layers.items():
            self.evaluator.scopes[0][key] = View(layer)

    def fresh(self) -> Runner:
        """A runner of the same program over the same layers that has run nothing and writes nothing."""
        return Runner(self.program, self.layers, **self._options)  # type: ignore[arg-type]

    def globals(self, *, statements: bool) -> list[RuleOutcome]:
        """Parameters and top-level statements, in the order of the file; `statements` runs those of scripts too."""
        outcomes = (self.item(item, statements=statements) for item in self.program.items)
        return [outcome for outcome in outcomes if outcome is not None]

    def item(self, item: s.Statement, *, statements: bool) -> RuleOutcome | None:
        """Run one top-level item, if it is a parameter, a 设定 or (with `statements`) another statement."""
        if isinstance(item, s.Parameter):
            self._bind(item.identifier.name, item.value)
        elif isinstance(item, s.DatedParameter):
            self.evaluator.bind(item.identifier.name, self._dated(item))
        elif isinstance(item, s.Check) and statements:
            return self.loose_check(item)
        elif isinstance(item, s.Binding) or (statements and _is_executable(item)):
            self._top(item)
        return None

    def _top(self, item: s.Statement) -> None:
        try:
            self._statement(item)
        except Undetermined as reason:
            raise self._error(reason) from reason

    def _dated(self, item: s.DatedParameter) -> Any:
        return self._constant(self.since(item).value)

    def since(self, item: s.DatedParameter) -> s.Since:
        """The value of a dated parameter that counts at the date of the run."""
        if self.date is None:
            raise self.evaluator.error(
                f"参数“{item.identifier.text}”按日期取值，请在文件开头写 参数日期，例如 参数日期 2024年6月1日", item
            )
        chosen = [since for since in item.values if since.date <= self.date]
        if not chosen:
            first = show(item.values[0].date)
            raise self.evaluator.error(
                f"参数“{item.identifier.text}”在 {show(self.date)} 还没有值，最早从 {first} 起", item
            )
        return chosen[-1]

    def _constant(self, node: Any) -> Any:
        try:
            return self.evaluator.value(node)
        except Undetermined as reason:
            raise self._error(reason) from reason

    def rule(self, rule: s.Rule, part: Callable[[float], None] | None = None) -> RuleOutcome:
        """Evaluate one rule."""
        outcome = RuleOutcome(rule.title, DEFAULT_LEVEL, "；".join(basis.text for basis in rule.basis))
        for header in rule.headers:
            value = header.values[0]
            if header.word == "等级":
                outcome.level = _header_text(value)
            elif header.word == "编号":
                outcome.number = _header_text(value)
            elif header.word in ("施行日期", "废止日期"):
                outcome.note = outcome.note or self._not_in_force(header, value)
        if outcome.note:
            return outcome
        self._run_rule(rule, outcome, rule.body, self._exceptions.get(rule.title, []), part)
        return outcome

    def _not_in_force(self, header: s.Header, value: Any) -> str:
        if self.date is None:
            raise self.evaluator.error(f"规则写了“{header.word}”，请在文件开头写 参数日期", header)
        if header.word == "施行日期" and self.date < value.value:
            return f"{show(value.value)} 起施行，参数日期 {show(self.date)} 时没有检查"
        if header.word == "废止日期" and self.date >= value.value:
            return f"{show(value.value)} 已废止，参数日期 {show(self.date)} 时没有检查"
        return ""

    def loose_check(self, check: s.Check) -> RuleOutcome:
        """Evaluate a 检查 that stands outside a rule."""
        line = self.program.source.place(check.start)[0]
        outcome = RuleOutcome(f"第 {line} 行的检查", DEFAULT_LEVEL, "")
        self._run_rule(check, outcome, [check], [], None)
        return outcome

    def _check_layer(
        self,
        check: s.Check,
        outcome: RuleOutcome,
        exceptions: list[s.RuleException],
        part: Callable[[float], None] | None,
        start: float,
        share: float,
    ) -> None:
        if self.planned:
            progress = None if part is None else lambda fraction: part(start + share * fraction)
            if run_check(self, check, self._known_source(check), outcome, exceptions, progress):
                return
        super()._check_layer(check, outcome, exceptions, part, start, share)

    def _known_source(self, check: s.Check) -> Any:
        try:
            return self.evaluator.value(check.source)
        except Undetermined as reason:
            raise self._error(reason) from reason

    def _run_rule(
        self,
        item: s.Rule | s.Check,
        outcome: RuleOutcome,
        body: list[s.Statement],
        exceptions: list[s.RuleException],
        part: Callable[[float], None] | None,
    ) -> None:
        checks = sum(isinstance(statement, s.Check) for statement in body) or 1
        whole, code = self._opened(outcome, exceptions), self.codes.rules.get(item)
        self._ruling = Ruling(outcome, exceptions, part, checks)
        self.evaluator.scopes.append({})
        try:
            if code is None or not self._ran(code):
                whole = self._opened(outcome, exceptions)
                self._ruling.done = 0
                for statement in body:
                    if isinstance(statement, s.Check):
                        self.check_of_rule(statement)
                    else:
                        whole.run([statement])
            if whole.judged:
                outcome.checked += 1
                outcome.verdicts[whole.verdict] += 1
        finally:
            self._current = None
            self.evaluator.scopes.pop()
        outcome.violations = sum(finding.verdict == FAILED for finding in outcome.findings)

    def _opened(self, outcome: RuleOutcome, exceptions: list[s.RuleException]) -> Checked:
        """The rule as a whole, of which nothing has been found yet."""
        outcome.verdicts = dict.fromkeys((*WORST, INAPPLICABLE), 0)
        outcome.findings, outcome.checked = [], 0
        self._current = whole = Checked(self, outcome, None, exceptions)
        return whole

    def _ran(self, code: Callable[[], None]) -> bool:
        """Whether the code of a rule came to the end."""
        try:
            code()
        except REFUSALS:
            return False
        return True

    def check_of_rule(self, check: s.Check) -> None:
        """Go through a 检查 of the rule that is running."""
        ruling = self._ruling
        share = 1 / ruling.checks
        start = min(ruling.done * share, 1 - share)
        self._check_layer(check, ruling.outcome, ruling.exceptions, ruling.part, start, share)
        ruling.done += 1


@dataclass
class Ruling:
    """The rule that is running: `part` is told the progress, `done` of its `checks` are over."""

    outcome: RuleOutcome
    exceptions: list[s.RuleException]
    part: Callable[[float], None] | None
    checks: int
    done: int = 0


def _header_text(value: Any) -> str:
    if isinstance(value, s.Text):
        return value.value
    if isinstance(value, s.Name):
        return value.identifier.text
    return show(value.value) if isinstance(value, s.Number) else ""


def _is_executable(item: s.Statement) -> bool:
    return not isinstance(
        item,
        (
            s.Module,
            s.Header,
            s.Layer,
            s.Fields,
            s.Import,
            s.Rule,
            s.RuleException,
            s.Standard,
            s.Function,
            s.Test,
            s.Tool,
        ),
    )


def _area_function(
    program: Program, crs: Callable[[], str], ellipsoidal_area: EllipsoidalArea | None
) -> Callable[[np.ndarray], Any]:
    if program.area_basis == "plane":
        return shapely.area
    if ellipsoidal_area is None:
        raise ScriptError("面积口径是椭球面积，但运行环境没有提供椭球面积的计算；请改为 平面面积 或换一个运行环境")
    return lambda shapes: ellipsoidal_area(shapes, crs())
