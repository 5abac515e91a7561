"""Values at run time: `int` and `float`, with a unit `Quantity`. Constants are exact before that (`constants`)."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Container, Iterable, Union

from ..constants import rounded
from ..formats import Format
from ..syntax import TypeName
from ..types import ANY, Type, named_type
from ..units import DAYS, MONTHS, NONE, Dimension, dimension_name, find_unit, unit_name
from .errors import Mistake, Undetermined
from .pace import BETWEEN, look

Plain = Union[int, float]
_HALF_EVEN = Context(prec=40, rounding=ROUND_HALF_EVEN)
LONGEST = 1_000_000  # items of a list, characters of a text
LARGEST = 1024  # bits of a whole number, about the range of floats


@dataclass(frozen=True)
class Quantity:
    """A number of base units (m², m, day, month, yuan …)."""

    value: Plain
    dimension: Dimension


class EmptySum(int):
    """What a list without items adds up to: a zero of whatever dimension it meets."""


EMPTY_SUM = EmptySum(0)


def is_number(value: Any) -> bool:
    """Whether the value is a number, with or without a unit."""
    return isinstance(value, (int, float, Quantity)) and not isinstance(value, bool)


def split(value: Any) -> tuple[Plain, Dimension]:
    """The number and the dimension of a value; `Mistake` when it is no number."""
    if isinstance(value, Quantity):
        return value.value, value.dimension
    if not is_number(value):
        raise Mistake(f"“{show(value)}”不是数")
    return value, NONE


def make(value: Plain, dimension: Dimension) -> Any:
    """A value of this dimension."""
    return value if dimension == NONE else Quantity(value, dimension)


def limited(product: Plain) -> Plain:
    """A product; `Mistake` for whole numbers out of range, which squaring could make grow without bound."""
    if isinstance(product, int) and product.bit_length() > LARGEST:
        raise Mistake("结果太大")
    return product


def whole(value: Any) -> int | None:
    """The number as an `int` when it is whole, else None."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value


def arithmetic(operator: str, left: Any, right: Any, *, scaling: bool = False) -> Any:
    """Sum, difference, product, quotient; dates take days and months.

    `scaling` marks the product with a constant, which grows no faster than a sum and so needs no limit; nor does a
    product with a dimension, which cannot be multiplied by itself again and again.
    """
    if isinstance(left, datetime.date) and operator in "+-":
        return _date_arithmetic(operator, left, right)
    (a, da), (b, db) = split(left), split(right)
    if operator in "+-" and da != db:
        da = db = _common(left, right, da, db, "加减")
    try:
        if operator == "+":
            return make(a + b, da)
        if operator == "-":
            return make(a - b, da)
        if operator == "×":
            product = a * b
            return make(product if scaling or da != NONE or db != NONE else limited(product), da.times(db))
        if b == 0:
            raise Undetermined("除数是零")
        return make(a / b, da.over(db))
    except OverflowError as error:
        raise Mistake("结果太大") from error


def _date_arithmetic(operator: str, date: datetime.date, other: Any) -> Any:
    sign = 1 if operator == "+" else -1
    if isinstance(other, datetime.date) and operator == "-":
        return Quantity((date - other).days, DAYS)
    number, dimension = split(other)
    value = whole(number)
    if value is None or dimension not in (DAYS, MONTHS):
        raise Mistake("日期只能加减整数的天、个月、年")
    try:
        if dimension == DAYS:
            return date + datetime.timedelta(days=sign * value)
        return add_months(date, sign * value)
    except (OverflowError, ValueError) as error:
        raise Mistake("日期超出范围") from error


