"""Fixes are offered only when they surely do not hide the mistake."""

from __future__ import annotations

from typing import Sequence

from ..blocks import split_blocks, split_lines
from ..diagnostics import Problem
from ..lexer import Lexer

# names that are not known: their declaration may be what was mistaken
_UNKNOWN = frozenset(["ZH201", "ZH202", "ZH203", "ZH204", "ZH205", "ZH206", "ZH207"])


def withdraw_doubtful(text: str, told: Sequence[Problem], rest: Sequence[Problem]) -> None:
    """Take back the fixes of errors that may have one cause with errors that nothing repaired.

    They may when they stand in one block, or when a name is not known and the fix is where names are declared.
    """
    blocks = _blocks(text)
    unknown = any(problem.code in _UNKNOWN for problem in rest)
    touched = {_block_of(problem.start, blocks) for problem in rest}
    for problem in told:
        own = _block_of(problem.start, blocks)
        long = own is not None and blocks[own][2]
        if own in touched or (unknown and not long):
            problem.fixes = ()


def _blocks(text: str) -> list[tuple[int, int, bool]]:
    """Start and end of the top-level blocks, and whether names inside are their own."""
    return [
        (block.lines[0][0].start, block.lines[-1][-1].end, len(block.lines) > 1)
        for block in split_blocks(split_lines(Lexer(text).run()), text, [])
        if block.lines
    ]


def _block_of(offset: int, blocks: Sequence[tuple[int, int, bool]]) -> int | None:
    return next((number for number, (start, end, _) in enumerate(blocks) if start <= offset <= end), None)
