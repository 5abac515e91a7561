"""What generated code may call that needs nothing of the run. Values are those of the interpreter, but where told."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import shapely

from ..errors import CallMistake, Mistake, ScriptError, Undetermined
from ..functions import LONGEST
from ..functions_outside import write
from ..table import Feature, View
from ..values import (
    Quantity,
    arithmetic,
    compare,
    copied,
    is_number,
    limited,
    make,
    show,
    split,
    steps,
    whole,
)


class TooDeep(CallMistake):
    """A function calls itself too often; the caller's place is told."""


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


def listed(values: Any, value: Any) -> None:
    """Append to a list; `Mistake` for anything else."""
    if type(values) is not list:
        raise Mistake("“加入”后面要写列表、表格或图层")
    if len(values) >= LONGEST:
        _full()
    values.append(value)


def _appender(values: Any) -> Callable[[Any], None]:
    """What appends to a list whose length is looked at later."""
    return values.append if type(values) is list else lambda value: listed(values, value)


def _measured(values: Any) -> None:
    if type(values) is list and len(values) > LONGEST:
        _full()


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


def _any_steps(low: Any, high: Any, step: Any, down: bool, constants: tuple[Any, ...]) -> Any:
    """Values of a loop whose bounds are of an unknown type; `constants` are the exact values of those that have one."""
    known(low, high)
    bounds = [low, high] if step is None else [low, high, step]
    dimensions = {split(bound)[1] for bound in bounds}
    if len(dimensions) > 1:
        raise Mistake("循环的起点、终点和每次增加的数要是同一类数")
    numbers = [split(bound)[0] for bound in bounds]
    pairs = zip(numbers, constants)
    numbers = [number if constant is None or type(number) is int else constant for number, constant in pairs]
    values = steps(numbers[0], numbers[1], 1 if step is None else numbers[2], down)
    return (make(value, *dimensions) for value in values)


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


def _others_of(view: View, features: list[Any]) -> View:
    """其他 of a layer that only the run knows: the first of the features at hand that lies in it is left out."""
    for feature in features:
        if isinstance(feature, Feature) and feature.layer is view.layer:
            return View(view.layer, feature.index)
    raise Mistake(f"“其他 {view.layer.name}”在这里没有当前的要素")


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
    "k_appender": _appender,
    "k_measured": _measured,
    "k_len": len,
    "k_list": list,
    "k_full": _full,
    "k_places": _places,
    "k_join": _join,
    "k_span": _span,
    "k_times": _times,
    "k_steps": _steps,
    "k_any_steps": _any_steps,
    "k_numbered": _numbered,
    "k_rows": _rows,
    "k_settled": _settled,
    "k_conclude": _conclude,
    "k_empty": _empty,
    "k_absent": _absent,
    "k_field": _field,
    "k_plain": plain,
    "k_others": _others,
    "k_others_of": _others_of,
    "k_fail": _fail,
    "k_starts": _starts,
    "k_ends": _ends,
}
