"""Runs the body of a tool with its parameters bound and its outputs open."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import shapely

from ... import syntax as s
from ...characters import normalize
from ...constants import rounded
from ...diagnostics import nearest
from ...program import LayerDeclaration
from ...tools.collect import tools_of
from ...tools.convert import check_limits, convert
from ...tools.declaration import GEOMETRY_WORDS, NUMBERS, SOURCES, ToolDeclaration, ToolError, ToolParameter
from ...tools.fields import needed_fields
from ..draft import Draft
from ..errors import Mistake, Undetermined
from ..table import Feature, Layer, View
from ..values import exact, is_number, make, show, split
from .statements import Statements

_SHOWN = 8  # fields of a layer that lacks the one that is asked for


class Result(dict):
    """The outputs of a call by key."""


class Tools(Statements):
    """Adds tools to the statements. `open_outputs` are those of the call at hand."""

    open_outputs: dict[str, Any] = {}  # noqa: RUF012 - never changed in place

    def call_tool(self, tool: s.Tool, declaration: ToolDeclaration, given: dict[str, Any]) -> Result:
        """Run a tool with the values of the language by key; what is not given gets its default.

        Layers are `View`s. Raises `ToolError` for values out of range and conditions that do not hold.
        """
        evaluator = self.evaluator
        outer_scopes, outer_layers, outer_check = evaluator.scopes, dict(evaluator.layers), self._current
        scope: dict[str, Any] = {}
        evaluator.scopes, self._current = [evaluator.scopes[0], scope], None
        outer_outputs, code = self.open_outputs, self.codes.tools.get(tool)
        try:
            if code is not None:
                outputs = self.open_outputs = self._outputs(declaration)
                return Result(zip(outputs, code(given)))
            self._parameters(tool, declaration, given, scope)
            self.fields_are_there(tool, declaration, scope)
            outputs = self._outputs(declaration)
            scope.update(outputs)
            for condition in tool.preconditions:
                self._precondition(condition)
            self.block(tool.body)
            return Result({key: scope[key] for key in outputs})
        except Undetermined as reason:
            raise self._error(reason) from reason
        finally:
            evaluator.scopes, self._current = outer_scopes, outer_check
            self.open_outputs = outer_outputs
            evaluator.layers.clear()
            evaluator.layers.update(outer_layers)

    def tool_called(self, title: str, given: dict[str, Any]) -> Result:
        """工具“…”（…） in a program: the same with values of the language. Raises `Mistake`."""
        program = self.evaluator.program
        tool = next(item for item in program.of_kind(s.Tool) if item.title == title)
        declaration = next(item for item in tools_of(program) if item.title == title)
        try:
            values = {}
            for key, value in given.items():
                parameter = declaration.parameter(key)
                values[key] = as_view(parameter.name, value) if parameter.kind in SOURCES else fitting(parameter, value)
            return self.call_tool(tool, declaration, values)
        except ToolError as error:
            raise Mistake(error.message) from error

    def _parameters(
        self, tool: s.Tool, declaration: ToolDeclaration, given: dict[str, Any], scope: dict[str, Any]
    ) -> None:
        declared = {parameter.key: parameter for parameter in declaration.parameters}
        for node in tool.parameters:
            if isinstance(node, s.Parameter):
                self._bind(node.identifier.name, node.value)
            elif isinstance(node, s.FormParameter):
                parameter = declared[node.identifier.name]
                value = given.get(parameter.key)
                if value is None and node.default is not None and parameter.kind not in SOURCES:
                    value = fitting(parameter, self.evaluator.value(node.default))
                scope[parameter.key] = value
                if isinstance(value, View):
                    self.evaluator.layers[parameter.key] = value.layer

    def fields_are_there(self, tool: s.Tool, declaration: ToolDeclaration, scope: dict[str, Any]) -> None:
        """Tell a field that a given layer lacks before anything is computed.

        Raises `ToolError` for a chosen field, `ScriptError` with the place for one that the body asks for.
        """
        own = {**self.evaluator.functions, **self.evaluator.standards}
        for layer, identifier, chosen in needed_fields(tool, self.evaluator.program.types):
            view, name = scope.get(layer), scope.get(identifier.name) if chosen else identifier.text
            if not isinstance(view, View) or not isinstance(name, str) or normalize(name) in view.layer.columns:
                continue
            if chosen and identifier.name in scope:
                parameter = declaration.parameter(identifier.name)
                raise ToolError(f"{parameter.label}：{missing_field(view.layer, name)}", "", parameter.line)
            if not chosen and identifier.name not in own:
                raise self.evaluator.error(missing_field(view.layer, name), identifier)

    def _outputs(self, declaration: ToolDeclaration) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        for output in declaration.outputs:
            if output.kind in SOURCES:
                fields = tuple((name, name, word) for name, word in output.fields)
                layer = LayerDeclaration(output.name, output.name, fields, output.kind)
                draft = Draft(layer, kind=GEOMETRY_WORDS.get(output.geometry, ""))
                self.evaluator.layers[output.key] = draft
                outputs[output.key] = View(draft)
            else:
                outputs[output.key] = None
        return outputs

    def _precondition(self, node: s.Precondition) -> None:
        if self.evaluator.condition(node.condition):
            return
        raise self.unfit(node, self.evaluator.value(node.report) if node.report is not None else None)

    def unfit(self, node: s.Precondition, told: Any) -> ToolError:
        """The error of a 条件 that does not hold; `told` is what the tool says about it."""
        line = self.evaluator.program.source.place(node.start)[0]
        text = told or f"要满足“{self.evaluator.text_of(node.condition)}”"
        return ToolError(f"参数不合适（第 {line} 行的条件）：{text}", "", line)


def missing_field(layer: Layer, name: str) -> str:
    """What is said of a field that a layer does not have."""
    there = nearest(normalize(name), list(layer.columns)) or list(layer.columns)[:_SHOWN]
    return f"图层“{layer.name}”没有字段“{name}”" + (f"；有：{'、'.join(there)}" if there else "")


def fitting(parameter: ToolParameter, value: Any) -> Any:
    """A value of the language as the value of a parameter, within its limits. Raises `Mistake` or `ToolError`."""
    if value is None:
        if parameter.required:
            raise Mistake(f"{parameter.label}没有值")
        return None
    if parameter.kind in NUMBERS:
        amount, dimension = split(value) if is_number(value) else (0, None)
        if dimension != parameter.dimension:
            raise Mistake(f"{parameter.label}要{parameter.word}，给出的是“{show(value)}”")
        if parameter.kind == "integer" and exact(amount).denominator != 1:
            raise Mistake(f"{parameter.label}要写整数，给出的是“{show(value)}”")
        check_limits(parameter, exact(amount))
        return value
    if isinstance(value, shapely.Geometry):
        return value
    return language_value(parameter, convert(parameter, value))


def language_value(parameter: ToolParameter, value: Any) -> Any:
    """What `zhscript.tools.bind` gives, as the program sees it; extents and points are geometries in its own CRS."""
    if isinstance(value, Fraction):
        return make(rounded(value), parameter.dimension)
    if parameter.kind == "extent" and value is not None:
        return shapely.box(*map(float, value[:4]))
    if parameter.kind == "point" and value is not None:
        return shapely.Point(*map(float, value[:2]))
    return list(value) if isinstance(value, tuple) else value


def as_view(name: str, value: Any) -> View:
    """A layer, or a list of features of one layer, as the value of a layer parameter. Raises `Mistake`."""
    if isinstance(value, View):
        rows = [row for row in range(len(value.layer)) if row != value.without]
        return value if value.without < 0 else View(_part(value.layer, rows))
    layers = {id(item.layer) for item in value if isinstance(item, Feature)} if isinstance(value, list) else set()
    if len(layers) != 1 or not all(isinstance(item, Feature) for item in value):
        raise Mistake(f"参数“{name}”要图层，或同一个图层的要素的列表")
    return View(_part(value[0].layer, [item.index for item in value]))


def _part(layer: Layer, rows: list[int]) -> Layer:
    columns = {name: [values[row] for row in rows] for name, values in layer.columns.items()}
    return Layer(layer.declaration, layer.shapes[rows], columns, [layer.keys[row] for row in rows], layer.crs)
