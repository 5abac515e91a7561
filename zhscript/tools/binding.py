"""The values of one call of a tool, checked against its declaration. Every door calls this, so all say the same."""

from __future__ import annotations

from typing import Any, Mapping

from ..characters import normalize
from ..diagnostics import nearest
from .convert import convert, wanted
from .declaration import ToolDeclaration, ToolError, ToolParameter


def bind(tool: ToolDeclaration, given: Mapping[str, Any]) -> dict[str, Any]:
    """The typed value of every parameter by its key; None for what was left open and has no constant default.

    `given` maps names of parameters, in any spelling, to texts or values (see `convert`); None and "" count as left
    open. Raises `ToolError` for the first wrong one: names first, then values in the order of the declaration.
    """
    values = {normalize(name): value for name, value in given.items()}
    for name in given:
        if normalize(name) not in {parameter.key for parameter in tool.parameters}:
            raise _unknown(tool, name)
    return {parameter.key: _value(parameter, values.get(parameter.key)) for parameter in tool.parameters}


def is_open(value: Any) -> bool:
    """Whether a parameter was left open."""
    return value is None or (isinstance(value, (str, list, tuple)) and not value)


def _value(parameter: ToolParameter, value: Any) -> Any:
    if not is_open(value):
        return convert(parameter, value)
    if parameter.required:
        raise ToolError(f"缺少{parameter.label}，要写{wanted(parameter)}", parameter.name, parameter.line)
    return parameter.default


def _unknown(tool: ToolDeclaration, name: str) -> ToolError:
    names = [parameter.name for parameter in tool.parameters]
    close = nearest(name, names, 1)
    hint = f"是不是想写“{close[0]}”？" if close else f"它的参数有：{'、'.join(names) or '无'}"
    return ToolError(f"工具“{tool.title}”没有参数“{name}”；{hint}", name)
