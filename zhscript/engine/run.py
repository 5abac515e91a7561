"""Runs statements and rules."""

from __future__ import annotations

import datetime
from typing import Any, Callable

import numpy as np
import shapely

from .. import syntax as s
from ..program import LayerDeclaration, Program
from .errors import Cancelled, Mistake, ScriptError, Undetermined
from .evaluate import Evaluator
from .functions import LONGEST
from .index import IndexedSpace
from .reference import check_reference
from .report import (
    EXCEPTED,
    FAILED,
    HINT,
    INAPPLICABLE,
    PASSED,
    UNDETERMINED,
    Finding,
    RuleOutcome,
)
from .space import Space
from .table import Feature, Layer, Table, read_layer
from .values import arithmetic, compare, exact, is_number, show, split

OpenLayer = Callable[[LayerDeclaration], Table]
EllipsoidalArea = Callable[[np.ndarray, str], np.ndarray]
Progress = Callable[[float, str], None]
DEFAULT_LEVEL = "一般"
_SKIP, _BREAK = "skip", "break"
_WORST = (PASSED, EXCEPTED, UNDETERMINED, FAILED)


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Runner:
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
        self.program = program
        self.layers = layers
        self.printed: list[str] = []
        self._progress = progress or (lambda _fraction, _text: None)
        self._cancelled = cancelled or (lambda: False)
        self.date = program.date or today
        area = _area_function(program, crs, ellipsoidal_area)
        space = (IndexedSpace if indexed else Space)(area, self.check)
        self.evaluator = Evaluator(program, layers, space, self.date, self.check)
        self.evaluator.call_body = self._call_body
        self._exceptions: dict[str, list[s.RuleException]] = {}
        for item in program.of_kind(s.RuleException):
            self._exceptions.setdefault(item.target, []).append(item)
        self._current: _Checked | None = None
        for key, layer in layers.items():
            self.evaluator.scopes[0][key] = _view(layer)

    def check(self) -> None:
        """Stop when the caller asked to."""
        if self._cancelled():
            raise Cancelled

    # -- whole programs

    def globals(self, *, statements: bool) -> list[RuleOutcome]:
        """Parameters and top-level statements, in the order of the file; `statements` runs those of scripts too."""
        outcomes = []
        for item in self.program.items:
            if isinstance(item, s.Parameter):
                self._bind(item.identifier.name, item.value)
            elif isinstance(item, s.DatedParameter):
                self.evaluator.bind(item.identifier.name, self._dated(item))
            elif isinstance(item, s.Binding) or (statements and isinstance(item, s.Statement) and _is_executable(item)):
                if isinstance(item, s.Check):
                    outcomes.append(self.loose_check(item))
                else:
                    self._top(item)
        return outcomes

    def _top(self, item: s.Statement) -> None:
        try:
            self._statement(item)
        except Undetermined as reason:
            raise self._error(reason) from reason

    def _error(self, reason: Undetermined) -> ScriptError:
        return ScriptError(reason.reason, *self.program.source.place(max(reason.start, 0)))

    def _dated(self, item: s.DatedParameter) -> Any:
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
        return self._constant(chosen[-1].value)

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
        self._run_rule(outcome, rule.body, self._exceptions.get(rule.title, []), part)
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
        self._run_rule(outcome, [check], [], None)
        return outcome

    def _run_rule(
        self,
        outcome: RuleOutcome,
        body: list[s.Statement],
        exceptions: list[s.RuleException],
        part: Callable[[float], None] | None,
    ) -> None:
        outcome.verdicts = dict.fromkeys((*_WORST, INAPPLICABLE), 0)
        checks = sum(isinstance(statement, s.Check) for statement in body) or 1
        whole = _Checked(self, outcome, None, exceptions)
        done = 0
        self.evaluator.scopes.append({})
        self._current = whole
        try:
            for statement in body:
                if isinstance(statement, s.Check):
                    self._check_layer(statement, outcome, exceptions, part, done / checks, 1 / checks)
                    done += 1
                else:
                    whole.run([statement])
            if whole.judged:
                outcome.checked += 1
                outcome.verdicts[whole.verdict] += 1
        finally:
            self._current = None
            self.evaluator.scopes.pop()
        outcome.violations = sum(finding.verdict == FAILED for finding in outcome.findings)

    def _check_layer(
        self,
        check: s.Check,
        outcome: RuleOutcome,
        exceptions: list[s.RuleException],
        part: Callable[[float], None] | None,
        start: float,
        share: float,
    ) -> None:
        features = self._constant_elements(check.source)
        outer = self._current
        for number, feature in enumerate(features):
            self.check()
            if part and number % 200 == 0:
                part(start + share * number / len(features))
            self.evaluator.scopes.append({check.identifier.name: feature})
            checked = self._current = _Checked(self, outcome, feature, exceptions)
            try:
                checked.judge(check)
            finally:
                self.evaluator.scopes.pop()
            outcome.verdicts[checked.verdict] += 1
            outcome.checked += checked.verdict != INAPPLICABLE
        self._current = outer

    def _constant_elements(self, node: Any) -> list[Any]:
        try:
            return self.evaluator.elements(node)
        except Undetermined as reason:
            raise self._error(reason) from reason

    # -- statements

    def block(self, body: list[s.Statement]) -> str | None:
        """Run the statements of a block in a scope of their own; tells whether 跳过 or 跳出 ended it."""
        self.evaluator.scopes.append({})
        try:
            for statement in body:
                flow = self._statement(statement)
                if flow:
                    return flow
            return None
        finally:
            self.evaluator.scopes.pop()

    def _statement(self, node: s.Statement) -> str | None:
        try:
            return getattr(self, "_" + type(node).__name__.lower())(node)
        except Mistake as mistake:
            raise self.evaluator.error(str(mistake), node) from mistake

    def _bind(self, name: str, node: Any) -> None:
        """An unknown value is kept as such: it counts only where it is used."""
        try:
            value = self.evaluator.value(node)
        except Undetermined as reason:
            if self._current is None:
                raise
            value = reason
        self.evaluator.bind(name, _copied(value))
        if self._current is not None:
            self._current.settings[name] = value

    def _binding(self, node: s.Binding) -> None:
        self._bind(node.identifier.name, node.value)
        if self._current is not None:
            self._current.names[node.identifier.name] = node.identifier.text

    def _assign(self, node: s.Assign) -> None:
        value = self.evaluator.known(node.value) if node.operator != "=" else self.evaluator.value(node.value)
        if node.operator != "=":
            value = arithmetic(node.operator, self.evaluator.known(node.target), value)
        value = _copied(value)
        if isinstance(node.target, s.Name):
            name = node.target.identifier.name
            scope = next(scope for scope in reversed(self.evaluator.scopes) if name in scope)
            scope[name] = value
            return
        target: Any = node.target
        container, key = self.evaluator.value(target.base), self.evaluator.value(target.key)
        if target.ordinal:
            self.evaluator._nth(container, key)
            container[int(split(key)[0]) - 1] = value
        elif isinstance(container, dict):
            container[key] = value
        else:
            raise Mistake("这里不能改变")

    def _put(self, node: s.Put) -> None:
        values = self.evaluator.value(node.target)
        if not isinstance(values, list):
            raise Mistake("“加入”后面要写列表")
        if len(values) >= LONGEST:
            raise Mistake(f"列表太长（最多 {LONGEST} 个）")
        values.append(_copied(self.evaluator.value(node.value)))

    def _callstatement(self, node: s.CallStatement) -> None:
        self.evaluator.value(node.call)

    def _show(self, node: s.Show) -> None:
        self.printed.append(" ".join(show(self.evaluator.value(value)) for value in node.values))
        if len(self.printed) > LONGEST:
            raise Mistake(f"显示的内容太多（最多 {LONGEST} 行）")

    def _fail(self, node: s.Fail) -> None:
        raise Mistake(show(self.evaluator.value(node.message)))

    def _return(self, node: s.Return) -> None:
        raise _Return(None if node.value is None else self.evaluator.value(node.value))

    def _call_body(self, function: s.Function) -> Any:
        try:
            self.block(function.body)
        except _Return as result:
            return result.value
        return None

    def _skip(self, _node: s.Skip) -> str:
        return _SKIP

    def _break(self, _node: s.Break) -> str:
        return _BREAK

    def _if(self, node: s.If) -> str | None:
        for condition, body in node.branches:
            if self.evaluator.condition(condition):
                return self.block(body)
        return self.block(node.otherwise)

    def _turn(self, scope: dict[str, Any], body: list[s.Statement]) -> bool:
        """One turn of a loop; false when it is to end."""
        self.check()
        self.evaluator.scopes.append(scope)
        try:
            return self.block(body) != _BREAK
        finally:
            self.evaluator.scopes.pop()

    def _foreach(self, node: s.ForEach) -> None:
        for number, element in enumerate(list(self.evaluator.elements(node.source)), 1):
            scope = {node.identifier.name: element}
            if node.numbering:
                scope[node.numbering.name] = number
            if node.where is not None:
                self.evaluator.scopes.append(scope)
                try:
                    wanted = self.evaluator.condition(node.where)
                finally:
                    self.evaluator.scopes.pop()
                if not wanted:
                    continue
            if not self._turn(scope, node.body):
                return

    def _for(self, node: s.For) -> None:
        value, last = self.evaluator.known(node.low), self.evaluator.known(node.high)
        step = self.evaluator.known(node.step) if node.step is not None else 1
        if not is_number(step) or exact(split(step)[0]) <= 0:
            raise Mistake("每次增加或减少的数要大于零")
        while compare("不小于" if node.down else "不大于", value, last):
            if not self._turn({node.identifier.name: value}, node.body):
                return
            value = arithmetic("-" if node.down else "+", value, step)

    def _repeat(self, node: s.Repeat) -> None:
        count = self.evaluator.known(node.count)
        if not is_number(count) or exact(split(count)[0]).denominator != 1:
            raise Mistake("重复的次数要是整数")
        for _ in range(int(count)):
            if not self._turn({}, node.body):
                return

    def _while(self, node: s.While) -> None:
        while self.evaluator.condition(node.condition):
            if not self._turn({}, node.body):
                return

    def _require(self, node: s.Require) -> None:
        if self._current:
            self._current.require(node)

    def _hint(self, node: s.Hint) -> None:
        if self._current:
            self._current.hint(node)

    def _check(self, node: s.Check) -> None:
        if self._current:
            self._check_layer(node, self._current.outcome, self._current.exceptions, None, 0, 1)


