"""What is told about a text: place, reason in Chinese, stable code, fixes."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Sequence

from .records import value


@value
class Edit:
    """Replace the characters `start`..`end` (offsets) of the text by `text`."""

    start: int
    end: int
    text: str


@value
class Fix:
    """One way to repair the text."""

    title: str
    edits: tuple[Edit, ...]

    def apply(self, source: str) -> str:
        """The text after the repair."""
        for edit in sorted(self.edits, key=lambda edit: edit.start, reverse=True):
            source = source[: edit.start] + edit.text + source[edit.end :]
        return source


@value
class Diagnostic:
    """One finding about a text. Lines and columns count from 1; columns are characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: str
    code: str
    message: str
    fixes: Sequence[dict[str, Any]] = ()

    def as_dict(self) -> dict[str, Any]:
        """The diagnostic as plain JSON."""
        return dict(vars(self))


class Source:
    """A text with the places of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.files: list[tuple[int, str]] = []  # of referenced files: first line and path
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def append(self, text: str, path: str) -> int:
        """Put the text of another file after this one; the offset where it begins is given back."""
        base = len(self.text) + 1
        self.files.append((len(self._starts) + 1, path))
        whole = Source(f"{self.text}\n{text}")
        self.text, self._starts = whole.text, whole._starts
        return base

    def file_of(self, line: int) -> tuple[str, int]:
        """The path of the file that a line of the whole text belongs to ("" for the first), and its line there."""
        for first, path in reversed(self.files):
            if line >= first:
                return path, line - first + 1
        return "", line

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column (from 1) of a character."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_start(self, line: int) -> int:
        """Offset of the first character of a line."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def after_line(self, offset: int) -> int:
        """Offset after the line of a character."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.text[start:end]


@value
class Problem:
    """A diagnostic while it is still counted in offsets."""

    code: str
    message: str
    start: int
    end: int
    severity: str = "error"
    fixes: tuple[Fix, ...] = ()

    def diagnostic(self, source: Source) -> Diagnostic:
        """The problem with lines and columns."""
        start, end = min(self.start, len(source.text)), min(max(self.end, self.start), len(source.text))
        line, column = source.place(start)
        end_line, end_column = source.place(end)
        fixes = [{"title": fix.title, "edits": [_edit(source, edit) for edit in fix.edits]} for fix in self.fixes]
        return Diagnostic(line, column, end_line, end_column, self.severity, self.code, self.message, fixes)


def _edit(source: Source, edit: Edit) -> dict[str, Any]:
    line, column = source.place(edit.start)
    end_line, end_column = source.place(edit.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": edit.text}


LONGEST_NAME = 40
MAXIMUM_PROBLEMS = 200


def nearest(word: str, names: Any, limit: int = 3) -> list[str]:
    """The names most like `word`, best first (edit distance at most half the length, or one contains the other)."""
    scored: list[tuple[int, str]] = []
    if len(word) > LONGEST_NAME:
        return []
    for name in set(names) - {word}:
        distance = _distance(word, name)
        if (
            (distance <= max(1, len(word) // 2) and distance < max(len(word), len(name)))
            or word in name
            or name in word
        ):
            scored.append((distance, name))
    return [name for _, name in sorted(scored)[:limit]]


def _distance(a: str, b: str) -> int:
    """Edit distance with neighbouring swaps (Damerau, optimal string alignment)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
