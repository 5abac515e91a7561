"""Emits 标准: a function that hears how the conditions come out and computes the values that count."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from ... import syntax as s
from ..interpreter.calls import standard_value
from .statements import Statements


class Standards(Statements):
    """Adds 标准 to the statements; calls of them are those of functions."""

    def standard(self, item: s.Standard) -> Any:
        """The definition of a 标准. Conditions are asked in their order, values computed only where they hold."""
        code, at = self.functions[item.identifier.name], self.range(item.identifier)
        outer = self.scopes, self.owner, self.before
        self.scopes, self.owner, self.before = [self.scopes[0], {}], code, []
        self.scopes[-1].update({variable.name: variable for variable in code.formals})
        outcomes = [self.condition(case.condition).tree for case in item.cases]
        values = [
            self.thunk(self.box(part), self.range(part)) for part in (*(c.value for c in item.cases), item.principle)
        ]
        given = [self.name(variable.python, at) for variable in code.formals]
        name = self.requests.name("k_standard", item.start, lambda _runtime: partial(standard_value, item))
        tuples = [ast.Tuple(part, ast.Load(), **at) for part in (given, outcomes, values)]
        body = [*self.before, ast.Return(self.call(name, tuples, at), **at)]
        self.scopes, self.owner, self.before = outer
        return self.define(code.python, [variable.python for variable in code.formals], body, at)
