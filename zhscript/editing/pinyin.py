"""Finds names by what is typed: Han characters, full pinyin, initials, or any mixture (永jbnt, yongjiu, yjjbnt)."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Iterable, NamedTuple, Sequence

from ..data import read_text

EXACT, PREFIX, INSIDE, LOOSE = range(4)
# how a name is written: its pinyin or its initials as they are; a mixture of both; a rarer reading of a character
PLAIN, MIXED, RARE = range(3)
_LONGEST_TYPED = 24
_ENOUGH = 12  # as many names as this, and weaker kinds of match are not looked for
_SKIP = "(?:[a-z]+/)*"  # other readings of a character


@lru_cache(maxsize=1)
def readings() -> dict[str, str]:
    """The readings of a character without tones, the usual one first, joined by "/"; ü is v."""
    table: dict[str, str] = {}
    for line in read_text("pinyin.csv").splitlines()[1:]:
        syllables, characters = line.split(",")
        table.update(dict.fromkeys(characters, syllables.replace(" ", "/")))
    return table


class Match(NamedTuple):
    """A name that fits what is typed: `number` in the list of names; smaller is better in the other parts."""

    kind: int  # EXACT, PREFIX, INSIDE, LOOSE
    unusual: int  # PLAIN, MIXED or RARE
    left: int  # characters of the name behind the match
    number: int


class NameIndex:
    """Names prepared for searching: 5,000 names in some milliseconds, a search in one or two.

    A name becomes a line of units, one for each letter or character: the character, its readings, a blank.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self._units = [_units(name) for name in self.names]
        groups: dict[str, list[int]] = {}
        for number, units in enumerate(self._units):
            if units:
                for first in {units[0][0].lower(), *(reading[0] for reading in units[0][1:].split("/") if reading)}:
                    groups.setdefault(first, []).append(number)
        self._groups = {first: _Page(numbers, self._units) for first, numbers in groups.items()}
        self._all = _Page(list(range(len(self.names))), self._units)

    def find(self, typed: str) -> list[Match]:
        """The names that fit, best first."""
        letters = _letters(typed)
        if not letters:
            return [Match(PREFIX, PLAIN, len(units), number) for number, units in enumerate(self._units)]
        page = self._groups.get(letters[0])
        found: dict[int, Match] = {}
        if page:
            page.search(PREFIX, _pattern(letters, "\n"), found)
        if len(found) < _ENOUGH:
            self._all.search(INSIDE, _pattern(letters, " "), found)
        if page and len(found) < _ENOUGH and len(letters) > 1:
            for number in page.numbers:
                left = _left_behind(letters, self._units[number])
                if left >= 0:
                    found.setdefault(number, Match(LOOSE, PLAIN, left, number))
        return sorted(self._ranked(match, letters) for match in found.values())

    def _ranked(self, match: Match, letters: str) -> Match:
        """The match with what only a second look can tell: the whole name, the usual readings."""
        if match.kind >= INSIDE:
            return match
        units = self._units[match.number]
        unusual = _written(letters, units)
        kind = EXACT if match.left == 0 and unusual == PLAIN else PREFIX
        return Match(kind, unusual, match.left, match.number)


class _Page:
    """Lines of names in one text, which one regular expression searches at once."""

    def __init__(self, numbers: Sequence[int], units: list[list[str]]) -> None:
        self.numbers = numbers
        self._starts: list[int] = []
        pieces, position = [], 0
        for number in numbers:
            line = "\n" + " ".join(units[number]) + " "
            self._starts.append(position)
            position += len(line)
            pieces.append(line)
        self._text = "".join(pieces) + "\n"

    def search(self, kind: int, pattern: re.Pattern[str], found: dict[int, Match]) -> None:
        for match in pattern.finditer(self._text):
            number = self.numbers[bisect_right(self._starts, match.start()) - 1]
            if number not in found:
                end = self._text.index("\n", match.end())
                found[number] = Match(kind, PLAIN, self._text.count(" ", match.end(), end) - 1, number)


def _written(letters: str, units: list[str]) -> int:
    """PLAIN, MIXED or RARE: how a name would have been written by someone who typed these letters."""
    if len(letters) == 1:
        return PLAIN if letters in (units[0][0].lower(), units[0][1:2]) else RARE
    usual = [unit.split("/")[0] for unit in units]
    pinyin, initials = "".join(unit[1:] for unit in usual), "".join(unit[1] for unit in usual)
    if pinyin.startswith(letters) or initials.startswith(letters):
        return PLAIN
    return MIXED if _pattern(letters, "\n").match("\n" + " ".join(usual) + " ") else RARE


def _units(name: str) -> list[str]:
    table = readings()
    return [letter + (table.get(letter) or letter.lower()) for letter in name if letter.isalnum()]


def _letters(typed: str) -> str:
    """What counts of the typed text: letters, digits and characters."""
    return "".join(letter for letter in typed.lower() if letter.isalnum())[:_LONGEST_TYPED]


def _left_behind(letters: str, units: list[str]) -> int:
    """How many units of a name stand behind its characters or initials in the order typed, -1 when some are missing."""
    place = 0
    for number, unit in enumerate(units):
        letter = letters[place]
        if unit[0] == letter or any(reading[:1] == letter for reading in unit[1:].split("/")):
            place += 1
            if place == len(letters):
                return len(units) - number - 1
        elif not number:
            break  # the first one must be right
    return -1


@lru_cache(maxsize=64)
def _pattern(letters: str, start: str) -> re.Pattern[str]:
    pieces = [start + _begin(letters[0])]
    for before, letter in zip(letters, letters[1:]):
        following = "[^ \n]* " + _begin(letter)
        # a letter may go on in the same reading; ASCII letters are units of one
        pieces.append(f"(?:{letter}|{following})" if before.isascii() and letter.isascii() else following)
    return re.compile("".join(pieces))


def _begin(letter: str) -> str:
    return f".{_SKIP}{letter}" if letter.isascii() else re.escape(letter)
