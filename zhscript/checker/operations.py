"""Checks calls of what the program around the language can do: 功能“…”（参数：值，…） and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import syntax as s
from ..diagnostics import Edit, Fix, nearest
from ..operations import OUTPUT_KINDS, OperationDeclaration, OperationParameter, find_operation, operations
from ..types import ANY, NULL, Type
from ..units import NONE

if TYPE_CHECKING:
    from .fitting import Fitting

_MOST_NAMED = 8
_LAYERS = ("layer", "text", "any")


def check_operation(node: s.OperationCall, expressions: Fitting) -> Type:
    """The type of a call: an outcome, whose members are known when the capability is."""
    kinds = {argument: expressions.type_of(argument.value) for argument in node.arguments}
    known = operations()
    operation = find_operation(node.title.name)
    writes = operation is None or _writes(operation, node)
    if known is not None and operation is None:
        titles = [item.title for item in known.values()]
        shown = "、".join(f"“{title}”" for title in titles[:_MOST_NAMED])
        more = "" if nearest(node.title.name, titles) else f"；有 {shown} 等 {len(titles)} 个"
        return expressions.scopes.unknown("ZH296", f"没有功能“{node.title.text}”{more}", node.title, titles)
    expressions.permissions.use(node.title.text, "管理" if writes else "检查", node.title)
    given: dict[str, s.Argument] = {}
    for argument, kind in kinds.items():
        if argument.name is None:
            expressions.scopes.error("ZH234", "功能的参数要写成 参数名：值", argument)
        elif operation is not None:
            _named(operation, argument, kind, given, expressions)
    if operation is not None:
        missing = [item.label for item in operation.parameters if item.required and item.key not in given]
        if missing:
            names = "、".join(f"“{name}”" for name in missing)
            expressions.scopes.error("ZH234", f"调用功能“{operation.title}”还缺参数{names}", node.title)
    return Type("outcome", layer=operation.title if operation else "")


def _writes(operation: OperationDeclaration, node: s.OperationCall) -> bool:
    named = [operation.parameter(argument.name.name) for argument in node.arguments if argument.name]
    return operation.writes_always or any(item is not None and item.kind in OUTPUT_KINDS for item in named)


def _named(
    operation: OperationDeclaration,
    argument: s.Argument,
    kind: Type,
    given: dict[str, s.Argument],
    expressions: Fitting,
) -> None:
    name: Any = argument.name
    parameter = operation.parameter(name.name)
    if parameter is None:
        labels = [item.label for item in operation.parameters]
        listed = "" if nearest(name.name, labels) else f"；有：{'、'.join(labels)}"
        expressions.scopes.unknown("ZH234", f"功能“{operation.title}”没有参数“{name.text}”{listed}", name, labels)
        return
    if parameter.key in given:
        expressions.scopes.error("ZH234", f"参数“{name.text}”给了两次", argument)
    given[parameter.key] = argument
    _value(parameter, kind, argument.value, expressions)


def _value(parameter: OperationParameter, kind: Type, node: Any, expressions: Fitting) -> None:
    """Note a value that does not fit the parameter."""
    if kind.kind == "any" or kind == NULL:
        return
    if parameter.kind == "vector":
        features = kind.kind == "list" and (kind.item is None or kind.item.kind in ("feature", *_LAYERS))
        if (kind.kind not in _LAYERS and not features) or kind.plain:
            expressions.scopes.error("ZH236", f"参数“{parameter.label}”要{parameter.wanted}，现在是{kind}", node)
    elif parameter.kind == "layers":
        if kind.kind not in ("layer", "mapping", "list") or kind.plain:
            expressions.scopes.error("ZH236", f"参数“{parameter.label}”要{parameter.wanted}，现在是{kind}", node)
    elif parameter.kind == "arguments":
        if kind.kind != "mapping":
            expressions.scopes.error("ZH236", f"参数“{parameter.label}”要{parameter.wanted}，现在是{kind}", node)
    elif parameter.many and kind.kind == "list":
        for item in node.items if isinstance(node, s.ListOf) else ():
            _one(parameter, expressions.types[item], item, expressions)
    else:
        _one(parameter, kind, node, expressions)


def _one(parameter: OperationParameter, kind: Type, node: Any, expressions: Fitting) -> None:
    if "any" in (kind.kind, parameter.type.kind):
        return
    wanted = parameter.type
    if kind.kind != wanted.kind or kind.dimension != wanted.dimension:
        fixes = []
        measure = parameter.measure
        if isinstance(node, s.Number) and measure is not None and measure.dimension != NONE:
            fixes.append(Fix(f"补上单位“{measure.name}”", (Edit(node.end, node.end, measure.name),)))
        if isinstance(node, s.Text) and node.value in ("是", "否") and parameter.kind == "flag":
            fixes.append(Fix(f"写 {node.value}，不加引号", (Edit(node.start, node.end, node.value),)))
        message = f"参数“{parameter.label}”要{parameter.wanted}，现在是{kind}"
        expressions.scopes.error("ZH236", message, node, *fixes)
    elif parameter.kind == "choice" and isinstance(node, s.Text):
        titles = [title for _, title in parameter.choices]
        if node.value not in titles:
            close = nearest(node.value, titles) or titles
            fixes = [Fix(f"改为“{title}”", (Edit(node.start, node.end, f"“{title}”"),)) for title in close[:3]]
            message = f"参数“{parameter.label}”没有选项“{node.value}”；可以写 {parameter.wanted}"
            expressions.scopes.error("ZH297", message, node, *fixes)
    elif parameter.suffixes and parameter.kind in OUTPUT_KINDS and isinstance(node, s.Text):
        endings = tuple("." + suffix for suffix in parameter.suffixes)
        if not node.value.lower().endswith(endings):
            new = f"“{node.value.rpartition('.')[0] or node.value}{endings[0]}”"
            fix = Fix(f"改为{new}", (Edit(node.start, node.end, new),))
            message = f"参数“{parameter.label}”的文件要以 {' 或 '.join(endings)} 结尾"
            expressions.scopes.error("ZH297", message, node, fix)


def outcome_type(title: str, identifier: s.Identifier, expressions: Fitting) -> Type:
    """The type of one value of a result."""
    operation = find_operation(title)
    if operation is None:
        return ANY
    members = operation.members
    found = members.get(identifier.name) or members.get(identifier.text)
    if found is None and identifier.name in (item.name for item in operation.results):
        return ANY
    if found is not None:
        return found
    message = f"功能“{operation.title}”的结果里没有“{identifier.text}”"
    listed = "" if nearest(identifier.name, members) else f"；有：{'、'.join(members)}"
    return expressions.scopes.unknown("ZH205", message + listed, identifier, members)
