"""What the checker knows about a value."""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from .records import value
from .units import AREA, DAYS, LENGTH, MONEY, NONE, VOLUME, Dimension, dimension_name, find_unit


@value
class Type:
    """`kind`: number text boolean date shape feature layer list mapping null any rule result outcome nothing.

    `dimension` belongs to numbers, `layer` (its key) to features and layers, `item` to lists and mappings; the
    result of a tool's call and the outcome of a 功能 have its title as their `layer`. `plain` layers and features have
    no geometry.
    `basis` tells areas that were measured: "plane" or "ellipsoid", "" for all others.
    `failed` marks the "any" of an expression whose error has been told.
    """

    kind: str
    dimension: Dimension = NONE
    layer: str = ""
    item: Optional[Type] = None
    failed: bool = False
    plain: bool = False
    basis: str = ""

    _uncompared = ("failed", "plain", "basis")

    def __str__(self) -> str:
        if self.kind == "number":
            return AREA_BASES[self.basis] if self.basis and self.dimension == AREA else dimension_name(self.dimension)
        if self.plain:
            return "表格" if self.kind == "layer" else "表格的行"
        return NAMES[self.kind]

    @property
    def is_shape(self) -> bool:
        """Whether the value has a geometry."""
        return self.kind in ("shape", "feature", "layer", "any") and not self.plain


AREA_BASES = {"plane": "平面面积", "ellipsoid": "椭球面积"}
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
    "outcome": "功能的结果",
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
LAYER = Type("layer")
TABLE = Type("layer", plain=True)

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
    "图层": LAYER,
    "表格": TABLE,
    "坐标": SHAPE,
    "点": SHAPE,
    "线": SHAPE,
    "面": SHAPE,
    "范围": SHAPE,
    "平面面积": Type("number", AREA, basis="plane"),
    "椭球面积": Type("number", AREA, basis="ellipsoid"),
    **dict.fromkeys(("文件", "保存文件", "文件夹", "坐标系", "颜色", "选项"), TEXT),
    "多选": Type("list", item=TEXT),
}


@lru_cache(maxsize=256)
def number_of(dimension: Dimension) -> Type:
    """A number of this dimension."""
    return Type("number", dimension)


def different_bases(one: Type, other: Type) -> bool:
    """Whether one is an area on the plane and the other one on the ellipsoid."""
    return bool(one.basis and other.basis and one.basis != other.basis and one.dimension == other.dimension == AREA)


def feature_of(layer: Type) -> Type:
    """A feature of a layer, a row of a table."""
    return Type("feature", layer=layer.layer, plain=layer.plain)


def list_of(item: Type) -> Type:
    """A list of such items."""
    return Type("list", item=item)


def named_type(word: str) -> Optional[Type]:
    """The type that a type word or a unit names (文本, 面积, 米, 万元每亩), or None."""
    if word in _WORDS:
        return _WORDS[word]
    unit = find_unit(word)
    return Type("number", unit.dimension) if unit else None
