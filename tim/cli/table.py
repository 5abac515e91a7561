"""Tables in a fixed-width font, where Chinese characters take two columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# what stays together on a line: a run without Chinese, or one Chinese character,
# with the marks behind it that must not begin a line
_PIECES = re.compile(r"\s*(?:[\x21-\u2e7f]+|\S)[，。；：、）”》？！]*|\s+\Z")


def width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def clip(text: str, columns: int) -> str:
    """The beginning of `text` that fits into `columns`."""
    while width(text) > columns:
        text = text[:-1]
    return text


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Lines of a table; the columns numbered in `right` are aligned to the right."""
    lines = [header, *rows]
    widths = [max(width(line[column]) for line in lines) for column in range(len(header))]
    return [
        "  ".join(_pad(cell, widths[column], column in right) for column, cell in enumerate(line)).rstrip()
        for line in lines
    ]


def _pad(cell: str, columns: int, right: bool) -> str:
    blank = " " * (columns - width(cell))
    return blank + cell if right else cell + blank


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most `columns` columns, broken at blanks or between Chinese characters."""
    lines, line, room = [], "", columns
    for piece in _PIECES.findall(text):
        if width(piece) > room and line.strip():
            lines.append(line.rstrip())
            line, room = "", columns
            piece = piece.lstrip()
        line, room = line + piece, room - width(piece)
    return [*lines, line.rstrip()]
