"""Marks: hit in the wrong width or shape, brackets and quotation marks without their partner."""

from __future__ import annotations

from typing import Iterator

from ..lexer import Lexeme
from ..vocabulary import LINE_WORDS
from .edits import Candidate, one
from .region import Region
from .words import MARKS

_MOST = 30
_LINE_WORDS = tuple({word for table in LINE_WORDS.values() for word in table})
_LONGEST = max(map(len, MARKS))
_QUOTES = {"“": "”", "《": "》", "「": "」", '"': '"'}


def mark_repairs(region: Region) -> Iterator[Candidate]:
    """Marks that may stand for another one, wherever in the statement."""
    tried = 0
    strings = [x for x in region.lexemes if x.kind in ("STRING", "BOOK", "QUOTED")]
    for place in range(region.start, region.end + 1):
        for length in range(_LONGEST, 0, -1):
            written = region.text[place : place + length]
            if written not in MARKS or any(x.start < place < x.end - 1 for x in strings):
                continue
            for mark in MARKS[written]:
                tried += 1
                if tried <= _MOST:
                    yield one(1.2, f"把“{written}”改为“{mark}”", place, place + length, mark)


def bracket_repairs(region: Region) -> Iterator[Candidate]:
    """A bracket whose partner is missing gets one, near before far."""
    opened: list[Lexeme] = []
    stray: list[Lexeme] = []
    for lexeme in region.lexemes:
        if lexeme.kind == "_OPEN":
            opened.append(lexeme)
        elif lexeme.kind == "_CLOSE":
            if opened:
                opened.pop()
            else:
                stray.append(lexeme)
    for lexeme in opened[-1:]:
        line_end = region.text.find("\n", lexeme.start)
        after = [x for x in region.lexemes if x.start > lexeme.start and (line_end < 0 or x.start <= line_end)]
        places = sorted({x.end for x in after if x.kind != "_NL"}, reverse=True)
        for number, place in enumerate(places[:_MOST]):
            yield one(1.6 + 0.04 * number, "补上右括号“）”", place, place, "）")
    for lexeme in opened[-2:]:
        yield one(1.7, "删除多出的左括号“（”", lexeme.start, lexeme.end, "")
    for lexeme in stray[:1]:
        yield one(1.65, "删除多出的右括号“）”", lexeme.start, lexeme.end, "")
        places = sorted(_starts(region, lexeme), reverse=True)
        for number, place in enumerate(places[:_MOST]):
            yield one(1.6 + 0.04 * number, "补上左括号“（”", place, place, "（")


def _starts(region: Region, last: Lexeme) -> set[int]:
    """Where lexemes begin before `last`, and every place inside glued words."""
    result = set()
    for lexeme in region.lexemes:
        if lexeme.start < last.start:
            result.add(lexeme.start)
            if lexeme.kind == "WORD" and len(lexeme.text) < _MOST:
                result.update(range(lexeme.start, lexeme.end))
    return result


def quote_repairs(region: Region) -> Iterator[Candidate]:
    """A quotation mark whose partner is missing gets one."""
    if not any(lexeme.kind == "ERROR" or lexeme.text[:1] == "”" for lexeme in region.lexemes):
        return
    for lexeme in region.lexemes:
        opener = lexeme.text[:1]
        if lexeme.kind == "ERROR" and opener in _QUOTES:
            yield from _closings(region, lexeme, _QUOTES[opener])
        elif opener in ("”", "》", "」"):
            yield from _openings(region, lexeme, {"”": "“", "》": "《", "」": "「"}[opener])


def _closings(region: Region, lexeme: Lexeme, closer: str) -> Iterator[Candidate]:
    title = f"补上右边的“{closer}”"
    text = region.text
    line_end = text.find("\n", lexeme.start)
    line_end = len(text) if line_end < 0 else line_end
    tail = text[lexeme.start : line_end].rstrip("，。；： \t\r\u3000")
    end = lexeme.start + len(tail)
    yield one(1.3, title, end, end, closer)
    count = 0
    for place in range(lexeme.start + 1, end):
        if count >= _MOST:
            return
        if text[place] in "，、,：）:" or text.startswith("第", place) or text[place] in "“《":
            count += 1
            keyword = text.startswith(_LINE_WORDS, place + 1) or text[place] == "第" or text[place] in ")）"
            yield one((1.0 if keyword else 1.5) + 0.01 * count, title, place, place, closer)


def _openings(region: Region, lexeme: Lexeme, opener: str) -> Iterator[Candidate]:
    title = f"补上左边的“{opener}”"
    yield one(0.9, title, region.lexemes[0].end, region.lexemes[0].end, opener)
    places = [x for x in region.lexemes if x.start <= lexeme.start]
    for number, before in enumerate(reversed(places[-_MOST:])):
        yield one(1.3 + 0.03 * number, title, before.start, before.start, opener)
        if before.end <= lexeme.start:
            yield one(1.2 + 0.03 * number, title, before.end, before.end, opener)
