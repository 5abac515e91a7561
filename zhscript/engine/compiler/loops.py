"""What the compiler finds out about loops and variables beforehand, so that limits cost little inside loops."""

from __future__ import annotations

import math
from typing import Any

from ... import syntax as s
from ...constants import Constants
from ...syntax.nodes import walk as nodes
from .effects import Effects


def appended(loop: Any, effects: Effects) -> list[s.Put]:
    """The first 把 … 加入 列表 of each list whose length may be looked at after the loop, not at each turn.

    Nothing of the loop may be seen outside when it ends with an error: it only computes, and leaves at its end.
    """
    parts = list(nodes([loop]))
    if any(_is_seen(part, effects) for part in parts):
        return []
    inside = {part.identifier.name for part in parts if isinstance(part, _BINDERS)}
    inside |= {_named(part.target) for part in parts if isinstance(part, s.Assign)}
    first: dict[str, s.Put] = {}
    for part in parts:
        if isinstance(part, s.Put) and _named(part.target) not in (*inside, ""):
            first.setdefault(_named(part.target), part)
    return list(first.values())


_BINDERS = (s.Binding, s.ForEach, s.For)


def _named(node: Any) -> str:
    return node.identifier.name if isinstance(node, s.Name) else ""


def _is_seen(node: Any, effects: Effects) -> bool:
    if isinstance(node, (s.Show, s.Return, s.ToolCall, s.OperationCall, s.Check, s.Require, s.Hint)):
        return True
    if isinstance(node, s.ForEach):
        return node.failed is not None
    if isinstance(node, s.Identifier):
        return node.name in effects.acting or effects.reaches_out(node.name)
    return isinstance(node, s.Put) and node.word != "加入"


class Bounds:
    """How large the numbers are that variables can hold, where that is plain from all that is assigned to them."""

    def __init__(self, items: list[Any], constants: Constants, functions: set[str]) -> None:
        self._items = items
        self._constants = constants
        self._remainder = "余数" not in functions  # the word is that of the library
        self._given: dict[str, list[Any]] = {}

    def bits(self, name: str) -> int:
        """Bits that every value of the variable fits into; 0 where that is not known."""
        if not self._given:
            self._read()
        sizes = [self._size(value) for value in self._given.get(name, ())]
        return max(sizes) if sizes and all(sizes) else 0

    def _read(self) -> None:
        """Find what is assigned to each name: statements only, whose expressions hold none."""
        waiting = list(self._items)
        while waiting:
            node = waiting.pop()
            if isinstance(node, s.Binding):
                self._given.setdefault(node.identifier.name, []).append(node.value)
            elif isinstance(node, s.Assign):
                if isinstance(node.target, s.Name):
                    given = node.value if node.operator == "=" else node
                    self._given.setdefault(node.target.identifier.name, []).append(given)
            elif isinstance(node, s.If):
                waiting += [statement for _, body in node.branches for statement in body]
                waiting += node.otherwise
            else:
                waiting += getattr(node, "body", None) or ()
                waiting += getattr(node, "failed", None) or ()

    def _size(self, node: Any) -> int:
        constant = self._constants.get(node)
        if isinstance(node, s.Number):
            constant = node.value
        if constant is not None:
            return max(1, math.ceil(abs(constant)).bit_length())
        if isinstance(node, s.Group):
            return self._size(node.inner)
        remainder = self._remainder and isinstance(node, s.Call) and node.function.name == "余数"
        if remainder and node.arguments and all(argument.name is None for argument in node.arguments):
            return self._size(node.arguments[-1].value)  # smaller than the divisor
        return 0
