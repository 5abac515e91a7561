"""Nodes of statements."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..grammar.driver import Branch
from .base import is_branch
from .expressions import ExpressionBuilder

# children of a statement that are no statements of its body
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
        "on_failure",
        "parameter",
        "form_parameter",
        "dated_parameter",
        "output",
        "layer",
        "fields",
        "precondition",
    ]
)


class StatementBuilder(ExpressionBuilder):
    """Builds the nodes of statements and of their bodies."""

    def _statement(self, tree: Branch) -> Any:
        return getattr(self, "_statement_" + tree.rule)(tree, tree.children)

    def _body(self, children: list[Any]) -> list[s.Statement]:
        return [self._statement(child) for child in children if is_branch(child) and child.rule not in _PARTS]

    def _type(self, tree: Branch) -> s.TypeName:
        identifier = self._identifier(tree.children[0])
        part, given = self._part(tree.children, "type_part"), self._part(tree.children, "type_arguments")
        arguments = [self._argument(child) for child in given.children[0].children] if given else []
        of = self._identifier(part.children[0]) if part else None
        return s.TypeName(tree.start, tree.end, identifier.name, identifier.text, of, arguments)

    def _options(self, children: list[Any]) -> list[s.Option]:
        return [
            s.Option(
                option.start,
                option.end,
                self._identifier(option.children[0]),
                self._expression(option.children[1]) if len(option.children) > 1 else None,
            )
            for option in self._parts(children, "option")
        ]

    def _annotation(self, children: list[Any]) -> Optional[s.TypeName]:
        part = self._part(children, "annotation")
        return self._type(part.children[0]) if part else None

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
        return s.Put(tree.start, tree.end, value, target, children[1].text, self._options(children))

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
        numbering, failed = self._part(children, "numbering"), self._part(children, "on_failure")
        return s.ForEach(
            tree.start,
            tree.end,
            self._expression(children[0]),
            self._identifier(children[1]),
            self._identifier(numbering.children[0]) if numbering else None,
            self._optional(children, "where"),
            self._body(children[2:]),
            self._body(failed.children) if failed else None,
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
