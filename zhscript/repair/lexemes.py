"""Lexemes that may be missing, too many, or in the wrong order."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..vocabulary import BINDING_KINDS, STATEMENT_WORDS
from .edits import Candidate, one
from .region import Region
from .spelling import KEYWORDS, NAMES, far

_WRITTEN = {kind: words[:4] for kind, words in KEYWORDS.items()}
_WRITTEN.update({"_COMMA": ["，"], "_COLON": ["："], "_OPEN": ["（"], "_CLOSE": ["）"], "_OTHER": ["其他"]})
_WRITTEN.update({"COMPARE": ["大于", "小于", "等于", "不大于", "不小于"], "META": [], "_EQUALS": [], "_NL": ["\n"]})
_WRITTEN.update({"_ABSENT": [], "_NOT": []})  # a denial that nobody wrote would turn the meaning round
# how likely a word is to be the one left out; others cost 0.4
_EXTRA = {"_OF": 0.0, "_IS": 0.0, "_COMMA": 0.2, "_COLON": 0.2, "COMPARE": 0.7, "_PLUS": 0.8, "_MINUS": 0.8}
_EXTRA.update({"_TIMES": 0.8, "_DIVIDE": 0.8, "_NL": 0.9, "_OTHER": 0.9})


def insertions(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """A keyword or mark that was left out."""
    kinds = region.kinds
    for index in range(max(0, first - 3), min(len(kinds), last + 2)):
        before, after = kinds[:index], kinds[index:]
        for kind, words in _WRITTEN.items():
            if words and region.fits([*before, kind, *after]):
                cost = 1.5 + far(index, first, last) + _EXTRA.get(kind, 0.4)
                if kind == "COMPARE" and after[:1] == ["_OPEN"]:
                    words = ["属于", "不属于"]
                yield from _insert(region, index, kind, words, cost)
    yield from _insertions_of_heads(region)


def _insertions_of_heads(region: Region) -> Iterator[Candidate]:
    """A word that begins a statement: what follows is cut differently behind it, so only a trial can tell."""
    if region.hole or region.lexemes[0].kind in BINDING_KINDS:  # there it would become the new name
        return
    for word, kind in STATEMENT_WORDS.items():
        if kind != "META":
            yield one(1.8, f"补上“{word}”", region.start, region.start, word + " ")
    if region.lexemes[0].kind in ("_IF", "_ELSEIF") and "_THEN" not in region.kinds:
        for number, lexeme in enumerate(reversed(region.lexemes[1:])):
            yield one(1.3 + 0.05 * number, "补上“那么”", lexeme.start, lexeme.start, "那么 ")


def _insert(region: Region, index: int, kind: str, words: Sequence[str], cost: float) -> Iterator[Candidate]:
    place = region.lexemes[index].start
    before = region.lexemes[index - 1].end if index else place
    for number, word in enumerate(words):
        if kind == "_OF":
            start, end, new = before, place, word
        elif word[0].isalnum() and kind != "_NL":
            start = end = place
            left = "" if start == region.start or region.text[start - 1] in " \n\u3000（，" else " "
            right = "" if region.text[end : end + 1] in (" ", "\n", "\u3000", "，", "", "“") else " "
            new = left + word + right
        else:
            start = end = place if kind == "_OPEN" else before
            new = word
        title = "在这里换行" if word == "\n" else f"补上“{word}”"
        yield one(cost + 0.05 * number, title, start, end, new)


def deletions(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """A lexeme too many."""
    for index in range(max(0, first - 2), min(len(region.lexemes) - 1, last + 2)):
        lexeme = region.lexemes[index]
        if lexeme.text in ",，" and region.text[lexeme.start - 1].isdigit() and region.text[lexeme.end].isdigit():
            yield one(0.8, "是一个数：去掉逗号", lexeme.start, lexeme.end, "")
        kinds = region.kinds
        del kinds[index]
        if not kinds or (index and not region.fits(kinds)):
            continue
        shown = _shown(lexeme.text)
        if index and region.lexemes[index - 1].text == lexeme.text:
            yield one(0.9, f"删除多出的“{shown}”", lexeme.start, lexeme.end, "")
        else:
            cost = 2.2 + far(index, first, last) + (0.5 if lexeme.kind in NAMES else 0)
            yield one(cost, f"删除“{shown}”", lexeme.start, lexeme.end, "")


def swaps(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """Two neighbours in the wrong order."""
    for index in range(max(0, first - 3), min(len(region.lexemes) - 2, last + 2)):
        a, b = region.lexemes[index], region.lexemes[index + 1]
        kinds = region.kinds
        kinds[index], kinds[index + 1] = kinds[index + 1], kinds[index]
        if index and not region.fits(kinds):
            continue
        gap = region.text[a.end : b.start] or " "
        title = f"把“{_shown(a.text)}”和“{_shown(b.text)}”对调"
        yield one(1.9 + far(index, first, last), title, a.start, b.end, b.text + gap + a.text)


def _shown(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= 12 else text[:12] + "…"
