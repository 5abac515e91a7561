"""What functions of a program do besides giving a value: whom they call, what they change."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ... import syntax as s
from ...syntax.nodes import walk as nodes
from ..functions_outside import OUTSIDE
from ..functions_tables import TABLES

_MANY = 200  # functions: fewer cannot call each other as deep as the limit without a cycle


class Effects:
    """The functions and 标准 of a program by name, and what is known of them.

    `calls` tells whom they call, `deep` which may come back to themselves, or call one that may.
    """

    def __init__(self, functions: list[Any]) -> None:
        walked = self._walked = {item.identifier.name: list(nodes([item])) for item in functions}
        self.calls = {
            name: {part.name for part in parts if isinstance(part, s.Identifier) and part.name in walked} - {name}
            for name, parts in walked.items()
        }
        for item in functions:
            if _calls_itself(item, walked[item.identifier.name]):
                self.calls[item.identifier.name].add(item.identifier.name)
        self.deep = _recursive(self.calls)

    @cached_property
    def changing(self) -> set[str]:
        """Functions that assign a name of the script, or change something that it holds."""
        return self.callers({name for name, parts in self._walked.items() if _changes(parts)})

    @cached_property
    def acting(self) -> set[str]:
        """Functions that change, show, read or write anything."""
        return self.changing | self.callers({name for name, parts in self._walked.items() if _acts(parts)})

    def callers(self, names: set[str]) -> set[str]:
        """These functions, and those that call them over any number of steps."""
        while True:
            more = {name for name, called in self.calls.items() if called & names} - names
            if not more:
                return names
            names = names | more

    def reaches_out(self, word: str) -> bool:
        """Whether a word of the library reads or writes anything."""
        return word in _WORDS

    def change(self, part: Any) -> bool:
        """Whether a part of the program calls a function that changes something of the script."""
        return bool(self.changing) and any(
            isinstance(node, s.Identifier) and node.name in self.changing for node in nodes(part)
        )


def _recursive(calls: dict[str, set[str]]) -> set[str]:
    if len(calls) > _MANY:
        return set(calls)
    reach = {name: set(called) for name, called in calls.items()}
    changed = True
    while changed:
        changed = False
        for called in reach.values():
            more = set().union(*(reach[other] for other in called)) - called if called else set()
            if more:
                called |= more
                changed = True
    cyclic = {name for name, called in reach.items() if name in called}
    return cyclic | {name for name, called in reach.items() if called & cyclic}


def _calls_itself(function: Any, parts: list[Any]) -> bool:
    own = function.identifier
    return any(isinstance(part, s.Identifier) and part.name == own.name and part is not own for part in parts)


def _changes(parts: list[Any]) -> bool:
    """Whether a function assigns a name that is not its own, or puts something into what may not be its own."""
    targets = [part.target for part in parts if isinstance(part, (s.Assign, s.Put))]
    if not targets:
        return False
    own = {part.identifier.name for part in parts if isinstance(part, s.Binding)}
    for root in targets:
        while isinstance(root, (s.Item, s.Member)):
            root = root.base
        if not (isinstance(root, s.Name) and root.identifier.name in own):
            return True
    return False


_WORDS = frozenset({*OUTSIDE, *TABLES})
_ACTS = (s.Show, s.ToolCall, s.OperationCall)


def _acts(parts: list[Any]) -> bool:
    for part in parts:
        if isinstance(part, s.Identifier):
            if part.name in _WORDS:
                return True
        elif isinstance(part, _ACTS) or (isinstance(part, s.Put) and part.word != "加入"):
            return True
    return False
