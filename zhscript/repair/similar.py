"""How alike two words are to somebody who types by sound or writes by hand."""

from __future__ import annotations

from functools import lru_cache
from typing import Iterable

from .words import SIMPLIFIED

SOUND, OTHER = 0.5, 1.0  # cost of a wrong character that sounds alike, and of any other slip of one character


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    from ..editing.pinyin import readings  # read only when there is something to repair

    return readings()


@lru_cache(maxsize=4096)
def _sounds(character: str) -> frozenset[str]:
    """The readings of a character, with those that ears and keyboards confuse folded (zh z, ng n, l n)."""
    folded = set()
    for syllable in _readings().get(character, "").split("/"):
        if syllable:
            syllable = syllable.replace("zh", "z").replace("ch", "c").replace("sh", "s")
            folded.add(syllable[:-1] if syllable.endswith("ng") else syllable)
    return frozenset(folded)


def sounds_alike(a: str, b: str) -> bool:
    """Whether two characters share a reading."""
    return a == b or bool(_sounds(a) & _sounds(b))


def difference(written: str, word: str) -> float:
    """How much `written` differs from `word`: 0 the same, at most 1 for one slip, larger for more.

    A slip is a wrong, missing, doubled or additional character, or two characters in the wrong order.
    """
    if written == word:
        return 0.0
    plain = written.translate(SIMPLIFIED)
    if plain == word:
        return 0.1
    if abs(len(plain) - len(word)) > 2:
        return 9.0
    return _distance(plain, word)


@lru_cache(maxsize=1 << 14)
def _distance(a: str, b: str) -> float:
    """Edit distance with neighbouring swaps; characters that sound alike cost half."""
    before: list[float] = []
    row = [float(j) for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        following = [float(i)]
        for j, y in enumerate(b, 1):
            replaced = row[j - 1] + (0.0 if x == y else SOUND if sounds_alike(x, y) else OTHER)
            cost = min(row[j] + 1, following[j - 1] + 1, replaced)
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        before, row = row, following
    return row[-1]


def allowed(word: str) -> float:
    """The largest difference at which a word is still taken for `word`."""
    return SOUND if len(word) == 1 else 1.0 if len(word) < 4 else 2.0


def closest(written: str, words: Iterable[str], limit: int) -> list[tuple[float, str]]:
    """(difference, word) of the words that `written` may stand for, best first."""
    found = []
    plain = written.translate(SIMPLIFIED)
    characters = set(plain)
    for word in words:
        if abs(len(word) - len(plain)) > 2 or (len(word) == 1 and len(plain) > 1):
            continue
        if characters.isdisjoint(word) and not _sounds_like(plain, word):
            continue
        cost = difference(written, word)
        if 0 < cost <= allowed(word):
            found.append((cost, word))
    return sorted(found)[:limit]


def _sounds_like(a: str, b: str) -> bool:
    return len(a) == len(b) and all(map(sounds_alike, a, b))
