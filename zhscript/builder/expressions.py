"""Nodes of expressions: literals, chains of 的, relations, arithmetic, conditions and queries."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction
from typing import Any

from .. import syntax as s
from ..characters import normalize
from ..grammar.driver import Branch
from ..lexer import Lexeme
from ..templates import split_template
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
    "≥": "不小于",
    ">=": "不小于",
    "≤": "不大于",
    "<=": "不大于",
    "≠": "不等于",
    "!=": "不等于",
}
_OPERATORS = {"add": "+", "subtract": "-", "multiply": "×", "divide": "÷"}


def compare_word(text: str) -> str:
    """The Chinese word of a comparison."""
    return _COMPARE_WORDS.get(text, text)


class ExpressionBuilder(BuilderBase):
    """Builds the nodes of expressions."""

    # -- literals and names

    def _expression_name(self, tree: Branch, children: list[Any]) -> s.Name:
        return s.Name(tree.start, tree.end, self._identifier(children[0]))

    def _expression_other(self, tree: Branch, children: list[Any]) -> s.Others:
        return s.Others(tree.start, tree.end, self._identifier(children[0]))

    def _expression_number(self, tree: Branch, children: list[Any]) -> s.Number:
        return s.Number(tree.start, tree.end, number(children[0].text))

    def _expression_ratio(self, tree: Branch, children: list[Any]) -> s.Number:
        try:
            value = ratio(children[0].text)
        except ZeroDivisionError:
            self._problem("ZH111", "分母不能是零", tree)
            value = Fraction(0)
        return s.Number(tree.start, tree.end, value)

    def _expression_quantity(self, _tree: Branch, children: list[Any]) -> s.Quantity:
        return self._quantity(children[0])

    def _quantity(self, lexeme: Lexeme) -> s.Quantity:
        value, unit = quantity(lexeme.text)
        return s.Quantity(lexeme.start, lexeme.end, value * unit.factor, unit.dimension, lexeme.text)

    def _expression_date(self, tree: Branch, children: list[Any]) -> s.Date:
        return s.Date(tree.start, tree.end, self._date(children[0]))

    def _date(self, lexeme: Lexeme) -> datetime.date:
        match = _DATE.search(lexeme.text.translate(_DIGITS))
        year, month, day = match.groups() if match else (None, None, None)
        if not day:
            self._problem("ZH112", "日期要写全年、月、日，例如 2024年6月1日", lexeme)
            return datetime.date(2000, 1, 1)
        try:
            return datetime.date(int(year or 0), int(month or 0), int(day))
        except ValueError:
            self._problem("ZH113", f"没有“{lexeme.text}”这一天", lexeme)
            return datetime.date(2000, 1, 1)

    def _expression_text(self, _tree: Branch, children: list[Any]) -> Any:
        return self._text(children[0])

    def _text(self, lexeme: Lexeme) -> Any:
        if lexeme.text[0] == "「":
            return s.Text(lexeme.start, lexeme.end, lexeme.text[1:-1])
        parts: list[Any] = []
        for piece in split_template(lexeme.text, lexeme.start, self._problems):
            if isinstance(piece, str):
                parts.append(piece)
                continue
            tree = self._parse_hole(piece.text, piece.start)
            if tree is not None:
                formats = [s.Identifier(start, end, text, text) for start, end, text in piece.formats]
                expression = self._expression(tree.children[0])
                parts.append(s.Hole(piece.start, piece.start + len(piece.text), expression, formats))
        if all(isinstance(part, str) for part in parts):
            return s.Text(lexeme.start, lexeme.end, "".join(parts))
        return s.Template(lexeme.start, lexeme.end, parts)

    def _expression_reference(self, tree: Branch, children: list[Any]) -> s.Reference:
        return s.Reference(tree.start, tree.end, children[0].text, plain(children[1].text))

    def _expression_group(self, tree: Branch, children: list[Any]) -> s.Group:
        return s.Group(tree.start, tree.end, self._expression(children[0]))

    def _expression_list(self, tree: Branch, children: list[Any]) -> s.ListOf:
        return s.ListOf(tree.start, tree.end, [self._expression(child) for child in children])

    # -- chains

    def _expression_member(self, tree: Branch, children: list[Any]) -> s.Member:
        return s.Member(tree.start, tree.end, self._expression(children[0]), self._identifier(children[1]))

    def _expression_measured_member(self, tree: Branch, children: list[Any]) -> s.MeasuredMember:
        base, identifier = self._expression(children[0]), self._identifier(children[2])
        return s.MeasuredMember(tree.start, tree.end, base, self._quantity(children[1]), identifier)

    def _expression_text_item(self, tree: Branch, children: list[Any]) -> s.Item:
        return s.Item(tree.start, tree.end, self._expression(children[0]), self._text(children[1]), False)

    def _expression_item(self, tree: Branch, children: list[Any]) -> s.Item:
        base, key = (self._expression(child) for child in children)
        return s.Item(tree.start, tree.end, base, key, False)

    def _expression_ordinal(self, tree: Branch, children: list[Any]) -> Any:
        base, lexeme = self._expression(children[0]), children[1]
        if lexeme.text == "最后一个":
            return s.LastItem(tree.start, tree.end, base)
        key = s.Number(lexeme.start, lexeme.end, number(lexeme.text[1:-1]))
        return s.Item(tree.start, tree.end, base, key, True)

    def _expression_numbered_item(self, tree: Branch, children: list[Any]) -> s.Item:
        base, key = (self._expression(child) for child in children)
        return s.Item(tree.start, tree.end, base, key, True)

    def _expression_located(self, tree: Branch, children: list[Any]) -> s.Located:
        return s.Located(tree.start, tree.end, self._expression(children[0]), self._identifier(children[1]))

    def _expression_call(self, tree: Branch, children: list[Any]) -> Any:
        function = self._expression(children[0])
        arguments = [self._argument(child) for child in children[1].children] if len(children) > 1 else []
        if isinstance(function, s.Member):
            return s.Call(tree.start, tree.end, function.identifier, function.base, arguments)
        if isinstance(function, s.Name):
            return s.Call(tree.start, tree.end, function.identifier, None, arguments)
        if isinstance(function, s.Reference) and function.kind == "工具":
            return s.ToolCall(tree.start, tree.end, function.title, arguments)
        self._problem("ZH114", "括号前面要有函数的名字", children[0])
        return function

    def _argument(self, tree: Branch) -> s.Argument:
        if tree.rule != "named":
            return s.Argument(tree.start, tree.end, None, self._expression(tree))
        key = tree.children[0].children[0]
        if isinstance(key, Branch):
            identifier = self._identifier(key)
        else:
            identifier = s.Identifier(key.start, key.end, normalize(plain(key.text)), plain(key.text))
        return s.Argument(tree.start, tree.end, identifier, self._expression(tree.children[1]))

    # -- relations between two geometries

    def _expression_with(self, tree: Branch, children: list[Any]) -> Any:
        return self._peel(tree, children, RELATIONS, "“与”后面要写完整，例如“甲 与 乙 的相交面积”或“甲 与 乙 相交”")

    def _expression_to(self, tree: Branch, children: list[Any]) -> Any:
        return self._peel(tree, children, frozenset({"距离"}), "“到”后面要写完整，例如“甲 到 乙 的距离”")

    def _peel(self, tree: Branch, children: list[Any], words: frozenset[str], message: str) -> Any:
        """`A 与 B 的C 的相交面积 的D`: the first relation word ends the right operand."""
        left, right = (self._expression(child) for child in children)
        chain, node = [], right
        while isinstance(node, (s.Member, s.MeasuredMember, s.Item, s.LastItem, s.Located)):
            chain.append(node)
            node = node.base
        hits = [node for node in chain if isinstance(node, s.Member) and node.identifier.name in words]
        if not hits:
            self._problem("ZH115", message, tree)
            return left
        if len(hits) > 1:
            self._problem("ZH116", "这里有两个“的…”都可以和前面相配，请加括号说明先算哪一个", tree)
        found = hits[-1]
        if "距离" in words:
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

    def _expression_touches(self, tree: Branch, children: list[Any]) -> Any:
        pair, word = children
        if pair.rule != "with":
            self._problem("ZH117", f"“{word.text}”要写成“甲 与 乙 {word.text}”", tree)
            return self._expression(pair)
        left, right = (self._expression(child) for child in pair.children)
        return s.Touching(tree.start, tree.end, left, right, word.text)

    # -- arithmetic and conditions

    def _expression_add(self, tree: Branch, children: list[Any]) -> s.Arithmetic:
        left, right = (self._expression(child) for child in children)
        return s.Arithmetic(tree.start, tree.end, left, right, _OPERATORS[tree.rule])

    _expression_subtract = _expression_multiply = _expression_divide = _expression_add

    def _expression_negative(self, tree: Branch, children: list[Any]) -> s.Negative:
        return s.Negative(tree.start, tree.end, self._expression(children[0]))

    def _expression_convert(self, tree: Branch, children: list[Any]) -> s.Convert:
        return s.Convert(tree.start, tree.end, self._expression(children[0]), self._identifier(children[1]))

    def _expression_not(self, tree: Branch, children: list[Any]) -> s.Not:
        return s.Not(tree.start, tree.end, self._expression(children[0]))

    def _expression_and(self, tree: Branch, children: list[Any]) -> s.Logical:
        left, right = (self._expression(child) for child in children)
        return s.Logical(tree.start, tree.end, left, right, {"and": "且", "or": "或"}[tree.rule])

    _expression_or = _expression_and

    def _expression_compare(self, tree: Branch, children: list[Any]) -> s.Compare:
        left, right = self._expression(children[0]), self._expression(children[2])
        return s.Compare(tree.start, tree.end, left, right, compare_word(children[1].text))

    def _expression_equals(self, tree: Branch, children: list[Any]) -> s.Compare:
        left, right = (self._expression(child) for child in children)
        return s.Compare(tree.start, tree.end, left, right, "等于")

    def _expression_between(self, tree: Branch, children: list[Any]) -> s.Between:
        return s.Between(tree.start, tree.end, *(self._expression(child) for child in children))

    def _expression_about(self, tree: Branch, children: list[Any]) -> s.About:
        left, right = (self._expression(child) for child in children[:2])
        return s.About(tree.start, tree.end, left, right, self._optional(children, "tolerance"))

    def _expression_unique(self, tree: Branch, children: list[Any]) -> s.Unique:
        operand, layer = (self._expression(child) for child in children)
        return s.Unique(tree.start, tree.end, operand, layer)

    def _expression_empty(self, tree: Branch, children: list[Any]) -> s.Empty:
        return s.Empty(tree.start, tree.end, self._expression(children[0]), children[1].text == "不为空")

    def _expression_absent(self, tree: Branch, children: list[Any]) -> s.Absent:
        return s.Absent(tree.start, tree.end, self._expression(children[0]))

    def _expression_choose(self, tree: Branch, children: list[Any]) -> s.Choose:
        choices = [(self._expression(children[0]), self._expression(children[1]))]
        for part in children[2:-1]:
            choices.append((self._expression(part.children[0]), self._expression(part.children[1])))
        return s.Choose(tree.start, tree.end, choices, self._expression(children[-1]))

    def _expression_range(self, tree: Branch, children: list[Any]) -> s.Range:
        low, high = (self._expression(child) for child in children)
        return s.Range(tree.start, tree.end, low, high)

    def _expression_query(self, tree: Branch, children: list[Any]) -> s.Query:
        where, listing = self._optional(children, "where_test"), self._optional(children, "listing")
        source = self._expression(children[0])
        return s.Query(tree.start, tree.end, source, self._identifier(children[1]), where, listing)

    def _expression_all_meet(self, tree: Branch, children: list[Any]) -> s.Quantifier:
        source, condition = self._expression(children[0]), self._expression(children[2])
        identifier = self._identifier(children[1])
        return s.Quantifier(tree.start, tree.end, source, identifier, condition, tree.rule == "all_meet")

    _expression_some_meets = _expression_all_meet
