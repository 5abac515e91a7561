"""Which characters of a script are what: for colours. Words come from the language's own lexer."""

from __future__ import annotations

import re

from ..language import language

PLAIN, KEYWORD, NAME, LIBRARY, STRING, NUMBER, COMMENT, ERROR = range(8)
_KINDS = {
    "STRING": STRING,
    "BOOK": STRING,
    "ARTICLE": STRING,
    "NUMBER": NUMBER,
    "QUANTITY": NUMBER,
    "RATIO": NUMBER,
    "DATE": NUMBER,
    "ORDINAL": NUMBER,
    "NAME": NAME,
    "QUOTED": NAME,
    "ERROR": ERROR,
}
_COMMENT = re.compile(r"(?:#|＃|//|／／|注[：:])[^\n]*")
_MARK = re.compile(r"[^\w《》“”「」]+")


def styles(text: str) -> list[tuple[int, int, int]]:
    """(start, end, style) of everything that is not plain, in the order of the text."""
    words = language("vocabulary").LIBRARY_WORDS
    found, position = [], 0
    for lexeme in language("lexer").Lexer(text).run():
        found += _comments(text, position, lexeme.start)
        style = _style(lexeme, words)
        if style != PLAIN and lexeme.end > lexeme.start:
            found.append((lexeme.start, lexeme.end, style))
        position = max(position, lexeme.end)
    return found + _comments(text, position, len(text))


def _style(lexeme: tuple, words: frozenset) -> int:
    kind, text = lexeme[0], lexeme[1]
    if kind in ("NAME", "WORD") and text in words:
        return LIBRARY
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == "_NL" or _MARK.fullmatch(text):
        return PLAIN
    return PLAIN if kind == "WORD" else KEYWORD


def _comments(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    return [(*match.span(), COMMENT) for match in _COMMENT.finditer(text, start, end)]
