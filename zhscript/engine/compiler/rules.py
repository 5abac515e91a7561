"""Emits 规则 and 检查: a function for each, which finds out what holds; what is wrong the interpreter tells.

A body says nothing of what it cannot know: where Python refuses a value, what the body has found is dropped and the
interpreter judges that feature (or rule) from the start. Rules change nothing, so that is safe.
"""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from ... import syntax as s
from ...syntax.nodes import walk as nodes
from ...types import ANY, Type
from .base import NOWHERE
from .emitted import SCALARS, Emitted, FunctionCode
from .standards import Standards


class Rules(Standards):
    """Adds rules to the statements. `ruling` tells that the statements at hand belong to one."""

    checking = False  # in a 检查 of it

    def rule(self, item: s.Rule | s.Check) -> tuple[str, Any]:
        """The function of a rule, or of a 检查 outside rules: its name and definition."""
        name = self.temporary("f_rule_")
        body: list[s.Statement] = item.body if isinstance(item, s.Rule) else [item]
        at = self.range(item)
        outer = self.scopes, self.owner, self.before, self.pure
        self.scopes, self.before, self.pure, self.ruling = [self.scopes[0], {}], [], True, True
        self.owner = FunctionCode(name, [], ANY, False)
        self._excepted = [each for each in self.program.of_kind(s.RuleException) if each.target == self.titled(item)]
        try:
            trees = self.statements(body)
        finally:
            self.scopes, self.owner, self.before, self.pure = outer
            self.ruling = self.checking = False
        self.titles[name] = ("规则", item.title) if isinstance(item, s.Rule) else ("检查", "")
        return name, self.define(name, [], trees or [ast.Pass(**at)], at)

    _excepted: list[s.RuleException]

    def titled(self, item: Any) -> str:
        """The title of a rule; "" for a 检查 outside rules."""
        return item.title if isinstance(item, s.Rule) else ""

    # -- statements

    def _do_check(self, node: s.Check) -> list[Any]:
        if not self.ruling or self.checking:
            return []  # nothing looks at it
        at, kind = self.range(node), self.types.get(node.source, ANY)
        given = self._names(at, None)
        name, outer = self.temporary("f_check_"), self.before
        self.scopes.append({})
        known = kind.kind == "layer" and kind.layer in self.layers
        variable = self.declare(node.identifier, Type("feature", layer=kind.layer) if known else ANY, known)
        self.checking, self.before, loops, self.loops = True, [], self.loops, 0
        body = [self.look(at)]
        if node.where is not None:
            test = ast.UnaryOp(ast.Not(), self.noted(node.where).tree, **at)
            body += [*self.before, ast.If(test, [self.answer(False)], [], **at)]
        body += [*self.block(node.body), self.answer(True)]
        self.checking, self.before, self.loops = False, outer, loops
        self.scopes.pop()
        self.titles[name] = ("检查", "")
        maker = self.requests.name("k_check", node, lambda runtime: partial(runtime.rules.check, node))
        run = ast.Expr(self.call(maker, [self.name(name, at), given], at), **at)
        return [self.define(name, [variable.python], body, at), run]

    def answer(self, applies: bool) -> Any:
        """The end of the code of a 检查: whether it applies to the feature."""
        return ast.Return(self.constant(applies, NOWHERE), **NOWHERE)

    def _do_require(self, node: s.Require) -> list[Any]:
        if not self.ruling:
            return []
        at = self.range(node)
        holds = self.noted(node.condition).tree
        maker = self.requests.name("k_failed", node, lambda runtime: partial(runtime.rules.failed, node))
        tell = ast.Expr(self.call(maker, [self._names(at, [node, *self._excepted])], at), **at)
        test = ast.If(ast.UnaryOp(ast.Not(), holds, **at), [tell], [], **at)
        return [test] if self.checking else [ast.Expr(self.call("k_judged", [], at), **at), test]

    def _do_hint(self, node: s.Hint) -> list[Any]:
        if not self.ruling:
            return []
        at = self.range(node)
        maker = self.requests.name("k_hint", node, lambda runtime: partial(runtime.rules.hint, node))
        return [ast.Expr(self.call(maker, [self._names(at, [node])], at), **at)]

    def _do_binding(self, node: s.Binding) -> list[Any]:
        trees = super()._do_binding(node)
        if not self.ruling:
            return trees
        at, variable = self.range(node), self.scopes[-1][node.identifier.name]
        value = self.boxed(Emitted(self.name(variable.python, at), variable.type), at)
        texts = [self.constant(text, at) for text in (node.identifier.name, node.identifier.text)]
        return [*trees, ast.Expr(self.call("k_set", [*texts, value], at), **at)]

    def _do_skip(self, node: s.Skip) -> list[Any]:
        if self.checking and not self.loops:
            at = self.range(node)
            return [ast.Pass(**at), self.answer(True)]
        return super()._do_skip(node)

    def _names(self, at: Any, told: list[Any] | None) -> Any:
        """The names of the rule with their values: those that `told` mentions, and whatever may be a feature."""
        mentioned = None if told is None else {part.name for part in nodes(told) if isinstance(part, s.Identifier)}
        keys, values = [], []
        for scope in self.scopes[1:]:
            for name, variable in scope.items():
                if mentioned is None or name in mentioned or variable.type.kind not in (*SCALARS, "shape", "list"):
                    variable.whole = True
                    keys.append(self.constant(name, at))
                    values.append(self.boxed(Emitted(self.name(variable.python, at), variable.type), at))
        return ast.Dict(keys, values, **at)

    # -- queries of which the plan may know what they find

    def _query(self, node: s.Query) -> Emitted:
        if not self._is_planned(node):
            return super()._query(node)
        at = self.range(node)
        value, normal = self._apart(super()._query, node)
        arguments = [normal]
        if node.listing is not None:
            arguments.append(self._listed(node))
        maker = self.requests.name("k_found", node, lambda runtime: partial(runtime.rules.found, node))
        return Emitted(self.call(maker, arguments, at), value.type, True)

    def _quantifier(self, node: s.Quantifier) -> Emitted:
        if not self._is_planned(node):
            return super()._quantifier(node)
        value, normal = self._apart(super()._quantifier, node)
        maker = self.requests.name("k_some", node, lambda runtime: partial(runtime.rules.some, node))
        return Emitted(self.call(maker, [normal], self.range(node)), value.type, True)

    def _is_planned(self, node: Any) -> bool:
        return self.checking and self.types.get(node.source, ANY).kind == "layer"

    def _apart(self, emit: Any, node: Any) -> tuple[Emitted, Any]:
        """An expression in a function of its own, with all that it needs before it."""
        at, outer = self.range(node), self.before
        self.before = []
        value = emit(node)
        name, body = self.temporary("f_"), [*self.before, ast.Return(value.tree, **at)]
        self.before = outer
        self.before.append(self.define(name, [], body, at))
        return value, self.name(name, at)

    def _listed(self, node: s.Query) -> Any:
        """A function that lists what a query wants of the features that were found."""
        at, outer = self.range(node), self.before
        kind = self.types.get(node.source, ANY)
        self.scopes.append({})
        variable = self.declare(node.identifier, Type("feature", layer=kind.layer), True)
        self.before = []
        listed = self.value(node.listing)
        item = self.boxed(listed, self.range(node.listing))
        name, result = self.temporary("f_"), self.temporary()
        add = ast.Expr(self.call("k_append", [self.name(result, at), item], at), **at)
        loop = self.loop(variable, "t_all", [self.look(at), *self.before, add], at)
        self.scopes.pop()
        start = self.assign(result, ast.List([], ast.Load(), **at), at)
        self.before = outer
        self.before.append(self.define(name, ["t_all"], [start, loop, ast.Return(self.name(result, at), **at)], at))
        return self.name(name, at)
