"""Runs the prepared parser table. Needs neither Lark nor anything outside the standard library."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence

from ..lexer import Lexeme

_ACCEPT = 1 << 30


class Branch:
    """What a rule of the grammar read, when nothing else is made of it. `end` is exclusive, without the line end."""

    __slots__ = ("children", "end", "rule", "start")

    def __init__(self, rule: str, children: list[Any], start: int, end: int) -> None:
        self.rule = rule
        self.children = children
        self.start = start
        self.end = end


class Unexpected(Exception):
    """The lexeme at `index` does not fit; `expected` holds the kinds that would."""

    def __init__(self, index: int, expected: list[str]) -> None:
        super().__init__(index, expected)
        self.index = index
        self.expected = expected


class Columns(NamedTuple):
    """Lexemes as parallel lists; here what takes no room, or is a line end, ends where the lexeme before it ends."""

    kinds: Sequence[str]
    texts: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]


class Actions(NamedTuple):
    """What becomes of a text: `rules` by the name of the rule, `lexemes` by kind.

    An action of a rule takes (the maker, start, end, children), one of a lexeme (start, end, text). A rule without
    action gives a `Branch`, a kind without one a `Lexeme`. Rules in `passing` hand on their only child.
    """

    rules: Mapping[str, Callable[[Any, int, int, list], Any]] = {}
    lexemes: Mapping[str, Callable[[int, int, str], Any]] = {}
    passing: frozenset[str] = frozenset()


class _Rule(NamedTuple):
    origin: str
    name: str
    symbols: int
    values: int
    spliced: str  # for each value k or x, "" when none is spliced
    inline: bool
    action: Optional[Callable[[Any, int, int, list], Any]]


class _Landing(dict):
    """Where a symbol leads to from a state, by the kind that follows: (state, action there).

    Most reductions of an expression only rename what has been read; chains of them are followed here, once.
    """

    def __init__(self, row: dict[str, int], symbol: str, table: _Table, renames: Sequence[bool]) -> None:
        super().__init__()
        self._row, self._symbol, self._table, self._renames = row, symbol, table, renames

    def __missing__(self, kind: str) -> tuple[int, Optional[int]]:
        target = self._row[self._symbol]
        action = self._table.action(target, kind)
        while action is not None and action < 0 and self._renames[~action]:
            target = self._row[self._table.rules[~action][0]]
            action = self._table.action(target, kind)
        self[kind] = target, action
        return target, action


class _Landings(dict):
    """The landings of one state by symbol."""

    def __init__(self, row: dict[str, int], table: _Table, renames: Sequence[bool]) -> None:
        super().__init__()
        self._arguments = row, table, renames

    def __missing__(self, symbol: str) -> _Landing:
        row, table, renames = self._arguments
        landing = self[symbol] = _Landing(row, symbol, table, renames)
        return landing


class _Table:
    """The LALR(1) table as it is stored; see grammar/build.py."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.rules: list[tuple[str, str, str, bool]] = content["rules"]
        self.rows: list[dict[str, int]] = content["rows"]
        self.start: dict[str, int] = content["start"]
        self._ends = frozenset(content["end"].values())

    def action(self, state: int, kind: str) -> Optional[int]:
        """n >= 0 shifts to state n, n < 0 reduces by rule ~n, None is an error."""
        if kind == "$END" and state in self._ends:
            return _ACCEPT
        return self.rows[state].get(kind)


