"""Nodes of statements."""

from __future__ import annotations

from typing import Any

from .. import syntax as s
from ..grammar.driver import Branch
from .base import every
from .expressions import ExpressionBuilder


class StatementBuilder(ExpressionBuilder):
    """Builds the nodes of statements and of their bodies."""

    def build_type(self, start: int, end: int, children: list[Any]) -> s.TypeName:
        name: s.Identifier = children[0]
        arguments = self._optional(children, "type_arguments") or []
        return s.TypeName(start, end, name.name, name.text, self._optional(children, "type_part"), arguments)

    def build_option(self, start: int, end: int, children: list[Any]) -> s.Option:
        return s.Option(start, end, children[0], children[1] if len(children) > 1 else None)

    def build_let(self, start: int, end: int, children: list[Any]) -> s.Binding:
        return s.Binding(start, end, children[0], self._optional(children, "annotation"), children[-1], False)

    def build_variable(self, start: int, end: int, children: list[Any]) -> s.Binding:
        return s.Binding(start, end, children[0], self._optional(children, "annotation"), children[-1], True)

    def build_assign(self, start: int, end: int, children: list[Any]) -> s.Assign:
        return s.Assign(start, end, children[0], children[1], "=")

    def build_increase(self, start: int, end: int, children: list[Any]) -> s.Assign:
        return s.Assign(start, end, children[0], children[1], "+")

    def build_decrease(self, start: int, end: int, children: list[Any]) -> s.Assign:
        return s.Assign(start, end, children[0], children[1], "-")

    def build_call_statement(self, start: int, end: int, children: list[Any]) -> s.CallStatement:
        return s.CallStatement(start, end, children[0])

    def build_require(self, start: int, end: int, children: list[Any]) -> s.Require:
        return s.Require(
            start,
            end,
            children[0],
            self._optional(children, "report"),
            self._optional(children, "mark"),
            self._optional(children, "suggestion"),
        )

    def build_hint(self, start: int, end: int, children: list[Any]) -> s.Hint:
        mark, suggestion = self._optional(children, "mark"), self._optional(children, "suggestion")
        return s.Hint(start, end, children[0], mark, suggestion)

    def build_skip(self, start: int, end: int, _children: list[Any]) -> s.Skip:
        return s.Skip(start, end)

    def build_break(self, start: int, end: int, _children: list[Any]) -> s.Break:
        return s.Break(start, end)

    def build_return(self, start: int, end: int, children: list[Any]) -> s.Return:
        return s.Return(start, end, children[0] if children else None)

    def build_show(self, start: int, end: int, children: list[Any]) -> s.Show:
        return s.Show(start, end, children)

    def build_fail(self, start: int, end: int, children: list[Any]) -> s.Fail:
        return s.Fail(start, end, children[0])

    def build_put(self, start: int, end: int, children: list[Any]) -> s.Put:
        value, target = children[0], children[2]
        return s.Put(start, end, value, target, children[1].text, every(s.Option, children))

    def build_if(self, start: int, end: int, children: list[Any]) -> s.If:
        branches, otherwise = [(children[0], body(children[1:]))], []
        for part in every(Branch, children):
            if part.rule == "else_if":
                branches.append((part.children[0], body(part.children[1:])))
            elif part.rule == "else":
                otherwise = body(part.children)
        return s.If(start, end, branches, otherwise)

    def build_if_line(self, start: int, end: int, children: list[Any]) -> s.If:
        return s.If(start, end, [(children[0], [children[1]])], [])

    def build_check(self, start: int, end: int, children: list[Any]) -> s.Check:
        source, name = children[:2]
        return s.Check(start, end, source, name, self._optional(children, "where"), body(children[2:]))

    def build_foreach(self, start: int, end: int, children: list[Any]) -> s.ForEach:
        source, name = children[:2]
        failed = next((part for part in every(Branch, children) if part.rule == "on_failure"), None)
        return s.ForEach(
            start,
            end,
            source,
            name,
            self._optional(children, "numbering"),
            self._optional(children, "where"),
            body(children[2:]),
            body(failed.children) if failed else None,
        )

    def build_for(self, start: int, end: int, children: list[Any]) -> s.For:
        name, low, high = children[:3]
        step = next((part for part in every(Branch, children) if part.rule == "step"), None)
        amount = step.children[1] if step else None
        down = step is not None and step.children[0].text == "每次减少"
        return s.For(start, end, name, low, high, amount, down, body(children[3:]))

    def build_repeat(self, start: int, end: int, children: list[Any]) -> s.Repeat:
        return s.Repeat(start, end, children[0], body(children[1:]))

    def build_while(self, start: int, end: int, children: list[Any]) -> s.While:
        return s.While(start, end, children[0], body(children[1:]))


_DECLARED = (s.Header, s.Basis, s.Parameter, s.FormParameter, s.DatedParameter, s.Output, s.Layer, s.Fields)


def body(children: list[Any]) -> list[s.Statement]:
    """The statements among the children of a block."""
    return [child for child in children if isinstance(child, s.Statement) and not isinstance(child, _DECLARED)]
