"""From the parse tree to the program's tree."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction
from typing import Any, Callable, Optional

from . import syntax as s
from .characters import normalize
from .diagnostics import Problem
from .grammar.driver import Branch
from .lexer import Lexeme
from .templates import split_template
from .units import number, quantity, ratio
from .vocabulary import RELATIONS

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

ParseHole = Callable[[str, int], Optional[Branch]]


class Builder:
    """Builds nodes. `parse_hole(text, offset)` parses the expression of a template hole or notes its problem."""

    def __init__(self, parse_hole: ParseHole, problems: list[Problem]) -> None:
        self._parse_hole = parse_hole
        self._problems = problems

    def program(self, tree: Branch) -> list[s.Statement]:
        """The top-level items."""
        return [self._statement(child) for child in tree.children if isinstance(child, Branch)]

    def _problem(self, code: str, message: str, node: Any) -> None:
        self._problems.append(Problem(code, message, node.start, node.end))

    # -- helpers

    def _statement(self, tree: Branch) -> Any:
        build = getattr(self, "_statement_" + tree.rule, None)
        if build:
            return build(tree, tree.children)
        return s.Unsupported(tree.start, tree.end, _UNSUPPORTED[tree.rule])

    def _expression(self, tree: Any) -> Any:
        return getattr(self, "_expression_" + tree.rule)(tree, tree.children)

    def _identifier(self, tree: Branch) -> s.Identifier:
        lexeme = tree.children[0]
        text = lexeme.text.strip("【】")
        return s.Identifier(lexeme.start, lexeme.end, normalize(lexeme.text), text)

    def _body(self, children: list[Any]) -> list[s.Statement]:
        return [self._statement(child) for child in children if _is_branch(child) and child.rule not in _PARTS]

    def _part(self, children: list[Any], rule: str) -> Any:
        return next((child for child in children if _is_branch(child) and child.rule == rule), None)

    def _parts(self, children: list[Any], rule: str) -> list[Any]:
        return [child for child in children if _is_branch(child) and child.rule == rule]

    def _optional(self, children: list[Any], rule: str) -> Any:
        """The expression inside an optional part such as `where`, or None."""
        part = self._part(children, rule)
        return self._expression(part.children[-1]) if part else None

    # -- declarations

    def _statement_module(self, tree: Branch, children: list[Any]) -> s.Module:
        return s.Module(tree.start, tree.end, children[0].text, self._identifier(children[1]))

    def _statement_header(self, tree: Branch, children: list[Any]) -> s.Header:
        return s.Header(tree.start, tree.end, children[0].text, [self._expression(child) for child in children[1:]])

    def _statement_layer(self, tree: Branch, children: list[Any]) -> s.Layer:
        options = [self._identifier(option.children[0]) for option in self._parts(children, "option")]
        fields = [self._field(field) for field in self._parts(children, "field")]
        source = _plain(children[2].text)
        return s.Layer(tree.start, tree.end, children[0].text, self._identifier(children[1]), source, options, fields)

    def _statement_fields(self, tree: Branch, children: list[Any]) -> s.Fields:
        return s.Fields(tree.start, tree.end, [self._field(field) for field in children])

    def _field(self, tree: Branch) -> s.Field:
        identifier = self._identifier(tree.children[0])
        column = self._part(tree.children, "column")
        kind = self._part(tree.children, "field_type")
        return s.Field(
            tree.start,
            tree.end,
            identifier,
            self._type(kind.children[0]) if kind else None,
            _plain(column.children[0].text) if column else identifier.text,
        )

    def _type(self, tree: Branch) -> s.TypeName:
        identifier = self._identifier(tree.children[0])
        return s.TypeName(tree.start, tree.end, identifier.name, identifier.text, len(tree.children) > 1)

    def _annotation(self, children: list[Any]) -> Optional[s.TypeName]:
        part = self._part(children, "annotation")
        return self._type(part.children[0]) if part else None

    def _statement_parameter(self, tree: Branch, children: list[Any]) -> s.Parameter:
        basis = self._part(children, "basis")
        value = self._expression(children[1])
        return s.Parameter(tree.start, tree.end, self._identifier(children[0]), value, self._basis(basis))

    def _statement_dated_parameter(self, tree: Branch, children: list[Any]) -> s.DatedParameter:
        values = []
        for since in self._parts(children, "since"):
            date = self._date(since.children[0])
            basis = self._basis(self._part(since.children, "basis"))
            values.append(s.Since(since.start, since.end, date, self._expression(since.children[1]), basis))
        return s.DatedParameter(tree.start, tree.end, self._identifier(children[0]), values)

    def _basis(self, tree: Optional[Branch]) -> Optional[s.Basis]:
        if tree is None:
            return None
        citations = []
        for citation in tree.children:
            title = citation.children[0]
            text = title.text if title.kind == "BOOK" else _plain(title.text)
            citations.append(text + "".join(part.children[0].text for part in citation.children[1:]))
        return s.Basis(tree.start, tree.end, "、".join(citations))

    def _statement_basis(self, tree: Branch, _children: list[Any]) -> Any:
        return self._basis(tree)

    def _notes(self, children: list[Any]) -> tuple[list[Any], list[Any]]:
        headers = [self._statement(child) for child in self._parts(children, "header")]
        return headers, [self._basis(child) for child in self._parts(children, "basis")]

    def _statement_rule(self, tree: Branch, children: list[Any]) -> s.Rule:
        headers, basis = self._notes(children)
        return s.Rule(tree.start, tree.end, _plain(children[0].text), headers, basis, self._body(children))

    def _statement_exception(self, tree: Branch, children: list[Any]) -> s.RuleException:
        headers, basis = self._notes(children)
        conditions = [self._expression(part.children[0]) for part in self._parts(children, "condition")]
        title, target = _plain(children[0].text), _plain(children[1].text)
        return s.RuleException(tree.start, tree.end, title, target, headers, basis, conditions)

    def _statement_standard(self, tree: Branch, children: list[Any]) -> s.Standard:
        headers, basis = self._notes(children)
        principle = self._part(children, "principle")
        cases = []
        for case in self._parts(children, "case"):
            title, condition, value = case.children[:3]
            cases.append(
                s.Case(
                    case.start,
                    case.end,
                    _plain(title.text),
                    self._expression(condition),
                    self._expression(value),
                    self._basis(self._part(case.children, "basis")),
                )
            )
        value = self._expression(principle.children[0])
        identifier, formals = self._identifier(children[0]), self._formals(children)
        return s.Standard(tree.start, tree.end, identifier, formals, headers, basis, value, cases)

    def _formals(self, children: list[Any]) -> list[s.Formal]:
        return [
            s.Formal(
                formal.start,
                formal.end,
                self._identifier(formal.children[0]),
                self._annotation(formal.children),
                self._optional(formal.children, "default"),
            )
            for formal in self._parts(children, "formal")
        ]

    def _statement_function(self, tree: Branch, children: list[Any]) -> s.Function:
        result = self._part(children, "result")
        kind = self._type(result.children[0]) if result else None
        headers, _ = self._notes(children)
        identifier = self._identifier(children[0])
        return s.Function(
            tree.start, tree.end, identifier, self._formals(children), kind, headers, self._body(children[1:])
        )

    def _statement_short_function(self, tree: Branch, children: list[Any]) -> s.Function:
        value = self._expression(children[-1])
        body: list[s.Statement] = [s.Return(value.start, value.end, value)]
        return s.Function(tree.start, tree.end, self._identifier(children[0]), self._formals(children), None, [], body)

    def _statement_test(self, tree: Branch, children: list[Any]) -> s.Test:
        return s.Test(tree.start, tree.end, _plain(children[0].text), self._body(children))

    def _statement_given(self, tree: Branch, children: list[Any]) -> s.Given:
        return s.Given(tree.start, tree.end, self._identifier(children[0]), self._expression(children[1]))

    def _statement_expect(self, tree: Branch, children: list[Any]) -> s.Expect:
        return s.Expect(tree.start, tree.end, self._expression(children[0]))

    # -- statements

    def _statement_let(self, tree: Branch, children: list[Any]) -> s.Binding:
        value = self._expression(children[-1])
        annotation = self._annotation(children)
        return s.Binding(
            tree.start, tree.end, self._identifier(children[0]), annotation, value, tree.rule == "variable"
        )

    _statement_variable = _statement_let

    def _statement_assign(self, tree: Branch, children: list[Any]) -> s.Assign:
        operator = {"assign": "=", "increase": "+", "decrease": "-"}[tree.rule]
        target, value = (self._expression(child) for child in children)
        return s.Assign(tree.start, tree.end, target, value, operator)

    _statement_increase = _statement_decrease = _statement_assign

    def _statement_call_statement(self, tree: Branch, children: list[Any]) -> s.CallStatement:
        return s.CallStatement(tree.start, tree.end, self._expression(children[0]))

    def _statement_require(self, tree: Branch, children: list[Any]) -> s.Require:
        return s.Require(
            tree.start,
            tree.end,
            self._expression(children[0]),
            self._optional(children, "report"),
            self._optional(children, "mark"),
            self._optional(children, "suggestion"),
        )

    def _statement_hint(self, tree: Branch, children: list[Any]) -> s.Hint:
        mark, suggestion = self._optional(children, "mark"), self._optional(children, "suggestion")
        return s.Hint(tree.start, tree.end, self._expression(children[0]), mark, suggestion)

    def _statement_skip(self, tree: Branch, _children: list[Any]) -> s.Skip:
        return s.Skip(tree.start, tree.end)

    def _statement_break(self, tree: Branch, _children: list[Any]) -> s.Break:
        return s.Break(tree.start, tree.end)

    def _statement_return(self, tree: Branch, children: list[Any]) -> s.Return:
        return s.Return(tree.start, tree.end, self._expression(children[0]) if children else None)

    def _statement_show(self, tree: Branch, children: list[Any]) -> s.Show:
        return s.Show(tree.start, tree.end, [self._expression(child) for child in children])

    def _statement_fail(self, tree: Branch, children: list[Any]) -> s.Fail:
        return s.Fail(tree.start, tree.end, self._expression(children[0]))

    def _statement_put(self, tree: Branch, children: list[Any]) -> s.Put:
        value, target = self._expression(children[0]), self._expression(children[2])
        return s.Put(tree.start, tree.end, value, target, children[1].text, len(children) - 3)

    def _statement_if(self, tree: Branch, children: list[Any]) -> s.If:
        branches = [(self._expression(children[0]), self._body(children[1:]))]
        for part in self._parts(children, "else_if"):
            branches.append((self._expression(part.children[0]), self._body(part.children[1:])))
        otherwise = self._part(children, "else")
        return s.If(tree.start, tree.end, branches, self._body(otherwise.children) if otherwise else [])

    def _statement_if_line(self, tree: Branch, children: list[Any]) -> s.If:
        condition = self._expression(children[0])
        return s.If(tree.start, tree.end, [(condition, [self._statement(children[1])])], [])

    def _statement_check(self, tree: Branch, children: list[Any]) -> s.Check:
        where, source = self._optional(children, "where"), self._expression(children[0])
        body = self._body(children[2:])
        return s.Check(tree.start, tree.end, source, self._identifier(children[1]), where, body)

    def _statement_foreach(self, tree: Branch, children: list[Any]) -> s.ForEach:
        numbering = self._part(children, "numbering")
        return s.ForEach(
            tree.start,
            tree.end,
            self._expression(children[0]),
            self._identifier(children[1]),
            self._identifier(numbering.children[0]) if numbering else None,
            self._optional(children, "where"),
            self._body(children[2:]),
        )

    def _statement_for(self, tree: Branch, children: list[Any]) -> s.For:
        low, high = (self._expression(child) for child in children[1:3])
        step = self._part(children, "step")
        return s.For(
            tree.start,
            tree.end,
            self._identifier(children[0]),
            low,
            high,
            self._optional(children, "step"),
            bool(step) and step.children[0].text == "每次减少",
            self._body(children[3:]),
        )

    def _statement_repeat(self, tree: Branch, children: list[Any]) -> s.Repeat:
        return s.Repeat(tree.start, tree.end, self._expression(children[0]), self._body(children[1:]))

    def _statement_while(self, tree: Branch, children: list[Any]) -> s.While:
        return s.While(tree.start, tree.end, self._expression(children[0]), self._body(children[1:]))

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
        return s.Reference(tree.start, tree.end, children[0].text, _plain(children[1].text))

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
        self._problem("ZH114", "括号前面要有函数的名字", children[0])
        return function

    def _argument(self, tree: Branch) -> s.Argument:
        if tree.rule != "named":
            return s.Argument(tree.start, tree.end, None, self._expression(tree))
        key = tree.children[0].children[0]
        if isinstance(key, Branch):
            identifier = self._identifier(key)
        else:
            identifier = s.Identifier(key.start, key.end, normalize(_plain(key.text)), _plain(key.text))
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
        word = children[1].text
        return s.Compare(tree.start, tree.end, left, right, _COMPARE_WORDS.get(word, word))

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


_PARTS = frozenset(
    [
        "identifier",
        "header",
        "basis",
        "end",
        "where",
        "numbering",
        "step",
        "else_if",
        "else",
        "annotation",
        "formal",
        "result",
        "option",
        "field",
        "report",
        "mark",
        "suggestion",
        "condition",
        "principle",
        "case",
        "since",
    ]
)
_UNSUPPORTED = {
    "import_all": "引用别的文件",
    "import_names": "引用别的文件",
    "import_as": "引用别的文件",
    "form_parameter": "工具的参数（参数 名：类型）",
    "output": "工具的输出",
    "tool": "工具",
}


def _is_branch(value: Any) -> bool:
    return isinstance(value, Branch)


def _plain(text: str) -> str:
    """The inside of a quoted text; doubled braces are one."""
    return text[1:-1].replace("{{", "{").replace("}}", "}")
