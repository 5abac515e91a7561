"""Places in a text as the Language Server Protocol counts them: lines from 0, columns in UTF-16 units."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

_LINE_END = re.compile("\r\n|\n|\r")


class Positions:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._ends = [*(match.start() for match in _LINE_END.finditer(text)), len(text)]

    def offset(self, position: Any) -> int:
        """The offset of a position; what lies beyond a line or the text counts as its end. Raises `ValueError`."""
        try:
            line, column = int(position["line"]), int(position["character"])
        except (KeyError, TypeError) as error:
            raise ValueError("位置缺少 line 或 character") from error
        if line < 0 or column < 0:
            raise ValueError("位置不能是负数")
        if line >= len(self._starts):
            return len(self.text)
        content = self.text[self._starts[line] : self._ends[line]]
        if content.isascii() or max(content) < "\U00010000":
            return self._starts[line] + min(column, len(content))
        units = content.encode("utf-16-le")[: 2 * column]
        if len(units) >= 2 and 0xD8 <= units[-1] <= 0xDB:  # in the middle of a pair
            units = units[:-2]
        return self._starts[line] + len(units.decode("utf-16-le"))

    def position(self, offset: int) -> dict[str, int]:
        """The position of an offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : min(offset, self._ends[line])]
        return {"line": line, "character": utf16_length(before)}

    def range(self, start: int, end: int) -> dict[str, Any]:
        """The range of two offsets."""
        return {"start": self.position(start), "end": self.position(max(start, end))}


def utf16_length(text: str) -> int:
    """How many UTF-16 units a text takes."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)