def add_months(date: datetime.date, months: int) -> datetime.date:
    """The same day some months later; the last day of the month where that has fewer days."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def compare(operator: str, left: Any, right: Any) -> bool:
    """大于 小于 不大于 不小于 等于 不等于, exact."""
    if is_number(left) and is_number(right):
        (a, da), (b, db) = split(left), split(right)
        if da != db:
            _common(left, right, da, db, "比较")
    elif type(left) is type(right) and isinstance(left, (str, bool, datetime.date)):
        return _compare_same(operator, left, right)
    else:
        raise Mistake(f"“{show(left)}”是{sort(left)}，“{show(right)}”是{sort(right)}，不能比较")
    return _COMPARE[operator](a, b)


def _common(left: Any, right: Any, da: Dimension, db: Dimension, what: str) -> Dimension:
    """The dimension of two numbers that differ in it, when one is the zero of an empty list."""
    if left is EMPTY_SUM or right is EMPTY_SUM:
        return db if left is EMPTY_SUM else da
    raise Mistake(f"{dimension_name(da)}与{dimension_name(db)}不能{what}")


def _compare_same(operator: str, left: Any, right: Any) -> bool:
    """Texts and truth values are equal or not; only dates have an order."""
    if operator not in ("等于", "不等于") and not isinstance(left, datetime.date):
        raise Mistake(f"“{show(left)}”与“{show(right)}”不能比大小")
    return _COMPARE[operator](left, right)


_COMPARE = {
    "大于": lambda a, b: a > b,
    "小于": lambda a, b: a < b,
    "不大于": lambda a, b: a <= b,
    "不小于": lambda a, b: a >= b,
    "等于": lambda a, b: a == b,
    "不等于": lambda a, b: a != b,
}


def fitted(value: Any, wanted: Type) -> Any:
    """The value where the type `wanted` was declared; `Mistake` when it is of another sort. 空 fits everywhere."""
    if value is None or wanted.kind not in ("number", *_CLASSES) or _fits(value, wanted):
        return value
    raise Mistake(f"这里要{wanted}，现在是“{show(value)}”")


def declared(annotation: TypeName | None, layers: Container[str]) -> Type:
    """The type that is checked where values meet a declaration; any for what is not a number, text, date, 是否."""
    if annotation is None or annotation.part or annotation.arguments or annotation.name in layers:
        return ANY
    kind = named_type(annotation.name) or ANY
    return kind if kind.kind == "number" or kind.kind in _CLASSES else ANY


def _fits(value: Any, wanted: Type) -> bool:
    if wanted.kind == "number":
        return value is EMPTY_SUM or (is_number(value) and split(value)[1] == wanted.dimension)
    return isinstance(value, _CLASSES[wanted.kind])


_CLASSES: dict[str, Any] = {"text": str, "boolean": bool, "date": datetime.date}


def sort(value: Any) -> str:
    """What sort of value it is, in Chinese."""
    if isinstance(value, bool):
        return "是否"
    if isinstance(value, str):
        return "文字"
    if isinstance(value, datetime.date):
        return "日期"
    if isinstance(value, Quantity):
        return dimension_name(value.dimension)
    if is_number(value):
        return "数"
    return "列表" if isinstance(value, list) else "字典" if isinstance(value, dict) else "别的值"


def converted(value: Plain, factor: Fraction) -> Plain:
    """Base units counted in a unit of `factor` base units."""
    if factor.numerator == 1:
        return value * factor.denominator
    try:
        return value * factor.denominator / factor.numerator
    except OverflowError as error:
        raise Mistake("结果太大") from error


def amount_in(value: Any, word: str) -> Plain:
    """A number counted in the unit that `word` names; `Mistake` for a unit of another sort."""
    number, dimension = split(value)
    unit = find_unit(word)
    if unit is None or (unit.dimension != dimension and value is not EMPTY_SUM):
        raise Mistake(f"不能换算为“{word}”")
    return converted(number, unit.factor)


def steps(low: Plain | Fraction, high: Plain | Fraction, step: Plain | Fraction, down: bool) -> Iterable[Plain]:
    """The numbers from `low` to `high`, both included, by `step` > 0 down or up.

    Whole numbers are counted; others are stepped as the decimals that people see, so that 0 to 0.3 by 0.1 has four.
    """
    if not step > 0:
        raise Mistake("每次增加或减少的数要大于零")
    if isinstance(low, int) and isinstance(high, int) and isinstance(step, int):
        return range(low, high - 1, -step) if down else range(low, high + 1, step)
    try:
        first, last, width = exact(low), exact(high), exact(step)
    except ValueError as error:  # inf and nan
        raise Mistake("循环的起点、终点和每次增加的数太大或没有意义") from error
    count = ((first - last if down else last - first) // width) + 1
    return (rounded(first + (-width if down else width) * number) for number in range(count))


def exact(value: Plain | Fraction) -> Fraction:
    """The decimal number that people see: floats by their shortest form, so 2.675 is 2.675."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def round_half_even(value: Plain | Fraction, digits: int) -> Fraction:
    """Rounded to `digits` decimals, a five goes to the even digit (GB/T 8170—2008, 3.2)."""
    scale = 10**digits
    return Fraction(round(exact(value) * scale), scale)


