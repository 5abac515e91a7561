"""Emits 参数, and 标准: a function that hears how the conditions come out and computes the values that count."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from ... import syntax as s
from ...types import ANY
from ..interpreter.calls import standard_value
from .emitted import SCALARS
from .statements import Statements


class Standards(Statements):
    """Adds 参数 and 标准 to the statements; calls of the latter are those of functions."""

    def _do_parameter(self, item: s.Parameter) -> list[Any]:
        at, value = self.range(item), self.value(item.value)
        kind, tree = self.kept(value, False), value.tree
        if kind is ANY:
            tree = self.call("k_copy", [self.boxed(value, at)], at)
        return [self.assign(self.declare(item.identifier, kind, value.sure).python, tree, at)]

    def _do_datedparameter(self, item: s.DatedParameter) -> list[Any]:
        """The value at the date of the run, which the runner chooses."""
        at, values = self.range(item), [self.value(since.value) for since in item.values]
        alike = values[0].type.kind in SCALARS and all(value.type == values[0].type for value in values)
        trees = [value.tree if alike else self.boxed(value, at) for value in values]
        chosen, tree = self.temporary(), trees[-1]
        for number, value in reversed(list(enumerate(trees[:-1]))):
            test = ast.Compare(self.name(chosen, at), [ast.Eq()], [self.constant(number, at)], **at)
            tree = ast.IfExp(test, value, tree, **at)
        maker = self.requests.name("k_since", item, lambda runtime: partial(runtime.since, item))
        first = self.assign(chosen, self.call(maker, [], at), at)
        kind = values[0].type if alike else ANY
        variable = self.declare(item.identifier, kind, alike and all(value.sure for value in values))
        return [first, self.assign(variable.python, tree, at)]

    def standard(self, item: s.Standard) -> Any:
        """The definition of a 标准. Conditions are asked in their order, values computed only where they hold."""
        code, at = self.functions[item.identifier.name], self.range(item.identifier)
        outer = self.scopes, self.owner, self.before
        self.scopes, self.owner, self.before = [self.scopes[0], {}], code, []
        self.scopes[-1].update({variable.name: variable for variable in code.formals})
        outcomes = [self.noted(case.condition).tree for case in item.cases]
        values = [
            self.thunk(self.box(part), self.range(part)) for part in (*(c.value for c in item.cases), item.principle)
        ]
        self.titles[code.python] = ("标准", item.identifier.text)
        given = [self.name(variable.python, at) for variable in code.formals]
        name = self.requests.name("k_standard", item.start, lambda _runtime: partial(standard_value, item))
        tuples = [ast.Tuple(part, ast.Load(), **at) for part in (given, outcomes, values)]
        body = [*self.before, ast.Return(self.call(name, tuples, at), **at)]
        self.scopes, self.owner, self.before = outer
        parameters = [variable.python for variable in code.formals]
        return self.define(code.python, ["t_depth", *parameters] if code.counted else parameters, body, at)
