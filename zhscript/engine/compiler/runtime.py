"""What generated code may call, bound to one run. Values come and go as in the interpreter unless said otherwise."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import shapely

from ... import syntax as s
from ...types import Type
from ...units import Dimension
from ..errors import Mistake, ScriptError, Undetermined
from ..functions import IMPLEMENTED, LONGEST
from ..functions_outside import add, save, write
from ..table import Feature, View
from ..values import (
    Quantity,
    amount_in,
    arithmetic,
    compare,
    copied,
    fitted,
    is_number,
    limited,
    make,
    show,
    split,
    steps,
    whole,
)


class TooDeep(Mistake):
    """A function calls itself too often; the caller's place is told."""


class OverLimit(Mistake):
    """The run has used up its time or memory."""


class Told(Undetermined):
    """What cannot be known, as people are told it already."""

    def __init__(self, told: ScriptError) -> None:
        super().__init__(told.reason)
        self.told = told


class Irregular(TypeError):
    """空 where a value is needed; the interpreter tells what it is."""


UNKNOWN = (Undetermined, TypeError, ZeroDivisionError)  # Python's own refusals of 空 are of the type TypeError


def plain(value: Any) -> Any:
    """The number of a `Quantity`."""
    return value.value if isinstance(value, Quantity) else value


def sure(value: Any, text: str) -> Any:
    """The value of the expression `text`, which must not be 空: asked where what follows has effects."""
    if value is None:
        raise Undetermined(f"“{text}”为空")
    return value


def known(*values: Any) -> None:
    """Refuse 空."""
    for value in values:
        if value is None:
            raise Irregular


def _arithmetic(operator: str, scaling: bool = False) -> Callable[[Any, Any], Any]:
    def compute(left: Any, right: Any) -> Any:
        if left is None or right is None:
            raise Irregular
        return arithmetic(operator, left, right, scaling=scaling)

    return compute


def _fast_sum(left: Any, right: Any) -> Any:
    kind = type(left)
    if (kind is float or kind is int) and (type(right) is kind):
        return left + right
    known(left, right)
    return arithmetic("+", left, right)


def _comparison(word: str) -> Callable[[Any, Any], bool]:
    def test(left: Any, right: Any) -> bool:
        if left is None or right is None:
            raise Irregular
        return compare(word, left, right)

    return test


def truth(value: Any) -> bool:
    """A condition is true or false."""
    if value is True or value is False:
        return value
    known(value)
    raise Mistake(f"这里要写条件，现在是“{show(value)}”")


def _full() -> None:
    raise Mistake(f"列表太长（最多 {LONGEST} 个）")


def _places(view: View) -> Any:
    """The rows of a layer, without the one of 其他."""
    rows = range(len(view.layer))
    return rows if view.without < 0 else [row for row in rows if row != view.without]


def _listed(values: Any, value: Any) -> None:
    if type(values) is not list:
        raise Mistake("“加入”后面要写列表、表格或图层")
    if len(values) >= LONGEST:
        _full()
    values.append(value)


def _write(value: Any, feature: Any, field: Any) -> None:
    known(field)
    write(feature, field, value)


def _join(parts: tuple[str, ...]) -> str:
    result = "".join(parts)
    if len(result) > LONGEST:
        raise Mistake(f"文字太长（最多 {LONGEST} 字）")
    return result


def _span(low: Any, high: Any) -> list[int]:
    known(low, high)
    if not (is_number(low) and is_number(high)) or isinstance(low, Quantity) or isinstance(high, Quantity):
        raise Mistake("“至”两边要是整数")
    first, last = whole(low), whole(high)
    if first is None or last is None:
        raise Mistake("“至”两边要是整数")
    if last - first > LONGEST:
        raise Mistake(f"列表太长（最多 {LONGEST} 个）")
    return list(range(first, last + 1))


def _times(count: Any) -> range:
    known(count)
    turns = whole(count) if is_number(count) and not isinstance(count, Quantity) else None
    if turns is None:
        raise Mistake("重复的次数要是整数")
    return range(turns)


def _steps(low: Any, high: Any, step: Any, down: bool) -> Any:
    known(low, high, step)
    return steps(low, high, step, down)


def _both(left: Callable[[], bool], right: Callable[[], bool]) -> bool:
    return _logic(left, right, False)


def _either(left: Callable[[], bool], right: Callable[[], bool]) -> bool:
    return _logic(left, right, True)


def _logic(left: Callable[[], bool], right: Callable[[], bool], decisive: bool) -> bool:
    """Three-valued: a decisive side settles it, even when the other cannot be known."""
    try:
        if left() == decisive:
            return decisive
    except UNKNOWN:
        if right() == decisive:
            return decisive
        raise
    return right()


