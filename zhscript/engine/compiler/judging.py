"""What the code of rules and tools calls: it finds out, the interpreter tells and converts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ... import syntax as s
from ...tools.declaration import SOURCES, ToolParameter
from ..interpreter.tools import fitting
from ..table import View

if TYPE_CHECKING:
    from ..run import Runner


class Judging:
    """For rules: `names` are those of the rule with their values, as the interpreter has them."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.evaluator = runner.evaluator

    def check(self, node: s.Check, body: Callable[[Any], bool], names: dict[str, Any]) -> None:
        """Go through a 检查 whose body is compiled."""
        self.runner.codes.bodies[node] = body
        self.evaluator.scopes.append(names)
        try:
            self.runner.check_of_rule(node)
        finally:
            self.evaluator.scopes.pop()

    def failed(self, node: s.Require, names: dict[str, Any]) -> None:
        """A 要求 does not hold."""
        self._told(self._current.failed, node, names)

    def hint(self, node: s.Hint, names: dict[str, Any]) -> None:
        """提示."""
        self._told(self._current.hint, node, names)

    def _told(self, tell: Callable[[Any], None], node: Any, names: dict[str, Any]) -> None:
        self.evaluator.scopes.append(names)
        try:
            tell(node)
        finally:
            self.evaluator.scopes.pop()

    def setting(self, name: str, text: str, value: Any) -> None:
        """A name of the rule, which its findings show."""
        current = self._current
        current.settings[name] = value
        current.names[name] = text

    def judged(self) -> None:
        """The rule as a whole has been judged."""
        self._current.judged = True

    @property
    def _current(self) -> Any:
        return self.runner._current

    def loose(self, item: s.Check) -> None:
        """Run a 检查 that stands in the script; its outcome waits for the end of the run."""
        self.runner.loose.append(self.runner.loose_check(item))

    def found(self, node: s.Query, query: Callable[[], Any], listed: Callable[[Any], Any] | None = None) -> Any:
        """What a query finds: by the plan where that has found it already."""
        found = self.evaluator.found(node) if self.evaluator.found else None
        if found is None:
            return query()
        return found if listed is None else listed(found)

    def some(self, node: s.Quantifier, test: Callable[[], bool]) -> bool:
        """The same for 中有 … 满足."""
        found = self.evaluator.found(node) if self.evaluator.found else None
        return test() if found is None else len(found) > 0


class ToolParts:
    """For tools."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.evaluator = runner.evaluator

    def call(self, title: str, given: dict[str, Any]) -> Any:
        """工具“…”（…）."""
        return self.runner.tool_called(title, given)

    def parameter(
        self, parameter: ToolParameter, given: dict[str, Any], default: Callable[[], Any] | None = None
    ) -> Any:
        """The value of a parameter of the call at hand."""
        value = given.get(parameter.key)
        if value is None and default is not None:
            value = fitting(parameter, default())
        if parameter.kind in SOURCES and isinstance(value, View):
            self.evaluator.layers[parameter.key] = value.layer
        return value

    def output(self, key: str) -> Any:
        """An output of the call at hand, still empty."""
        return self.runner.open_outputs[key]

    def unfit(self, node: s.Precondition, report: Any) -> None:
        """A 条件 of a tool does not hold."""
        raise self.runner.unfit(node, report)
