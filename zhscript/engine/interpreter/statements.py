"""Runs statements."""

from __future__ import annotations

from typing import Any, Callable

from ... import syntax as s
from ...types import ANY, Type
from ..codes import REFUSALS, Codes
from ..errors import Cancelled, Mistake, OverLimit, ScriptError, Undetermined
from ..functions import LONGEST
from ..functions_outside import add, save, write
from ..report import INAPPLICABLE, RuleOutcome
from ..table import View
from ..values import Quantity, arithmetic, copied, declared, fitted, is_number, make, show, split, steps, whole
from .checked import Checked
from .evaluate import Evaluator
from .nearby import nearby

_SKIP, _BREAK = "skip", "break"
FAILURE = "出错原因"


class _Return(Exception):
    def __init__(self, value: Any, node: s.Return) -> None:
        super().__init__()
        self.value = value
        self.node = node


class Statements:
    """Runs statements with `evaluator`, which the subclass sets; requirements and hints go to the feature checked."""

    evaluator: Evaluator

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self.printed: list[str] = []
        self._cancelled = cancelled
        self._current: Checked | None = None
        self.codes = Codes()

    def check(self) -> None:
        """Stop when the caller asked to."""
        if self._cancelled():
            raise Cancelled

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
        except OverLimit as over:
            raise over.at(*self.evaluator.program.source.place(node.start)) from over

    def _bind(self, name: str, node: Any, kind: Type = ANY) -> None:
        """An unknown value is kept as such: it counts only where it is used."""
        try:
            value = fitted(self.evaluator.value(node), kind)
        except Undetermined as reason:
            if self._current is None:
                raise
            value = reason
        self.evaluator.bind(name, copied(value))
        if self._current is not None:
            self._current.settings[name] = value

    def _binding(self, node: s.Binding) -> None:
        self._bind(node.identifier.name, node.value, declared(node.annotation, self.evaluator.layers))
        if self._current is not None:
            self._current.names[node.identifier.name] = node.identifier.text

    def _assign(self, node: s.Assign) -> None:
        value = self.evaluator.known(node.value) if node.operator != "=" else self.evaluator.value(node.value)
        if node.operator != "=":
            value = arithmetic(node.operator, self.evaluator.known(node.target), value)
        value = copied(value)
        if isinstance(node.target, s.Name):
            value = fitted(value, self.evaluator.program.types.get(node.target, ANY))
            name = node.target.identifier.name
            self._rebind(name, value)
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
        if node.word == "写入":
            self._write(node)
            return
        if node.word == "保存为":
            options = {
                option.identifier.name: self.evaluator.known(option.value) for option in node.options if option.value
            }
            save(self.evaluator, self.evaluator.known(node.value), self.evaluator.known(node.target), options)
            return
        values = self.evaluator.value(node.target)
        if isinstance(values, View):
            add(self.evaluator, values, self.evaluator.value(node.value))
            return
        if not isinstance(values, list):
            raise Mistake("“加入”后面要写列表、表格或图层")
        if len(values) >= LONGEST:
            raise Mistake(f"列表太长（最多 {LONGEST} 个）")
        values.append(copied(self.evaluator.value(node.value)))

    def _write(self, node: s.Put) -> None:
        value, target = self.evaluator.value(node.value), node.target
        if isinstance(target, s.Name):  # an 输出 of a tool
            self._rebind(target.identifier.name, value)
        elif isinstance(target, s.Item):
            write(self.evaluator.value(target.base), self.evaluator.known(target.key), value)
        elif isinstance(target, s.Member):
            write(self.evaluator.value(target.base), target.identifier.name, value)

    def _rebind(self, name: str, value: Any) -> None:
        scope = next(scope for scope in reversed(self.evaluator.scopes) if name in scope)
        scope[name] = copied(value)

    def _callstatement(self, node: s.CallStatement) -> None:
        self.evaluator.value(node.call)

    def _show(self, node: s.Show) -> None:
        self.printed.append(" ".join(show(self.evaluator.value(value)) for value in node.values))
        if len(self.printed) > LONGEST:
            raise Mistake(f"显示的内容太多（最多 {LONGEST} 行）")

    def _fail(self, node: s.Fail) -> None:
        raise Mistake(show(self.evaluator.value(node.message)))

    def _return(self, node: s.Return) -> None:
        raise _Return(None if node.value is None else self.evaluator.value(node.value), node)

    def _call_body(self, function: s.Function) -> Any:
        outer, self._current = self._current, None  # a function means the same wherever it is called
        try:
            self.block(function.body)
        except _Return as result:
            try:
                return fitted(result.value, declared(function.result, self.evaluator.layers))
            except Mistake as mistake:
                raise self.evaluator.error(str(mistake), result.node) from mistake
        finally:
            self._current = outer
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
        turns = nearby(self.evaluator, node)
        for number, element in enumerate(list(self.evaluator.elements(node.source)), 1) if turns is None else turns:
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
            if not self._guarded_turn(scope, node):
                return

    def _guarded_turn(self, scope: dict[str, Any], node: s.ForEach) -> bool:
        """A turn whose errors 如果出错 takes; the text of the error is 出错原因."""
        if node.failed is None:
            return self._turn(scope, node.body)
        try:
            return self._turn(scope, node.body)
        except (ScriptError, Undetermined) as error:
            return self._turn({**scope, FAILURE: error.reason}, node.failed)

    def _for(self, node: s.For) -> None:
        bounds = [self.evaluator.known(part) for part in (node.low, node.high)]
        bounds.append(1 if node.step is None else self.evaluator.known(node.step))
        dimensions = {split(bound)[1] for bound in bounds[: 2 if node.step is None else 3]}
        if len(dimensions) > 1:
            raise Mistake("循环的起点、终点和每次增加的数要是同一类数")
        low, high, step = (self._exact(part, bound) for part, bound in zip((node.low, node.high, node.step), bounds))
        for value in steps(low, high, step, node.down):
            if not self._turn({node.identifier.name: make(value, *dimensions)}, node.body):
                return

    def _exact(self, node: Any, value: Any) -> Any:
        """The exact value of a constant bound of a loop, otherwise its number."""
        constant = self.evaluator.program.constants.get(node)
        number = split(value)[0]
        return number if constant is None or isinstance(number, int) else constant

    def _repeat(self, node: s.Repeat) -> None:
        count = self.evaluator.known(node.count)
        turns = whole(count) if is_number(count) and not isinstance(count, Quantity) else None
        if turns is None:
            raise Mistake("重复的次数要是整数")
        for _ in range(turns):
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
        for number, feature in enumerate(features):
            if part and number % 200 == 0:
                part(start + share * number / len(features))
            self.look(check, feature, outcome, exceptions)

    def look(self, check: s.Check, feature: Any, outcome: RuleOutcome, exceptions: list[s.RuleException]) -> None:
        """Evaluate a check for one feature: by its code, or from the start where that cannot go on."""
        self.check()
        outer, told = self._current, len(outcome.findings)
        checked = self._current = Checked(self, outcome, feature, exceptions)
        try:
            if not self._judged(check, checked):
                del outcome.findings[told:]
                checked = self._current = Checked(self, outcome, feature, exceptions)
                self._judge(check, checked)
        finally:
            self._current = outer
        outcome.verdicts[checked.verdict] += 1
        outcome.checked += checked.verdict != INAPPLICABLE

    def _judged(self, check: s.Check, checked: Checked) -> bool:
        """Whether the code of the check came to the end."""
        body = self.codes.bodies.get(check)
        if body is None:
            return False
        try:
            if not body(checked.feature):
                checked.verdict = INAPPLICABLE
        except REFUSALS:
            return False
        return True

    def _judge(self, check: s.Check, checked: Checked) -> None:
        self.evaluator.scopes.append({check.identifier.name: checked.feature})
        try:
            checked.judge(check)
        finally:
            self.evaluator.scopes.pop()

    def _constant_elements(self, node: Any) -> list[Any]:
        try:
            return self.evaluator.elements(node)
        except Undetermined as reason:
            raise self._error(reason) from reason

    def _error(self, reason: Undetermined) -> ScriptError:
        return ScriptError(reason.reason, *self.evaluator.program.source.place(max(reason.start, 0)))
