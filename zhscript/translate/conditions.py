"""Arithmetic and conditions as formulas."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .. import syntax as s
from ..units import find_unit
from .dialect import Dialect, join_null
from .refusal import Refusal
from .terms import EMPTY, NEVER, UNKNOWN, Items, Layer, Located, Row, Scope, Selection, Term, Value

_ORDER = frozenset({"大于", "小于", "不大于", "不小于", "等于", "不等于"})


class Conditions(Dialect):
    """Writes arithmetic and conditions; the subclass finds values of other expressions."""

    def value(self, node: Any, scope: Scope) -> Value:
        """A formula, or one of the things that are none: a feature, a layer, a list."""
        raise NotImplementedError

    def term(self, node: Any, scope: Scope) -> Term:
        """A formula of one value."""
        raise NotImplementedError

    def condition(self, node: Any, scope: Scope) -> Term:
        """A formula of a condition."""
        term = self.term(node, scope)
        if term.kind not in ("boolean", "any"):
            raise Refusal("这里要写条件", node)
        return term

    def _negative(self, node: s.Negative, scope: Scope) -> Value:
        term = self.term(node.operand, scope)
        return Term(f"-{term.bracketed}", "number", join_null(term), double=term.double)

    def _arithmetic(self, node: s.Arithmetic, scope: Scope) -> Value:
        left, right = self.term(node.left, scope), self.term(node.right, scope)
        if left.kind == "date" or (right.kind == "date" and node.operator == "-"):
            return self.date_arithmetic(self.as_date(left), right, node)
        a, b = self.double(left), self.double(right)
        null = join_null(left, right)
        if node.operator == "÷":
            divisor = self.program.constants.get(node.right)
            if divisor is None or divisor == 0:
                b, null = f"NULLIF({b}, 0)", UNKNOWN
        sign = {"×": "*", "÷": "/"}.get(node.operator, node.operator)
        return Term(f"{a} {sign} {b}", "number", null, double=True)

    def _convert(self, node: s.Convert, scope: Scope) -> Value:
        unit = find_unit(node.unit.name)
        term = self.term(node.operand, scope)
        if unit is None:
            raise self.refuse(f"“{node.unit.text}”", node)
        return self.scaled(term, 1 / unit.factor)

    def scaled(self, term: Term, factor: Fraction) -> Term:
        """A number of other units."""
        if factor == 1:
            return term
        text = self.double(term)
        if factor.numerator != 1:
            text += f" * {factor.numerator}"
        if factor.denominator != 1:
            text += f" / {factor.denominator}"
        return Term(text, "number", term.null, double=True)

    def _not(self, node: s.Not, scope: Scope) -> Value:
        term = self.condition(node.operand, scope)
        return Term(f"NOT {term.bracketed}", "boolean", join_null(term))

    def _logical(self, node: s.Logical, scope: Scope) -> Value:
        left, right = self.condition(node.left, scope), self.condition(node.right, scope)
        word = "AND" if node.operator == "且" else "OR"
        return Term(f"{left.bracketed} {word} {right.bracketed}", "boolean", join_null(left, right))

    def _pair(self, left: Term, right: Term, node: Any) -> tuple[Term, Term]:
        """Both sides of a comparison, as values of one sort."""
        if "date" in (left.kind, right.kind):
            return self.as_date(left), self.as_date(right)
        if "any" not in (left.kind, right.kind) and left.kind != right.kind:
            raise Refusal("两边的值不是一类，不能比较", node)
        return left, right

    def _comparison(self, operator: str, left: Term, right: Term, node: Any) -> Term:
        left, right = self._pair(left, right, node)
        return Term(self.compared(operator, left, right), "boolean", join_null(left, right))

    def _compare(self, node: s.Compare, scope: Scope) -> Value:
        word = node.operator
        if word in ("位于", "不位于"):
            return self._turned(self.inside(node.left, node.right, scope), word == "位于")
        if word in ("属于", "不属于"):
            return self._turned(self._among(node.left, node.right, node, scope), word == "属于")
        if word in ("包含", "不包含"):
            return self._turned(self._contains(node, scope), word == "包含")
        left, right = self.term(node.left, scope), self.term(node.right, scope)
        if word in _ORDER:
            return self._comparison(word, left, right, node)
        text = self.begins(left, right) if word == "开头是" else self.ends(left, right)
        return Term(text, "boolean", join_null(left, right))

    def _turned(self, term: Term, holds: bool) -> Term:
        return term if holds else Term(f"NOT {term.bracketed}", "boolean", term.null)

    def _among(self, item: Any, group: Any, node: Any, scope: Scope) -> Term:
        value, items = self.term(item, scope), self.value(group, scope)
        if not isinstance(items, Items):
            raise self.refuse("不是直接列出的列表", group)
        terms = [self.term(each, items.scope) for each in items.nodes]
        tests = [self._comparison("等于", value, each, node) for each in terms]
        text = " OR ".join(test.bracketed for test in tests) or "FALSE"
        needed = [term for term in terms if term.null != NEVER] + ([] if tests else [value])
        if any(term.null != NEVER for term in needed):
            known = " AND ".join(f"{term.bracketed} IS NOT NULL" for term in needed if term.null != NEVER)
            text = f"CASE WHEN {known} THEN {text} END"
        return Term(text, "boolean", join_null(value, *terms))

    def _contains(self, node: s.Compare, scope: Scope) -> Term:
        left = self.value(node.left, scope)
        if isinstance(left, Items):
            return self._among(node.right, node.left, node, scope)
        if isinstance(left, Term) and left.kind in ("text", "any"):
            right = self.term(node.right, scope)
            return Term(self.holds_text(left, right), "boolean", join_null(left, right))
        return self.inside(node.right, node.left, scope)

    def _between(self, node: s.Between, scope: Scope) -> Value:
        value, low, high = (self.term(part, scope) for part in (node.operand, node.low, node.high))
        over = self._comparison("不小于", value, low, node)
        under = self._comparison("不大于", value, high, node)
        if over.null == NEVER or low.null == high.null == NEVER:
            return Term(f"{over.bracketed} AND {under.bracketed}", "boolean", join_null(over, under))
        text = f"CASE WHEN {over.text} THEN {under.text} WHEN NOT {over.bracketed} THEN FALSE END"
        return Term(text, "boolean", UNKNOWN)

    def _about(self, node: s.About, scope: Scope) -> Value:
        left, right, tolerance = (self.term(part, scope) for part in (node.left, node.right, node.tolerance))
        if "date" in (left.kind, right.kind):
            raise self.refuse("日期的“约等于”", node)
        distance = Term(
            f"abs({self.double(left)} - {self.double(right)})", "number", join_null(left, right), True, True
        )
        return self._comparison("不大于", distance, tolerance, node)

    def _empty(self, node: s.Empty, scope: Scope) -> Value:
        return self._turned(self.emptiness(node.operand, scope), not node.negated)

    def _absent(self, node: s.Absent, scope: Scope) -> Value:
        value = self.value(node.operand, scope)
        if isinstance(value, Selection):
            count = self.selected(value, "个数", node)
            return Term(f"{count.bracketed} = 0", "boolean", count.null)
        if isinstance(value, Items):
            return Term("FALSE" if value.nodes else "TRUE", "boolean", tight=True)
        return self.emptiness(node.operand, scope)

    def emptiness(self, node: Any, scope: Scope) -> Term:
        """Whether a value is 空."""
        value = self.value(node, scope)
        if isinstance(value, Located):
            return Term(self.is_none(value), "boolean", UNKNOWN)
        if isinstance(value, Row):
            return Term("FALSE", "boolean", tight=True)
        if not isinstance(value, Term):
            raise self.refuse("这里的“为空”", node)
        if value.kind == "shape":
            return Term(self.without_points(value), "boolean", join_null(value))
        if value.null == EMPTY:
            return Term(f"{value.bracketed} IS NULL", "boolean")
        if value.null == NEVER:
            return Term("FALSE", "boolean", tight=True)
        if self.mixed(node):
            raise self.refuse("这里的“为空”（分不清空和无法判断）", node)
        return Term(f"CASE WHEN {value.bracketed} IS NULL THEN NULL ELSE FALSE END", "boolean", UNKNOWN)

    def mixed(self, node: Any) -> bool:
        """Whether an expression may be 空 as well as 无法判断."""
        while isinstance(node, s.Group):
            node = node.inner
        return not isinstance(node, (s.Arithmetic, s.Negative, s.Convert, s.Template))

    def _choose(self, node: s.Choose, scope: Scope) -> Value:
        choices = [(self.condition(test, scope), self.term(value, scope)) for test, value in node.choices]
        return self.choice(choices, self.term(node.otherwise, scope))

    def choice(self, choices: list[tuple[Term, Term]], otherwise: Term) -> Term:
        """如果 … 则取 …: a condition that cannot be known makes the value unknown."""
        text = ""
        values = [value for _, value in choices] + [otherwise]
        for condition, value in choices:
            if condition.null != NEVER:
                text += f"WHEN {condition.bracketed} IS NULL THEN NULL "
            text += f"WHEN {condition.text} THEN {value.text} "
        kinds = {value.kind for value in values if value.text != "NULL"} or {"any"}
        kind = kinds.pop() if len(kinds) == 1 else "any"
        known = all(condition.null == NEVER for condition, _ in choices)
        nulls = {value.null for value in values} - {NEVER}
        null = UNKNOWN if not known or UNKNOWN in nulls else EMPTY if nulls else NEVER
        double = all(value.double for value in values)
        return Term(f"CASE {text}ELSE {otherwise.text} END", kind, null, tight=True, double=double)

    def _unique(self, node: s.Unique, scope: Scope) -> Value:
        operand: Any = node.operand
        layer = self.value(node.layer, scope)
        if not isinstance(layer, Layer) or not isinstance(self.value(operand.base, scope), Row):
            raise self.refuse("“中唯一”", node)
        return self.unique(layer, operand.identifier.name, self.term(operand, scope))
