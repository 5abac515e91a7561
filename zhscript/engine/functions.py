"""What the library's functions do. Geometry and queries live in the evaluator, which knows the layers."""

from __future__ import annotations

import datetime
import math
import re
from fractions import Fraction
from typing import Any, Callable

from ..constants import rounded
from ..units import DAYS, MONTHS, Dimension
from .arguments import date as _date
from .arguments import integer as _integer
from .arguments import items
from .arguments import known as _known
from .arguments import plain as _plain
from .arguments import text as _text
from .errors import Mistake, Undetermined
from .functions_shapes import SHAPES
from .pace import look, paced, sort_paced
from .table import _read_date
from .values import (
    EMPTY_SUM,
    LONGEST,
    Quantity,
    arithmetic,
    compare,
    exact,
    is_number,
    limited,
    make,
    round_half_even,
    show,
    split,
    whole,
)

_LONGEST_PATTERN = 200
_BETWEEN_TRIES = 64  # places where a pattern is tried between two looks at the run


def _mapping(value: Any) -> dict[Any, Any]:
    if not isinstance(_known(value, "字典"), dict):
        raise Mistake(f"这里要字典，现在是“{show(value)}”")
    return value


def _full(value: Any, what: str) -> list[Any]:
    """The items of a list without 空; an empty list has no such value."""
    result = items(value)
    if any(item is None for item in result):
        raise Undetermined(f"列表里有空值，不能求{what}")
    if not result and what != "总和":
        raise Undetermined(f"列表是空的，不能求{what}")
    return result


def _total(value: Any) -> Any:
    """Floats are added without loss (`math.fsum`), so the order does not matter."""
    numbers = [split(item) for item in _full(value, "总和")]
    if not numbers:
        return EMPTY_SUM
    if len({dimension for _, dimension in numbers}) > 1:
        raise Mistake("列表里的数单位不是一类，不能求总和")
    dimension: Dimension = numbers[0][1]
    if any(isinstance(number, float) for number, _ in numbers):
        try:
            return make(math.fsum(number for number, _ in numbers), dimension)
        except (OverflowError, ValueError) as error:
            raise Mistake("总和太大或没有意义") from error
    return make(sum(number for number, _ in numbers), dimension)


def _mean(value: Any) -> Any:
    numbers = _full(value, "平均值")
    return arithmetic("÷", _total(numbers), len(numbers))


def _extreme(word: str, operator: str) -> Callable[[Any], Any]:
    def find(value: Any) -> Any:
        values = _full(value, word)
        best = values[0]
        for item in paced(values):
            if compare(operator, item, best):
                best = item
        return best

    return find


def sorted_values(values: list[Any], keys: list[Any], descending: bool) -> list[Any]:
    """`values` by `keys`, stable; 空 comes last."""
    known = [key for key in keys if key is not None]
    for other in paced(known):
        if not isinstance(other, str) or not isinstance(known[0], str):
            compare("小于", other, known[0])  # all of one sort, or a Mistake

    def rank(key: Any) -> Any:
        return split(key)[0] if is_number(key) else key

    pairs = list(zip(keys, values))
    present = [pair for pair in pairs if pair[0] is not None]
    ordered = sort_paced(present, lambda pair: rank(pair[0]), descending)
    return [value for _, value in ordered] + [value for key, value in pairs if key is None]


def _median(value: Any) -> Any:
    numbers = _full(value, "中位数")
    ordered = sorted_values(numbers, numbers, False)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return arithmetic("÷", arithmetic("+", ordered[middle - 1], ordered[middle]), 2)


def _unique(value: Any) -> list[Any]:
    """Each value once, in the order of the first; lists and dictionaries in the list are compared one by one."""
    result: list[Any] = []
    seen: set[Any] = set()
    unhashable: list[Any] = []
    for item in paced(items(value)):
        if isinstance(item, (list, dict)):
            look()
            if item in unhashable:
                continue
            unhashable.append(item)
        else:
            key = (isinstance(item, bool), item)
            if key in seen:
                continue
            seen.add(key)
        result.append(item)
    return result


def _get(mapping: Any, key: Any, default: Any = None) -> Any:
    return _mapping(mapping).get(key, default)


def _join(values: Any, mark: Any = "") -> str:
    parts, length = [], 0
    for item in paced(items(values)):
        parts.append(show(item))
        length += len(parts[-1])
        if length > LONGEST:
            break
    return _short(_text(mark).join(parts))


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise Mistake(f"文字太长（最多 {LONGEST} 字）")
    return text


def _cut(text: Any, first: Any, count: Any = None) -> str:
    start = _integer(first)
    if start < 1 or (count is not None and _integer(count) < 0):
        raise Mistake("截取从第 1 个字数起，字数不能是负数")
    return _text(text)[start - 1 : None if count is None else start - 1 + _integer(count)]


def _split_text(text: Any, mark: Any) -> list[str]:
    if not _text(mark):
        raise Mistake("拆分要写分隔的字")
    return _text(text).split(mark)


def _replace(text: Any, old: Any, new: Any) -> str:
    if not _text(old):
        raise Mistake("替换要写被替换的字")
    if len(_text(text)) + text.count(old) * (len(_text(new)) - len(old)) > LONGEST:
        raise Mistake(f"文字太长（最多 {LONGEST} 字）")
    return text.replace(old, new)


