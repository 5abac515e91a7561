"""Runs the prepared parser table. Needs neither Lark nor anything outside the standard library."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Sequence, Union

from ..lexer import Lexeme

MAXIMUM_DEPTH = 120

Tree = Union["Branch", Lexeme]


class Branch:
    """An inner node of the parse tree. `start`..`end` are offsets in the text, dropped lexemes included."""

    __slots__ = ("children", "depth", "end", "rule", "start")

    def __init__(self, rule: str, children: list[Any], start: int, end: int, depth: int) -> None:
        self.rule = rule
        self.children = children
        self.start = start
        self.end = end
        self.depth = depth


class Unexpected(Exception):
    """The lexeme at `index` does not fit; `expected` holds the kinds that would."""

    def __init__(self, index: int, expected: list[str]) -> None:
        super().__init__(index, expected)
        self.index = index
        self.expected = expected


class TooDeep(Exception):
    """A construct is nested deeper than later steps can follow."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__(start, end)
        self.start = start
        self.end = end


class Parser:
    """An LALR(1) automaton."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._rules = [
            (origin, name, kept, inline, len(kept), set(kept) == {"k"}) for origin, name, kept, inline in table["rules"]
        ]
        self._states = table["rows"]
        self._start, self._end = table["start"], table["end"]

    def parse(self, lexemes: Sequence[Lexeme], start: str = "start") -> Branch:
        """The tree of the lexemes. Raises `Unexpected` or `TooDeep`."""
        states = self._states
        stack = [self._start[start]]
        values: list[Any] = []
        for index, lexeme in enumerate(lexemes):
            while True:
                action = states[stack[-1]].get(lexeme.kind)
                if action is None:
                    raise Unexpected(index, self.acceptable(stack))
                if action >= 0:
                    stack.append(action)
                    values.append(lexeme)
                    break
                self._reduce(action, stack, values)
        while stack[-1] != self._end[start]:
            action = states[stack[-1]].get("$END")
            if action is None:
                raise Unexpected(len(lexemes), self.acceptable(stack))
            if action >= 0:
                break
            self._reduce(action, stack, values)
        return values[-1]

    # The repairs (zhscript/repair) rely on `follow` and `acceptable`: states only, no tree. tests: test_zh_repair.py

    def follow(self, kinds: Sequence[str], states: Sequence[int] = (), start: str = "start") -> tuple[int, list[int]]:
        """How many of the kinds fit behind `states` (the start when empty), and the states that they lead to."""
        stack = list(states) or [self._start[start]]
        for count, kind in enumerate(kinds):
            if not self._shift(kind, stack):
                return count, stack
        return len(kinds), stack

    def _shift(self, kind: str, stack: list[int]) -> bool:
        """Move the states over one terminal; False, with the states as they were, when it does not fit."""
        trial = list(stack)
        while True:
            action = self._states[trial[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                stack[:] = [*trial, action]
                return True
            origin, _, _, _, count, _ = self._rules[-action - 1]
            if count:
                del trial[-count:]
            trial.append(self._states[trial[-1]][origin])

    def acceptable(self, stack: list[int]) -> list[str]:
        """The terminals that can follow: those of the row whose reductions really lead to a shift."""
        result = []
        for kind, action in self._states[stack[-1]].items():
            if kind.isupper() and (action >= 0 or self._shift(kind, list(stack))):
                result.append(kind)
        return sorted(result)

    def _reduce(self, action: int, stack: list[int], values: list[Any]) -> None:
        origin, name, kept, inline, count, plain = self._rules[-action - 1]
        if inline and plain and count == 1:  # most reductions of an expression only rename it
            stack.pop()
            stack.append(self._states[stack[-1]][origin])
            return
        children: list[Any] = []
        start = end = values[-1].end if values else 0
        depth = 0
        if count:
            children = values[-count:]
            del values[-count:], stack[-count:]
            start, end = children[0].start, _last_end(children)
            depth = max((child.depth for child in children if type(child) is Branch), default=0)
        if not plain:
            children = _keep(kept, children)
        if inline and len(children) == 1:
            node = children[0]
        else:
            node = Branch(name, children, start, end, depth + (not name.startswith("_")))
            if depth >= MAXIMUM_DEPTH:
                raise TooDeep(start, end)
        values.append(node)
        stack.append(self._states[stack[-1]][origin])


def _keep(kept: str, children: list[Any]) -> list[Any]:
    result: list[Any] = []
    for letter, child in zip(kept, children):
        if letter == "k":
            result.append(child)
        elif letter == "x":
            if result:
                result.extend(child.children)
            else:
                result = child.children  # a growing list is handed on, not copied
    return result


def _last_end(children: list[Any]) -> int:
    """Where a construct ends: its line end is not part of it."""
    for child in reversed(children):
        if child.end > child.start and getattr(child, "kind", "") != "_NL":
            return child.end
    return children[0].end


@lru_cache(maxsize=1)
def parser() -> Parser:
    """The parser of the language, loaded once."""
    return Parser(json.loads((Path(__file__).parent / "table.json").read_text(encoding="ascii")))
