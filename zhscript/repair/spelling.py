"""Words that may be misspelt, or that stand for a word of the language."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Iterable, Iterator, Sequence

from ..characters import BLANKS
from ..lexer import Lexeme
from ..names import declarations
from ..units import MEASURES
from ..vocabulary import BINDING_KINDS, CONNECTIVES, LIBRARY_WORDS, LINE_WORDS, STATEMENT_WORDS
from .edits import Candidate, one
from .region import Region
from .similar import closest, difference, sounds_alike
from .words import SIMPLIFIED, SYNONYMS, UNITS

NAMES = ("NAME", "WORD")
LONGEST_WORD = 24
_MOST_CUTS = 4  # places where a name may end


def _keywords() -> dict[str, list[str]]:
    """{kind: its words}, of every keyword."""
    result: dict[str, list[str]] = {}
    for table in (CONNECTIVES, STATEMENT_WORDS, *LINE_WORDS.values()):
        for word, kind in table.items():
            words = result.setdefault(kind, [])
            if word not in words:
                words.append(word)
    return result


KEYWORDS = _keywords()
_ALL = sorted({word for words in KEYWORDS.values() for word in words})
_SHORT = [word for word in _ALL if len(word) == 1]
_GLUE = ("的", "为", "与", "到", "在", "、", "且", "或", "至", "大于", "小于", "等于", "不大于", "不小于")


_COMMON_UNITS = ("米", "平方米", "亩", "公顷", "天", "个月", "元")


def far(index: int, first: int, last: int) -> float:
    """The additional cost of a place away from the problem."""
    return 0.15 * max(first - index, index - last, 0)


def spelling_repairs(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """Words and parts of words that are nearly a keyword, a name or a library word."""
    declared = _declared(region.names)
    seen = set()
    for index, lexeme in enumerate(region.lexemes):
        near = first - 2 <= index <= last + 1
        if not (near or (lexeme.kind == "WORD" and index <= last)) or not lexeme.text[:1].isalnum():
            continue
        cost = 1 + far(index, first, last)
        run = region.run_at(lexeme)
        if lexeme.kind in NAMES and len(lexeme.text) <= LONGEST_WORD:
            yield from _whole(lexeme, declared.words, cost)
        if run not in seen and len(run.text) <= 2 * LONGEST_WORD:
            seen.add(run)
            piece = Lexeme("WORD", run.text, run.start, run.end)
            if piece[1:] != lexeme[1:]:
                yield from _respelt(piece, _ALL, 4, cost)
            yield from _parts(piece, _KEYWORDS, cost)
            yield from _parts(piece, declared, cost + 0.1)
            yield from _parts(piece, _LIBRARY, cost + 0.3)
            yield from _cuts(piece, region.names | LIBRARY_WORDS, cost)


def _whole(lexeme: Lexeme, declared: Sequence[str], cost: float) -> Iterator[Candidate]:
    if lexeme.kind == "WORD":
        cost -= 0.3
    simple = lexeme.text.translate(SIMPLIFIED)
    if simple != lexeme.text:
        yield _put(lexeme, simple, cost - 0.6)
    yield from _respelt(lexeme, _ALL, 5, cost)
    yield from _respelt(lexeme, declared, 4, cost)
    yield from _respelt(lexeme, _LIBRARY.words, 3, cost + 0.2)
    if len(lexeme.text) == 1 and lexeme.kind == "WORD":
        for word in _SHORT:
            yield _put(lexeme, word, cost + 1.2)


def _respelt(lexeme: Lexeme, words: Sequence[str], limit: int, cost: float) -> Iterator[Candidate]:
    for slip, word in closest(lexeme.text, words, limit):
        yield _put(lexeme, word, cost + slip)


def _put(lexeme: Lexeme, word: str, cost: float) -> Candidate:
    return one(cost, f"改为“{word}”", lexeme.start, lexeme.end, word)


class _Words:
    """Words by their characters: which of them a piece of text may contain, misspelt."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted(words)
        self._by_character: dict[str, list[tuple[str, int]]] = {}
        for word in self.words:
            if len(word) > 1:
                for place, character in enumerate(word):
                    self._by_character.setdefault(character, []).append((word, place))

    def parts(self, text: str) -> list[tuple[float, int, int, str]]:
        """(slip, start, end, word) of the parts of the text that are nearly a word, most alike and longest first."""
        places = {
            (start, start + length, word)
            for i, character in enumerate(text)
            for word, j in self._by_character.get(character, ())
            for start in (i - j - 1, i - j, i - j + 1)
            for length in (len(word) - 1, len(word), len(word) + 1)
            if start >= 0 and start + length <= len(text) and length < len(text)
        }
        found = []
        for start, end, word in places:
            slip = difference(text[start:end], word) + (0.5 if end - start < 2 else 0)  # half a word says little
            if 0 < slip <= 1.5:
                found.append((slip, start - end, start, end, word))
        return [(slip, start, end, word) for slip, _, start, end, word in sorted(found)[:8]]


def _parts(piece: Lexeme, words: _Words, cost: float) -> Iterator[Candidate]:
    """Replace a part of a glued word that is nearly one of the words."""
    for slip, start, end, word in words.parts(piece.text):
        title = f"把“{piece.text[start:end]}”改为“{word}”"
        yield one(cost + slip + 0.1, title, piece.start + start, piece.start + end, word)


_KEYWORDS = _Words(_ALL)
_LIBRARY = _Words(LIBRARY_WORDS)


@lru_cache(maxsize=8)
def _declared(names: frozenset[str]) -> _Words:
    return _Words(names)


