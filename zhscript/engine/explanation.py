"""Why a verdict came out: for one feature every condition with the values put in, the basis and the geometry."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable

import shapely

from .. import syntax as s
from ..diagnostics import nearest
from ..program import Program
from ..units import AREA
from .depth import deep_calls
from .errors import Cancelled, ScriptError, Undetermined
from .host import Host, OpenLayer, as_host
from .opening import Progress, open_layers
from .report import Finding, RuleOutcome
from .run import EllipsoidalArea, Runner
from .table import Feature, View
from .values import make, show
from .wording import text_of_value

_LONGEST = 300  # characters of a geometry that a line shows


@dataclass
class Clause:
    """A condition of the program with the values that were put in.

    `word` is 且, 或, 并非, the comparison (不大于 …), or "" for what has no parts; `values` the sides with their texts;
    `result` None where it could not be known (`reason`) or was not needed (`reason` empty).
    """

    text: str
    word: str
    result: bool | None
    reason: str = ""
    values: list[tuple[str, Any]] = field(default_factory=list)
    parts: list[Clause] = field(default_factory=list)


@dataclass
class Step:
    """One statement that was met: `kind` is 其中, 设定, 如果, 要求, 提示 or 例外."""

    line: int
    kind: str
    text: str
    clause: Clause | None = None
    value: Any = None
    basis: str = ""
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Explanation:
    """How one feature came out under one rule."""

    rule: str
    level: str
    basis: str
    layer: str
    feature: str
    verdict: str
    geometry: Any
    area: Any
    steps: list[Step]

    def lines(self) -> Iterator[str]:
        """The explanation as lines of Chinese."""
        yield f"规则“{self.rule}”（{self.level}）对“{self.layer}”的要素 {self.feature}：{self.verdict}"
        if self.basis:
            yield f"依据：{self.basis}"
        yield f"图形：{_shape(self.geometry)}" + ("" if self.area is None else f"，面积 {text_of_value(self.area)}")
        for step in self.steps:
            yield from _step_lines(step)


class Explaining(Runner):
    """A run that looks at one feature only, and takes down what it meets."""

    def __init__(self, *arguments: Any, key: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._key = key
        self._steps: list[Step] = []
        self.explanations: list[Explanation] = []

    def _check_layer(self, check: s.Check, outcome: RuleOutcome, exceptions: list[Any], *_told: Any) -> None:
        for feature in self._constant_elements(check.source):
            if isinstance(feature, Feature) and feature.key in (self._key, f"要素 {self._key}"):
                self._explain(check, feature, outcome, exceptions)

    def _explain(self, check: s.Check, feature: Feature, outcome: RuleOutcome, exceptions: list[Any]) -> None:
        before, self._steps = dict(outcome.verdicts), []
        if check.where is not None:
            self.evaluator.scopes.append({check.identifier.name: feature})
            try:
                self._note("其中", check.where, self._clause(check.where))
            finally:
                self.evaluator.scopes.pop()
        self.look(check, feature, outcome, exceptions)
        verdict = next(word for word, count in outcome.verdicts.items() if count > before[word])
        shape = feature.layer.shapes[feature.index]
        area = make(self.evaluator.space.area(feature), AREA) if feature.layer.usable[feature.index] else None
        self.explanations.append(
            Explanation(
                outcome.name,
                outcome.level,
                outcome.basis,
                feature.layer.name,
                feature.key,
                verdict,
                shape,
                area,
                self._steps,
            )
        )

    # -- statements

    @property
    def _noting(self) -> bool:
        return self._current is not None and self._current.feature is not None and self.evaluator._depth == 0

    def _note(self, kind: str, node: s.Node, clause: Clause | None = None, value: Any = None) -> Step:
        line = self.program.source.place(max(node.start, 0))[0]
        step = Step(line, kind, self._text(node), clause, value)
        self._steps.append(step)
        return step

    def _binding(self, node: s.Binding) -> None:
        super()._binding(node)
        if self._noting and self._current is not None:
            self._note("设定", node, value=self._current.settings[node.identifier.name])

    def _if(self, node: s.If) -> str | None:
        if self._noting:
            for condition, _ in node.branches:
                clause = self._clause(condition)
                self._note("如果", condition, clause)
                if clause.result is not False:
                    break
        return super()._if(node)

    def _require(self, node: s.Require) -> None:
        if not self._noting or self._current is None:
            super()._require(node)
            return
        checked, count = self._current, len(self._current.outcome.findings)
        step = self._note("要求", node.condition, self._clause(node.condition))
        super()._require(node)
        step.findings = checked.outcome.findings[count:]
        if step.clause is not None and step.clause.result is False:
            for exception in checked.exceptions:
                for condition in exception.conditions:
                    noted = self._note("例外", condition, self._clause(condition))
                    noted.text = f"“{exception.title}”条件 {noted.text}"
                    noted.basis = "；".join(item.text for item in exception.basis)

    def _hint(self, node: s.Hint) -> None:
        super()._hint(node)
        if self._noting and self._current is not None:
            self._note("提示", node).findings = self._current.outcome.findings[-1:]

    # -- conditions

    def _text(self, node: Any) -> str:
        return " ".join(self.program.source.slice(node.start, node.end).split())

    def _clause(self, node: Any) -> Clause:
        if isinstance(node, s.Group):
            return self._clause(node.inner)
        if isinstance(node, s.Logical):
            return self._logical(node)
        if isinstance(node, s.Not):
            part = self._clause(node.operand)
            result = None if part.result is None else not part.result
            return Clause(self._text(node), "并非", result, part.reason, parts=[part])
        clause = Clause(self._text(node), _word(node), None)
        try:
            clause.result = self.evaluator.condition(node)
        except Undetermined as reason:
            clause.reason = reason.reason
        clause.values = [(self._text(side), self._value(side)) for side in _sides(node)]
        return clause

    def _logical(self, node: s.Logical) -> Clause:
        decisive = node.operator == "或"
        left = self._clause(node.left)
        if left.result is decisive:
            right = Clause(self._text(node.right), "", None)
            return Clause(self._text(node), node.operator, decisive, parts=[left, right])
        right = self._clause(node.right)
        known = right.result is decisive or (left.result is not None and right.result is not None)
        return Clause(
            self._text(node),
            node.operator,
            right.result if known else None,
            "" if known else left.reason or right.reason,
            parts=[left, right],
        )

    def _value(self, node: Any) -> Any:
        try:
            return self.evaluator.value(node)
        except Undetermined as reason:
            return reason


def _word(node: Any) -> str:
    if isinstance(node, s.Compare):
        return node.operator
    if isinstance(node, s.Touching):
        return node.word
    return {s.Between: "介于", s.About: "约等于"}.get(type(node), "")


def _sides(node: Any) -> list[Any]:
    """The parts of a condition whose values tell why it holds."""
    if isinstance(node, (s.Compare, s.Touching)):
        return [node.left, node.right]
    if isinstance(node, s.Between):
        return [node.operand, node.low, node.high]
    if isinstance(node, s.About):
        return [node.left, node.right, *([node.tolerance] if node.tolerance is not None else [])]
    return [node.operand] if isinstance(node, (s.Unique, s.Empty, s.Absent)) else []


def explain_feature(
    program: Program,
    open_layer: Host | OpenLayer,
    key: str,
    rule: str = "",
    *,
    ellipsoidal_area: EllipsoidalArea | None = None,
    today: datetime.date | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Explanation]:
    """Why the feature `key` came out as it did, under every rule (or the one of this title) that looks at it.

    A feature called 要素 7 for want of a name may be given as 7. Raises `ScriptError` when no rule looks at such
    a feature, and for what `run_rules` raises it.
    """
    check = _stop(cancelled)
    layers, crs, _ = open_layers(program, as_host(open_layer).open_layer, progress, check)
    runner = Explaining(
        program, layers, crs=crs, ellipsoidal_area=ellipsoidal_area, today=today, cancelled=cancelled, key=key
    )
    with deep_calls():
        runner.globals(statements=False)
        notes = []
        for item in program.items:
            if isinstance(item, s.Rule) and (not rule or item.title == rule):
                notes.append(runner.rule(item).note)
            elif isinstance(item, s.Check) and not rule:
                runner.loose_check(item)
    if not runner.explanations:
        if any(notes):
            raise ScriptError(next(note for note in notes if note))
        known = [name for layer in layers.values() for name in layer.keys]
        close = "、".join(nearest(key, known) or known[:5])
        raise ScriptError(f"规则检查的图层里没有要素“{key}”" + (f"；相近的有：{close}" if close else ""))
    return runner.explanations


def _stop(cancelled: Callable[[], bool] | None) -> Callable[[], None]:

    def check() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled

    return check


# -- wording

_RESULTS = {True: "成立", False: "不成立"}


def _step_lines(step: Step) -> Iterator[str]:
    head = f"第 {step.line} 行 {step.kind} {step.text}"
    if step.clause is not None:
        yield f"{head}：{_outcome(step.clause)}" + (f"（依据 {step.basis}）" if step.basis else "")
        yield from _clause_lines(step.clause, "    ", top=True)
    elif step.kind == "设定":
        yield f"第 {step.line} 行 {step.text} ＝ {_told(step.value)}"
    else:
        yield head
    for finding in step.findings:
        yield f"    {finding.verdict}：{finding.message}" + (
            f"；建议：{finding.suggestion}" if finding.suggestion else ""
        )
        yield f"    标注：{_shape(finding.geometry)}"


def _outcome(clause: Clause) -> str:
    if clause.result is None:
        return f"无法判断（{clause.reason}）" if clause.reason else "没有用到"
    return _RESULTS[clause.result]


def _clause_lines(clause: Clause, indent: str, top: bool = False) -> Iterator[str]:
    if not top:
        yield f"{indent}{clause.text}：{_outcome(clause)}"
        indent += "    "
    for text, value in clause.values:
        told = _told(value)
        if not isinstance(value, View) and told != text.strip('“”「」"'):
            yield f"{indent}{text} ＝ {told}"
    for part in clause.parts:
        yield from _clause_lines(part, indent)


def _told(value: Any) -> str:
    if isinstance(value, shapely.Geometry):
        size = (
            "" if value.is_empty or shapely.get_dimensions(value) < 2 else f"，平面面积 {show(make(value.area, AREA))}"
        )
        return _shape(value) + size
    return text_of_value(value)


def _shape(shape: Any) -> str:
    if shape is None:
        return "没有图形"
    text = shapely.to_wkt(shape, rounding_precision=3, trim=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…（{shapely.get_num_coordinates(shape)} 个点）"
