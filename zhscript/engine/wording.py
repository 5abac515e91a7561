"""How values appear in messages, and which parts of a condition are worth showing."""

from __future__ import annotations

from typing import Any

import shapely

from .. import syntax as s
from .errors import Undetermined
from .table import Feature
from .values import show


def operands(condition: Any) -> list[Any]:
    """The sides of the comparisons in a condition that are not literals."""
    if isinstance(condition, s.Group):
        return operands(condition.inner)
    if isinstance(condition, s.Not):
        return operands(condition.operand)
    if isinstance(condition, s.Logical):
        return operands(condition.left) + operands(condition.right)
    if isinstance(condition, (s.Compare, s.About)):
        sides = [condition.left, condition.right]
    elif isinstance(condition, s.Between):
        sides = [condition.operand]
    else:
        sides = []
    literals = (s.Number, s.Quantity, s.Text, s.Date, s.ListOf)
    shapes = isinstance(condition, s.Compare) and condition.operator in ("位于", "不位于")
    return [] if shapes else [side for side in sides if not isinstance(side, literals)]


def text_of_value(value: Any) -> str:
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
