"""What the checker knows about a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from .units import AREA, DAYS, LENGTH, MONEY, NONE, VOLUME, Dimension, dimension_name, find_unit


@dataclass(frozen=True)
class Type:
    """`kind`: number text boolean date shape feature layer list mapping null any rule result nothing.

    `dimension` belongs to numbers, `layer` (its key) to features and layers, `item` to lists and mappings; the
    result of a tool's call has the tool's title as its `layer`.
    `failed` marks the "any" of an expression whose error has been told.
    """

    kind: str
    dimension: Dimension = NONE
    layer: str = ""
    item: Optional[Type] = None
    failed: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        if self.kind == "number":
            return dimension_name(self.dimension)
        return NAMES[self.kind]

    @property
    def is_shape(self) -> bool:
        """Whether the value has a geometry."""
        return self.kind in ("shape", "feature", "layer", "any")


NAMES = {
    "text": "文本",
    "boolean": "是否",
    "date": "日期",
    "shape": "图形",
    "feature": "要素",
    "layer": "图层",
    "list": "列表",
    "mapping": "字典",
    "null": "空",
    "any": "未说明类型的值",
    "rule": "规则",
    "result": "工具的结果",
    "nothing": "没有返回值",
}
ANY = Type("any")
FAILED = Type("any", failed=True)
NUMBER = Type("number")
TEXT = Type("text")
BOOLEAN = Type("boolean")
DATE = Type("date")
SHAPE = Type("shape")
NULL = Type("null")
NOTHING = Type("nothing")

_WORDS = {
    "数值": NUMBER,
    "整数": NUMBER,
    "比率": NUMBER,
    "面积": Type("number", AREA),
    "长度": Type("number", LENGTH),
    "体积": Type("number", VOLUME),
    "金额": Type("number", MONEY),
    "时长": Type("number", DAYS),
    "文本": TEXT,
    "日期": DATE,
    "是否": BOOLEAN,
    "列表": Type("list", item=ANY),
    "字典": Type("mapping", item=ANY),
    "要素": Type("feature"),
}


def number_of(dimension: Dimension) -> Type:
    """A number of this dimension."""
    return Type("number", dimension)


def list_of(item: Type) -> Type:
    """A list of such items."""
    return Type("list", item=item)


def named_type(word: str) -> Optional[Type]:
    """The type that a type word or a unit names (文本, 面积, 米, 万元每亩), or None."""
    if word in _WORDS:
        return _WORDS[word]
    unit = find_unit(word)
    return Type("number", unit.dimension) if unit else None
