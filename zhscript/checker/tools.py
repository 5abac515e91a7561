"""Checks tools: what they declare, their conditions, their bodies, and calls of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import syntax as s
from ..diagnostics import Source
from ..program import LayerDeclaration
from ..tools.collect import declare
from ..tools.constants import NOT_CONSTANT, constant
from ..tools.declaration import SOURCES, ToolDeclaration, ToolOutput, ToolParameter
from ..tools.fields import needed_fields
from ..types import ANY, BOOLEAN, DATE, NULL, NUMBER, SHAPE, TEXT, Type, list_of, named_type, number_of
from .scope import Symbol

if TYPE_CHECKING:
    from .fitting import Fitting
    from .statements import Statements

_TYPES = {
    "boolean": BOOLEAN,
    "date": DATE,
    "extent": SHAPE,
    "point": SHAPE,
    "choices": list_of(TEXT),
    "number": NUMBER,
    "integer": NUMBER,
    "ratio": NUMBER,
}


def declare_tools(tools: list[s.Tool], name: str, source: Source, expressions: Fitting) -> None:
    """Read the heads of all tools, so that scripts may call a tool that stands further below."""
    for tool in tools:
        if tool.title in expressions.tools:
            expressions.scopes.error("ZH211", f"工具“{tool.title}”的名字重复了", tool)
        expressions.tools[tool.title] = declare(tool, name, source, expressions.scopes.error)


def check_tool(tool: s.Tool, expressions: Fitting, statements: Statements) -> None:
    """Check a tool in a scope of its own."""
    declaration = expressions.tools[tool.title]
    own = dict(expressions.layers)
    expressions.scopes.push()
    try:
        for line in tool.layers:
            expressions.scopes.error("ZH293", "工具里的图层写作 参数 名：图层；固定的图层请写在工具外面", line)
        _parameters(tool, declaration, expressions)
        for output, node in zip(declaration.outputs, tool.outputs):
            kind = _output_type(output, expressions)
            expressions.scopes.declare(node.identifier, Symbol("output", kind, node))
        for condition in tool.preconditions:
            expressions.condition(condition.condition)
            if condition.report is not None:
                expressions.text(condition.report)
        statements.tool_body(tool)
    finally:
        expressions.scopes.pop()
        expressions.layers.clear()
        expressions.layers.update(own)


def _parameters(tool: s.Tool, declaration: ToolDeclaration, expressions: Fitting) -> None:
    declared = {parameter.key: parameter for parameter in declaration.parameters}
    for node in tool.parameters:
        if isinstance(node, s.FormParameter):
            parameter = declared.get(node.identifier.name)
            kind = parameter_type(parameter, expressions.layers) if parameter else ANY
            if node.default is not None and parameter:
                _default(parameter, kind, node.default, expressions)
            expressions.scopes.declare(node.identifier, Symbol("value", kind, node))
        elif isinstance(node, s.Parameter):
            expressions.scopes.declare(node.identifier, Symbol("parameter", expressions.type_of(node.value), node))
        else:
            expressions.scopes.error("ZH293", "工具里的参数不能按日期分段，请写在工具外面", node)


def _default(parameter: ToolParameter, kind: Type, node: Any, expressions: Fitting) -> None:
    """A default that is computed when the tool is called must be of the parameter's type."""
    given = expressions.type_of(node)
    if parameter.kind in SOURCES:
        if given != TEXT and not given.failed:
            expressions.scopes.error("ZH220", "图层和表格的默认值要写数据的名字，例如 默认“DLTB”", node)
    elif constant(node) is NOT_CONSTANT:  # the head tells about constants
        expressions._same(given, kind, node)


def parameter_type(parameter: ToolParameter, layers: dict[str, LayerDeclaration]) -> Type:
    """The type of a parameter's name in the body of the tool; the layer that it stands for is put into `layers`."""
    if parameter.kind in SOURCES:
        layer = LayerDeclaration(parameter.name, parameter.default_text or parameter.name, (), parameter.kind, True)
        layers[layer.key] = layer
        return Type("layer", layer=layer.key)
    if parameter.kind == "quantity":
        return number_of(parameter.dimension)
    return _TYPES.get(parameter.kind, TEXT)


