"""Entries of a completion list, and the index that finds them."""

from __future__ import annotations

from functools import lru_cache
from typing import Callable, Iterable, Iterator, NamedTuple, Union

from .pinyin import NameIndex

KEYWORD, NAME, FIELD, LAYER, FUNCTION = "关键字", "名字", "字段", "图层", "函数"
UNIT, VALUE, TYPE, SNIPPET = "单位", "值", "类型", "模板"
_KEPT_INDEXES = 32


class Item(NamedTuple):
    """`label` is shown; `insert` is what is written, "" for the label. `search`: other spellings that find it.

    `rank` orders entries that fit equally well, smaller first. Snippets mark places to fill in as ${1:名称}.
    `plain` is False for names, which may need 【】. A costly `detail` is made when it is shown.
    """

    label: str
    kind: str
    detail: Union[str, Callable[[], str]] = ""
    insert: str = ""
    rank: int = 5
    search: tuple[str, ...] = ()
    documentation: str = ""
    plain: bool = True


class Group:
    """Entries that are searched together."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = list(items)
        owners: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            owners.setdefault(item.label, []).append(number)
            for name in item.search:
                owners.setdefault(name, []).append(number)
        self._owners = list(owners.values())
        self._index = _index(tuple(owners))

    def find(self, typed: str, most: int) -> Iterator[tuple[tuple[int, ...], Item]]:
        """The best entries with what they are sorted by."""
        seen: set[int] = set()
        for match in self._index.find(typed):
            for number in self._owners[match.number]:
                if number not in seen:
                    seen.add(number)
                    item = self.items[number]
                    yield (match.kind, match.unusual, item.rank, match.left, number), item
            if len(seen) >= most:
                return


@lru_cache(maxsize=_KEPT_INDEXES)
def _index(names: tuple[str, ...]) -> NameIndex:
    return NameIndex(names)