def _cuts(piece: Lexeme, names: frozenset[str], cost: float) -> Iterator[Candidate]:
    """Two known names without the word between them, or with a wrong character in its place."""
    text = piece.text
    for cut in range(len(text)):
        if cut and text[:cut] not in names:
            continue
        place = piece.start + cut
        if cut and text[cut:] in names:
            for number, glue in enumerate(_GLUE):
                yield one(cost + 0.1 + 0.2 * number, f"补上“{glue}”", place, place, glue)
        rest_is_known = text[cut + 1 :] in names
        for word in _SHORT:
            alike = sounds_alike(text[cut], word)
            if text[cut] != word and (alike or rest_is_known):
                title = f"把“{text[cut]}”改为“{word}”"
                yield one(cost + (0.6 if alike else 1.0), title, place, place + 1, word)


def synonym_repairs(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """Words of everyday speech and of other languages."""
    for index in range(max(0, first - 2), min(len(region.lexemes), last + 2)):
        lexeme = region.lexemes[index]
        cost = 1.2 + far(index, first, last)
        stop = min(max(lexeme.end, lexeme.start + 1), lexeme.start + LONGEST_WORD)
        for offset in range(lexeme.start, stop):
            for length in range(8, 0, -1):
                written = region.text[offset : offset + length]
                if written not in SYNONYMS or _inside_latin(region.text, offset, length):
                    continue
                whole = offset == lexeme.start and offset + length == lexeme.end
                sure = length > 1 and CONNECTIVES.get(SYNONYMS[written][0]) == "COMPARE"
                for word in SYNONYMS[written]:
                    title = f"把“{written}”改为“{word}”"
                    price = cost + (0 if whole else 0.3) + 0.1 * (4 - min(length, 4))
                    yield one(price, title, offset, offset + length, word, sure=sure)


def _inside_latin(text: str, offset: int, length: int) -> bool:
    """Whether a Latin word goes on beyond the piece."""
    before, after = text[offset - 1 : offset], text[offset + length : offset + length + 1]
    return _is_latin(text[offset]) and (_is_latin(before) or _is_latin(after))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def unit_repairs(region: Region) -> Iterator[Candidate]:
    """The unit behind a number."""
    for lexeme in region.lexemes:
        digits = len(lexeme.text) - len(lexeme.text.lstrip("0123456789.０１２３４５６７８９．万亿千百十"))
        if lexeme.kind not in ("ERROR", "QUANTITY", "NUMBER", "WORD") or not digits:
            continue
        place = lexeme.start + digits
        tail = _unit_like(region.text[place : place + 6])
        for length in range(min(5, len(tail)), 0, -1):
            written = tail[:length]
            for unit in UNITS.get(written, ()):
                cost = 1.1 - length / 10
                yield one(cost, f"改为“{unit}”", place, place + length, unit, sure=written == tail)
            for slip, unit in closest(written, MEASURES, 2):
                yield one(1.2 + slip, f"改为“{unit}”", place, place + length, unit)
        if lexeme.kind == "ERROR" and tail:
            for number, unit in enumerate(_COMMON_UNITS):
                yield one(2.3 + number / 10, f"改为“{unit}”", place, place + 1, unit)


def _unit_like(text: str) -> str:
    """The beginning of the text before a blank or mark."""
    for place, character in enumerate(text):
        if not (character.isalnum() or unicodedata.category(character) == "So"):
            return text[:place]
    return text


def binding_repairs(region: Region) -> Iterator[Candidate]:
    """设定限高为24米: a new name ends at a blank, so 为 has become a part of it."""
    if region.hole or region.lexemes[0].kind not in BINDING_KINDS:
        return
    name = region.lexemes[1] if len(region.lexemes) > 1 else None
    if name is None or name.kind not in NAMES or name.text.count("为") > _MOST_CUTS:
        return
    for number, cut in enumerate(place for place, character in enumerate(name.text) if character == "为" and place):
        place = name.start + cut
        yield one(0.9 + 0.2 * number, f"在名字“{name.text[:cut]}”后面空一格", place, place, " ")


def chain_repairs(region: Region) -> Iterator[Candidate]:
    """10米 小于 甲 小于 24米: two conditions, each with a comparison of its own."""
    last = -1
    for number, lexeme in enumerate(region.lexemes):
        if lexeme.kind in ("_AND", "_OR", "_COMMA", "_THEN", "_NL", "_OPEN", "_CLOSE"):
            last = -1
        elif lexeme.kind == "COMPARE":
            if last >= 0 and number > last + 1:
                middle = region.text[region.lexemes[last].end : lexeme.start].strip(BLANKS)
                yield one(
                    0.9, f"写成两个条件：“且 {middle} {lexeme.text}”", lexeme.start, lexeme.start, f"且 {middle} "
                )
            last = number


def declaration_repairs(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """The name is not misspelt here but where it is declared, or is glued to something there."""
    for lexeme in region.lexemes[first : last + 1]:
        # a chain that begins with an unknown name is one unknown word: 地块的编号
        word = lexeme.text.partition("的")[0] if lexeme.kind == "WORD" else lexeme.text
        if lexeme.kind not in NAMES or not 0 < len(word) <= LONGEST_WORD:
            continue
        for name, end in declarations(region.text):
            start = end - len(name)
            if region.text[start:end] != name:  # in 【】
                continue
            slip = difference(name, word)
            if 0 < slip <= 1:
                unused = region.text.count(name) == 1
                yield one((0.6 if unused else 1.1) + slip, f"把声明的“{name}”改为“{word}”", start, end, word)
            if name.startswith(word) and name != word:
                for mark in "：、":
                    place = start + len(word)
                    yield one(1.4, f"在声明的“{word}”后面补上“{mark}”", place, place, mark)
            elif name.endswith(word) and name != word:
                place = end - len(word)
                yield one(1.4, f"在声明的“{word}”前面补上“、”", place, place, "、")