class Automaton:
    """The table together with what is to be made of a text."""

    def __init__(self, table: _Table, actions: Actions) -> None:
        self._table = table
        self._lexemes = actions.lexemes
        self._rules = [_rule(rule, actions) for rule in table.rules]
        renames = [
            rule.symbols == rule.values == 1 and not rule.spliced and (rule.inline or rule.name in actions.passing)
            for rule in self._rules
        ]
        self._landings = [_Landings(row, table, renames) for row in table.rows]

    def run(self, lexemes: Columns, maker: Any = None, start: str = "start") -> Any:
        """What the actions make of the lexemes. Raises `Unexpected`."""
        kinds, texts, starts, ends = lexemes
        following = [*kinds[1:], "$END", "$END"]
        landings, rules, made = self._landings, self._rules, self._lexemes
        states = [self._table.start[start]]  # of the symbols read
        places: list[int] = []  # where each of them begins
        values: list[Any] = []  # of those that have one
        index, end = 0, 0  # of the next lexeme, of the last one
        kind = kinds[0] if kinds else "$END"
        action = self._table.action(states[0], kind)
        while action != _ACCEPT:
            if action is None:
                raise Unexpected(index, parser().acceptable(states))
            if action >= 0:
                place, end = starts[index], ends[index]
                make = made.get(kind)
                if make is not None:
                    values.append(make(place, end, texts[index]))
                elif kind[0] != "_":
                    values.append(Lexeme(kind, texts[index], place, end))
                places.append(place)
                symbol, kind = kind, following[index]
                index += 1
            else:
                symbol, name, count, kept, spliced, inline, act = rules[~action]
                children = values[len(values) - kept :]
                del values[len(values) - kept :]
                if spliced:
                    children = _splice(spliced, children)
                if count > 1:
                    del places[1 - count :]
                elif not count:
                    places.append(end)
                del states[len(states) - count :]
                if inline and len(children) == 1:
                    values.append(children[0])
                elif act is not None:
                    values.append(act(maker, places[-1], end, children))
                else:
                    values.append(children if symbol[0] == "_" else Branch(name, children, places[-1], end))
            state, action = landings[states[-1]][symbol][kind]
            states.append(state)
        return values[-1]


def _rule(rule: tuple[str, str, str, bool], actions: Actions) -> _Rule:
    origin, name, kept, inline = rule
    values = kept.replace("-", "")
    return _Rule(origin, name, len(kept), len(values), values if "x" in kept else "", inline, actions.rules.get(name))


def _splice(letters: str, children: list[Any]) -> list[Any]:
    result: list[Any] = []
    for letter, child in zip(letters, children):
        if letter == "k":
            result.append(child)
        elif result:
            result += child
        else:
            result = child  # a growing list is handed on, not copied
    return result


class Parser:
    """Reads lexemes by the grammar."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._plain = Automaton(table, Actions())

    def automaton(self, actions: Actions) -> Automaton:
        """An automaton that makes something else than branches."""
        return Automaton(self._table, actions)

    def parse(self, lexemes: Sequence[Lexeme], start: str = "start") -> Branch:
        """The plain tree of the lexemes. Raises `Unexpected`."""
        return self._plain.run(columns(lexemes), start=start)

    # The repairs (zhscript/repair) rely on `follow` and `acceptable`: states only, no tree. tests: test_zh_repair.py

    def follow(self, kinds: Sequence[str], states: Sequence[int] = (), start: str = "start") -> tuple[int, list[int]]:
        """How many of the kinds fit behind `states` (the start when empty), and the states that they lead to."""
        stack = list(states) or [self._table.start[start]]
        for count, kind in enumerate(kinds):
            if not self._shift(kind, stack):
                return count, stack
        return len(kinds), stack

    def _shift(self, kind: str, stack: list[int]) -> bool:
        """Move the states over one terminal; False, with the states as they were, when it does not fit."""
        trial = list(stack)
        while True:
            action = self._table.rows[trial[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                stack[:] = [*trial, action]
                return True
            origin, _, kept, _ = self._table.rules[~action]
            if kept:
                del trial[-len(kept) :]
            trial.append(self._table.rows[trial[-1]][origin])

    def acceptable(self, stack: list[int]) -> list[str]:
        """The terminals that can follow: those of the row whose reductions really lead to a shift."""
        result = []
        for kind, action in self._table.rows[stack[-1]].items():
            if kind.isupper() and (action >= 0 or self._shift(kind, list(stack))):
                result.append(kind)
        return sorted(result)


def columns(lexemes: Sequence[Lexeme]) -> Columns:
    """Lexemes as parallel lists."""
    ends = [lexeme.end for lexeme in lexemes]
    for index, lexeme in enumerate(lexemes):
        if index and (lexeme.kind == "_NL" or lexeme.end == lexeme.start):
            ends[index] = ends[index - 1]
    kinds, texts = [lexeme.kind for lexeme in lexemes], [lexeme.text for lexeme in lexemes]
    return Columns(kinds, texts, [lexeme.start for lexeme in lexemes], ends)


@lru_cache(maxsize=1)
def parser() -> Parser:
    """The parser of the language, loaded once."""
    data = __loader__.get_data(__file__.rpartition("driver.")[0] + "table.json")  # type: ignore[attr-defined,name-defined,union-attr]
    return Parser(_Table(json.loads(data)))
