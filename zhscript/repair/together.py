"""Which errors are repaired together: what may have one cause gets one fix, or none that would hide the mistake."""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, Optional, Sequence

from ..blocks import split_blocks, split_lines
from ..diagnostics import Edit, Fix, Problem
from ..lexer import Lexer
from ..names import declared_names

# names that are not known: their declaration may be what was mistaken
UNKNOWN = frozenset(["ZH201", "ZH202", "ZH203", "ZH204", "ZH205", "ZH206", "ZH207"])
_ENDS = frozenset(["ZH119", "ZH121", "ZH122", "ZH123"])  # of blocks
_OWN_NAMES = frozenset(["_RULE", "_TEST", "_TOOL", "_EXCEPTION", "_CHECK"])  # blocks that declare nothing for others
_MOST = 3  # different steps of one fix: a longer way is a guess
_QUOTED = re.compile("“([^”的]+)[”的]")

Edits = Optional["tuple[Edit, ...]"]


class Repaired(NamedTuple):
    """An error that was told, and its first fix: `edits` is None when it touches what an earlier one has put in.

    `renames` tells that the fix changes which names are declared.
    """

    problem: Problem
    title: str
    edits: Edits
    renames: bool


class _Block(NamedTuple):
    """A top-level block; `own` tells that the names inside are its own."""

    start: int
    end: int
    own: bool


def subject(error: Problem) -> str:
    """The name that is not known, of a chain its beginning; otherwise the message."""
    found = _QUOTED.search(error.message) if error.code in UNKNOWN else None
    return found.group(1) if found else error.message


def settle(text: str, repaired: Sequence[Repaired], rest: Sequence[Problem], compiles: Callable[[str], bool]) -> None:
    """Leave each error with fixes that can be taken alone.

    Errors of one block, and those about one name, are repaired by one fix. Where a fix stands in a declaration and
    other names are not known, the name that was lost may be one of those: nothing is offered. `rest` are errors that
    nothing repaired; `compiles` tells of a text.
    """
    blocks = _blocks(text)
    doubtful = _doubtful(text, blocks, rest)
    unknown = [item for item in repaired if item.problem.code in UNKNOWN and not item.renames]
    subjects = {subject(item.problem) for item in unknown}
    declaring = [item for item in repaired if _declares(item, text, blocks, subjects)]
    lost = [*unknown, *declaring] if unknown and declaring else []
    for group in _groups(repaired, blocks):
        if any(doubtful(item) or item in lost for item in group):
            _offer(group, ())
        elif len(group) > 1:
            fix = _joined(group)
            alone = len(group) == len(repaired) and not rest
            good = fix is not None and (not alone or compiles(fix.apply(text)))
            _offer(group, (fix,) if fix is not None and good else ())


def _offer(group: Sequence[Repaired], fixes: tuple[Fix, ...]) -> None:
    for item in group:
        item.problem.fixes = fixes


def _joined(group: Sequence[Repaired]) -> Optional[Fix]:
    """One fix that takes all steps; None when they touch each other or are too many."""
    edits: list[Edit] = []
    for item in group:
        if item.edits is None:
            return None
        edits += item.edits
    edits.sort(key=lambda edit: (edit.start, edit.end))
    apart = all(first.end <= second.start and first.start < second.start for first, second in zip(edits, edits[1:]))
    titles = list(dict.fromkeys(item.title for item in group))
    return Fix("；".join(titles), tuple(edits)) if len(titles) <= _MOST and apart else None


def _declares(item: Repaired, text: str, blocks: Sequence[_Block], subjects: set[str]) -> bool:
    """Whether an error stands where one of the names that are not known may have been declared."""
    number = _block_of(item.problem.start, blocks)
    if item.problem.code in UNKNOWN and not item.renames:
        return False
    if number is None or blocks[number].own:
        return item.renames
    return item.renames or any(name in text[blocks[number].start : blocks[number].end] for name in subjects)


def _groups(repaired: Sequence[Repaired], blocks: Sequence[_Block]) -> list[list[Repaired]]:
    """The errors by block; those about the ends of blocks and those about one name belong together."""
    groups: dict[object, list[Repaired]] = {}
    for number, item in enumerate(repaired):
        block = _block_of(item.problem.start, blocks)
        key: object = ("none", number) if block is None else block
        if item.problem.code in _ENDS:
            key = "ends"
        elif item.problem.code in UNKNOWN:
            key = subject(item.problem)
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _doubtful(text: str, blocks: Sequence[_Block], rest: Sequence[Problem]) -> Callable[[Repaired], bool]:
    """Whether an error may have one cause with one of the errors that nothing repaired.

    It may when they stand in one block, when a name is not known and a declaration is broken or the fix is where names
    are declared, when its block uses, over any number of others, a name that the other's declares, or when it is about
    the ends of blocks.
    """
    unknown = any(problem.code in UNKNOWN for problem in rest)
    touched = {_block_of(problem.start, blocks) for problem in rest}
    broken = any(number is None or not blocks[number].own for number in touched)
    names: set[str] = set()
    for number, block in enumerate(blocks):
        written = text[block.start : block.end]
        if number in touched or any(name in written for name in names):
            touched.add(number)
            names |= set() if block.own else declared_names(written)

    def doubtful(item: Repaired) -> bool:
        number = _block_of(item.problem.start, blocks)
        if not rest:
            return False
        if number is None or number in touched or item.problem.code in _ENDS or item.renames:
            return True
        return broken if item.problem.code in UNKNOWN else unknown and not blocks[number].own

    return doubtful


def _blocks(text: str) -> list[_Block]:
    return [
        _Block(block.lines[0][0].start, block.lines[-1][-1].end, block.lines[0][0].kind in _OWN_NAMES)
        for block in split_blocks(split_lines(Lexer(text).run()), text, [])
        if block.lines
    ]


def _block_of(offset: int, blocks: Sequence[_Block]) -> Optional[int]:
    return next((number for number, block in enumerate(blocks) if block.start <= offset <= block.end), None)
