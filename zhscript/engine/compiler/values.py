"""Emits names, literals, texts with holes, lists and choices."""

from __future__ import annotations

import ast
from typing import Any

from ... import syntax as s
from ...formats import read_formats
from ...types import ANY, BOOLEAN, DATE, NULL, NUMBER, TEXT, Type, list_of, number_of
from ..values import make, show
from .base import Base
from .emitted import Emitted, Uncovered

_CONSTANTS = {
    "真": (True, BOOLEAN),
    "是": (True, BOOLEAN),
    "假": (False, BOOLEAN),
    "否": (False, BOOLEAN),
    "空": (None, NULL),
    "换行": ("\n", TEXT),
}
_SIMPLE = frozenset({"number", "text", "boolean", "date", "null"})


class Values(Base):
    """Expressions without conditions and calls."""

    def _name(self, node: s.Name) -> Emitted:
        name, at = node.identifier.name, self.range(node)
        variable = self.find(name)
        if variable is not None:
            variable.whole = True
            self.reach(variable)
            return Emitted(self.name(variable.python, at), variable.type, variable.sure, True, variable.bits)
        if name in self.layers:
            return Emitted(self.layer(name, at), Type("layer", layer=name), True, True)
        if name == "今天":
            return Emitted(self.call("k_today", [], at), DATE, True, True)
        if name in _CONSTANTS:
            value, kind = _CONSTANTS[name]
            return Emitted(self.constant(value, at), kind, value is not None, True)
        raise Uncovered(name)

    def layer(self, key: str, at: Any) -> Any:
        """A layer as an operand."""
        return self.name(self.requests.name("k_layer", key, lambda runtime: runtime.view(key)), at)

    def _others(self, node: s.Others) -> Emitted:
        key = node.identifier.name
        for scope in reversed(self.scopes):
            for variable in scope.values():
                if variable.type.kind == "feature" and variable.type.layer == key:
                    variable.whole = True
                    at = self.range(node)
                    tree = self.call("k_others", [self.name(variable.python, at)], at)
                    return Emitted(tree, Type("layer", layer=key), True, True)
        raise Uncovered("其他")

    def _number(self, node: s.Number) -> Emitted:
        return self.number(node, node.value, NUMBER)

    def _quantity(self, node: s.Quantity) -> Emitted:
        return self.number(node, node.value, number_of(node.dimension))

    def _date(self, node: s.Date) -> Emitted:
        date = node.value
        name = self.requests.name("k_date", date, lambda _runtime: date)
        return Emitted(self.name(name, self.range(node)), DATE, True, True)

    def _text(self, node: s.Text) -> Emitted:
        return Emitted(self.constant(node.value, self.range(node)), TEXT, True, True)

    def _group(self, node: s.Group) -> Emitted:
        return self.value(node.inner)

    # -- texts

    def _template(self, node: s.Template) -> Emitted:
        at = self.range(node)
        parts = [self.constant(part, at) if isinstance(part, str) else self._hole(part) for part in node.parts]
        tree = self.call("k_join", [ast.Tuple(parts, ast.Load(), **at)], at)
        return Emitted(tree, TEXT, True, True)

    def _hole(self, hole: s.Hole) -> Any:
        at = self.range(hole.expression)
        value = self.value(hole.expression)
        formats = tuple(word.text for word in hole.formats)
        dimension = value.dimension
        form, _ = read_formats(list(formats))
        if value.total or self.pure:
            writer = self.requests.name(
                "k_write", (formats, dimension), lambda _runtime: lambda number: _written(number, dimension, form)
            )
            return self.call(writer, [value.tree], at)
        writer = self.requests.name(
            "k_hole",
            (formats, dimension),
            lambda runtime: runtime.hole(lambda number: _written(number, dimension, form)),
        )
        return self.call(writer, [self.thunk(value.tree, at)], at)

    def thunk(self, tree: Any, at: Any) -> Any:
        """A function of no arguments for an expression that may turn out undetermined."""
        name = self.temporary("f_")
        self.before.append(self.define(name, [], [ast.Return(tree, **at)], at))
        return self.name(name, at)

    def define(self, name: str, parameters: list[str], body: list[Any], at: Any) -> Any:
        """The definition of a function."""
        arguments = ast.arguments([], [ast.arg(parameter, **at) for parameter in parameters], None, [], [], None, [])
        return ast.FunctionDef(name, arguments, body, [], **at)

    # -- lists and choices

    def _listof(self, node: s.ListOf) -> Emitted:
        at = self.range(node)
        items = [self.value(item) for item in node.items]
        tree = ast.List([self.boxed(item, self.range(part)) for item, part in zip(items, node.items)], ast.Load(), **at)
        return Emitted(tree, self.list_type(items), True, all(item.total for item in items))

    def list_type(self, items: list[Emitted]) -> Type:
        """The type of a list of these items: known when all are sure and of one sort."""
        first = items[0].type if items else ANY
        known = first.kind in ("text", "number") and all(item.sure and item.type == first for item in items)
        return list_of(first) if known else list_of(ANY)

    def _range(self, node: s.Range) -> Emitted:
        at = self.range(node)
        return Emitted(self.call("k_span", [self.box(node.low), self.box(node.high)], at), list_of(NUMBER), True)

    def _choose(self, node: s.Choose) -> Emitted:
        choices = [(self.noted(condition), self.value(value), value) for condition, value in node.choices]
        otherwise = self.value(node.otherwise)
        values = [value for _, value, _ in choices] + [otherwise]
        first = values[0].type
        alike = first.kind in _SIMPLE and all(value.type == first for value in values)
        result = otherwise.tree if alike else self.boxed(otherwise, self.range(node.otherwise))
        for condition, value, part in reversed(choices):
            tree = value.tree if alike else self.boxed(value, self.range(part))
            result = ast.IfExp(condition.tree, tree, result, **self.range(node))
        total = all(value.total for value in values) and all(condition.total for condition, _, _ in choices)
        return Emitted(result, first if alike else ANY, alike and all(value.sure for value in values), total)

    def noted(self, node: Any) -> Emitted:
        """The tree of a condition, surely true or false; here for the mixin that has conditions."""
        raise NotImplementedError


def _written(value: Any, dimension: Any, form: Any) -> str:
    return show(value if value is None else make(value, dimension), form)
