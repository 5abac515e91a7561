"""What a tool declares: the one description from which its form, command, algorithm and help page come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from ..units import AREA, DAYS, LENGTH, MONEY, NONE, VOLUME, Dimension

# type word in a tool -> kind of parameter
KINDS = {
    "图层": "layer",
    "表格": "table",
    "数值": "number",
    "整数": "integer",
    "比率": "ratio",
    "面积": "quantity",
    "长度": "quantity",
    "体积": "quantity",
    "时长": "quantity",
    "金额": "quantity",
    "文本": "text",
    "选项": "choice",
    "多选": "choices",
    "是否": "boolean",
    "文件": "file",
    "保存文件": "save",
    "文件夹": "folder",
    "日期": "date",
    "坐标系": "crs",
    "范围": "extent",
    "颜色": "colour",
    "坐标": "point",
}
DIMENSIONS: dict[str, tuple[Dimension, str]] = {  # with the unit that forms show when the declaration names none
    "面积": (AREA, "平方米"),
    "长度": (LENGTH, "米"),
    "体积": (VOLUME, "立方米"),
    "时长": (DAYS, "天"),
    "金额": (MONEY, "元"),
}
GEOMETRIES = {"点": "point", "线": "line", "面": "polygon"}
GEOMETRY_WORDS = {kind: word for word, kind in GEOMETRIES.items()}
NUMBERS = frozenset({"number", "integer", "ratio", "quantity"})
SOURCES = frozenset({"layer", "table"})
# options that every tool's command has, and what every algorithm gives besides the tool's own
RESERVED = frozenset(["help", "帮助", "json", "verbose", "overwrite", "覆盖", "data", "layer", "folder", "allow"])
RESERVED |= {"result", "status", "load"}


class ToolError(Exception):
    """A value that a tool cannot take. `message` is one line; `parameter` and `line` tell the 参数 (or "", 0)."""

    exit_status = 2
    kind = "usage"

    def __init__(self, message: str, parameter: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.line = line


@dataclass(frozen=True)
class Limit:
    """不小于, 不大于, 大于, 小于, 等于 or 不等于 a value: base units as `Fraction`, or a date. `text` as written."""

    operator: str
    value: Any
    text: str


@dataclass(frozen=True)
class ToolParameter:
    """One 参数 of a tool.

    `key` is the name as the program compares it, `word` the type as written, `kind` one of `KINDS`' values or "field".
    Numbers with a `dimension` are shown in `unit`. `parent` is the key of the layer whose field is meant. `default`
    is a value as `convert` gives it, or None; a default that depends on other parameters has only its `default_text`.
    """

    name: str
    key: str
    kind: str
    word: str
    title: str
    line: int
    geometry: str = ""
    parent: str = ""
    options: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    dimension: Dimension = NONE
    unit: str = ""
    optional: bool = False
    default: Any = None
    default_text: str = ""
    limits: tuple[Limit, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a call must give a value."""
        return not self.optional and self.default is None and not self.default_text

    @property
    def label(self) -> str:
        """How messages name the parameter: its name, its title and its line."""
        title = f"{self.title}，" if self.title != self.name else ""
        return f"参数“{self.name}”（{title}第 {self.line} 行）"


@dataclass(frozen=True)
class ToolOutput:
    """One 输出: `kind` is layer, table or value; `fields` of the former two: (name, type or unit word or "")."""

    name: str
    key: str
    kind: str
    word: str
    title: str
    line: int
    geometry: str = ""
    dimension: Dimension = NONE
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ToolDeclaration:
    """A 工具: what stands in its head. `group` is its 分组, else the name of the 工具箱.

    `file` is the referenced file that it stands in, "" for the program's own.
    """

    title: str
    description: str
    group: str
    line: int
    parameters: tuple[ToolParameter, ...] = ()
    outputs: tuple[ToolOutput, ...] = ()
    file: str = ""

    def parameter(self, key: str) -> ToolParameter:
        """The parameter with this key."""
        return next(item for item in self.parameters if item.key == key)

    def as_dict(self) -> dict[str, Any]:
        """The declaration as plain JSON: numbers exact as texts, dates in ISO form."""
        return _plain(asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "dimension"}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Fraction):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
