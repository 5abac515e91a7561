"""Arithmetic, relations between geometries, and three-valued conditions: 假 且 空 is 假."""

from __future__ import annotations

from typing import Any

import shapely

from ... import syntax as s
from ...constants import rounded
from ...units import AREA, LENGTH
from ..errors import Mistake, Undetermined
from ..functions import items
from ..values import amount_in, arithmetic, compare, make, split
from .state import State


class Conditions(State):
    """Evaluates arithmetic and conditions."""

    def _relation(self, node: s.Relation) -> Any:
        word = node.word.name
        result = self.space.relation(self.value(node.left), self.value(node.right), word)
        if word in ("相交面积", "相交长度"):
            return make(result, AREA if word == "相交面积" else LENGTH)
        return result

    def _distance(self, node: s.Distance) -> Any:
        metres = self.space.distance(self.value(node.left), self.value(node.right))
        return make(metres, LENGTH)

    def _touching(self, node: s.Touching) -> bool:
        return self.space.touching(self.value(node.left), self.value(node.right), node.word)

    def _negative(self, node: s.Negative) -> Any:
        number, dimension = split(self.known(node.operand))
        return make(-number, dimension)

    def _arithmetic(self, node: s.Arithmetic) -> Any:
        constant = self.program.constants.get(node)
        if constant is not None:
            return make(rounded(constant), self.program.types[node].dimension)
        left, right = self.known(node.left), self.known(node.right)
        return arithmetic(node.operator, left, right, scaling=self.program.constants.scales(node))

    def _convert(self, node: s.Convert) -> Any:
        constant = self.program.constants.get(node)
        if constant is not None:
            return rounded(constant)
        return amount_in(self.known(node.operand), node.unit.name)

    def _not(self, node: s.Not) -> bool:
        return not self.condition(node.operand)

    def _logical(self, node: s.Logical) -> bool:
        decisive = node.operator == "或"
        try:
            if self.condition(node.left) == decisive:
                return decisive
        except Undetermined:
            if self.condition(node.right) == decisive:
                return decisive
            raise
        return self.condition(node.right)

    def _compare(self, node: s.Compare) -> bool:
        left, right = self.known(node.left), self.known(node.right)
        word = node.operator
        if word in ("属于", "不属于"):
            return self._among(left, right) == (word == "属于")
        if word in ("位于", "不位于"):
            return self.space.inside(left, right) == (word == "位于")
        if word in ("包含", "不包含"):
            return self._contains(left, right) == (word == "包含")
        if word in ("开头是", "结尾是"):
            if not isinstance(left, str) or not isinstance(right, str):
                raise Mistake(f"“{word}”只能用于文字")
            return left.startswith(right) if word == "开头是" else left.endswith(right)
        return compare(word, left, right)

    def _among(self, value: Any, values: Any) -> bool:
        if any(item is None for item in items(values)):
            raise Undetermined("列表里有空值")
        return any(compare("等于", value, item) for item in values)

    def _contains(self, left: Any, right: Any) -> bool:
        if isinstance(left, str):
            if not isinstance(right, str):
                raise Mistake("“包含”两边都要是文字")
            return right in left
        if isinstance(left, list):
            return self._among(right, left)
        return self.space.inside(right, left)

    def _between(self, node: s.Between) -> bool:
        value = self.known(node.operand)
        return compare("不小于", value, self.known(node.low)) and compare("不大于", value, self.known(node.high))

    def _about(self, node: s.About) -> bool:
        left, right, tolerance = self.known(node.left), self.known(node.right), self.known(node.tolerance)
        number, dimension = split(arithmetic("-", left, right))
        return compare("不大于", make(-number if number < 0 else number, dimension), tolerance)

    def _unique(self, node: s.Unique) -> bool:
        feature = self.value(node.operand.base)  # type: ignore[attr-defined]
        value = self.known(node.operand)
        return self.space.count(feature.layer, node.operand.identifier.name, value) == 1  # type: ignore[attr-defined]

    def _empty(self, node: s.Empty) -> bool:
        return _is_empty(self.value(node.operand)) != node.negated

    def _absent(self, node: s.Absent) -> bool:
        value = self.value(node.operand)
        return _is_empty(value) or (isinstance(value, (list, dict)) and not value)


def _is_empty(value: Any) -> bool:
    """空, and a geometry without any point."""
    return value is None or (isinstance(value, shapely.Geometry) and value.is_empty)
