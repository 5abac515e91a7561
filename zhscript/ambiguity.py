"""A text that can be read in two ways is an error that shows both, never a guess.

The lexer takes the longest known word. Where the same characters can be cut into other known words, and the file is as
right with that reading, nobody can tell what was meant.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from typing import Callable, Iterable, Iterator

from .diagnostics import Edit, Fix, Problem
from .lexer import Doubt
from .parsing import Parsed, read_item

_MOST_CHECKED = 40  # whole files; what is beyond counts as ambiguous


def ambiguities(parsed: Parsed, is_right: Callable[[str], bool]) -> list[Problem]:
    """The places of a right text that could be read otherwise. `is_right` tells whether a text has no errors."""
    text = parsed.source.text
    starts = [item.start for item in parsed.items] + [len(text)]
    left = _MOST_CHECKED
    problems = []
    for number, doubts in groupby(parsed.doubts, lambda doubt: bisect_right(starts, doubt.start) - 1):
        piece = text[starts[number] : starts[number + 1]]
        for doubt, reading in possible(piece, starts[number], parsed.names, doubts):
            left -= 1
            if left < 0 or is_right(text[: doubt.start] + " ".join(reading) + text[doubt.end :]):
                problems.append(_problem(doubt, reading, text, is_right))
    return problems


def possible(
    piece: str, start: int, names: frozenset[str], doubts: Iterable[Doubt]
) -> Iterator[tuple[Doubt, list[str]]]:
    """The other readings that obey the grammar; the piece of the text that begins at `start` is one item."""
    for doubt in doubts:
        for reading in doubt.readings:
            changed = piece[: doubt.start - start] + " ".join(reading) + piece[doubt.end - start :]
            if read_item(changed, start, names, []) is not None:
                yield doubt, reading


def _problem(doubt: Doubt, reading: list[str], text: str, is_right: Callable[[str], bool]) -> Problem:
    one, other = " ".join(doubt.words), " ".join(reading)
    kept = [word for word in doubt.words if word not in reading]
    quoted = " ".join(f"【{word}】" if word in kept else word for word in doubt.words)
    message = f"这里有两种读法：“{one}”和“{other}”；名字请写在【】里，不是名字的请用空格分开"
    fixes = [
        Fix(f"读作“{title}”", (Edit(doubt.start, doubt.end, written),))
        for title, written in ((one, quoted), (other, other))
    ]
    return Problem(
        "ZH131", message, doubt.start, doubt.end, fixes=tuple(fix for fix in fixes if is_right(fix.apply(text)))
    )
