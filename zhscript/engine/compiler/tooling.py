"""Emits 工具: a function that takes what a call gives, checks it, runs the body and gives the outputs back."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from ... import syntax as s
from ...checker.tools import parameter_type
from ...tools.collect import tools_of
from ...tools.declaration import SOURCES, ToolDeclaration
from ...types import ANY, Type
from .base import NOWHERE
from .emitted import SCALARS, Emitted, FunctionCode, Variable
from .rules import Rules


class Tools(Rules):
    """Adds tools and calls of them.

    What the layers of a tool hold is only known when it runs: their features are values of an unknown type.
    """

    def tool(self, item: s.Tool) -> tuple[str, Any]:
        """The function of a tool: its name and definition. `t_given` holds the values of the call by key."""
        name, at = self.temporary("f_tool_"), self.range(item)
        declaration = next(each for each in tools_of(self.program) if each.title == item.title)
        outer = self.scopes, self.owner, self.before, self.outer, dict(self.layers)
        self.outer = set()
        self.scopes, self.before, self.owner = [self.scopes[0], {}], [], FunctionCode(name, [], ANY, False)
        try:
            body = [*self._parameters(item, declaration), self._ready(item, declaration)]
            for condition in item.preconditions:
                body += self._precondition(condition)
            outputs = [self._output(output.key, node) for output, node in zip(declaration.outputs, item.outputs)]
            body += [tree for _, tree in outputs]
            body += self.block(item.body)
        finally:
            changed = sorted(self.outer)
            self.scopes, self.owner, self.before, self.outer, layers = outer
            self.layers.clear()
            self.layers.update(layers)
        if changed:
            body.insert(0, ast.Nonlocal(changed, **at))
        results: list[Any] = [self.name(variable.python, NOWHERE) for variable, _ in outputs]
        body.append(ast.Return(ast.List(results, ast.Load(), **NOWHERE), **NOWHERE))
        self.titles[name] = ("工具", item.title)
        return name, self.define(name, ["t_given"], body, at)

    def _parameters(self, item: s.Tool, declaration: ToolDeclaration) -> list[Any]:
        declared = {parameter.key: parameter for parameter in declaration.parameters}
        trees: list[Any] = []
        for node in item.parameters:
            self.before = []
            if isinstance(node, s.Parameter):
                made = self._do_parameter(node)
            else:
                assert isinstance(node, s.FormParameter)
                made = self._form_parameter(node, declared[node.identifier.name])
            trees += [*self.before, *made]
        return trees

    def _ready(self, item: s.Tool, declaration: ToolDeclaration) -> Any:
        """Once the parameters have their values, the layers are asked for the fields that the tool needs."""
        keys, values = [], []
        for name, variable in self.scopes[-1].items():
            keys.append(self.constant(name, NOWHERE))
            values.append(self.boxed(Emitted(self.name(variable.python, NOWHERE), variable.type), NOWHERE))
        maker = self.requests.name(
            "k_ready", item, lambda runtime: partial(runtime.runner.fields_are_there, item, declaration)
        )
        return ast.Expr(self.call(maker, [ast.Dict(keys, values, **NOWHERE)], NOWHERE), **NOWHERE)

    def _form_parameter(self, node: s.FormParameter, parameter: Any) -> list[Any]:
        at, arguments = self.range(node), [self.name("t_given", self.range(node))]
        if parameter.kind in SOURCES:
            self.layers.pop(parameter.key, None)  # the name is that of the parameter
            kind = ANY
        else:
            kind = parameter_type(parameter, self.layers)
            if node.default is not None:
                arguments.append(self.thunk(self.box(node.default), at))
        maker = self.requests.name("k_given", node, lambda runtime: partial(runtime.tools.parameter, parameter))
        tree = self.call(maker, arguments, at)
        if kind.kind not in SCALARS:
            kind = ANY
        elif kind.kind == "number":
            tree = self.call("k_plain", [tree], at)
        return [self.assign(self.declare(node.identifier, kind).python, tree, at)]

    def _output(self, key: str, node: s.Output) -> tuple[Variable, Any]:
        at = self.range(node)
        self.layers.pop(key, None)
        maker = self.requests.name("k_output", node, lambda runtime: partial(runtime.tools.output, key))
        variable = self.declare(node.identifier, ANY)
        return variable, self.assign(variable.python, self.call(maker, [], at), at)

    def _precondition(self, node: s.Precondition) -> list[Any]:
        at = self.range(node)
        self.before = []
        holds = self.condition(node.condition).tree
        ahead, self.before = self.before, []
        report = self.constant(None, at) if node.report is None else self.box(node.report)
        maker = self.requests.name("k_unfit", node, lambda runtime: partial(runtime.tools.unfit, node))
        tell = [*self.before, ast.Expr(self.call(maker, [report], at), **at)]
        self.before = []
        return [*ahead, ast.If(ast.UnaryOp(ast.Not(), holds, **at), tell, [], **at)]

    # -- calls

    def _toolcall(self, node: s.ToolCall) -> Emitted:
        at = self.range(node)
        named = [argument for argument in node.arguments if argument.name is not None]
        keys = [self.constant(argument.name.name, at) for argument in named if argument.name]
        values = ast.Dict(keys, [self.box(argument.value) for argument in named], **at)
        self.called += 1
        maker = self.requests.name("k_tool", node.title, lambda runtime: partial(runtime.tools.call, node.title))
        return Emitted(self.call(maker, [values], at), ANY, True)

    def _operationcall(self, node: s.OperationCall) -> Emitted:
        at = self.range(node)
        given = {argument.name.name: self.box(argument.value) for argument in node.arguments if argument.name}
        values = ast.Dict([self.constant(key, at) for key in given], list(given.values()), **at)
        title = node.title.text
        self.called += 1
        maker = self.requests.name("k_operation", title, lambda runtime: partial(runtime.operation, title))
        return Emitted(self.call(maker, [values], at), ANY, True)

    def _reference(self, node: s.Reference) -> Emitted:
        maker = self.requests.name("k_reference", node, lambda runtime: partial(runtime.evaluator.value, node))
        return Emitted(self.call(maker, [], self.range(node)), ANY, True, True)

    # -- names of layers that are those of a parameter or an output

    def layer(self, key: str, at: Any) -> Any:
        """A layer as an operand."""
        variable = self.find(key)
        return super().layer(key, at) if variable is None else self.name(variable.python, at)

    def _others(self, node: s.Others) -> Emitted:
        variable = self.find(node.identifier.name)
        if variable is None:
            return super()._others(node)
        at, features = self.range(node), []
        for scope in reversed(self.scopes[1:]):
            for inner in scope.values():
                if inner.type == ANY:
                    features.append(self.name(inner.python, at))
        given = [self.name(variable.python, at), ast.List(features, ast.Load(), **at)]
        return Emitted(self.call("k_others_of", given, at), Type("any"), True)
