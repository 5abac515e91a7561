"""What may have been meant: possible repairs of the statement that an error stands in."""

from __future__ import annotations

from typing import Iterable, Iterator, Sequence

from ..characters import word_run
from ..diagnostics import Problem
from ..lexer import Lexeme
from ..names import declarations
from ..units import MEASURES
from ..vocabulary import CONNECTIVES, LIBRARY_WORDS, LINE_WORDS, STATEMENT_WORDS
from .edits import Candidate, one
from .marks import bracket_repairs, mark_repairs, quote_repairs
from .region import Region
from .similar import closest, difference
from .words import SIMPLIFIED, SYNONYMS, UNITS

_NAMES = ("NAME", "WORD")
_INSERTED = {"_COMMA": ["，"], "_COLON": ["："], "_OPEN": ["（"], "_CLOSE": ["）"], "_OTHER": ["其他"], "_NL": ["\n"]}
_CHOICES = {"COMPARE": ["大于", "小于", "等于", "不大于", "不小于", "属于"], "META": [], "MODULE": [], "_EQUALS": []}
_LONGEST_WORD = 24


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
ALL_KEYWORDS = sorted({word for words in KEYWORDS.values() for word in words})
_WRITTEN = {kind: words[:4] for kind, words in KEYWORDS.items()}
_WRITTEN.update(_INSERTED)
_WRITTEN.update(_CHOICES)


def candidates(region: Region, problem: Problem) -> list[Candidate]:
    """Possible repairs near the problem, the likeliest first; none has been tried yet beyond its statement."""
    found: dict[tuple, Candidate] = {}
    first, last = _focus(region, problem)
    for candidate in _all(region, first, last):
        key = tuple(candidate.edits)
        if key not in found or found[key].cost > candidate.cost:
            found[key] = candidate
    return sorted(found.values(), key=lambda candidate: candidate.cost)


def _all(region: Region, first: int, last: int) -> Iterator[Candidate]:
    yield from _spelling(region, first, last)
    yield from _synonyms(region, first, last)
    yield from _units(region)
    yield from _insertions(region, first, last)
    yield from _deletions(region, first, last)
    yield from _swaps(region, first, last)
    yield from mark_repairs(region)
    yield from bracket_repairs(region)
    yield from quote_repairs(region)
    yield from _declarations(region, first, last)


def _focus(region: Region, problem: Problem) -> tuple[int, int]:
    """The indices of the first and last lexeme that the problem is about."""
    failing = region.failing()
    if failing < len(region.lexemes):
        return failing, failing
    inside = [i for i, x in enumerate(region.lexemes) if x.end > problem.start and x.start < problem.end]
    return (inside[0], inside[-1]) if inside else (0, len(region.lexemes) - 1)


def _far(index: int, first: int, last: int) -> float:
    """The additional cost of a place away from the problem."""
    return 0.15 * max(first - index, index - last, 0)


# -- words


