"""What every word of the language means, with a program that uses it: for hover, completion and the reference."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional


class Word(NamedTuple):
    """`group` orders the reference; `example` is a whole program, `output` what it prints (None: it prints nothing)."""

    group: str
    means: str
    example: str
    output: Optional[List[str]]


@lru_cache(maxsize=1)
def all_words() -> Dict[str, Word]:
    """Every word, in the order of the reference."""
    text = (Path(__file__).parent / "data" / "words.json").read_text(encoding="utf-8")
    return {word: Word(*entry) for word, entry in json.loads(text).items()}


def explain(word: str) -> str:
    """One line about a word, "" when it is none."""
    entry = all_words().get(word)
    return entry.means if entry else ""
