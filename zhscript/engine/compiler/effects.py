"""What functions of a program do besides giving a value: whom they call, what they change."""

from __future__ import annotations

from typing import Any, Iterator

from ... import syntax as s
from ..functions_outside import OUTSIDE
from ..functions_tables import TABLES
from .failure import nodes

Callable = s.Function | s.Standard
_MANY = 200  # functions: fewer cannot call each other as deep as the limit without a cycle


class Effects:
    """The functions and 标准 of a program by name, and what is known of them.

    `deep`: may come back to themselves, or call one that may. `changing`: assign a name of the script, or something
    that it holds. `acting`: change, show, read or write anything.
    """

    def __init__(self, functions: list[Any]) -> None:
        names = {item.identifier.name for item in functions}
        self.calls = {item.identifier.name: {name for name in _named(item) if name in names} for item in functions}
        self.deep = _recursive(self.calls)
        self.changing = self.callers({item.identifier.name for item in functions if _changes(item)})
        self.acting = self.changing | self.callers({item.identifier.name for item in functions if _acts(item)})

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


def _named(function: Any) -> Iterator[str]:
    """Every name that the body and the defaults of a function mention."""
    body: Any = function.body if isinstance(function, s.Function) else [function.principle, function.cases]
    for part in (body, [formal.default for formal in function.formals]):
        yield from (node.name for node in nodes(part) if isinstance(node, s.Identifier))


def _changes(function: Any) -> bool:
    """Whether it assigns a name that is not its own, or puts something into what may not be its own."""
    if isinstance(function, s.Standard):
        return False
    own = {node.identifier.name for node in nodes(function.body) if isinstance(node, s.Binding)}
    for node in nodes(function.body):
        if isinstance(node, (s.Assign, s.Put)):
            root: Any = node.target
            while isinstance(root, (s.Item, s.Member)):
                root = root.base
            if not (isinstance(root, s.Name) and root.identifier.name in own):
                return True
    return False


_WORDS = frozenset({*OUTSIDE, *TABLES})


def _acts(function: Any) -> bool:
    for node in nodes([function]):
        if isinstance(node, (s.Show, s.ToolCall, s.OperationCall)) or (isinstance(node, s.Put) and node.word != "加入"):
            return True
        if isinstance(node, s.Identifier) and node.name in _WORDS:
            return True
    return False