class _Checked:
    """A feature under a rule (or the rule as a whole, without a feature): what it has been found to be."""

    def __init__(self, runner: Runner, outcome: RuleOutcome, feature: Any, exceptions: list[s.RuleException]) -> None:
        self.runner = runner
        self.evaluator = runner.evaluator
        self.outcome = outcome
        self.feature = feature
        self.exceptions = exceptions
        self.verdict = PASSED
        self.judged = False
        self.settings: dict[str, Any] = {}
        self.names: dict[str, str] = {}

    def judge(self, check: s.Check) -> None:
        """Whether the check applies to the feature, and what it finds."""
        if check.where is not None:
            try:
                if not self.evaluator.condition(check.where):
                    self.verdict = INAPPLICABLE
                    return
            except Undetermined as reason:
                self._unknown(reason, check.where)
                return
        self.run(check.body)

    def run(self, body: list[s.Statement]) -> None:
        """Run statements; a condition that cannot be known ends them."""
        scope_of_rule = self.feature is None
        try:
            for statement in body if scope_of_rule else [None]:
                if scope_of_rule:
                    self.runner._statement(statement)  # type: ignore[arg-type]
                else:
                    self.runner.block(body)
        except Undetermined as reason:
            self._unknown(reason, reason)

    def _worsen(self, verdict: str) -> None:
        self.judged = True
        self.verdict = max(self.verdict, verdict, key=_WORST.index)

    def _unknown(self, reason: Undetermined, node: Any) -> None:
        self._worsen(UNDETERMINED)
        self._add(UNDETERMINED, f"无法判断：{reason.reason}", None, None, node.start)

    def require(self, node: s.Require) -> None:
        """要求: a finding where the condition does not hold."""
        self.judged = True
        try:
            if self.evaluator.condition(node.condition):
                return
        except Undetermined as reason:
            self._unknown(reason, node)
            return
        message = self._message(node)
        try:
            exception = next((item for item in self.exceptions if self._holds(item)), None)
        except Undetermined as reason:
            self._worsen(UNDETERMINED)
            text = f"{message}；是否属于例外无法判断：{reason.reason}"
            self._add(UNDETERMINED, text, node.mark, node.suggestion, node.start)
            return
        if exception:
            self._worsen(EXCEPTED)
            basis = "；".join(item.text for item in exception.basis)
            text = f"{message}；属于例外“{exception.title}”"
            self._add(EXCEPTED, text, node.mark, None, node.start, basis)
            return
        self._worsen(FAILED)
        self._add(FAILED, message, node.mark, node.suggestion, node.start)

    def _holds(self, exception: s.RuleException) -> bool:
        return all(self.evaluator.condition(condition) for condition in exception.conditions)

    def hint(self, node: s.Hint) -> None:
        """提示: a finding that is no violation."""
        message = show(self.evaluator.value(node.message))
        self._add(HINT, message, node.mark, node.suggestion, node.start, level=HINT)

    def _message(self, node: s.Require) -> str:
        if node.report is not None:
            try:
                return show(self.evaluator.value(node.report))
            except Undetermined:
                return "不满足要求"
        text = f"不满足“{self.evaluator.text_of(node.condition)}”"
        shown = [f"{self.evaluator.text_of(part)}＝{self._shown(part)}" for part in _operands(node.condition)]
        return text + ("：" + "，".join(shown) if shown else "")

    def _shown(self, node: Any) -> str:
        try:
            return _text_of_value(self.evaluator.value(node))
        except Undetermined:
            return "无法判断"

    def _add(
        self,
        verdict: str,
        message: str,
        mark: Any,
        suggestion: Any,
        start: int,
        basis: str = "",
        level: str = "",
    ) -> None:
        feature = self.feature if isinstance(self.feature, Feature) else None
        line = self.evaluator.program.source.place(max(start, 0))[0]
        advice = "" if suggestion is None else self._shown(suggestion)
        values = {self.names.get(name, name): _text_of_value(value) for name, value in self.settings.items()}
        self.outcome.findings.append(
            Finding(
                self.outcome.name,
                level or self.outcome.level,
                basis or self.outcome.basis,
                feature.layer.name if feature else "",
                feature.key if feature else "",
                feature.index if feature else -1,
                verdict,
                message,
                self._geometry(mark, feature),
                values,
                advice,
                line,
                dict(self.settings),
            )
        )

    def _geometry(self, mark: Any, feature: Feature | None) -> Any:
        if mark is not None:
            try:
                value = self.evaluator.value(mark)
                shape = self.evaluator.space.shape(value)
                if not shape.is_empty:
                    return shape
            except Undetermined:
                pass
        return feature.layer.shapes[feature.index] if feature else None


