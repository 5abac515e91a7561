"""A text that is being edited: its diagnostics and program after every change.

An edit inside one rule or test re-reads and re-checks only that block, unless something else could depend on it. What
is told is always what `check_text` tells about the whole text.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple, Optional

from . import Diagnostic, Program, Sources, check_text, once
from .ambiguity import possible
from .checker.again import WatchedCheck, unaltered
from .checker.importing import Loader
from .diagnostics import Edit, Fix, Problem, Source
from .invisible import has_invisible
from .lexer import Doubt
from .names import declarations, declared_names
from .parsing import parse_text, read_item


class Document:
    """One file in an editor. `sources` finds the files of 引用, as in `check_text`."""

    def __init__(self, text: str, path: str = "", sources: Optional[Sources] = None) -> None:
        self.path = path
        self._sources = sources
        self._state: Optional[_Checked] = None
        self._program: Optional[tuple[str, Optional[Program]]] = None
        self.update(text)

    def update(self, text: str) -> list[Diagnostic]:
        """Take the new text and give its diagnostics, in the order of the text."""
        self.text = text
        problems = self._state.change(text) if self._state else None
        if problems is None:
            program, self.diagnostics = check_text(text, self.path, self._sources)
            self._program = text, program
            if program is not None:
                self._state = _Checked.of(text, self.path)
        else:
            source = Source(text)
            self.diagnostics = [problem.diagnostic(source) for problem in problems]
        return self.diagnostics

    @property
    def program(self) -> Optional[Program]:
        """The program of the text, None when it has errors; made when it is asked for."""
        if self._program is None or self._program[0] != self.text:
            self._program = self.text, check_text(self.text, self.path, self._sources)[0]
        return self._program[1]


class _Part(NamedTuple):
    """A top-level item with what follows it up to the next item."""

    start: int
    names: frozenset[str]
    general: tuple[Problem, ...]  # problems of the file as a whole that lie here


class _Checked:
    """A text without errors, part by part."""

    def __init__(self, text: str, check: WatchedCheck, parts: list[_Part]) -> None:
        self._text = text
        self._check = check
        self._parts = parts
        self._names = frozenset().union(*(part.names for part in parts))

    @staticmethod
    def of(text: str, path: str) -> Optional[_Checked]:
        """The state of a text that has been checked and has no errors; None for what cannot be checked in parts."""
        parsed = parse_text(text)
        problems: list[Problem] = []
        loader = Loader(None)
        check = WatchedCheck(parsed.items, parsed.source, path, problems, loader)
        check.run()
        starts = [item.start for item in parsed.items]
        if has_invisible(text) or parsed.problems or not starts or any(item.severity == "error" for item in problems):
            return None
        starts[0] = 0
        names: list[set[str]] = [set() for _ in starts]
        for name, end in declarations(text):
            names[bisect_right(starts, end - 1) - 1].add(name)
        general: list[list[Problem]] = [[] for _ in starts]
        for problem in unaltered(problems, check.found):
            general[bisect_right(starts, problem.start) - 1].append(problem)
        parts = [_Part(*entry) for entry in zip(starts, map(frozenset, names), map(tuple, general))]
        return _Checked(text, check, parts)

    def change(self, text: str) -> Optional[list[Problem]]:
        """The problems of the changed text, None when more than one part must be looked at."""
        first, last = _changed(self._text, text)
        shift = len(text) - len(self._text)
        number = bisect_right([part.start for part in self._parts], first) - 1
        part, end = self._parts[number], self._end(number)
        if last > end or part.general or first == part.start:
            return None
        names = self._names_with(number, text[part.start : end + shift])
        if names is None:
            return None
        doubts: list[Doubt] = []
        read = read_item(text[part.start : end + shift], part.start, names, doubts)
        if (
            read is None
            or any(possible(text[part.start : end + shift], part.start, names, doubts))
            or not self._check.can_repeat(number, read)
        ):
            return None
        found = self._check.repeat(number, read)
        if any(problem.severity == "error" for problem in found):
            return None
        self._check.take(number, read, found)
        self._move(number + 1, shift)
        self._parts[number] = part._replace(names=declared_names(text[part.start : end + shift]))
        self._text, self._names = text, names
        general = [problem for part in self._parts for problem in part.general]
        return once([*general, *(problem for entry in self._check.found for problem in entry)])

    def _end(self, number: int) -> int:
        return self._parts[number + 1].start if number + 1 < len(self._parts) else len(self._text)

    def _names_with(self, number: int, piece: str) -> Optional[frozenset[str]]:
        """The names of the file with a part changed; None when the change lets other parts be read otherwise."""
        part, end = self._parts[number], self._end(number)
        names = declared_names(piece)
        if names == part.names:
            return self._names
        others = [other.names for index, other in enumerate(self._parts) if index != number]
        everything = names.union(*others)
        for name in everything ^ self._names:
            if self._text.find(name, 0, part.start) >= 0 or self._text.find(name, end) >= 0:
                return None
        return everything

    def _move(self, number: int, shift: int) -> None:
        """Move the parts from `number` on, the nodes that others refer to and the problems that lie there."""
        if not shift:
            return
        for index in range(number, len(self._parts)):
            part, item = self._parts[index], self._check.own_items[index]
            general = tuple(_moved(problem, part.start, shift) for problem in part.general)
            self._parts[index] = _Part(part.start + shift, part.names, general)
            item.start, item.end = item.start + shift, item.end + shift
            found = self._check.found[index]
            found[:] = [_moved(problem, part.start, shift) for problem in found]


def _moved(problem: Problem, place: int, shift: int) -> Problem:
    fixes = tuple(Fix(fix.title, tuple(_moved_edit(edit, place, shift) for edit in fix.edits)) for fix in problem.fixes)
    return Problem(problem.code, problem.message, problem.start + shift, problem.end + shift, problem.severity, fixes)


def _moved_edit(edit: Edit, place: int, shift: int) -> Edit:
    return Edit(edit.start + shift, edit.end + shift, edit.text) if edit.start >= place else edit


def _changed(before: str, after: str) -> tuple[int, int]:
    """The range of `before` outside of which both texts are equal."""
    shortest = min(len(before), len(after))
    first = _common(lambda n: before[:n] == after[:n], shortest)
    rest = _common(lambda n: n == 0 or before[-n:] == after[-n:], shortest - first)
    return first, len(before) - rest


def _common(equal, limit: int) -> int:  # type: ignore[no-untyped-def]
    """The largest n up to `limit` for which the pieces are equal."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if equal(middle):
            low = middle
        else:
            high = middle - 1
    return low
