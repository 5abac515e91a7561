"""Dimensions of arithmetic and operands of conditions."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..diagnostics import Edit, Fix
from ..library import RELATION_TYPES
from ..types import ANY, BOOLEAN, DATE, FAILED, NUMBER, Type, different_bases, number_of
from ..units import AREA, DAYS, LENGTH, MONTHS, NONE, Dimension, find_unit, unit_name
from .fitting import Fitting

_ORDERING = frozenset({"大于", "小于", "不大于", "不小于"})


def _of_basis(dimension: Dimension, left: Type, right: Type) -> Type:
    """A product or quotient: an area stays one of its basis when it is multiplied or divided by a plain number."""
    basis = left.basis if right.dimension == NONE else right.basis if left.dimension == NONE else ""
    return Type("number", dimension, basis=basis if dimension == AREA else "")


class Conditions(Fitting):
    """Checks arithmetic, comparisons, logic and relations between geometries."""

    def _relation(self, node: s.Relation) -> Type:
        self.shape(node.left)
        self.shape(node.right)
        self._measuring(node.word.name)
        result = RELATION_TYPES[node.word.name]
        return result if isinstance(result, Type) else Type("number", AREA, basis=self.basis)

    def _distance(self, node: s.Distance) -> Type:
        self.shape(node.left)
        self.shape(node.right)
        self._measuring("距离")
        return number_of(LENGTH)

    def _touching(self, node: s.Touching) -> Type:
        self.shape(node.left)
        self.shape(node.right)
        return BOOLEAN

    def _quantities(self, *operands: Any) -> Optional[list[Type]]:
        kinds = [self.type_of(operand) for operand in operands]
        for kind, operand in zip(kinds, operands):
            if kind.kind not in ("number", "any"):
                self._error("ZH237", f"这里要数，现在是{kind}", operand)
                return None
        return None if any(kind.kind == "any" for kind in kinds) else kinds

    def _negative(self, node: s.Negative) -> Type:
        kinds = self._quantities(node.operand)
        self.constants.negative(node)
        return kinds[0] if kinds else ANY

    def _arithmetic(self, node: s.Arithmetic) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        self.constants.arithmetic(node)
        if node.operator in "+-":
            return self._sum(node, left, right)
        for kind, operand in ((left, node.left), (right, node.right)):
            if kind.kind not in ("number", "any"):
                return self._error("ZH237", f"这里要数，现在是{kind}", operand)
        if "any" in (left.kind, right.kind):
            other = right if left.kind == "any" else left
            if other.kind == "number" and other.dimension != NONE:
                if node.operator == "÷" and right.kind != "any":
                    return ANY
                return other if node.operator == "×" or right.kind == "any" else ANY
            return ANY
        if node.operator == "×":
            return _of_basis(left.dimension.times(right.dimension), left, right)
        if isinstance(node.right, (s.Number, s.Quantity)) and node.right.value == 0:
            return self._error("ZH238", "除数是零", node.right)
        return _of_basis(left.dimension.over(right.dimension), left, right)

    def _sum(self, node: s.Arithmetic, left: Type, right: Type) -> Type:
        word = "加上" if node.operator == "+" else "减去"
        if left.kind == "date":
            if right.kind == "date" and node.operator == "-":
                return number_of(DAYS)
            if right.kind == "any" or (right.kind == "number" and right.dimension in (DAYS, MONTHS)):
                return DATE if right.kind != "any" else ANY
            return self._error("ZH239", f"日期不能{word}{right}；可以加减 天、个月、年", node)
        if "text" in (left.kind, right.kind):
            return self._error("ZH240", "文字不能加减；要连成一段，请把式子写进“{}”里，或先“转为数值”", node)
        for kind, operand in ((left, node.left), (right, node.right)):
            if kind.kind not in ("number", "any"):
                return self._error("ZH237", f"这里要数，现在是{kind}", operand)
        if "any" in (left.kind, right.kind):
            known, operand = (right, node.left) if left.kind == "any" else (left, node.right)
            if known.kind == "number" and known.dimension != NONE:
                return self._unitless(operand, known)
            return ANY
        if different_bases(left, right):
            return self._mixed_bases(left, right, node)
        if left.dimension != right.dimension:
            return self._error("ZH241", f"{left}不能{word}{right}，单位不是一类", node)
        return right if right.basis else left

    def _unitless(self, operand: Any, known: Type) -> Type:
        """A field without a unit meets a quantity: which unit its numbers have is not known."""
        if not isinstance(operand, s.Member) or self.type_of(operand.base).kind != "feature":
            return ANY
        identifier = operand.identifier
        layer = self.layers.get(self.type_of(operand.base).layer)
        if self.type_of(operand).failed:
            return FAILED
        if layer is None or layer.field_type(identifier.name) is None:
            return ANY
        unit = unit_name(known.dimension)
        example = f"{identifier.text}（{unit}）"
        message = f"字段“{identifier.text}”没有写单位，不能与{known}一起用；请在字段表里写上，例如 {example}"
        return self._error("ZH242", message, operand)

    def _convert(self, node: s.Convert) -> Type:
        kinds = self._quantities(node.operand)
        self.constants.convert(node)
        unit = find_unit(node.unit.name)
        if unit is None:
            return self._error("ZH208", f"不认识单位“{node.unit.text}”", node.unit)
        if kinds and kinds[0].dimension != unit.dimension:
            return self._error("ZH243", f"{kinds[0]}不能换算为“{node.unit.text}”", node)
        return NUMBER

    def _not(self, node: s.Not) -> Type:
        self.condition(node.operand)
        return BOOLEAN

    def _logical(self, node: s.Logical) -> Type:
        for side in (node.left, node.right):
            if isinstance(side, s.Logical) and side.operator != node.operator:
                self._mixed(node, side)
            self.condition(side)
        return BOOLEAN

    def _mixed(self, node: s.Logical, inner: s.Logical) -> None:
        """且 and 或 without brackets: both readings are offered."""

        def brackets(start: int, end: int) -> tuple:
            return (Edit(start, start, "（"), Edit(end, end, "）"))

        other = (inner.right.start, node.right.end) if inner is node.left else (node.left.start, inner.left.end)
        fixes = (
            Fix(f"先算“{inner.operator}”", brackets(inner.start, inner.end)),
            Fix(f"先算“{node.operator}”", brackets(*other)),
        )
        self._error("ZH210", "“且”和“或”混着用，看不出先算哪一个；请加括号", node, *fixes)

    def _compare(self, node: s.Compare) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        word = node.operator
        if word in ("属于", "不属于"):
            self._member_test(node, left, right)
        elif word in ("包含", "不包含"):
            self._contains(node, left, right)
        elif word in ("位于", "不位于"):
            for kind, operand in ((left, node.left), (right, node.right)):
                if not kind.is_shape:
                    self._error("ZH223", f"这里要写图形，现在是{kind}", operand)
        elif word in ("开头是", "结尾是"):
            for kind, operand in ((left, node.left), (right, node.right)):
                if kind.kind not in ("text", "any"):
                    self._error("ZH222", f"这里要文字，现在是{kind}", operand)
        else:
            self._comparable(node, left, right, word in _ORDERING, node.left, node.right)
        return BOOLEAN

    def _comparable(self, node: Any, left: Type, right: Type, ordered: bool, a: Any, b: Any) -> None:
        if "null" in (left.kind, right.kind):
            self._error("ZH244", "与空比较请写“为空”或“不为空”", node)
            return
        if "any" in (left.kind, right.kind):
            known, operand = (right, a) if left.kind == "any" else (left, b)
            if known.kind == "number" and known.dimension != NONE:
                self._unitless(operand, known)
            return
        if left.kind != right.kind or (left.kind == "number" and left.dimension != right.dimension):
            detail = "；天数和月数长短不定，不能比较" if {left.dimension, right.dimension} == {DAYS, MONTHS} else ""
            self._error("ZH245", f"{left}不能与{right}比较{detail}", node)
        elif different_bases(left, right):
            self._mixed_bases(left, right, node)
        elif left.kind not in ("number", "text", "date", "boolean"):
            self._error("ZH245", f"{left}不能比较", node)
        elif ordered and left.kind in ("boolean", "text"):
            self._error("ZH245", f"{left}不能比大小", node)

    def _member_test(self, node: s.Compare, left: Type, right: Type) -> None:
        if right.kind not in ("list", "any"):
            self._error("ZH246", f"“{node.operator}”后面要写列表，例如（“甲”，“乙”），现在是{right}", node.right)
        elif right.item and right.item.kind != "any" and left.kind != "any":
            self._comparable(node, left, right.item, False, node.left, node.right)

    def _contains(self, node: s.Compare, left: Type, right: Type) -> None:
        if "any" in (left.kind, right.kind) or (left.kind == right.kind == "text"):
            return
        if left.kind == "list":
            if left.item and left.item.kind != "any":
                self._comparable(node, left.item, right, False, node.left, node.right)
        elif not (left.is_shape and right.is_shape):
            self._error("ZH247", f"{left}不能“{node.operator}”{right}", node)

    def _between(self, node: s.Between) -> Type:
        kinds = [self.type_of(part) for part in (node.operand, node.low, node.high)]
        self._comparable(node, kinds[0], kinds[1], True, node.operand, node.low)
        self._comparable(node, kinds[0], kinds[2], True, node.operand, node.high)
        return BOOLEAN

    def _about(self, node: s.About) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        self._comparable(node, left, right, True, node.left, node.right)
        if node.tolerance is None:
            return self._error("ZH248", "“约等于”后面要写“误差不超过 …”", node)
        self._comparable(node, left, self.type_of(node.tolerance), True, node.left, node.tolerance)
        return BOOLEAN

    def _unique(self, node: s.Unique) -> Type:
        operand: Any = node.operand
        self.type_of(operand)
        layer = self.type_of(node.layer)
        base = self.type_of(operand.base) if isinstance(operand, s.Member) else ANY
        field = isinstance(operand, s.Member) and base.kind == "feature" and base.layer in self.layers
        is_field = field and self.layers[base.layer].field_type(operand.identifier.name) is not None
        if not is_field or layer.kind != "layer" or layer.layer != base.layer or isinstance(node.layer, s.Others):
            self._error("ZH249", "“中唯一”要写成“甲的字段 在 图层 中唯一”，字段属于这个图层", node)
        return BOOLEAN

    def _empty(self, node: s.Empty) -> Type:
        self.type_of(node.operand)
        return BOOLEAN

    def _absent(self, node: s.Absent) -> Type:
        self.type_of(node.operand)
        return BOOLEAN
