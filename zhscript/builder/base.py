"""What all parts of the builder use: dispatch by rule, names, parts of a construct."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .. import syntax as s
from ..characters import normalize
from ..diagnostics import Problem
from ..grammar.driver import Branch

ParseHole = Callable[[str, int], Optional[Branch]]


class BuilderBase:
    """Keeps the problems found and turns the shared parts of constructs into nodes."""

    def __init__(self, parse_hole: ParseHole, problems: list[Problem]) -> None:
        self._parse_hole = parse_hole
        self._problems = problems

    def _problem(self, code: str, message: str, node: Any) -> None:
        self._problems.append(Problem(code, message, node.start, node.end))

    def _expression(self, tree: Any) -> Any:
        return getattr(self, "_expression_" + tree.rule)(tree, tree.children)

    def _identifier(self, tree: Branch) -> s.Identifier:
        lexeme = tree.children[0]
        text = lexeme.text.strip("【】")
        return s.Identifier(lexeme.start, lexeme.end, normalize(lexeme.text), text)

    def _part(self, children: list[Any], rule: str) -> Any:
        return next((child for child in children if is_branch(child) and child.rule == rule), None)

    def _parts(self, children: list[Any], rule: str) -> list[Any]:
        return [child for child in children if is_branch(child) and child.rule == rule]

    def _optional(self, children: list[Any], rule: str) -> Any:
        """The expression inside an optional part such as `where`, or None."""
        part = self._part(children, rule)
        return self._expression(part.children[-1]) if part else None


def is_branch(value: Any) -> bool:
    """Whether a child is a construct of its own, not a lexeme."""
    return isinstance(value, Branch)


def plain(text: str) -> str:
    """The inside of a quoted text; doubled braces are one."""
    return text[1:-1].replace("{{", "{").replace("}}", "}")