def _operands(condition: Any) -> list[Any]:
    """The sides of the comparisons in a condition that are not literals."""
    if isinstance(condition, s.Group):
        return _operands(condition.inner)
    if isinstance(condition, s.Not):
        return _operands(condition.operand)
    if isinstance(condition, s.Logical):
        return _operands(condition.left) + _operands(condition.right)
    if isinstance(condition, (s.Compare, s.About)):
        sides = [condition.left, condition.right]
    elif isinstance(condition, s.Between):
        sides = [condition.operand]
    else:
        sides = []
    literals = (s.Number, s.Quantity, s.Text, s.Date, s.ListOf)
    shapes = isinstance(condition, s.Compare) and condition.operator in ("位于", "不位于")
    return [] if shapes else [side for side in sides if not isinstance(side, literals)]


def _text_of_value(value: Any) -> str:
    if isinstance(value, Undetermined):
        return f"无法判断（{value.reason}）"
    if isinstance(value, Feature):
        return f"{value.layer.name} {value.key}"
    if isinstance(value, shapely.Geometry):
        return "（空图形）" if value.is_empty else "（图形）"
    if isinstance(value, list) and any(isinstance(item, (Feature, shapely.Geometry)) for item in value):
        return f"（{len(value)} 个）"
    text = show(value) if not hasattr(value, "layer") else "（图层）"
    return text if len(text) <= 500 else text[:500] + "…"


