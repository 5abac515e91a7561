"""Where a blank stands between two lexemes of a statement."""

from __future__ import annotations

from typing import Any, Sequence

from ..vocabulary import RELATIONS

_NAMES = frozenset(["NAME", "WORD", "QUOTED"])
# what may stand on the left of an operator
OPERANDS = _NAMES | {"NUMBER", "QUANTITY", "RATIO", "DATE", "STRING", "_CLOSE", "ORDINAL", "_PIECE"}
_ARITHMETIC = frozenset(["_PLUS", "_MINUS", "_TIMES", "_DIVIDE"])
_NEVER_BEFORE = frozenset(["_COMMA", "_COLON", "_CLOSE", "BOOK", "ARTICLE"])
_NEVER_BEHIND = frozenset(["_OPEN", "_COMMA", "_COLON", "_OF", "_END"])


def blank_before(pieces: Sequence[Any], number: int) -> bool:
    """Whether a blank stands before a piece, which is not the first of its line. Pieces have `kind` and `text`."""
    last, piece = pieces[number - 1], pieces[number]
    if piece.kind in _NEVER_BEFORE or last.kind in _NEVER_BEHIND:
        return False
    if last.kind == "_MINUS" and (number < 2 or pieces[number - 2].kind not in OPERANDS):
        return False  # a sign
    if piece.kind == "_OPEN":
        return last.kind in _ARITHMETIC
    if piece.kind == "STRING":  # 标题“…” is an option
        return last.kind in OPERANDS - _NAMES or last.kind in ("_IS", "_BECOMES", "_PUT")
    if piece.kind == "_OF":
        return last.kind not in _NAMES or _ends_pair(pieces, number)
    if last.kind == "QUANTITY" and piece.kind in _NAMES:  # 的500米缓冲区
        return pieces[number - 2].kind != "_OF"
    return piece.kind != "_AMONG" and not (last.kind == "_CLOSE" and piece.kind in ("_PIECE", "_FROM"))


def _ends_pair(pieces: Sequence[Any], number: int) -> bool:
    """的相交面积, 的距离, 的500米缓冲区: the blank shows that they belong to all that stands before."""
    following = pieces[number + 1] if number + 1 < len(pieces) else None
    if following is None:
        return False
    return following.kind == "QUANTITY" or following.text in RELATIONS or following.text == "距离"
