"""What generated code may call, bound to one run: its data, its output, the library."""

from __future__ import annotations

import sys
from typing import Any, Callable

from ... import syntax as s
from ...types import Type
from ...units import NONE, Dimension
from ..codes import REFUSALS
from ..errors import Mistake, OverLimit, ScriptError
from ..functions import IMPLEMENTED, LONGEST
from ..functions_outside import add, save
from ..index import IndexedSpace
from ..interpreter.nearby import turns_near
from ..operations import call_operation
from ..table import Feature, View
from ..values import Quantity, amount_in, fitted, show, split
from .emitted import FunctionCode
from .judging import Judging, ToolParts
from .operations import FIXED, UNKNOWN, Told, known, listed, plain


class Runtime:
    """The functions that need the run: its data, its output, its limits."""

    def __init__(self, runner: Any, explain: Callable[[BaseException], ScriptError]) -> None:
        self._explain = explain
        self.runner = runner
        self.evaluator = runner.evaluator
        self.space = runner.evaluator.space
        self.rules = Judging(runner)
        self.tools = ToolParts(runner)

    def namespace(self, makers: dict[str, Callable[[Runtime], Any]]) -> dict[str, Any]:
        """The names that generated code sees."""
        evaluator = self.evaluator
        names = {
            "__builtins__": {},
            **FIXED,
            "k_show": self._show,
            "k_give": self._give,
            "k_note": self._note,
            "k_put": self._put,
            "k_save": self._save,
            "k_today": self._today,
            "k_set": self.rules.setting,
            "k_judged": self.rules.judged,
            "k_failure": (*REFUSALS, OverLimit),
            "k_reason": self._reason,
            "k_elements": evaluator._features,
            "k_near": self._near,
            "k_nth": self._nth,
            "k_last": self._last,
            "k_item": self._item,
            "k_holds": self._holds,
            "k_set_nth": self._set_nth,
            "k_set_item": self._set_item,
            "k_among": self._known(evaluator._among),
            "k_contains": self._known(evaluator._contains),
            "k_inside": self._known(self.space.inside),
            "k_relation": self.space.relation,
            "k_distance": self.space.distance,
            "k_touching": self.space.touching,
            "k_buffer": self.space.buffer,
            "k_located": self.space.located,
            "k_unique": self._unique,
        }
        names.update((name, make_one(self)) for name, make_one in makers.items())
        return names

    # -- objects by request

    def view(self, key: str) -> View:
        """A layer as an operand."""
        return View(self.runner.layers[key])

    def column(self, layer: str, field: str, kind: str) -> list[Any]:
        """The values of a field, as plain numbers where it is declared as a number."""
        values = self.runner.layers[layer].columns[field]
        return [plain(value) for value in values] if kind == "number" else values

    def boxer(self, dimension: Dimension) -> Callable[[Any], Any]:
        """Makes a `Quantity`; 空 stays 空."""
        return lambda value: None if value is None else Quantity(value, dimension)

    def fitter(self, wanted: Type) -> Callable[[Any], Any]:
        """Checks a value where a type was declared, and gives it as generated code has it."""
        return lambda value: plain(fitted(value, wanted))

    def converter(self, word: str) -> Callable[[Any], Any]:
        """换算为 of a value whose type is not known."""

        def convert(value: Any) -> Any:
            known(value)
            return amount_in(value, word)

        return convert

    def operation(self, title: str, given: dict[str, Any]) -> Any:
        """功能“…”（…）."""
        return call_operation(self.evaluator, title, given)

    def hole(self, write: Callable[[Any], str]) -> Callable[[Callable[[], Any]], str]:
        """Writes what an expression gives; what cannot be known is written as such."""

        def fill(expression: Callable[[], Any]) -> str:
            try:
                value = expression()
            except UNKNOWN:
                return "（无法判断）"
            return write(value)

        return fill

    def library(self, identifier: s.Identifier) -> Callable[..., Any]:
        """A function of the library."""
        name = identifier.name
        direct = IMPLEMENTED.get(name) if name != "总和" else None  # an empty sum has the dimension of its type

        def call(*given: Any, **named: Any) -> Any:
            if direct is not None and not named and not isinstance(given[0], View):
                return direct(*given)
            return self.evaluator._apply(identifier, list(given), {key[2:]: value for key, value in named.items()})

        return call

    def since(self, item: s.DatedParameter) -> int:
        """Which value of a dated parameter counts at the date of the run."""
        return item.values.index(self.runner.since(item))

    def offer(self, item: Any, code: Callable[..., Any]) -> None:
        """The code of a rule or a tool."""
        if isinstance(item, s.Tool):
            self.runner.codes.tools[item] = self._explained(code)
        else:
            self.runner.codes.rules[item] = code

    def offer_function(self, name: str, code: FunctionCode, function: Callable[..., Any]) -> None:
        """The code of a function that only computes, for values as the interpreter has them."""
        plained = [(formal.name, formal.type.kind == "number") for formal in code.formals]
        result = code.result.dimension if code.result.kind == "number" else NONE

        def call(scope: dict[str, Any], depth: int) -> Any:
            given = [plain(scope[name]) if number else scope[name] for name, number in plained]
            value = function(depth, *given) if code.counted else function(*given)
            return value if value is None or result == NONE else Quantity(value, result)

        self.runner.codes.functions[name] = call

    def _explained(self, code: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            try:
                return code(*given)
            except REFUSALS as error:
                raise self._explain(error) from error

        return call

    def _reason(self) -> str:
        """Why a turn of a loop ended with an error."""
        error = sys.exc_info()[1]
        if error is None or isinstance(error, (OverLimit, RecursionError)):
            raise error or RuntimeError
        return self._explain(error).reason

    def member(self, node: s.Member) -> Callable[[Any], Any]:
        """甲 的 乙 for a value whose type is not known."""
        return lambda base: self.evaluator._member_of(base, node)

    # -- bound functions

    def _show(self, *values: Any) -> None:
        printed = self.runner.printed
        printed.append(" ".join(map(show, values)))
        if len(printed) > LONGEST:
            raise Mistake(f"显示的内容太多（最多 {LONGEST} 行）")

    def _give(self, name: str, value: Any) -> None:
        """Show a name of the script to the interpreter, which runs its rules."""
        self.evaluator.scopes[0][name] = value

    def _note(self, state: list[Any], condition: Callable[[], bool]) -> None:
        """An element of 都满足 or 中有 … 满足: `state` keeps why the first one is unknown, and True when settled."""
        try:
            if condition():
                state.append(True)
        except UNKNOWN as reason:
            if not state:
                state.append(Told(self._explain(reason)))  # now, while the names still have their values

    def _put(self, target: Any, value: Any) -> None:
        if isinstance(target, View):
            add(self.evaluator, target, value)
        else:
            listed(target, value)

    def _save(self, value: Any, path: Any, options: dict[str, Any]) -> None:
        known(value, path, *options.values())
        save(self.evaluator, value, path, options)

    def _today(self) -> Any:
        if self.evaluator.today is None:
            raise Mistake("没有“参数日期”，不知道“今天”是哪一天；请在文件开头写 参数日期")
        return self.evaluator.today

    def _near(self, source: Any, other: Callable[[], Any]) -> Any:
        """The turns of a loop, (number, element), as far as they may meet the value of `other`."""
        turns = turns_near(self.space, source, other) if isinstance(self.space, IndexedSpace) else None
        return enumerate(list(self.evaluator._features(source)), 1) if turns is None else turns

    def _nth(self, base: Any, key: Any) -> Any:
        if type(base) is list and type(key) is int and 1 <= key <= len(base):
            return base[key - 1]
        return self.evaluator._nth(base, key)

    def _last(self, base: Any) -> Any:
        values = self.evaluator._features(base)
        if not values:
            raise Mistake("列表是空的，没有最后一个")
        return values[-1]

    def _item(self, base: Any, key: Any) -> Any:
        return self.evaluator.item_of(base, key)

    def _holds(self, base: Any, name: str) -> bool:
        """Whether a name after 的 is a field or a key of the value, not a function."""
        if isinstance(base, dict):
            return True
        if isinstance(base, list) and base and isinstance(base[0], Feature):
            return name in base[0].layer.columns
        layer = base.layer if isinstance(base, (Feature, View)) else None
        return base is None or (layer is not None and name in layer.columns)

    def _set_nth(self, container: Any, key: Any, value: Any) -> None:
        self.evaluator._nth(container, key)
        container[int(split(key)[0]) - 1] = value

    def _set_item(self, container: Any, key: Any, value: Any) -> None:
        if not isinstance(container, dict):
            raise Mistake("这里不能改变")
        container[key] = value

    def _known(self, test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        def checked(left: Any, right: Any) -> bool:
            known(left, right)
            return test(left, right)

        return checked

    def _unique(self, feature: Any, field: str, value: Any) -> bool:
        known(value)
        return self.space.count(feature.layer, field, value) == 1
