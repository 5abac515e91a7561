"""Names and where they are visible."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Optional

from .. import syntax as s
from ..diagnostics import Edit, Fix, Problem, nearest
from ..records import record
from ..types import FAILED, Type


@record
class Symbol:
    """What a name stands for. `role`: value variable layer function standard parameter; `constant` its exact value."""

    role: str
    type: Type
    node: Any = None
    constant: Optional[Fraction] = None
    key: str = ""  # of a name of another file: what it is called in the whole program


class Scopes:
    """The visible names, innermost last, and the list of problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self._stack: list[dict[str, Symbol]] = [{}]
        self._keys: dict[str, Symbol] = {}  # names of other files
        self.problems = problems

    @property
    def top(self) -> dict[str, Symbol]:
        """The names of the whole file."""
        return self._stack[0]

    def push(self) -> None:
        """Enter a block."""
        self._stack.append({})

    def pop(self) -> None:
        """Leave a block; its names end."""
        self._stack.pop()

    def find(self, name: str) -> Optional[Symbol]:
        """The symbol of a name, or None."""
        for table in reversed(self._stack):
            if name in table:
                return table[name]
        return self._keys.get(name)

    def declare(self, identifier: s.Identifier, symbol: Symbol, *fixes: Fix) -> None:
        """Make a name visible; a name that is visible already is an error, for which `fixes` may be offered."""
        if self.find(identifier.name):
            self.error("ZH202", f"名字“{identifier.text}”前面已经用过了，请换一个名字", identifier, *fixes)
        self._stack[-1][identifier.name] = symbol

    def declare_key(self, key: str, symbol: Symbol) -> None:
        """Make a name of another file known by its key, which nobody can write."""
        self._keys[key] = symbol

    def names(self) -> list[str]:
        """All visible names."""
        return [name for table in self._stack for name in table]

    def error(self, code: str, message: str, node: Any, *fixes: Fix) -> Type:
        """Note an error; the expression then counts as of unknown type, so that it causes no further ones."""
        self.problems.append(Problem(code, message, node.start, node.end, "error", fixes))
        return FAILED

    def note(self, severity: str, code: str, message: str, node: Any) -> None:
        """Note a warning or a hint."""
        self.problems.append(Problem(code, message, node.start, node.end, severity))

    def unknown(self, code: str, message: str, identifier: s.Identifier, candidates: Any) -> Type:
        """Note a name that is not known, with the nearest ones as fixes."""
        close = nearest(identifier.name, candidates)
        hint = f"；是不是想写{'、'.join(f'“{name}”' for name in close)}？" if close else ""
        fixes = [Fix(f"改为“{name}”", (Edit(identifier.start, identifier.end, name),)) for name in close]
        return self.error(code, message + hint, identifier, *fixes)
