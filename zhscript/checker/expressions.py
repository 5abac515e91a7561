"""Types and dimensions of expressions."""

from __future__ import annotations

from typing import Any

from .. import syntax as s
from ..types import ANY, BOOLEAN, NUMBER, Type, feature_of, list_of
from .members import Members
from .scope import Symbol
from .values import Values


class Expressions(Values, Members):
    """Finds the type of every expression and notes what is wrong with it."""

    def _choose(self, node: s.Choose) -> Type:
        kinds = []
        for condition, value in node.choices:
            self.condition(condition)
            kinds.append(self.type_of(value))
        kinds.append(self.type_of(node.otherwise))
        known = [kind for kind in kinds if kind.kind not in ("any", "null")]
        for kind in known[1:]:
            if kind != known[0]:
                return self._error("ZH250", f"几个“则取”的值要是一类，这里有{known[0]}和{kind}", node)
        return self._common(kinds)

    def _range(self, node: s.Range) -> Type:
        for part in (node.low, node.high):
            self._takes(self.type_of(part), "number", part)
        return list_of(NUMBER)

    def element(self, source: Any) -> Type:
        """The type of the elements of what is looped over."""
        kind = self.type_of(source)
        if kind.kind == "layer":
            return feature_of(kind)
        if kind.kind == "list":
            return kind.item or ANY
        if kind.kind != "any":
            self._error("ZH251", f"这里要写图层或列表，现在是{kind}", source)
        return ANY

    def _query(self, node: s.Query) -> Type:
        element = self.element(node.source)
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", element))
        if node.where is not None:
            self.condition(node.where)
        result = self.type_of(node.listing) if node.listing is not None else element
        self.scopes.pop()
        return list_of(result)

    def _quantifier(self, node: s.Quantifier) -> Type:
        element = self.element(node.source)
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", element))
        self.condition(node.condition)
        self.scopes.pop()
        return BOOLEAN
