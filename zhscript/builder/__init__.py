"""From the reductions of the parser to the program's tree: no tree between."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .. import syntax as s
from ..grammar.driver import Actions, Automaton, Columns, parser
from .base import identifier
from .declarations import DeclarationBuilder

__all__ = ["Builder"]


class Builder(DeclarationBuilder):
    """Builds nodes. `parse_hole(text, offset)` gives the expression of a template hole or notes its problem."""

    def items(self, lexemes: Columns) -> list[s.Statement]:
        """The items of a block. Raises `Unexpected`."""
        return _automaton().run(lexemes, self)

    def hole(self, lexemes: Columns) -> s.Expression:
        """The expression of a hole. Raises `Unexpected`."""
        return _automaton().run(lexemes, self, "hole")

    def build_start(self, _start: int, _end: int, children: list[Any]) -> list[s.Statement]:
        return children

    def build_hole(self, _start: int, _end: int, children: list[Any]) -> s.Expression:
        return children[0]


@lru_cache(maxsize=1)
def _automaton() -> Automaton:
    rules = {name[6:]: getattr(Builder, name) for name in dir(Builder) if name.startswith("build_")}
    lexemes = dict.fromkeys(("NAME", "WORD", "QUOTED"), identifier)
    return parser().automaton(Actions(rules, lexemes, frozenset(["identifier"])))
