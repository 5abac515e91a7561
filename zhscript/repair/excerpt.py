"""The part of a text that a block needs: its declarations and the block itself. Repairs are tried on it."""

from __future__ import annotations

import re
from typing import NamedTuple

from .edits import Candidate

_HEAD = re.compile(
    '(?m)^[ \t\u3000]*(?:((?:规则|测试|工具)(?=[ \u3000]*[“"])|例外(?=[^\n]*针对))'
    "|(?:函数|标准|图层|表格|参数|引用|字段|脚本|规则集|工具箱)(?=[ \u3000]))"
)
_TITLE = re.compile('[“"]([^“”"\n]+)[”"]')


class Excerpt(NamedTuple):
    """`text` with `pieces`: (start here, start in the whole text, length)."""

    text: str
    pieces: list[tuple[int, int, int]]

    def inside(self, offset: int) -> int:
        """The place in the excerpt of a place in the whole text."""
        for here, there, length in self.pieces:
            if there <= offset <= there + length:
                return here + offset - there
        return 0

    def whole(self, offset: int) -> int:
        """The place in the whole text of a place in the excerpt."""
        for here, there, length in self.pieces:
            if offset < here + length:
                return there + offset - here
        here, there, _ = self.pieces[-1]
        return there + offset - here

    def outward(self, candidate: Candidate) -> Candidate:
        """The candidate for the whole text."""
        edits = []
        for edit in candidate.edits:
            start = self.whole(edit.start)
            edits.append(type(edit)(start, start + edit.end - edit.start, edit.text))
        return candidate._replace(edits=tuple(edits))


def everything(text: str) -> Excerpt:
    """The whole text."""
    return Excerpt(text, [(0, 0, len(text))])


def excerpt(text: str, offset: int) -> Excerpt:
    """The declarations, the block around the place, and the blocks that it names."""
    chunks = _chunks(text)
    own = next((chunk for chunk in chunks if chunk[0] <= offset < chunk[1]), None)
    if own is None or not own[2]:
        return everything(text)
    titles = set(_TITLE.findall(text[own[0] : own[1]]))
    pieces: list[tuple[int, int, int]] = []
    length = 0
    for start, end, block in chunks:
        if block and start != own[0] and not titles & set(_TITLE.findall(text[start : text.find("\n", start)])):
            continue
        pieces.append((length, start, end - start))
        length += end - start
    return Excerpt("".join(text[start : start + size] for _, start, size in pieces), pieces)


def _chunks(text: str) -> list[tuple[int, int, bool]]:
    """(start, end, whether nothing else depends on it) of the pieces of a text, by the words that begin lines."""
    heads = [(match.start(), bool(match.group(1))) for match in _HEAD.finditer(text)]
    if not heads or heads[0][0] > 0:
        heads.insert(0, (0, False))
    ends = [start for start, _ in heads[1:]] + [len(text)]
    return [(start, end, block) for (start, block), end in zip(heads, ends)]
