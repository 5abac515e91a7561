"""工具: what a program declares as tools, and the values of their calls. Forms, commands and help come from here."""

from __future__ import annotations

from .binding import bind, is_open
from .collect import tools_of
from .convert import convert, limits_text, shown, wanted
from .declaration import RESERVED, ToolDeclaration, ToolError, ToolOutput, ToolParameter
from .words import facts, output_facts

__all__ = [
    "RESERVED",
    "ToolDeclaration",
    "ToolError",
    "ToolOutput",
    "ToolParameter",
    "bind",
    "convert",
    "facts",
    "is_open",
    "limits_text",
    "output_facts",
    "shown",
    "tools_of",
    "wanted",
]