def _matches(text: Any, pattern: Any) -> bool:
    """Wildcards only: ？ for one character, ＊ for any number. At most length × length of the pattern steps."""
    if len(_text(pattern)) > _LONGEST_PATTERN:
        raise Mistake(f"匹配的样式太长（最多 {_LONGEST_PATTERN} 字）")
    subject, wildcards = _text(text), _text(pattern).translate(str.maketrans("？＊", "?*"))
    place = mark = 0
    star, index = -1, 0
    while place < len(subject):
        if index < len(wildcards) and wildcards[index] in ("?", subject[place]) and wildcards[index] != "*":
            place, index = place + 1, index + 1
        elif index < len(wildcards) and wildcards[index] == "*":
            star, mark, index = index, place, index + 1
        elif star >= 0:
            mark, index = mark + 1, star + 1
            place = mark
            if mark % _BETWEEN_TRIES == 0:
                look()
        else:
            return False
    return all(character == "*" for character in wildcards[index:])


def _to_number(value: Any) -> Any:
    if is_number(value):
        return split(value)[0]
    text = _text(value).strip(" \t\u3000\u00a0").translate(str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+"))
    if not re.fullmatch(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?", text):
        raise Mistake(f"“{value}”不能转为数值")
    return rounded(Fraction(text))


def _to_date(value: Any) -> datetime.date:
    date = _read_date(value if isinstance(value, datetime.date) else _text(value))
    if not isinstance(date, datetime.date):
        raise Mistake(f"“{show(value)}”不能转为日期，可以写成 2024-06-01")
    return date


def _half_up(value: Any, digits: Any = 0) -> Any:
    number, places = exact(_plain(value)), _integer(digits)
    if not 0 <= places <= 15:
        raise Mistake("小数位数要在 0 到 15 之间")
    scaled = abs(number) * 10**places
    half_up = Fraction(math.floor(scaled + Fraction(1, 2)), 10**places) * (1 if number >= 0 else -1)
    return rounded(half_up)


def _root(value: Any) -> Any:
    number, dimension = split(_known(value, "数"))
    if number < 0:
        raise Mistake("负数没有平方根")
    if any(exponent % 2 for exponent in dimension):
        raise Mistake("这个单位不能开平方")
    halved = Dimension(*(exponent // 2 for exponent in dimension))
    if isinstance(number, int) and math.isqrt(number) ** 2 == number:
        return make(math.isqrt(number), halved)
    return make(math.sqrt(number), halved)


def _power(base: Any, exponent: Any) -> Any:
    number, power = _plain(base), _plain(exponent)
    if abs(power) > 1000 or (abs(number) > 10**6 and abs(power) > 50):
        raise Mistake("乘方的数太大")
    if number == 0 and power < 0:
        raise Undetermined("除数是零")
    exponent_as_int = whole(power)
    if number < 0 and exponent_as_int is None:
        raise Mistake("负数不能求这个乘方")
    try:
        if isinstance(number, int) and exponent_as_int is not None and exponent_as_int >= 0:
            return limited(number**exponent_as_int)
        return float(number) ** float(power)
    except OverflowError as error:
        raise Mistake("乘方的数太大") from error


def _remainder(left: Any, right: Any) -> Any:
    a, b = _plain(left), _plain(right)
    if b == 0:
        raise Undetermined("除数是零")
    return a % b


def _quotient(left: Any, right: Any) -> Any:
    a, b = _plain(left), _plain(right)
    if b == 0:
        raise Undetermined("除数是零")
    try:
        return math.floor(a / b) if isinstance(a, float) or isinstance(b, float) else a // b
    except (OverflowError, ValueError) as error:
        raise Mistake("结果太大或没有意义") from error


def _absolute(value: Any) -> Any:
    number, dimension = split(_known(value, "数"))
    return make(-number if number < 0 else number, dimension)


def _months_between(start: Any, end: Any) -> Quantity:
    first, last = sorted((_date(start), _date(end)))
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return Quantity(months, MONTHS)


IMPLEMENTED: dict[str, Callable[..., Any]] = {
    **SHAPES,
    "个数": lambda value: len(items(value)),
    "总和": _total,
    "平均值": _mean,
    "最大值": _extreme("最大值", "大于"),
    "最小值": _extreme("最小值", "小于"),
    "中位数": _median,
    "去重": _unique,
    "反转": lambda value: items(value)[::-1],
    "前几个": lambda value, count: items(value)[: max(0, _integer(count))],
    "键列表": lambda value: list(_mapping(value)),
    "值列表": lambda value: list(_mapping(value).values()),
    "取值": _get,
    "字数": lambda value: len(_text(value)),
    "拼接": _join,
    "替换": _replace,
    "拆分": _split_text,
    "去空白": lambda value: re.sub(r"\s", "", _text(value)),
    "截取": _cut,
    "大写": lambda value: _text(value).upper(),
    "小写": lambda value: _text(value).lower(),
    "匹配": _matches,
    "转为数值": _to_number,
    "转为文本": lambda value: show(_known(value, "值")),
    "转为日期": _to_date,
    "取整": lambda value: math.trunc(_plain(value)),
    "四舍五入": _half_up,
    "绝对值": _absolute,
    "平方": lambda value: arithmetic("×", value, value),
    "平方根": _root,
    "乘方": _power,
    "余数": _remainder,
    "商": _quotient,
    "年份": lambda value: _date(value).year,
    "月份": lambda value: _date(value).month,
    "日数": lambda value: _date(value).day,
    "星期": lambda value: _date(value).isoweekday(),
    "推迟": lambda value, period: arithmetic("+", _date(value), period),
    "相隔天数": lambda a, b: Quantity(abs((_date(b) - _date(a)).days), DAYS),
    "相隔月数": _months_between,
}
__all__ = ["IMPLEMENTED", "items", "round_half_even", "sorted_values"]
