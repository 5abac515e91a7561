"""Values at run time, exact where they can be: numbers are `int`, `Fraction` or `float`, with a unit `Quantity`."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

from ..formats import Format
from ..units import DAYS, MONTHS, NONE, Dimension, dimension_name, unit_name
from .errors import Mistake, Undetermined

Plain = Union[int, float, Fraction]
_LARGEST = 4096  # bits of an exact number; beyond that it goes on as a float


@dataclass(frozen=True)
class Quantity:
    """A number of base units (m², m, day, month, yuan …)."""

    value: Plain
    dimension: Dimension


def is_number(value: Any) -> bool:
    """Whether the value is a number, with or without a unit."""
    return isinstance(value, (int, float, Fraction, Quantity)) and not isinstance(value, bool)


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


def _alike(a: Plain, b: Plain) -> tuple[Any, Any]:
    """Exact numbers meet exactly; where one is a float, both are."""
    if isinstance(a, float) or isinstance(b, float):
        return float(a), float(b)
    return a, b


def _limited(value: Any) -> Any:
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise Mistake("结果太大或没有意义")
        return value
    exact = Fraction(value)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _LARGEST:
        try:
            return float(exact)
        except OverflowError as error:
            raise Mistake("结果太大") from error
    return exact.numerator if exact.denominator == 1 else exact


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Sum, difference, product, quotient; dates take days and months."""
    if isinstance(left, datetime.date) and operator in "+-":
        return _date_arithmetic(operator, left, right)
    (a, da), (b, db) = split(left), split(right)
    if operator in "+-" and da != db:
        raise Mistake(f"{dimension_name(da)}与{dimension_name(db)}不能加减")
    a, b = _alike(a, b)
    try:
        if operator == "+":
            return make(_limited(a + b), da)
        if operator == "-":
            return make(_limited(a - b), da)
        if operator == "×":
            return make(_limited(a * b), da.times(db))
        if b == 0:
            raise Undetermined("除数是零")
        return make(_limited(a / b if isinstance(a, float) else Fraction(a) / Fraction(b)), da.over(db))
    except OverflowError as error:
        raise Mistake("结果太大") from error


def _date_arithmetic(operator: str, date: datetime.date, other: Any) -> Any:
    sign = 1 if operator == "+" else -1
    if isinstance(other, datetime.date) and operator == "-":
        return Quantity((date - other).days, DAYS)
    value, dimension = split(other)
    if Fraction(value).denominator != 1 or dimension not in (DAYS, MONTHS):
        raise Mistake("日期只能加减整数的天、个月、年")
    try:
        if dimension == DAYS:
            return date + datetime.timedelta(days=sign * int(value))
        return add_months(date, sign * int(value))
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
            raise Mistake(f"{dimension_name(da)}与{dimension_name(db)}不能比较")
        a, b = _alike(a, b)
    elif type(left) is type(right) and isinstance(left, (str, bool, datetime.date)):
        return _compare_same(operator, left, right)
    else:
        raise Mistake(f"“{show(left)}”是{sort(left)}，“{show(right)}”是{sort(right)}，不能比较")
    return _COMPARE[operator](a, b)


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


def exact(value: Plain) -> Fraction:
    """The decimal number that people see: floats by their shortest form, so 2.675 is 2.675."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def round_half_even(value: Plain, digits: int) -> Fraction:
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


def plain_text(value: Plain, *, thousands: bool = False) -> str:
    """A number with as many decimals as it needs: the whole part in full, decimals up to 12 significant digits."""
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
        return "、".join(show(item, form) for item in value)
    if isinstance(value, dict):
        return "，".join(f"{show(key)}：{show(item)}" for key, item in value.items())
    if is_number(value):
        return _show_number(value, form)
    return str(value)


def _show_number(value: Any, form: Format) -> str:
    amount, dimension = split(value)
    suffix = unit_name(dimension)
    if form.unit:
        if form.unit.dimension != dimension:
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
