"""Nodes of declarations: layers, parameters, rules, standards, functions, tests."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..characters import normalize
from ..grammar.driver import Branch
from .base import plain
from .expressions import compare_word
from .statements import StatementBuilder


class DeclarationBuilder(StatementBuilder):
    """Builds the nodes of what a file declares."""

    def _statement_module(self, tree: Branch, children: list[Any]) -> s.Module:
        return s.Module(tree.start, tree.end, children[0].text, self._identifier(children[1]))

    def _statement_header(self, tree: Branch, children: list[Any]) -> s.Header:
        return s.Header(tree.start, tree.end, children[0].text, [self._expression(child) for child in children[1:]])

    def _statement_layer(self, tree: Branch, children: list[Any]) -> s.Layer:
        fields = [self._field(field) for field in self._parts(children, "field")]
        source, options = plain(children[2].text), self._options(children)
        return s.Layer(tree.start, tree.end, children[0].text, self._identifier(children[1]), source, options, fields)

    def _statement_import_all(self, tree: Branch, children: list[Any]) -> s.Import:
        names = [self._identifier(child) for child in self._parts(children, "identifier")]
        version = self._part(children, "version")
        if version and normalize(version.children[0].children[0].text) != "版本":
            self._problem("ZH130", "引用后面只能写 版本“…”", version)
        text = plain(version.children[1].text) if version else ""
        title = plain(children[0].text)
        if tree.rule == "import_as":
            return s.Import(tree.start, tree.end, title, [], names[0], text)
        return s.Import(tree.start, tree.end, title, names, None, text)

    _statement_import_names = _statement_import_as = _statement_import_all

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
            plain(column.children[0].text) if column else identifier.text,
        )

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
            text = title.text if title.kind == "BOOK" else plain(title.text)
            citations.append(text + "".join(part.children[0].text for part in citation.children[1:]))
        return s.Basis(tree.start, tree.end, "、".join(citations))

    def _statement_basis(self, tree: Branch, _children: list[Any]) -> Any:
        return self._basis(tree)

    def _notes(self, children: list[Any]) -> tuple[list[Any], list[Any]]:
        headers = [self._statement(child) for child in self._parts(children, "header")]
        return headers, [self._basis(child) for child in self._parts(children, "basis")]

    def _statement_rule(self, tree: Branch, children: list[Any]) -> s.Rule:
        headers, basis = self._notes(children)
        return s.Rule(tree.start, tree.end, plain(children[0].text), headers, basis, self._body(children))

    def _statement_exception(self, tree: Branch, children: list[Any]) -> s.RuleException:
        headers, basis = self._notes(children)
        conditions = [self._expression(part.children[0]) for part in self._parts(children, "condition")]
        title, target, over = plain(children[0].text), plain(children[1].text), self._over(children)
        return s.RuleException(tree.start, tree.end, title, target, over, headers, basis, conditions)

    def _over(self, children: list[Any]) -> list[str]:
        part = self._part(children, "over")
        return [plain(title.text) for title in part.children] if part else []

    def _statement_standard(self, tree: Branch, children: list[Any]) -> s.Standard:
        headers, basis = self._notes(children)
        principle = self._part(children, "principle")
        cases = []
        for case in self._parts(children, "case"):
            title = case.children[0]
            condition, value = [child for child in case.children[1:] if child.rule not in ("over", "basis")]
            cases.append(
                s.Case(
                    case.start,
                    case.end,
                    plain(title.text),
                    self._over(case.children),
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
        return s.Test(tree.start, tree.end, plain(children[0].text), self._body(children))

    def _statement_given(self, tree: Branch, children: list[Any]) -> s.Given:
        return s.Given(tree.start, tree.end, self._identifier(children[0]), self._expression(children[1]))

    def _statement_expect(self, tree: Branch, children: list[Any]) -> s.Expect:
        return s.Expect(tree.start, tree.end, self._expression(children[0]))

    def _statement_expect_failure(self, tree: Branch, children: list[Any]) -> s.ExpectFailure:
        return s.ExpectFailure(tree.start, tree.end, plain(children[0].text), self._expression(children[1]))

    # -- tools

    def _statement_form_parameter(self, tree: Branch, children: list[Any]) -> s.FormParameter:
        between = self._part(children, "form_range")
        limits = [
            (compare_word(part.children[0].text), self._expression(part.children[1]))
            for part in self._parts(children, "form_limit")
        ]
        ends = [self._expression(child) for child in between.children] if between else []
        return s.FormParameter(
            tree.start,
            tree.end,
            self._identifier(children[0]),
            self._type(children[1]),
            self._options(children),
            self._optional(children, "form_default"),
            limits,
            (ends[0], ends[1]) if ends else None,
        )

    def _statement_output(self, tree: Branch, children: list[Any]) -> s.Output:
        fields = [self._field(field) for field in self._parts(children, "field")]
        identifier, kind = self._identifier(children[0]), self._type(children[1])
        return s.Output(tree.start, tree.end, identifier, kind, self._options(children), fields)

    def _statement_tool(self, tree: Branch, children: list[Any]) -> s.Tool:
        headers, basis = self._notes(children)

        def declared(*rules: str) -> list[Any]:
            return [self._statement(child) for child in children[1:] if child.rule in rules]

        preconditions = [
            s.Precondition(
                part.start, part.end, self._expression(part.children[0]), self._optional(part.children, "report")
            )
            for part in self._parts(children, "precondition")
        ]
        return s.Tool(
            tree.start,
            tree.end,
            plain(children[0].text),
            headers,
            basis,
            declared("parameter", "form_parameter", "dated_parameter"),
            declared("output"),
            declared("layer", "fields"),
            preconditions,
            self._body(children),
        )
