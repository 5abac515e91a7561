"""Values that stand in a declaration."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple, Optional

from .. import syntax as s
from ..units import NONE, Dimension, Unit, quantity


class Amount(NamedTuple):
    """An exact number of base units."""

    value: Fraction
    dimension: Dimension


NOT_CONSTANT = object()
_TRUTH = {"是": True, "真": True, "否": False, "假": False}


def constant(node: Any) -> Any:
    """The value of a literal: an `Amount`, a text, a truth value, a date, or a list of texts.

    `NOT_CONSTANT` for everything that has to be computed.
    """
    if isinstance(node, s.Group):
        return constant(node.inner)
    if isinstance(node, s.Number):
        return Amount(node.value, NONE)
    if isinstance(node, s.Quantity):
        return Amount(node.value, node.dimension)
    if isinstance(node, s.Negative):
        inner = constant(node.operand)
        return Amount(-inner.value, inner.dimension) if isinstance(inner, Amount) else NOT_CONSTANT
    if isinstance(node, (s.Text, s.Date)):
        return node.value
    if isinstance(node, s.Name):
        return _TRUTH.get(node.identifier.name, NOT_CONSTANT)
    if isinstance(node, s.ListOf):
        items = [constant(item) for item in node.items]
        return items if all(isinstance(item, str) for item in items) else NOT_CONSTANT
    return NOT_CONSTANT


def unit_of(node: Any) -> Optional[Unit]:
    """The unit that a literal is written in."""
    if isinstance(node, (s.Group, s.Negative)):
        return unit_of(node.inner if isinstance(node, s.Group) else node.operand)
    return quantity(node.text)[1] if isinstance(node, s.Quantity) else None