def _output_type(output: ToolOutput, expressions: Fitting) -> Type:
    if output.kind in SOURCES:
        fields = tuple((name, name, word) for name, word in output.fields)
        layer = LayerDeclaration(output.name, output.name, fields, output.kind)
        expressions.layers[layer.key] = layer
        return Type("layer", layer=layer.key)
    return named_type(output.word) or ANY


def check_call(node: s.ToolCall, expressions: Fitting) -> Type:
    """The type of 工具“…”（…）: its outputs by name."""
    tool = expressions.tools.get(node.title)
    if tool is None:
        known = "、".join(f"“{title}”" for title in expressions.tools)
        return expressions.scopes.error(
            "ZH204", f"没有名为“{node.title}”的工具" + (f"；有 {known}" if known else ""), node
        )
    declared = {parameter.key: parameter for parameter in tool.parameters}
    given = set()
    for argument in node.arguments:
        kind = expressions.type_of(argument.value)
        if argument.name is None:
            expressions.scopes.error("ZH234", "工具的参数要写成 参数名：值", argument)
        elif argument.name.name not in declared:
            expressions.scopes.unknown(
                "ZH234", f"工具“{tool.title}”没有参数“{argument.name.text}”", argument.name, declared
            )
        else:
            _argument(declared[argument.name.name], kind, argument, expressions)
            given.add(argument.name.name)
            expressions.tool_layers.append((tool, argument, kind))
    missing = [item.name for item in tool.parameters if item.required and item.key not in given]
    if missing:
        names = "、".join(f"“{name}”" for name in missing)
        expressions.scopes.error("ZH234", f"调用工具“{tool.title}”还缺参数{names}", node)
    return Type("result", layer=tool.title)


def check_fields(tools: list[s.Tool], source: Source, expressions: Fitting) -> None:
    """Tell where a layer is given to a tool of this file whose fields it does not declare. Its tools are checked."""
    nodes = {tool.title: tool for tool in tools}
    for tool, argument, kind in expressions.tool_layers:
        key = kind.layer or (kind.item.layer if kind.item is not None else "")
        layer = expressions.layers.get(key) if kind.kind in ("layer", "list") else None
        if layer is None or layer.open_fields or tool.file or tool.title not in nodes:
            continue
        given = argument.name.name if argument.name is not None else ""
        for needed in needed_fields(nodes[tool.title], expressions.types):
            name = needed.identifier
            own = expressions.scopes.find(name.name)
            is_function = own is not None and own.role == "function"
            if needed.chosen or needed.layer != given:
                continue
            if layer.field_type(name.name) is None and not is_function:
                line = source.place(name.start)[0]
                message = f"工具“{tool.title}”要用字段“{name.text}”（第 {line} 行），图层“{layer.name}”没有声明它"
                expressions.scopes.error("ZH205", message, argument)


def _argument(parameter: ToolParameter, kind: Type, argument: s.Argument, expressions: Fitting) -> None:
    if parameter.kind in SOURCES:
        if kind.kind not in ("layer", "list", "text", "any"):
            expressions.scopes.error("ZH236", f"这里要图层，现在是{kind}", argument.value)
    elif kind != NULL:
        wanted = TEXT if parameter.kind not in _TYPES and parameter.kind != "quantity" else _TYPES.get(parameter.kind)
        expressions._same(kind, wanted or number_of(parameter.dimension), argument.value)


def result_type(title: str, identifier: s.Identifier, expressions: Fitting) -> Type:
    """The type of one output of a call."""
    outputs = expressions.tools[title].outputs
    for output in outputs:
        if output.key == identifier.name:
            return Type("layer") if output.kind in SOURCES else named_type(output.word) or ANY
    names = [output.name for output in outputs]
    return expressions.scopes.unknown("ZH205", f"工具“{title}”没有输出“{identifier.text}”", identifier, names)
