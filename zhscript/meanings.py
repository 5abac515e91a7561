"""What each word of the language means, with a program that shows it: for the reference and the hover."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .data import read_table


@dataclass(frozen=True)
class Meaning:
    """A word. `group` is where the reference lists it; `example` a whole program, `shows` what it tells, by lines."""

    word: str
    group: str
    meaning: str
    example: str
    shows: str


@lru_cache(maxsize=None)
def meanings() -> dict[str, Meaning]:
    """Every word but units, in the order of the reference."""
    return {
        row["word"]: Meaning(
            row["word"],
            row["group"],
            row["meaning"],
            row["example"].replace("⏎", "\n"),
            row["shows"].replace("⏎", "\n"),
        )
        for row in read_table("words.csv")
    }


def explain(word: str) -> str:
    """One line about a word of the language, "" when it is none."""
    entry = meanings().get(word)
    return entry.meaning if entry else ""
