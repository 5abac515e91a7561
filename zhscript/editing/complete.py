"""Completion: what can stand at the cursor, found by Han characters, pinyin, initials or a mixture of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional

from .. import vocabulary as words
from ..characters import LETTER, WORD
from .candidates import Candidates
from .context import COMMENTED, TEXT, Context, contexts
from .items import Item
from .model import Model, read_model

MOST = 60


@dataclass(frozen=True)
class Completion:
    """An entry of the list: replaces the characters `start`..`end` by `insert`; `snippet` when that holds ${1:…}."""

    label: str
    kind: str
    detail: str
    documentation: str
    insert: str
    start: int
    end: int
    snippet: bool


def complete(text: str, offset: int, model: Optional[Model] = None) -> list[Completion]:
    """What can be written at an offset, best first, at most 60 entries.

    `model` may be that of a slightly earlier text: it spares reading the text anew.
    """
    model = model or read_model(text)
    found: list[tuple[tuple[int, ...], Context, Item]] = []
    for number, context in enumerate(contexts(text, offset, model.names)):
        if context.place != COMMENTED:
            visible_at = min(context.start, _unchanged(text, model.text))
            for group in Candidates(context, model, visible_at).groups():
                found += [((*key, number), context, item) for key, item in group.find(context.typed, MOST)]
    found.sort(key=lambda entry: entry[0])
    unique: dict[tuple[str, str], Completion] = {}
    for _, context, item in found:
        if len(unique) >= MOST:
            break
        completion = _completion(item, context, offset)
        unique.setdefault((completion.label, completion.insert), completion)
    return list(unique.values())


def _unchanged(text: str, other: str) -> int:
    """How far two texts are the same."""
    low, high = 0, min(len(text), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if text.startswith(other[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


def _completion(item: Item, context: Context, end: int) -> Completion:
    insert = item.insert or item.label
    if context.place != TEXT and not item.plain and needs_quotes(item.label):
        insert = f"【{item.label}】"
    detail = item.detail if isinstance(item.detail, str) else item.detail()
    return Completion(item.label, item.kind, detail, item.documentation, insert, context.start, end, "$" in item.insert)


_LINE_WORDS = frozenset(word for table in words.LINE_WORDS.values() for word in table)
_PLAIN_NAME = re.compile(f"{LETTER}{WORD}*").fullmatch


def needs_quotes(name: str) -> bool:
    """Whether a declared name must stand in 【】 inside an expression: it is no word, or a keyword."""
    return not _PLAIN_NAME(name) or name in words.CONNECTIVES or name in _LINE_WORDS or name == "其他"
