"""Places of a text as Python's `ast` wants them: lines from 1, columns in bytes of UTF-8 from 0."""

from __future__ import annotations

from typing import Any

import numpy as np


class Layout:
    """Lines and columns of every character of a text, looked up by offset."""

    def __init__(self, text: str) -> None:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        widths = 1 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)
        offsets = np.concatenate(([0], np.cumsum(widths)))
        lines = np.concatenate(([0], np.cumsum(codes == 0x0A)))
        starts = np.concatenate(([0], np.flatnonzero(codes == 0x0A) + 1))
        self.lines: list[int] = (lines + 1).tolist()
        self.columns: list[int] = (offsets - offsets[starts[lines]]).tolist()

    def range(self, node: Any) -> Any:
        """The keywords that give a node of `ast` the range of a node of the program."""
        start, end, lines, columns = node.start, node.end, self.lines, self.columns
        return {
            "lineno": lines[start],
            "col_offset": columns[start],
            "end_lineno": lines[end],
            "end_col_offset": columns[end],
        }
