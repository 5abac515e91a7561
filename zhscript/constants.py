"""Constant expressions: computed exactly, rounded once where they meet the numbers of a run.

A constant is made of literals, sums, products, conversions and names that are bound to constants (设定, 参数), so
15亩 等于 1公顷 and 三分之一 乘以 3 等于 1 hold. Powers and roots are not folded.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Optional, Union

from . import syntax as s
from .units import find_unit

_LARGEST = 4096  # bits of numerator and denominator; beyond that the run computes


def rounded(value: Fraction) -> Union[int, float]:
    """The number of a run: whole numbers stay exact, others become the nearest float (whole when out of its range)."""
    if value.denominator == 1:
        return value.numerator
    try:
        return float(value)
    except OverflowError:
        return value.numerator // value.denominator


class Constants:
    """The exact values of constant expressions, by node; the checker notes them while it walks the tree."""

    def __init__(self) -> None:
        self._values: dict[Any, Fraction] = {}

    def get(self, node: Any) -> Optional[Fraction]:
        """The exact value of an expression in base units, None when it is no constant."""
        kind = type(node)
        if kind is s.Number or kind is s.Quantity:
            return node.value
        if kind is s.Group:
            return self.get(node.inner)
        return self._values.get(node)

    def update(self, other: Constants) -> None:
        """Take over what is known of the nodes of another file."""
        self._values.update(other._values)

    def scales(self, node: s.Arithmetic) -> bool:
        """Whether one side of a product is a constant."""
        return self.get(node.left) is not None or self.get(node.right) is not None

    def put(self, node: Any, value: Optional[Fraction]) -> None:
        """Note that a name stands for a constant."""
        if value is not None:
            self._values[node] = value

    def negative(self, node: s.Negative) -> None:
        """Note −a."""
        value = self.get(node.operand)
        if value is not None:
            self._values[node] = -value

    def convert(self, node: s.Convert) -> None:
        """Note a 换算为 u."""
        value, unit = self.get(node.operand), find_unit(node.unit.name)
        if value is not None and unit is not None:
            self._values[node] = value / unit.factor

    def arithmetic(self, node: s.Arithmetic) -> None:
        """Note a ± b, a × b, a ÷ b. A division by zero is left to the run."""
        left = self.get(node.left)
        if left is None:
            return
        right = self.get(node.right)
        if right is None or (node.operator == "÷" and right == 0):
            return
        value = _computed(node.operator, left, right)
        if max(value.numerator.bit_length(), value.denominator.bit_length()) <= _LARGEST:
            self._values[node] = value


def _computed(operator: str, left: Fraction, right: Fraction) -> Fraction:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "×" else left / right
