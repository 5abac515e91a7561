"""Completion: what can stand at the cursor, found by Han characters, pinyin, initials or a mixture of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Iterator, Optional

from ..lexer import Lexer
from .candidates import Candidates
from .context import COMMENTED, TEXT, contexts
from .items import FIELD, LAYER, NAME, Item
from .model import Model, read_model
from .pinyin import EXACT, LOOSE, NameIndex

MOST = 60
_KEPT_INDEXES = 16


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
    found: list[tuple[tuple[int, ...], Completion]] = []
    for number, context in enumerate(contexts(text, offset, model.names)):
        if context.place == COMMENTED:
            continue
        items = list(Candidates(context, model).all())
        for key, item in _ranked(items, context.typed):
            bare = context.place == TEXT
            found.append(((*key, number), _entry(item, context.start, offset, bare, model.names)))
    found.sort(key=lambda entry: entry[0])
    unique: dict[tuple[str, str], Completion] = {}
    for _, completion in found:
        unique.setdefault((completion.label, completion.insert), completion)
        if len(unique) >= MOST:
            break
    return list(unique.values())


def _ranked(items: list[Item], typed: str) -> Iterator[tuple[tuple[int, ...], Item]]:
    spellings = tuple(dict.fromkeys(name for item in items for name in (item.label, *item.search)))
    owners: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        for name in (item.label, *item.search):
            owners.setdefault(name, []).append(number)
    seen = set()
    for match in _index(spellings).find(typed):
        for number in owners[spellings[match.number]]:
            if number not in seen:
                seen.add(number)
                strength = 0 if match.kind == EXACT else match.kind
                yield (strength, match.unusual, items[number].rank, match.left, number), items[number]
        if len(seen) >= MOST and match.kind == LOOSE:
            break


@lru_cache(maxsize=_KEPT_INDEXES)
def _index(names: tuple[str, ...]) -> NameIndex:
    return NameIndex(names)


def _entry(item: Item, start: int, end: int, bare: bool, names: frozenset[str]) -> Completion:
    insert = item.insert or item.label
    if not bare and not item.plain and item.kind in (NAME, FIELD, LAYER) and needs_quotes(item.label, names):
        insert = f"【{item.label}】"
    return Completion(item.label, item.kind, item.detail, item.documentation, insert, start, end, "$" in insert)


@lru_cache(maxsize=4096)
def needs_quotes(name: str, names: frozenset[str] = frozenset()) -> bool:
    """Whether a name must stand in 【】 to be read as one name wherever it is used."""
    lexemes = Lexer(f"显示 {name}，1", names | {name}).run()
    return [lexeme.kind for lexeme in lexemes] != ["_SHOW", "NAME", "_COMMA", "NUMBER", "_NL"]