def _spelling(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """Words and parts of words that are nearly a keyword, a name or a library word."""
    names = sorted(region.names | LIBRARY_WORDS)
    for index, lexeme in enumerate(region.lexemes):
        near = first - 2 <= index <= last + 1
        if lexeme.kind not in _NAMES or not (near or (lexeme.kind == "WORD" and index <= last)):
            continue
        far = 1 + _far(index, first, last)
        simple = lexeme.text.translate(SIMPLIFIED)
        if simple != lexeme.text:
            yield _respelt(lexeme, simple, far - 0.6)
        if len(lexeme.text) <= _LONGEST_WORD:
            for cost, word in closest(lexeme.text, ALL_KEYWORDS, 5):
                yield _respelt(lexeme, word, far + cost)
            for cost, word in closest(lexeme.text, names, 4):
                yield _respelt(lexeme, word, far + cost + (0.2 if word in LIBRARY_WORDS else 0))
            yield from _parts(lexeme, ALL_KEYWORDS, far)
            yield from _parts(lexeme, names, far + 0.3)


def _respelt(lexeme: Lexeme, word: str, cost: float) -> Candidate:
    return one(cost, f"改为“{word}”", lexeme.start, lexeme.end, word)


def _parts(lexeme: Lexeme, words: Sequence[str], cost: float) -> Iterator[Candidate]:
    """Replace a piece of a glued word that is nearly one of the words."""
    text = lexeme.text
    found = []
    for word in words:
        size = len(word)
        if size < 2 or size > len(text) + 1:
            continue
        for start, end in _pieces(text, word):
            slip = difference(text[start:end], word)
            if 0 < slip <= 1:
                found.append((slip, start, end, word))
    for slip, start, end, word in sorted(found)[:8]:
        place = lexeme.start + start
        yield one(cost + slip + 0.1, f"把“{text[start:end]}”改为“{word}”", place, lexeme.start + end, word)


def _pieces(text: str, word: str) -> Iterable[tuple[int, int]]:
    """The pieces of the text, one character longer or shorter at most, that have a character of the word in place."""
    size, result = len(word), set()
    for i, character in enumerate(text):
        j = word.find(character)
        if j >= 0:
            for start in (i - j - 1, i - j, i - j + 1):
                for end in (start + size - 1, start + size, start + size + 1):
                    if 0 <= start < end <= len(text) and (start > 0 or end < len(text)):
                        result.add((start, end))
    return result


def _synonyms(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """Words of everyday speech and of other languages."""
    for index in range(max(0, first - 2), min(len(region.lexemes), last + 2)):
        lexeme = region.lexemes[index]
        start, far = lexeme.start, 1.2 + _far(index, first, last)
        for length in range(6, 0, -1):
            for offset in range(start, max(start + 1, min(lexeme.end, start + _LONGEST_WORD))):
                written = region.text[offset : offset + length]
                if len(written) < length or written not in SYNONYMS or _inside_ascii(region.text, offset, length):
                    continue
                whole = offset == lexeme.start and offset + length == lexeme.end
                for word in SYNONYMS[written]:
                    cost = far + (0 if whole else 0.3) + 0.1 * (4 - min(length, 4))
                    yield one(cost, f"把“{written}”改为“{word}”", offset, offset + length, word)


def _inside_ascii(text: str, offset: int, length: int) -> bool:
    """Whether a Latin word goes on beyond the piece."""
    before, after = text[offset - 1 : offset], text[offset + length : offset + length + 1]
    return text[offset].isascii() and text[offset].isalpha() and (_letter(before) or _letter(after))


def _letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _units(region: Region) -> Iterator[Candidate]:
    """The unit behind a number."""
    for lexeme in region.lexemes:
        digits = len(lexeme.text) - len(lexeme.text.lstrip("0123456789.０１２３４５６７８９．万亿千百十"))
        if lexeme.kind not in ("ERROR", "QUANTITY", "NUMBER", "WORD") or not digits:
            continue
        place = lexeme.start + digits
        run = word_run(region.text, place)
        tail = region.text[place : max(run.end() if run else place, lexeme.end)][:_LONGEST_WORD]
        for length in range(min(5, len(tail)), 0, -1):
            written = tail[:length]
            for unit in UNITS.get(written, ()):
                yield one(1.1 - length / 10, f"改为“{unit}”", place, place + length, unit)
            for slip, unit in closest(written, MEASURES, 2):
                yield one(1.2 + slip, f"改为“{unit}”", place, place + length, unit)


# -- lexemes


def _insertions(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """A keyword or mark that was left out."""
    kinds = region.kinds
    for index in range(max(0, first - 3), min(len(kinds), last + 2)):
        before, after = kinds[:index], kinds[index:]
        for kind, words in _WRITTEN.items():
            if words and region.fits([*before, kind, *after]):
                yield from _insert(region, index, kind, words, 1.5 + _far(index, first, last))


def _insert(region: Region, index: int, kind: str, words: Sequence[str], cost: float) -> Iterator[Candidate]:
    lexeme = region.lexemes[index]
    before = region.lexemes[index - 1] if index else None
    cost += 0.0 if kind in ("_OF", "_IS") else 0.4 if kind.startswith("_") else 0.6
    for number, word in enumerate(words):
        left, right = " ", " "
        start = end = lexeme.start
        if kind == "_OF" or not word[0].isalnum():
            left = right = ""
            start = before.end if before and kind == "_OF" else before.end if before and kind != "_OPEN" else start
            end = lexeme.start if kind == "_OF" else start
        if start == 0 or region.text[start - 1] in " \n\u3000（，":
            left = ""
        if region.text[end : end + 1] in (" ", "\n", "\u3000", "，", ""):
            right = ""
        title = f"补上“{word}”" if word != "\n" else "在这里换行"
        yield one(cost + 0.05 * number, title, start, end, left + word + right)


def _deletions(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """A lexeme too many."""
    for index in range(max(0, first - 2), min(len(region.lexemes) - 1, last + 2)):
        lexeme = region.lexemes[index]
        kinds = region.kinds
        del kinds[index]
        twice = index and region.lexemes[index - 1].text == lexeme.text
        if not kinds or not (region.fits(kinds) or index == 0):
            continue
        cost = 0.9 if twice else 2.2 + _far(index, first, last) + (0.5 if lexeme.kind in _NAMES else 0)
        shown = lexeme.text if len(lexeme.text) <= 12 else lexeme.text[:12] + "…"
        title = f"删除多出的“{shown}”" if twice else f"删除“{shown}”"
        yield one(cost, title, lexeme.start, lexeme.end, "")


def _swaps(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """Two neighbours in the wrong order."""
    for index in range(max(0, first - 3), min(len(region.lexemes) - 2, last + 2)):
        a, b = region.lexemes[index], region.lexemes[index + 1]
        kinds = region.kinds
        kinds[index], kinds[index + 1] = kinds[index + 1], kinds[index]
        if index and not region.fits(kinds):
            continue
        gap = region.text[a.end : b.start] or " "
        cost = 2.0 + _far(index, first, last)
        yield one(cost, f"把“{a.text[:12]}”和“{b.text[:12]}”对调", a.start, b.end, b.text + gap + a.text)


# -- declarations


def _declarations(region: Region, first: int, last: int) -> Iterator[Candidate]:
    """The name is misspelt where it is declared, not here."""
    for lexeme in region.lexemes[first : last + 1]:
        if lexeme.kind not in _NAMES or len(lexeme.text) > _LONGEST_WORD:
            continue
        for name, end in declarations(region.text):
            slip = difference(name, lexeme.text)
            if 0 < slip <= 1 and region.text[end - 1] != "】" and region.text[end - len(name) : end] == name:
                title = f"把声明的“{name}”改为“{lexeme.text}”"
                yield one(1.3 + slip, title, end - len(name), end, lexeme.text)
