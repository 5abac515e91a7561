"""A text that is being edited: its diagnostics and program after every change.

An edit inside one rule or test re-reads and re-checks only that block, unless something else could depend on it. What
is told is always what `check_text` tells about the whole text.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Callable, NamedTuple, Optional

from . import Diagnostic, Program, Sources, check_text, once
from .ambiguity import possible
from .checker.again import WatchedCheck, unaltered
from .checker.importing import Loader
from .diagnostics import Edit, Fix, Problem, Source
from .invisible import has_invisible
from .lexer import Doubt
from .names import declarations, declared_names
from .parsing import parse_text, read_item
from .records import replace


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
        told = self._state.change(text) if self._state else None
        if told is None:
            program, self.diagnostics = check_text(text, self.path, self._sources)
            self._program = text, program
            if program is not None:
                self._state = _Checked.of(text, self.path)
        else:
            self.diagnostics = told
        return self.diagnostics

    @property
    def program(self) -> Optional[Program]:
        """The program of the text, None when it has errors; made when it is asked for."""
        if self._program is None or self._program[0] != self.text:
            self._program = self.text, check_text(self.text, self.path, self._sources)[0]
        return self._program[1]


class _Part(NamedTuple):
    """A top-level item with what follows it up to the next item, and what is told about it."""

    start: int
    line: int  # from 1, where it starts
    names: frozenset[str]
    general: bool  # whether problems of the file as a whole lie here
    told: list[Diagnostic]


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
        parts = []
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)])):
            here = once([*general[number], *check.found[number]])
            if not all(_lies_in(problem, start, end) for problem in here):
                return None
            told = [problem.diagnostic(parsed.source) for problem in here]
            line = parsed.source.place(start)[0]
            parts.append(_Part(start, line, frozenset(names[number]), bool(general[number]), told))
        return _Checked(text, check, parts)

    def change(self, text: str) -> Optional[list[Diagnostic]]:
        """What is told about the changed text, None when more than one part must be looked at."""
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
        if not all(_lies_in(problem, part.start, end + shift) for problem in found):
            return None
        lines = text.count("\n", part.start, end + shift) - self._text.count("\n", part.start, end)
        told = _told(once(found), text, part, end + shift)
        self._check.take(number, read, found)
        self._parts[number] = part._replace(names=declared_names(text[part.start : end + shift]), told=told)
        self._move(number + 1, shift, lines)
        self._text, self._names = text, names
        return [diagnostic for part in self._parts for diagnostic in part.told]

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

    def _move(self, number: int, shift: int, lines: int) -> None:
        """Move the parts from `number` on, and the nodes that others refer to."""
        if not shift and not lines:
            return
        for index in range(number, len(self._parts)):
            part, item = self._parts[index], self._check.own_items[index]
            told = [_lower(diagnostic, lines) for diagnostic in part.told] if lines else part.told
            self._parts[index] = _Part(part.start + shift, part.line + lines, part.names, part.general, told)
            item.start, item.end = item.start + shift, item.end + shift


def _lies_in(problem: Problem, start: int, end: int) -> bool:
    """Whether all of a problem lies in a part."""
    edits = (edit for fix in problem.fixes for edit in fix.edits)
    return start <= problem.start and problem.end <= end and all(start <= e.start and e.end <= end for e in edits)


def _told(problems: list[Problem], text: str, part: _Part, end: int) -> list[Diagnostic]:
    """Diagnostics of problems that lie in a part; only its lines are looked at."""
    first = text.rfind("\n", 0, part.start) + 1
    source = Source(text[first:end])
    return [_lower(_moved(problem, -first).diagnostic(source), part.line - 1) for problem in problems]


def _moved(problem: Problem, shift: int) -> Problem:
    fixes = tuple(
        Fix(fix.title, tuple(Edit(edit.start + shift, edit.end + shift, edit.text) for edit in fix.edits))
        for fix in problem.fixes
    )
    return replace(problem, start=problem.start + shift, end=problem.end + shift, fixes=fixes)


def _lower(told: Diagnostic, lines: int) -> Diagnostic:
    """The same so many lines further down."""
    fixes = [{**fix, "edits": [_lower_edit(edit, lines) for edit in fix["edits"]]} for fix in told.fixes]
    return replace(told, line=told.line + lines, end_line=told.end_line + lines, fixes=fixes)


def _lower_edit(edit: dict[str, Any], lines: int) -> dict[str, Any]:
    return {**edit, "line": edit["line"] + lines, "end_line": edit["end_line"] + lines}


def _changed(before: str, after: str) -> tuple[int, int]:
    """The range of `before` outside of which both texts are equal."""
    shortest = min(len(before), len(after))
    first = _common(lambda low, high: before[low:high] == after[low:high], shortest)
    ends = len(before), len(after)
    rest = _common(
        lambda low, high: before[ends[0] - high : ends[0] - low] == after[ends[1] - high : ends[1] - low],
        shortest - first,
    )
    return first, len(before) - rest


def _common(equal: Callable[[int, int], bool], limit: int) -> int:
    """The largest n up to `limit` for which the pieces are equal; only what is not known yet is compared."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if equal(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