def decimal_text(value: Fraction, digits: int, *, thousands: bool = False) -> str:
    """A number that has at most `digits` decimals, with all of them."""
    text = f"{abs(value.numerator) * 10**digits // value.denominator:0{digits + 1}d}"
    whole, part = (text[:-digits], text[-digits:]) if digits else (text, "")
    if thousands:
        whole = f"{int(whole):,}"
    return ("-" if value < 0 else "") + whole + ("." + part if part else "")


def _plain_float(value: float, thousands: bool) -> str:
    """The same as `plain_text`, five times as fast: most values that are told are areas and lengths."""
    number = Decimal(repr(value))
    digits = max(0, 11 - number.adjusted())
    text = format(number.quantize(Decimal((0, (1,), -digits)), context=_HALF_EVEN), ",f" if thousands else "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_text(value: Plain | Fraction, *, thousands: bool = False) -> str:
    """A number with as many decimals as it needs: the whole part in full, decimals up to 12 significant digits."""
    if isinstance(value, float) and 1 <= abs(value) < 1e15:
        return _plain_float(value, thousands)
    if isinstance(value, int):
        return f"{value:,}" if thousands else str(value)
    number = exact(value)
    digits = max(0, 12 - len(str(int(abs(number)))))
    if 0 < abs(number) < 1:  # leading zeros are not significant
        while digits < 300 and abs(number) * 10 ** (digits - 11) < 1:
            digits += 1
    text = decimal_text(round_half_even(number, digits), digits, thousands=thousands)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def show(value: Any, form: Format = Format()) -> str:  # noqa: B008 - never changed
    """A value as text. Quantities carry their unit unless the format says 不带单位; rounding happens only here."""
    if value is None:
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime.date):
        return f"{value.year}年{value.month}月{value.day}日" if form.date else value.isoformat()
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _joined("、", (show(item, form) for item in value))
    if isinstance(value, dict):
        return _joined("，", (f"{show(key)}：{show(item)}" for key, item in value.items()))
    if is_number(value):
        return _show_number(value, form)
    return str(value)


def _joined(mark: str, parts: Iterable[str]) -> str:
    """The parts as one text, given up as soon as it is too long."""
    length, kept = 0, []
    for part in parts:
        kept.append(part)
        length += len(part) + len(mark)
        if length > LONGEST:
            raise Mistake(f"文字太长（最多 {LONGEST} 字）")
    return mark.join(kept)


def copied(value: Any) -> Any:
    """Lists and dictionaries are values: what is bound to a name is its own. Each counts with all that it holds."""
    return _copy(value, [LONGEST, 0]) if type(value) is list or type(value) is dict else value


def _copy(value: Any, left: list[int]) -> Any:
    if type(value) is not list and type(value) is not dict:
        return value
    left[0] -= len(value)
    if left[0] < 0:
        raise Mistake(f"列表太长（最多 {LONGEST} 个）")
    left[1] += 1
    if left[1] % BETWEEN == 0:
        look()
    if isinstance(value, list):
        return [_copy(item, left) if type(item) is list or type(item) is dict else item for item in value]
    return {key: _copy(item, left) for key, item in value.items()}


def _show_number(value: Any, form: Format) -> str:
    number, dimension = split(value)
    if number - number != 0 or (isinstance(number, int) and number.bit_length() > LARGEST):
        raise Mistake("数太大或没有意义，不能写出来")
    amount: Plain | Fraction = number
    suffix = unit_name(dimension)
    if form.unit:
        if form.unit.dimension != dimension and value is not EMPTY_SUM:
            raise Mistake(f"{dimension_name(dimension)}不能写成“{form.unit.name}”")
        amount, suffix = exact(amount) / form.unit.factor, form.unit.name
    if form.percent:
        amount, suffix = exact(amount) * 100, "%"
    if form.decimals is not None:
        rounded = round_half_even(amount, form.decimals)
        text = decimal_text(rounded, form.decimals, thousands=form.thousands)
    else:
        text = plain_text(amount, thousands=form.thousands)
    if form.padding:
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        text = sign + digits.zfill(form.padding)
    return text if form.bare else text + suffix
