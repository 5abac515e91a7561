"""What all parts of the builder use: names, parts of a construct, problems."""

from __future__ import annotations

from typing import Any, Callable

from .. import syntax as s
from ..characters import normalize
from ..diagnostics import Problem
from ..grammar.driver import Branch

ParseHole = Callable[[str, int], Any]


class BuilderBase:
    """Keeps the problems found and finds the parts of constructs.

    A method `build_R` makes the node of rule R of the grammar from (start, end, children); the children are made.
    """

    def __init__(self, parse_hole: ParseHole, problems: list[Problem]) -> None:
        self._parse_hole = parse_hole
        self.problems = problems

    def _problem(self, code: str, message: str, start: int, end: int) -> None:
        self.problems.append(Problem(code, message, start, end))

    def _optional(self, children: list[Any], rule: str) -> Any:
        """What stands inside an optional part such as `where`, or None."""
        for child in children:
            if type(child) is Branch and child.rule == rule:
                return child.children[-1]
        return None


def identifier(start: int, end: int, text: str) -> s.Identifier:
    """The node of a name."""
    return s.Identifier(start, end, normalize(text), text.strip("【】"))


def only(kind: Any, children: list[Any]) -> Any:
    """The child of one class, or None."""
    return next((child for child in children if isinstance(child, kind)), None)


def every(kind: Any, children: list[Any]) -> list[Any]:
    """The children of one class."""
    return [child for child in children if isinstance(child, kind)]


def plain(text: str) -> str:
    """The inside of a quoted text; doubled braces are one."""
    return text[1:-1].replace("{{", "{").replace("}}", "}")
