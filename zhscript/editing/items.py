"""One entry of a completion list."""

from __future__ import annotations

from typing import NamedTuple

KEYWORD, NAME, FIELD, LAYER, FUNCTION, UNIT, VALUE, TYPE, SNIPPET = (
    "关键字",
    "名字",
    "字段",
    "图层",
    "函数",
    "单位",
    "值",
    "类型",
    "模板",
)


class Item(NamedTuple):
    """`label` is shown; `insert` is what is written, "" for the label. `search`: other spellings that find it.

    `rank` orders entries that fit equally well, smaller first. Snippets mark places to fill in as ${1:名称}.
    """

    label: str
    kind: str
    detail: str = ""
    insert: str = ""
    rank: int = 5
    search: tuple[str, ...] = ()
    documentation: str = ""
    plain: bool = True  # False: a name, which may need 【】
