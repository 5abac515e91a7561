"""Names and texts in SQL, so that nothing in them can be taken for SQL."""

from __future__ import annotations

from typing import Any

from .refusal import Refusal


def quoted(text: str, node: Any = None) -> str:
    """A string literal that means the same whatever `standard_conforming_strings` says."""
    if "\0" in text:
        raise Refusal("文字里有 SQL 不能写的零字符，请删去", node)
    literal = "'" + text.replace("'", "''") + "'"
    return "E" + literal.replace("\\", "\\\\") if "\\" in literal else literal


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def escaped(characters: str) -> str:
    """A literal of characters that cannot be seen."""
    return "E'" + "".join(f"\\u{ord(character):04x}" for character in characters) + "'"


def one_line(text: str) -> str:
    """A text for a comment."""
    return " ".join(text.split())
