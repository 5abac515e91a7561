"""Arithmetic and comparisons of numbers, in float64 with the same results as the interpreter's `int` and `float`.

Whole numbers beyond 2^53 have to be looked at. Where the values turn out to be no numbers, or of different dimensions,
the interpreter evaluates the expression.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...units import NONE, Unit
from .columns import EXACT, KNOWN, LOOK, UNKNOWN, Column, nothing, strict
from .frame import Frame
from .operators import Operator

_COMPARE = {
    "大于": np.greater,
    "小于": np.less,
    "不大于": np.less_equal,
    "不小于": np.greater_equal,
    "等于": np.equal,
    "不等于": np.not_equal,
}


class OfNumbers(Operator):
    """An operator over numbers; `generic` stands in where the values are something else."""

    def __init__(self, node: Any, generic: Operator, *children: Operator) -> None:
        super().__init__(node)
        self.generic = generic
        self.children = children

    def compute(self, frame: Frame) -> Column:
        columns = [child.column(frame) for child in self.children]
        if not all(column.kind == "number" for column in columns):
            unknown = [column for column in columns if column.kind == "nothing"]
            if unknown and all((column.state == UNKNOWN).all() for column in unknown):
                return nothing(len(frame), UNKNOWN)
            return self.generic.column(frame)
        with np.errstate(all="ignore"):
            result = self.numbers(*columns)
        return self.generic.column(frame) if result is None else result

    def numbers(self, *columns: Column) -> Column | None:
        """The result for numbers; None when their dimensions do not fit."""
        raise NotImplementedError


class Arithmetic(OfNumbers):
    """a ± b, a × b, a ÷ b."""

    def numbers(self, *columns: Column) -> Column | None:
        left, right = columns
        operator = self.node.operator
        if operator in "+-" and left.dimension != right.dimension:
            return None
        dimension, integer = left.dimension, left.integer and right.integer
        if operator == "+":
            values = left.values + right.values
        elif operator == "-":
            values = left.values - right.values
        elif operator == "×":
            values, dimension = left.values * right.values, dimension.times(right.dimension)
        else:
            values, dimension, integer = left.values / right.values, dimension.over(right.dimension), False
        return _computed(values, strict(left, right), dimension, integer)


def _computed(values: np.ndarray, state: np.ndarray, dimension: Any, integer: bool) -> Column:
    """Results that are no finite numbers, or whole numbers out of reach, have to be looked at."""
    doubtful = ~np.isfinite(values)
    if integer:
        doubtful |= np.abs(values) > EXACT
    state = np.where((state == KNOWN) & doubtful, LOOK, state)
    return Column("number", np.where(doubtful, 0.0, values), state, dimension=dimension, integer=integer)


class Negative(OfNumbers):
    """−a."""

    def numbers(self, *columns: Column) -> Column:
        (column,) = columns
        return _computed(-column.values, strict(column), column.dimension, column.integer)


class Convert(OfNumbers):
    """a 换算为 u."""

    def __init__(self, node: Any, generic: Operator, child: Operator, unit: Unit) -> None:
        super().__init__(node, generic, child)
        self._unit = unit

    def numbers(self, *columns: Column) -> Column | None:
        (column,) = columns
        if column.dimension != self._unit.dimension:
            return None
        factor = self._unit.factor
        values = column.values * factor.denominator
        state = strict(column)
        if column.integer:
            state = np.where((state == KNOWN) & (np.abs(values) > EXACT), LOOK, state)
        if factor.numerator == 1:
            return _computed(values, state, NONE, column.integer)
        return _computed(values / factor.numerator, state, NONE, False)


class Compare(OfNumbers):
    """大于 小于 不大于 不小于 等于 不等于."""

    sort = "condition"

    def numbers(self, *columns: Column) -> Column | None:
        left, right = columns
        if left.dimension != right.dimension:
            return None
        return Column("boolean", _COMPARE[self.node.operator](left.values, right.values), strict(left, right))


class Between(OfNumbers):
    """介于 a 至 b."""

    sort = "condition"

    def numbers(self, *columns: Column) -> Column | None:
        value, low, high = columns
        if not value.dimension == low.dimension == high.dimension:
            return None
        inside = (value.values >= low.values) & (value.values <= high.values)
        return Column("boolean", inside, strict(value, low, high))


class About(OfNumbers):
    """约等于 b，误差不超过 t."""

    sort = "condition"

    def numbers(self, *columns: Column) -> Column | None:
        left, right, tolerance = columns
        if not left.dimension == right.dimension == tolerance.dimension:
            return None
        gap = _computed(left.values - right.values, strict(left, right), NONE, left.integer and right.integer)
        return Column("boolean", np.abs(gap.values) <= tolerance.values, strict(gap, tolerance))


COMPARISONS = frozenset(_COMPARE)
