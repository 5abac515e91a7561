"""Names of layers in use at bureaus: code, title and other spellings of the same layer."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from tim.data import read_table


def normal(name: str) -> str:
    """A name as it is compared: compatibility forms folded, blanks gone, case ignored."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def same_layer(name: str) -> frozenset[str]:
    """All normalised names of the layer that `name` denotes in the table of layers; just its own when unknown."""
    key = normal(name)
    return _groups().get(key, frozenset({key}))


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for row in read_table("layers.csv"):
        names = frozenset(normal(name) for name in (row["code"], row["title"], *row["aliases"].split(";")) if name)
        groups.update(dict.fromkeys(names, names))
    return groups