def _copied(value: Any) -> Any:
    """Lists and dictionaries are values: what is bound to a name is its own."""
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value


def _header_text(value: Any) -> str:
    if isinstance(value, s.Text):
        return value.value
    if isinstance(value, s.Name):
        return value.identifier.text
    return show(value.value) if isinstance(value, s.Number) else ""


def _view(layer: Layer) -> Any:
    from .table import View

    return View(layer)


def _is_executable(item: s.Statement) -> bool:
    return not isinstance(
        item,
        (
            s.Module,
            s.Header,
            s.Layer,
            s.Fields,
            s.Rule,
            s.RuleException,
            s.Standard,
            s.Function,
            s.Test,
        ),
    )


def _area_function(program: Program, crs: str, ellipsoidal_area: EllipsoidalArea | None) -> Callable[[np.ndarray], Any]:
    if program.area_basis == "plane":
        return shapely.area
    if ellipsoidal_area is None:
        raise ScriptError("面积口径是椭球面积，但运行环境没有提供椭球面积的计算；请改为 平面面积 或换一个运行环境")
    return lambda shapes: ellipsoidal_area(shapes, crs)


def open_layers(
    program: Program, open_layer: OpenLayer, progress: Progress | None, check: Callable[[], None]
) -> tuple[dict[str, Layer], str, list[str]]:
    """Read all declared layers: (layers by key, common reference system, warnings)."""
    layers, warnings = {}, []
    for number, declaration in enumerate(program.layers):
        check()
        if progress:
            progress(0.2 * number / len(program.layers), f"读取图层 {declaration.name}")
        layer = read_layer(declaration, open_layer(declaration))
        layers[declaration.key] = layer
        if layer.missing and layer.missing < len(layer):
            warnings.append(f"图层“{layer.name}”有 {layer.missing} 个要素没有图形；作为参照图层时不计入")
        if len(layer.invalid):
            warnings.append(f"图层“{layer.name}”有 {len(layer.invalid)} 个要素图形无效，涉及它们的结论为“无法判断”")
        if not len(layer):
            warnings.append(f"图层“{layer.name}”没有要素")
    return layers, check_reference(program, list(layers.values())), warnings
