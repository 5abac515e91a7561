"""Nodes of declarations: layers, parameters, rules, standards, functions, tools, tests."""

from __future__ import annotations

from typing import Any

from .. import syntax as s
from ..grammar.driver import Branch
from .base import every, only, plain
from .expressions import compare_word
from .statements import StatementBuilder, body


class DeclarationBuilder(StatementBuilder):
    """Builds the nodes of what a file declares."""

    def build_module(self, start: int, end: int, children: list[Any]) -> s.Module:
        return s.Module(start, end, children[0].text, children[1])

    def build_header(self, start: int, end: int, children: list[Any]) -> s.Header:
        return s.Header(start, end, children[0].text, children[1:])

    def build_layer(self, start: int, end: int, children: list[Any]) -> s.Layer:
        word, name, source = children[:3]
        options, fields = every(s.Option, children), every(s.Field, children)
        return s.Layer(start, end, word.text, name, plain(source.text), options, fields)

    def build_import_all(self, start: int, end: int, children: list[Any]) -> s.Import:
        title, names = plain(children[0].text), every(s.Identifier, children)
        return s.Import(start, end, title, names, None, self._version(children))

    build_import_names = build_import_all

    def build_import_as(self, start: int, end: int, children: list[Any]) -> s.Import:
        return s.Import(start, end, plain(children[0].text), [], children[1], self._version(children))

    def _version(self, children: list[Any]) -> str:
        part = only(Branch, children)
        if part is None:
            return ""
        word, text = part.children
        if word.name != "版本":
            self._problem("ZH130", "引用后面只能写 版本“…”", part.start, part.end)
        return plain(text.text)

    def build_fields(self, start: int, end: int, children: list[Any]) -> s.Fields:
        return s.Fields(start, end, children)

    def build_field(self, start: int, end: int, children: list[Any]) -> s.Field:
        name: s.Identifier = children[0]
        column = self._optional(children, "column")
        kind = self._optional(children, "field_type")
        return s.Field(start, end, name, kind, plain(column.text) if column else name.text)

    def build_parameter(self, start: int, end: int, children: list[Any]) -> s.Parameter:
        return s.Parameter(start, end, children[0], children[1], only(s.Basis, children))

    def build_since(self, start: int, end: int, children: list[Any]) -> s.Since:
        return s.Since(start, end, self._date(children[0]), children[1], only(s.Basis, children))

    def build_dated_parameter(self, start: int, end: int, children: list[Any]) -> s.DatedParameter:
        return s.DatedParameter(start, end, children[0], every(s.Since, children))

    def build_citation(self, _start: int, _end: int, children: list[Any]) -> str:
        title = children[0]
        text = title.text if title.kind == "BOOK" else plain(title.text)
        return text + (self._optional(children, "article").text if len(children) > 1 else "")

    def build_basis(self, start: int, end: int, children: list[Any]) -> s.Basis:
        return s.Basis(start, end, "、".join(children))

    def _over(self, children: list[Any]) -> list[str]:
        part = next((part for part in every(Branch, children) if part.rule == "over"), None)
        return [plain(title.text) for title in part.children] if part else []

    def build_rule(self, start: int, end: int, children: list[Any]) -> s.Rule:
        headers, basis = every(s.Header, children), every(s.Basis, children)
        return s.Rule(start, end, plain(children[0].text), headers, basis, body(children))

    def build_exception(self, start: int, end: int, children: list[Any]) -> s.RuleException:
        title, target = plain(children[0].text), plain(children[1].text)
        headers, basis = every(s.Header, children), every(s.Basis, children)
        conditions = [part.children[0] for part in every(Branch, children) if part.rule == "condition"]
        return s.RuleException(start, end, title, target, self._over(children), headers, basis, conditions)

    def build_principle(self, _start: int, _end: int, children: list[Any]) -> s.Expression:
        return children[0]

    def build_case(self, start: int, end: int, children: list[Any]) -> s.Case:
        condition, value = every(s.Expression, children)
        over, basis = self._over(children), only(s.Basis, children)
        return s.Case(start, end, plain(children[0].text), over, condition, value, basis)

    def build_standard(self, start: int, end: int, children: list[Any]) -> s.Standard:
        formals, cases = every(s.Formal, children), every(s.Case, children)
        headers, basis = every(s.Header, children), every(s.Basis, children)
        return s.Standard(start, end, children[0], formals, headers, basis, only(s.Expression, children), cases)

    def build_formal(self, start: int, end: int, children: list[Any]) -> s.Formal:
        annotation, default = self._optional(children, "annotation"), self._optional(children, "default")
        return s.Formal(start, end, children[0], annotation, default)

    def build_function(self, start: int, end: int, children: list[Any]) -> s.Function:
        formals, headers = every(s.Formal, children), every(s.Header, children)
        result = self._optional(children, "result")
        return s.Function(start, end, children[0], formals, result, headers, body(children))

    def build_short_function(self, start: int, end: int, children: list[Any]) -> s.Function:
        value = children[-1]
        result: list[s.Statement] = [s.Return(value.start, value.end, value)]
        return s.Function(start, end, children[0], every(s.Formal, children), None, [], result)

    def build_test(self, start: int, end: int, children: list[Any]) -> s.Test:
        return s.Test(start, end, plain(children[0].text), body(children))

    def build_given(self, start: int, end: int, children: list[Any]) -> s.Given:
        return s.Given(start, end, children[0], children[1])

    def build_expect(self, start: int, end: int, children: list[Any]) -> s.Expect:
        return s.Expect(start, end, children[0])

    def build_expect_failure(self, start: int, end: int, children: list[Any]) -> s.ExpectFailure:
        return s.ExpectFailure(start, end, plain(children[0].text), children[1])

    # -- tools

    def build_form_parameter(self, start: int, end: int, children: list[Any]) -> s.FormParameter:
        parts = every(Branch, children)
        limits = [(compare_word(p.children[0].text), p.children[1]) for p in parts if p.rule == "form_limit"]
        between = next(((p.children[0], p.children[1]) for p in parts if p.rule == "form_range"), None)
        options, default = every(s.Option, children), self._optional(children, "form_default")
        return s.FormParameter(start, end, children[0], children[1], options, default, limits, between)

    def build_output(self, start: int, end: int, children: list[Any]) -> s.Output:
        options, fields = every(s.Option, children), every(s.Field, children)
        return s.Output(start, end, children[0], children[1], options, fields)

    def build_precondition(self, start: int, end: int, children: list[Any]) -> s.Precondition:
        return s.Precondition(start, end, children[0], self._optional(children, "report"))

    def build_tool(self, start: int, end: int, children: list[Any]) -> s.Tool:
        return s.Tool(
            start,
            end,
            plain(children[0].text),
            every(s.Header, children),
            every(s.Basis, children),
            every((s.Parameter, s.FormParameter, s.DatedParameter), children),
            every(s.Output, children),
            every((s.Layer, s.Fields), children),
            every(s.Precondition, children),
            body(children),
        )
