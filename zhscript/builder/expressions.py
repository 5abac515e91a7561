"""Nodes of expressions: literals, chains of 的, relations, arithmetic, conditions and queries."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction
from typing import Any

from .. import syntax as s
from ..characters import normalize
from ..lexer import Lexeme
from ..templates import has_braces, split_template
from ..units import number, quantity, ratio
from ..vocabulary import RELATIONS
from .base import BuilderBase, plain

_DATE = re.compile("([0-9]{4})年(?:([0-9]{1,2})月)?(?:([0-9]{1,2})日)?")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_COMPARE_WORDS = {
    "＞": "大于",
    ">": "大于",
    "＜": "小于",
    "<": "小于",
    **dict.fromkeys("≥≧⩾", "不小于"),
    **dict.fromkeys("≤≦⩽", "不大于"),
    "﹥": "大于",
    "﹤": "小于",
    ">=": "不小于",
    "<=": "不大于",
    "≠": "不等于",
    "!=": "不等于",
}
_CHAINED = (s.Member, s.MeasuredMember, s.Item, s.LastItem, s.Located)
_DISTANCE = frozenset({"距离"})


def compare_word(text: str) -> str:
    """The Chinese word of a comparison."""
    return _COMPARE_WORDS.get(text, text)


class ExpressionBuilder(BuilderBase):
    """Builds the nodes of expressions."""

    # -- literals and names

    def build_name(self, start: int, end: int, children: list[Any]) -> s.Name:
        return s.Name(start, end, children[0])

    def build_other(self, start: int, end: int, children: list[Any]) -> s.Others:
        return s.Others(start, end, children[0])

    def build_number(self, start: int, end: int, children: list[Any]) -> s.Number:
        return s.Number(start, end, number(children[0].text))

    def build_ratio(self, start: int, end: int, children: list[Any]) -> s.Number:
        try:
            value = ratio(children[0].text)
        except ZeroDivisionError:
            self._problem("ZH111", "分母不能是零", start, end)
            value = Fraction(0)
        return s.Number(start, end, value)

    def build_quantity(self, _start: int, _end: int, children: list[Any]) -> s.Quantity:
        return self._quantity(children[0])

    def _quantity(self, lexeme: Lexeme) -> s.Quantity:
        value, unit = quantity(lexeme.text)
        return s.Quantity(lexeme.start, lexeme.end, value * unit.factor, unit.dimension, lexeme.text)

    def build_date(self, start: int, end: int, children: list[Any]) -> s.Date:
        return s.Date(start, end, self._date(children[0]))

    def _date(self, lexeme: Lexeme) -> datetime.date:
        match = _DATE.search(lexeme.text.translate(_DIGITS))
        year, month, day = match.groups() if match else (None, None, None)
        if not day:
            self._problem("ZH112", "日期要写全年、月、日，例如 2024年6月1日", lexeme.start, lexeme.end)
            return datetime.date(2000, 1, 1)
        try:
            return datetime.date(int(year or 0), int(month or 0), int(day))
        except ValueError:
            self._problem("ZH113", f"没有“{lexeme.text}”这一天", lexeme.start, lexeme.end)
            return datetime.date(2000, 1, 1)

    def build_text(self, _start: int, _end: int, children: list[Any]) -> Any:
        return self._text(children[0])

    def _text(self, lexeme: Lexeme) -> Any:
        text, start, end = lexeme.text, lexeme.start, lexeme.end
        if text[0] == "「" or not has_braces(text):
            return s.Text(start, end, text[1:-1])
        parts: list[Any] = []
        for piece in split_template(text, start, self.problems):
            if isinstance(piece, str):
                parts.append(piece)
                continue
            expression = self._parse_hole(piece.text, piece.start)
            if expression is not None:
                formats = [s.Identifier(*word, word[2]) for word in piece.formats]
                parts.append(s.Hole(piece.start, piece.start + len(piece.text), expression, formats))
        if all(isinstance(part, str) for part in parts):
            return s.Text(start, end, "".join(parts))
        return s.Template(start, end, parts)

    def build_reference(self, start: int, end: int, children: list[Any]) -> s.Reference:
        return s.Reference(start, end, children[0].text, plain(children[1].text))

    def build_group(self, start: int, end: int, children: list[Any]) -> s.Group:
        return s.Group(start, end, children[0])

    def build_list(self, start: int, end: int, children: list[Any]) -> s.ListOf:
        return s.ListOf(start, end, children)

    # -- chains

    def build_member(self, start: int, end: int, children: list[Any]) -> s.Member:
        return s.Member(start, end, children[0], children[1])

    def build_measured_member(self, start: int, end: int, children: list[Any]) -> s.MeasuredMember:
        base, identifier = children[0], children[2]
        return s.MeasuredMember(start, end, base, self._quantity(children[1]), identifier)

    def build_text_item(self, start: int, end: int, children: list[Any]) -> s.Item:
        return s.Item(start, end, children[0], self._text(children[1]), False)

    def build_item(self, start: int, end: int, children: list[Any]) -> s.Item:
        base, key = children
        return s.Item(start, end, base, key, False)

    def build_ordinal(self, start: int, end: int, children: list[Any]) -> Any:
        base, lexeme = children[0], children[1]
        if lexeme.text == "最后一个":
            return s.LastItem(start, end, base)
        key = s.Number(lexeme.start, lexeme.end, number(lexeme.text[1:-1]))
        return s.Item(start, end, base, key, True)

    def build_numbered_item(self, start: int, end: int, children: list[Any]) -> s.Item:
        base, key = children
        return s.Item(start, end, base, key, True)

    def build_located(self, start: int, end: int, children: list[Any]) -> s.Located:
        return s.Located(start, end, children[0], children[1])

    def build_call(self, start: int, end: int, children: list[Any]) -> Any:
        function = children[0]
        arguments = children[1] if len(children) > 1 else []
        if isinstance(function, s.Member):
            return s.Call(start, end, function.identifier, function.base, arguments)
        if isinstance(function, s.Name):
            return s.Call(start, end, function.identifier, None, arguments)
        if isinstance(function, s.Reference) and function.kind == "工具":
            return s.ToolCall(start, end, function.title, arguments)
        if isinstance(function, s.Reference) and function.kind == "功能":
            # the text ends where the reference ends, with its closing mark
            first = function.end - 1 - len(function.title)
            title = s.Identifier(first, function.end - 1, normalize(function.title), function.title)
            return s.OperationCall(start, end, title, arguments)
        self._problem("ZH114", "括号前面要有函数的名字", function.start, function.end)
        return function

    def build_arguments(self, _start: int, _end: int, children: list[Any]) -> list[s.Argument]:
        return [
            child if type(child) is s.Argument else s.Argument(child.start, child.end, None, child)
            for child in children
        ]

    def build_named(self, start: int, end: int, children: list[Any]) -> s.Argument:
        return s.Argument(start, end, children[0], children[1])

    def build_key(self, start: int, end: int, children: list[Any]) -> s.Identifier:
        key = children[0]
        if isinstance(key, s.Identifier):
            return key
        return s.Identifier(start, end, normalize(plain(key.text)), plain(key.text))

    # -- relations between two geometries

    def build_with(self, _start: int, end: int, children: list[Any]) -> Any:
        return self._peel(end, children, RELATIONS, "“与”后面要写完整，例如“甲 与 乙 的相交面积”或“甲 与 乙 相交”")

    def build_to(self, _start: int, end: int, children: list[Any]) -> Any:
        return self._peel(end, children, _DISTANCE, "“到”后面要写完整，例如“甲 到 乙 的距离”")

    def _peel(self, end: int, children: list[Any], words: frozenset[str], message: str) -> Any:
        """`A 与 B 的C 的相交面积 的D`: the first relation word ends the right operand."""
        left, right = children
        chain, node = [], right
        while isinstance(node, _CHAINED):
            chain.append(node)
            node = node.base
        hits = [node for node in chain if type(node) is s.Member and node.identifier.name in words]
        if not hits:
            self._problem("ZH115", message, left.start, end)
            return left
        if len(hits) > 1:
            message = "这里有两个“的…”都可以和前面相配，请加括号说明先算哪一个"
            self._problem("ZH116", message, left.start, end)
        found = hits[-1]
        if words is _DISTANCE:
            result: Any = s.Distance(left.start, found.end, left, found.base)
        else:
            result = s.Relation(left.start, found.end, left, found.base, found.identifier)
        if found is right:
            return result
        outer = chain[chain.index(found) - 1]
        outer.base = result
        for node in chain[: chain.index(found)]:
            node.start = left.start
        return right

    def build_touches(self, start: int, end: int, children: list[Any]) -> s.Touching:
        left, right, word = children
        return s.Touching(start, end, left, right, word.text)

    # -- arithmetic and conditions

    def build_add(self, start: int, end: int, children: list[Any]) -> s.Arithmetic:
        return s.Arithmetic(start, end, children[0], children[1], "+")

    def build_subtract(self, start: int, end: int, children: list[Any]) -> s.Arithmetic:
        return s.Arithmetic(start, end, children[0], children[1], "-")

    def build_multiply(self, start: int, end: int, children: list[Any]) -> s.Arithmetic:
        return s.Arithmetic(start, end, children[0], children[1], "×")

    def build_divide(self, start: int, end: int, children: list[Any]) -> s.Arithmetic:
        return s.Arithmetic(start, end, children[0], children[1], "÷")

    def build_negative(self, start: int, end: int, children: list[Any]) -> s.Negative:
        return s.Negative(start, end, children[0])

    def build_convert(self, start: int, end: int, children: list[Any]) -> s.Convert:
        return s.Convert(start, end, children[0], children[1])

    def build_not(self, start: int, end: int, children: list[Any]) -> s.Not:
        return s.Not(start, end, children[0])

    def build_and(self, start: int, end: int, children: list[Any]) -> s.Logical:
        return s.Logical(start, end, children[0], children[1], "且")

    def build_or(self, start: int, end: int, children: list[Any]) -> s.Logical:
        return s.Logical(start, end, children[0], children[1], "或")

    def build_compare(self, start: int, end: int, children: list[Any]) -> s.Compare:
        left, right = children[0], children[2]
        return s.Compare(start, end, left, right, compare_word(children[1].text))

    def build_equals(self, start: int, end: int, children: list[Any]) -> s.Compare:
        left, right = children
        return s.Compare(start, end, left, right, "等于")

    def build_between(self, start: int, end: int, children: list[Any]) -> s.Between:
        return s.Between(start, end, *children)

    def build_about(self, start: int, end: int, children: list[Any]) -> s.About:
        left, right = children[:2]
        return s.About(start, end, left, right, self._optional(children, "tolerance"))

    def build_unique(self, start: int, end: int, children: list[Any]) -> s.Unique:
        operand, layer = children
        return s.Unique(start, end, operand, layer)

    def build_empty(self, start: int, end: int, children: list[Any]) -> s.Empty:
        return s.Empty(start, end, children[0], children[1].text == "不为空")

    def build_absent(self, start: int, end: int, children: list[Any]) -> s.Absent:
        return s.Absent(start, end, children[0])

    def build_choose(self, start: int, end: int, children: list[Any]) -> s.Choose:
        choices = [(children[0], children[1])]
        choices += [(part.children[0], part.children[1]) for part in children[2:-1]]
        return s.Choose(start, end, choices, children[-1])

    def build_range(self, start: int, end: int, children: list[Any]) -> s.Range:
        low, high = children
        return s.Range(start, end, low, high)

    def build_query(self, start: int, end: int, children: list[Any]) -> s.Query:
        where, listing = self._optional(children, "where_test"), self._optional(children, "listing")
        source = children[0]
        return s.Query(start, end, source, children[1], where, listing)

    def build_all_meet(self, start: int, end: int, children: list[Any]) -> s.Quantifier:
        return s.Quantifier(start, end, children[0], children[1], children[2], True)

    def build_some_meets(self, start: int, end: int, children: list[Any]) -> s.Quantifier:
        return s.Quantifier(start, end, children[0], children[1], children[2], False)
