"""What help says of parameters and results, the same behind every door."""

from __future__ import annotations

from .convert import limits_text, wanted
from .declaration import GEOMETRY_WORDS, ToolOutput, ToolParameter


def facts(parameter: ToolParameter) -> str:
    """Title, type, limits and default of a parameter in one line."""
    parts = [parameter.title] if parameter.title != parameter.name else []
    parts.append(wanted(parameter))
    if parameter.limits:
        parts.append(limits_text(parameter))
    if parameter.default_text:
        parts.append(f"缺省 {parameter.default_text}")
    elif parameter.optional:
        parts.append("可以不写")
    return "；".join(parts)


def output_facts(output: ToolOutput) -> str:
    """Title, type and fields of a result in one line."""
    parts = [output.title] if output.title != output.name else []
    parts.append(GEOMETRY_WORDS.get(output.geometry, "") + output.word)
    if output.fields:
        parts.append("字段 " + "、".join(f"{name}（{word}）" if word else name for name, word in output.fields))
    return "；".join(parts)
