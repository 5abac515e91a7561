"""Conditions as Python. Those that can end with 无法判断 are handed over as functions: the other side may settle it."""

from __future__ import annotations

from typing import Any

from .. import syntax as s
from .python_base import AND, CHOICE, COMPARISON, NOT, OR, PRODUCT, SUM, Code, PythonBase, has_unit
from .refusal import Refusal

_ORDER = {"大于": ">", "小于": "<", "不大于": "<=", "不小于": ">=", "等于": "==", "不等于": "!="}


class PythonConditions(PythonBase):
    """Writes comparisons, logic and choices."""

    def _not(self, node: s.Not) -> Code:
        return Code("not " + self.condition(node.operand, NOT), NOT)

    def _logical(self, node: s.Logical) -> Code:
        left, right = self.condition(node.left), self.condition(node.right)
        if not self.settled(node.left):
            return Code(f"{node.operator}(lambda: {left}, lambda: {right})")
        word, level = ("and", AND) if node.operator == "且" else ("or", OR)
        return Code(f"{self.condition(node.left, level)} {word} {self.condition(node.right, level)}", level)

    def settled(self, node: Any) -> bool:
        """Whether evaluating it cannot end with 无法判断."""
        if isinstance(node, s.Group):
            return self.settled(node.inner)
        if self.program.constants.get(node) is not None or isinstance(node, (s.Text, s.Date, s.Name)):
            return not isinstance(node, s.Name) or self.settled_name(node.identifier.name)
        if isinstance(node, s.Template):
            return True
        if isinstance(node, s.Compare):
            plain = node.operator in _ORDER and self._comparable(node.left, node.right)
            return plain and self._sure_and_settled(node.left, node.right)
        if isinstance(node, s.Arithmetic):
            numbers = self.kind(node.left) == self.kind(node.right) == "number"
            safe = node.operator != "÷" or bool(self.program.constants.get(node.right))
            return numbers and safe and self._sure_and_settled(node.left, node.right)
        if isinstance(node, s.Convert):
            return self._sure_and_settled(node.operand)
        if isinstance(node, s.Not):
            return self.settled(node.operand) and self.kind(node.operand) == "boolean" and self.sure.sure(node.operand)
        if isinstance(node, s.Logical):
            sides = (node.left, node.right)
            return self._sure_and_settled(*sides) and all(self.kind(side) == "boolean" for side in sides)
        if isinstance(node, (s.Empty, s.Absent)):
            return self.settled(node.operand)
        return isinstance(node, s.ListOf) and all(map(self.settled, node.items))

    def settled_name(self, _name: str) -> bool:
        """Whether a name has a value wherever it can be used."""
        return True

    def _sure_and_settled(self, *nodes: Any) -> bool:
        return all(self.sure.sure(node) and self.settled(node) for node in nodes)

    def _comparable(self, left: Any, right: Any) -> bool:
        kinds = {self.kind(left), self.kind(right)}
        return len(kinds) == 1 and kinds <= {"number", "text", "date", "boolean"}

    def _comparison(self, operator: str, left: Any, right: Any) -> Code:
        sign = _ORDER[operator]
        if self._comparable(left, right):
            return Code(f"{self.known(left, SUM)} {sign} {self.known(right, SUM)}", COMPARISON)
        return Code(f"比较({sign!r}, {self.given(left, None)}, {self.given(right, None)})")

    def _compare(self, node: s.Compare) -> Code:
        word = node.operator
        if word in _ORDER:
            return self._comparison(word, node.left, node.right)
        if word in ("属于", "不属于"):
            return self._turned(Code(f"属于({self._any(node.left, node.right)})"), word == "属于")
        if word in ("开头是", "结尾是"):
            method = "startswith" if word == "开头是" else "endswith"
            return Code(f"文字值({self.text(node.left)}).{method}(文字值({self.text(node.right)}))")
        if word in ("包含", "不包含") and self.kind(node.left) in ("text", "list"):
            if self.kind(node.left) == "list":
                return self._turned(Code(f"属于({self._any(node.right, node.left)})"), word == "包含")
            sign = "in" if word == "包含" else "not in"
            return Code(f"文字值({self.text(node.right)}) {sign} 文字值({self.text(node.left)})", COMPARISON)
        return self.spatial_comparison(node)

    def _any(self, item: Any, group: Any) -> str:
        """A value and a list, whose numbers have the same unit or none."""
        kinds = (self.types[item], self.types[group].item)
        if has_unit(kinds[0]) != has_unit(kinds[1]):
            raise Refusal("带单位的数和没有写类型的值不能比较", item)
        return f"{self.text(item)}, {self.text(group)}"

    def _turned(self, code: Code, holds: bool) -> Code:
        return code if holds else Code(f"not {code.at(NOT)}", NOT)

    def spatial_comparison(self, node: s.Compare) -> Code:
        """位于, and 包含 of shapes."""
        raise self.refuse(f"“{node.operator}”", node)

    def _between(self, node: s.Between) -> Code:
        if self._comparable(node.operand, node.low) and self._comparable(node.operand, node.high):
            value, low, high = (self.known(part, SUM) for part in (node.operand, node.low, node.high))
            return Code(f"{value} >= {low} and {value} <= {high}", AND)
        raise self.refuse("没有写类型的值的“介于”", node)

    def _about(self, node: s.About) -> Code:
        if {self.kind(part) for part in (node.left, node.right, node.tolerance)} != {"number"}:
            raise self.refuse("没有写类型的值的“约等于”", node)
        left, right, tolerance = self.known(node.left, SUM), self.known(node.right, PRODUCT), node.tolerance
        return Code(f"abs({left} - {right}) <= {self.known(tolerance, SUM)}", COMPARISON)

    def _empty(self, node: s.Empty) -> Code:
        if self.kind(node.operand) in ("number", "text", "date", "boolean", "list", "mapping"):
            return Code(f"{self.code(node.operand).at(SUM)} is {'not ' if node.negated else ''}None", COMPARISON)
        return self._turned(Code(f"是空({self.text(node.operand)})"), not node.negated)

    def _absent(self, node: s.Absent) -> Code:
        return Code(f"没有({self.text(node.operand)})")

    def _choose(self, node: s.Choose) -> Code:
        wanted = self.types[node]
        text = self.given(node.otherwise, wanted)
        for condition, value in reversed(node.choices):
            text = f"{Code(self.given(value, wanted), CHOICE).at(OR)} if {self.condition(condition, OR)} else {text}"
        return Code(text, CHOICE)
