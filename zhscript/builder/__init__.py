"""From the parse tree to the program's tree."""

from __future__ import annotations

from .. import syntax as s
from ..grammar.driver import Branch
from .declarations import DeclarationBuilder

__all__ = ["Builder"]


class Builder(DeclarationBuilder):
    """Builds nodes. `parse_hole(text, offset)` parses the expression of a template hole or notes its problem."""

    def program(self, tree: Branch) -> list[s.Statement]:
        """The top-level items."""
        return [self._statement(child) for child in tree.children if isinstance(child, Branch)]