def _between(value: Any, low: Any, high: Callable[[], Any]) -> bool:
    known(value, low)
    if not compare("不小于", value, low):
        return False
    last = high()
    known(last)
    return compare("不大于", value, last)


def _about(left: Any, right: Any, tolerance: Any) -> bool:
    known(left, right, tolerance)
    number, dimension = split(arithmetic("-", left, right))
    return compare("不大于", make(-number if number < 0 else number, dimension), tolerance)


def _negative(value: Any) -> Any:
    known(value)
    number, dimension = split(value)
    return make(-number, dimension)


def _fail(message: Any) -> None:
    raise Mistake(show(message))


def _starts(left: Any, right: Any) -> bool:
    _texts(left, right, "开头是")
    return left.startswith(right)


def _ends(left: Any, right: Any) -> bool:
    _texts(left, right, "结尾是")
    return left.endswith(right)


def _texts(left: Any, right: Any, word: str) -> None:
    known(left, right)
    if not isinstance(left, str) or not isinstance(right, str):
        raise Mistake(f"“{word}”只能用于文字")


def _numbered(values: Any) -> Iterator[tuple[int, Any]]:
    return enumerate(values, 1)


def _rows(features: list[Feature]) -> list[tuple[Feature, int]]:
    return [(feature, feature.index) for feature in features]


def _settled(state: list[Any]) -> bool:
    return bool(state) and state[-1] is True


def _conclude(state: list[Any], every: bool) -> bool:
    if state:
        raise state[0]
    return every


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, shapely.Geometry) and value.is_empty)


def _absent(value: Any) -> bool:
    return _empty(value) or (isinstance(value, (list, dict)) and not value)


def _field(feature: Any, name: str) -> Any:
    if type(feature) is not Feature:
        raise Irregular
    return feature.layer.columns[name][feature.index]


def _others(feature: Feature) -> View:
    return View(feature.layer, feature.index)


FIXED: dict[str, Any] = {
    "k_add": _fast_sum,
    "k_subtract": _arithmetic("-"),
    "k_multiply": _arithmetic("×"),
    "k_scale": _arithmetic("×", True),
    "k_divide": _arithmetic("÷"),
    "k_greater": _comparison("大于"),
    "k_less": _comparison("小于"),
    "k_at_most": _comparison("不大于"),
    "k_at_least": _comparison("不小于"),
    "k_equal": _comparison("等于"),
    "k_unequal": _comparison("不等于"),
    "k_negative": _negative,
    "k_limited": limited,
    "k_truth": truth,
    "k_sure": sure,
    "k_both": _both,
    "k_either": _either,
    "k_between": _between,
    "k_about": _about,
    "k_copy": copied,
    "k_write": _write,
    "k_append": list.append,
    "k_len": len,
    "k_full": _full,
    "k_places": _places,
    "k_join": _join,
    "k_span": _span,
    "k_times": _times,
    "k_steps": _steps,
    "k_numbered": _numbered,
    "k_rows": _rows,
    "k_settled": _settled,
    "k_conclude": _conclude,
    "k_empty": _empty,
    "k_absent": _absent,
    "k_field": _field,
    "k_plain": plain,
    "k_others": _others,
    "k_fail": _fail,
    "k_starts": _starts,
    "k_ends": _ends,
}


class Runtime:
    """The functions that need the run: its data, its output, its limits."""

    def __init__(self, runner: Any, explain: Callable[[BaseException], ScriptError]) -> None:
        self._explain = explain
        self.runner = runner
        self.evaluator = runner.evaluator
        self.space = runner.evaluator.space

    def namespace(self, makers: dict[str, Callable[[Runtime], Any]]) -> dict[str, Any]:
        """The names that generated code sees."""
        evaluator = self.evaluator
        names = {
            "__builtins__": {},
            **FIXED,
            "k_show": self._show,
            "k_note": self._note,
            "k_put": self._put,
            "k_save": self._save,
            "k_today": self._today,
            "k_elements": evaluator._features,
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

    def member(self, node: s.Member) -> Callable[[Any], Any]:
        """甲 的 乙 for a value whose type is not known."""
        return lambda base: self.evaluator._member_of(base, node)

    # -- bound functions

    def _show(self, *values: Any) -> None:
        printed = self.runner.printed
        printed.append(" ".join(map(show, values)))
        if len(printed) > LONGEST:
            raise Mistake(f"显示的内容太多（最多 {LONGEST} 行）")

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
            _listed(target, value)

    def _save(self, value: Any, path: Any, options: dict[str, Any]) -> None:
        known(value, path, *options.values())
        save(self.evaluator, value, path, options)

    def _today(self) -> Any:
        if self.evaluator.today is None:
            raise Mistake("没有“参数日期”，不知道“今天”是哪一天；请在文件开头写 参数日期")
        return self.evaluator.today

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
