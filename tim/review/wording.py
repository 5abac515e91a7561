"""Numbers of a review as people read them. Every figure in reports and layers comes from here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from tim.review.record import Finding, Value

SQUARE_METRE = "平方米"
_SQUARE_METRES_PER_MU = Fraction(2000, 3)  # 15 亩 = 1 公顷
AREA_DECIMALS, MU_DECIMALS = 2, 4  # 0.0001 亩 is 0.07 平方米
_OTHER_DECIMALS = 4


def rounded(value: float, decimals: int) -> str:
    """A number with fixed decimals, rounded half to even (GB/T 8170), thousands separated."""
    if not isfinite(value):
        return "—"
    amount = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return f"{abs(amount) if amount == 0 else amount:,}"


def mu(square_metres: float) -> float:
    """Square metres in 亩."""
    return float(square_metres) / float(_SQUARE_METRES_PER_MU)


def area_value(finding: Finding) -> float | None:
    """The area (m²) that the rule computed for this finding; None when it computed none or several."""
    areas = [item.value for item in finding.values if item.unit == SQUARE_METRE and is_number(item.value)]
    return float(areas[0]) if len(areas) == 1 else None


def value_text(item: Value) -> str:
    """A value with its name and unit; areas also in 亩."""
    if item.unit == SQUARE_METRE and is_number(item.value):
        square_metres, in_mu = rounded(item.value, AREA_DECIMALS), rounded(mu(item.value), MU_DECIMALS)
        return f"{item.name} {square_metres} 平方米（{in_mu} 亩）"
    return f"{item.name} {plain(item.value)}{' ' if item.unit else ''}{item.unit}"


def plain(value: Any) -> str:
    """Any value without a unit: numbers at most four decimals, dates in Chinese order, 空 for nothing."""
    if value is None:
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if is_number(value):
        text = rounded(value, _OTHER_DECIMALS)
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, (date, datetime)):
        return f"{value.year}年{value.month}月{value.day}日"
    return str(value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
