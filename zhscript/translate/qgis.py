"""Rules as QGIS expressions: the verdict of the current feature, as text.

What concerns other layers becomes aggregate functions; a layer is looked up in the project by the name after 来自.
QGIS gives NULL for empty results of geometry, so what cannot be known is told by conditions on the geometries instead.
"""

from __future__ import annotations

import datetime
from typing import Any

from .. import syntax as s
from ..program import Program
from .dialect import BLANKS, field_column, field_factor, field_word, join_null
from .qgis_space import QgisSpace
from .refusal import Refusal
from .terms import EMPTY, Layer, Row, Scope, Term
from .verdicts import LEVELS, Verdicts, checked_rule, global_scope

_SIGNS = {"大于": ">", "小于": "<", "不大于": "<=", "不小于": ">="}
_WILDCARDS = {"？": ".", "?": ".", "＊": ".*", "*": ".*"}


def quoted(text: str) -> str:
    """A string literal."""
    if "\0" in text:
        raise Refusal("文字里有 QGIS 不能写的零字符，请删去", None)
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"


class QgisFormulas(QgisSpace):
    """Expressions as QGIS 3.22 evaluates them."""

    target = " QGIS 表达式"

    def text(self, value: str) -> Term:
        return Term(quoted(value), "text", tight=True)

    def date(self, value: datetime.date) -> Term:
        return Term(f"make_date({value.year},{value.month},{value.day})", "date", tight=True)

    def quote(self, text: str) -> str:
        return quoted(text)

    def raw(self, row: Row, name: str) -> str:
        """The stored value of a field."""
        column = field_column(row.layer, name)
        if self.inner is None or row is self.inner:
            return '"' + column.replace('"', '""') + '"'
        return f"attribute(@parent, {quoted(column)})"

    def field(self, row: Row, name: str, kind: str) -> Term:
        raw, word = self.raw(row, name), field_word(row.layer, name)
        if word == "是否":
            yes, no = "('是', '真', '1', 'true')", "('否', '假', '0', 'false')"
            text = f"CASE WHEN to_string({raw}) IN {yes} THEN TRUE WHEN to_string({raw}) IN {no} THEN FALSE END"
            return Term(text, kind, EMPTY, True)
        if kind == "date":
            return Term(f"to_date({raw})", kind, EMPTY, True)
        if kind == "number":
            scaled = self.scaled(Term(raw, kind, EMPTY, True), field_factor(word))
            return Term(scaled.text, kind, EMPTY, scaled.text == raw)
        visible = quoted(f"[^{BLANKS}]".replace("\r", "\\r"))
        return Term(f"CASE WHEN regexp_match(to_string({raw}), {visible}) > 0 THEN {raw} END", kind, EMPTY, True)

    def double(self, term: Term) -> str:
        if term.kind not in ("number", "any"):
            raise Refusal("这里要数", None)
        return term.bracketed

    def as_date(self, term: Term) -> Term:
        if term.kind == "date" or term.text == "NULL":
            return term
        if term.kind != "any":
            raise Refusal("这里要日期", None)
        return Term(f"to_date({term.text})", "date", term.null, True)

    def compared(self, operator: str, left: Term, right: Term) -> str:
        """QGIS takes numbers that differ by less than 1e-15 for equal, so equality is written as two bounds."""
        a, b = left.bracketed, right.bracketed
        if operator in _SIGNS:
            return f"{a} {_SIGNS[operator]} {b}"
        if left.kind == "number" or right.kind == "number":
            return f"{a} <= {b} AND {a} >= {b}" if operator == "等于" else f"{a} < {b} OR {a} > {b}"
        if left.kind == "boolean":
            same = f"({a} AND {b}) OR (NOT {a} AND NOT {b})"
            return same if operator == "等于" else f"NOT ({same})"
        if left.kind == right.kind == "any":
            raise Refusal("两边的字段都没有写类型，QGIS 里分不清按文字还是按数比较；请在字段表里写上类型", None)
        return f"{a} {'=' if operator == '等于' else '<>'} {b}"

    def begins(self, left: Term, right: Term) -> str:
        return f"left({left.text}, length({right.text})) = {right.bracketed}"

    def ends(self, left: Term, right: Term) -> str:
        return f"right({left.text}, length({right.text})) = {right.bracketed}"

    def holds_text(self, left: Term, right: Term) -> str:
        return f"strpos({left.text}, {right.text}) > 0"

    def date_arithmetic(self, left: Term, right: Term, node: s.Arithmetic) -> Term:
        """A date some days later or earlier, or the days between two dates."""
        if right.kind == "date":
            return Term(f"day({left.bracketed} - {right.bracketed})", "number", join_null(left, right), True)
        amount, kind = self.program.constants.get(node.right), self.program.types[node.right]
        if amount is None or amount.denominator != 1 or not kind.dimension.day:
            raise self.refuse("不是固定天数的日期加减", node.right)
        interval = quoted(f"{amount.numerator} days")
        return Term(f"to_date({left.bracketed} {node.operator} to_interval({interval}))", "date", left.null, True)

    # -- library

    def library(self, name: str, node: Any, arguments: list[Any], scope: Scope) -> Any:
        """A call of a library function."""
        spatial = self.spatial(name, node, arguments, scope)
        if spatial is not None:
            return spatial
        terms = [self.term(argument, scope) for argument in arguments]
        first = terms[0] if terms else Term("NULL", "any")
        if name in _NUMBERS:
            text = _NUMBERS[name].format(first.bracketed)
            return Term(text, "number", join_null(first), True)
        if name in ("年份", "月份", "日数", "星期"):
            date = self.as_date(first).text
            text = f"{_PARTS[name]}({date})"
            if name == "星期":
                text = f"CASE WHEN {text} = 0 THEN 7 ELSE {text} END"
            return Term(text, "number", join_null(first), True)
        if name == "匹配":
            return self._matches(first, arguments[1])
        if name == "替换":
            return Term(f"replace({', '.join(term.text for term in terms)})", "text", join_null(*terms), True)
        if name == "相隔天数":
            days = f"abs(day({self.as_date(first).bracketed} - {self.as_date(terms[1]).bracketed}))"
            return Term(days, "number", join_null(*terms), True)
        raise self.refuse(f"“{name}”", node)

    def _matches(self, subject: Term, pattern: Any) -> Term:
        while isinstance(pattern, s.Group):
            pattern = pattern.inner
        if not isinstance(pattern, s.Text):
            raise self.refuse("不是直接写出的匹配样式", pattern)
        pieces = (_WILDCARDS.get(c) or (c if c.isalnum() else f"\\{c}") for c in pattern.value)
        text = f"regexp_match({subject.text}, {quoted('^(?s)' + ''.join(pieces) + '$(?!.)')}) > 0"
        return Term(text, "boolean", join_null(subject))

    def unique(self, layer: Layer, name: str, value: Term) -> Term:
        """Whether one feature only has this value in a field."""
        main: Any = self.main
        counted = self.aggregate(
            layer,
            "count",
            lambda _: "1",
            lambda row: self.compared("等于", self.field(row, name, value.kind), self.field(main, name, value.kind)),
        )
        text = f"CASE WHEN {value.bracketed} IS NOT NULL THEN {counted} = 1 END"
        return Term(text, "boolean", join_null(value), True)

    main: Any = None


_PARTS = {"年份": "year", "月份": "month", "日数": "day", "星期": "day_of_week"}
_LONG = "[\\\\x{10000}-\\\\x{10FFFF}]"  # QGIS counts these characters twice
_NUMBERS = {
    "绝对值": "abs({0})",
    "平方": "({0} * {0})",
    "平方根": "sqrt({0})",
    "取整": "CASE WHEN {0} < 0 THEN ceil({0}) ELSE floor({0}) END",
    "字数": "length(regexp_replace({0}, '" + _LONG.replace("{", "{{").replace("}", "}}") + "', 'x'))",
}


def rule_expression(program: Program, rule: s.Rule) -> str:
    """An expression whose value for a feature is the verdict. Raises `Refusal` where a part has no counterpart."""
    formulas = QgisFormulas(program)
    formulas.globals = global_scope(formulas)
    if program.area_basis != "plane" and program.measures:
        raise Refusal("椭球面积在 QGIS 里的算法不同，结论可能不一样，不能翻译", rule)
    part = checked_rule(formulas, rule, "main")
    formulas.main = part.row
    level = Verdicts(formulas, "max", part).level()
    words = ", ".join(map(quoted, LEVELS))
    return f"array_get(array({words}),\n{level})"
