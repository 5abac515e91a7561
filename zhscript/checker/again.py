"""Check one rule again in the surroundings that it had when the whole file was checked."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from .. import syntax as s
from ..constants import Constants
from ..diagnostics import Problem
from ..syntax.nodes import walk
from .check import FileCheck
from .scope import Symbol


class Surroundings(NamedTuple):
    """What an item sees of the file: the names declared before it, with their types at that time."""

    names: dict[str, Symbol]
    types: list[Any]


class WatchedCheck(FileCheck):
    """The check of a file that remembers the surroundings and the problems of each item."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.surroundings: list[Surroundings] = []  # by number of the item
        self.found: list[list[Problem]] = []
        self._excepted: Optional[set[str]] = None  # rules that have exceptions

    def _item(self, item: s.Statement) -> None:
        names, count = dict(self.scopes.top), len(self.problems)
        self.surroundings.append(Surroundings(names, [symbol.type for symbol in names.values()]))
        super()._item(item)
        self.found.append(self.problems[count:])

    def can_repeat(self, number: int, item: s.Statement) -> bool:
        """Whether the item can take the place of item `number` without consequences for any other item."""
        before = self.own_items[number]
        if any(isinstance(node, s.ToolCall) for node in walk(item)):
            return False  # what it gives to tools is judged with the whole file
        if isinstance(item, s.Test):
            return isinstance(before, s.Test)
        if not isinstance(item, s.Rule) or not isinstance(before, s.Rule) or item.title != before.title:
            return False
        if self._excepted is None:
            self._excepted = {other.target for other in self.own_items if isinstance(other, s.RuleException)}
        return item.title not in self._excepted

    def repeat(self, number: int, item: s.Statement) -> list[Problem]:
        """The problems of an item in the place of item `number`."""
        scopes, expressions = self.scopes, self.expressions
        surroundings, now = self.surroundings[number], dict(scopes.top)
        types = [symbol.type for symbol in now.values()]
        kept = scopes.problems, expressions.types, expressions.constants
        own, module = len(expressions.own_calls), len(expressions.module_calls)
        scopes.problems, expressions.types, expressions.constants = [], {}, Constants()
        expressions.permissions.forget()
        try:
            _restore(scopes.top, surroundings.names, surroundings.types)
            super()._item(item)
            expressions.permissions.finish()
            return scopes.problems
        finally:
            _restore(scopes.top, now, types)
            scopes.problems, expressions.types, expressions.constants = kept
            del expressions.own_calls[own:], expressions.module_calls[module:]

    def take(self, number: int, item: s.Statement, found: list[Problem]) -> None:
        """Put the item in the place of item `number`."""
        self.own_items[number] = item
        self.found[number] = found


def _restore(table: dict[str, Symbol], names: dict[str, Symbol], types: list[Any]) -> None:
    table.clear()
    table.update(names)
    for symbol, kind in zip(names.values(), types):
        symbol.type = kind


def unaltered(problems: list[Problem], found: list[list[Problem]]) -> list[Problem]:
    """The problems that belong to the file as a whole, not to the check of an item."""
    own = {id(problem) for entry in found for problem in entry}
    return [problem for problem in problems if id(problem) not in own]
