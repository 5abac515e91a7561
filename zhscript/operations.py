"""What 功能“…”（…） can call: the capabilities of the program around the language, as it declares them.

The language knows none of them by itself: whoever runs it hands over their declarations as plain data with `provide`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Callable, Iterable, Mapping, Optional

from .characters import normalize
from .types import ANY, BOOLEAN, TEXT, Type, list_of, number_of
from .units import AREA, LENGTH, NONE, VOLUME, Dimension, Unit, find_unit

# kinds of parameters by what a program may give; what a kind means is told by the declarations
LAYER_KINDS = frozenset({"vector", "layers"})
OUTPUT_KINDS = frozenset({"output_model", "output_file"})
NUMBER_KINDS = frozenset({"number", "integer"})
_SPELLINGS = {"m": "米", "km": "千米", "m²": "平方米", "m2": "平方米", "km²": "平方千米", "m³": "立方米", "s": "秒"}
_PERCENT = Unit("%", Fraction(1, 100), NONE)
# what the end of a key of a result says about its number
_MEASURED = (("_m2", AREA), ("_m3", VOLUME), ("_m", LENGTH))
_OF_HOST = frozenset({"overwrite"})  # whoever runs a program says whether results may be replaced
# what every result has, in Chinese: 摘要 is its line, 文件 are the paths that were written
COMMON_RESULTS: dict[str, Type] = {
    "摘要": TEXT,
    "状态": TEXT,
    "文件": list_of(TEXT),
    "提醒": list_of(TEXT),
}


def _key(title: str) -> str:
    """How titles are compared: as names, without the blanks between Han and Latin."""
    return normalize(title.replace(" ", ""))


@dataclass(frozen=True)
class OperationParameter:
    """One parameter. `kind` is that of the declaration; `choices` are (value, Chinese title)."""

    name: str
    title: str
    kind: str
    help: str
    required: bool
    many: bool
    default: Any
    choices: tuple[tuple[str, str], ...]
    minimum: Optional[float]
    maximum: Optional[float]
    unit: str
    suffixes: tuple[str, ...]

    @property
    def key(self) -> str:
        """The title as a program compares it."""
        return _key(self.title)

    @property
    def label(self) -> str:
        """How the parameter is written in a call."""
        return self.title.replace(" ", "")

    @property
    def measure(self) -> Optional[Unit]:
        """The unit in which the capability wants its number; None for a plain number."""
        if self.unit in ("%", "％"):
            return _PERCENT
        return find_unit(_SPELLINGS.get(self.unit, self.unit).replace("/", "每")) if self.unit else None

    @property
    def dimension(self) -> Dimension:
        """The dimension of the number that a program gives."""
        return self.measure.dimension if self.measure else NONE

    @property
    def type(self) -> Type:
        """The type of one value, any where several will do."""
        if self.kind == "flag":
            return BOOLEAN
        if self.kind in NUMBER_KINDS:
            return number_of(self.dimension)
        return ANY if self.kind in ("layers", "vector", "arguments") else TEXT

    @property
    def wanted(self) -> str:
        """What a program gives, in words."""
        words = {
            "vector": "图层或图层文件",
            "layers": "图层，或 字典（名称：图层）",
            "raster": "栅格文件",
            "points": "点云文件或文件夹",
            "model": "模型文件",
            "script": "脚本文件",
            "file": "文件",
            "output_model": "要写出的文件",
            "output_file": "要写出的文件",
            "flag": "是或否",
            "crs": "坐标系，例如“EPSG:4547”",
            "arguments": "字典（参数名：值）",
            "integer": "整数",
        }
        if self.kind == "choice":
            return "、".join(f"“{title}”" for _, title in self.choices)
        if self.kind in NUMBER_KINDS and self.dimension != NONE:
            return str(number_of(self.dimension))
        word = words.get(self.kind, "数" if self.kind == "number" else "文字")
        return word + ("，可以多个" if self.many and self.kind != "layers" else "")

    @property
    def facts(self) -> str:
        """What is said of the parameter in one line."""
        parts = [self.help, self.wanted]
        if self.minimum is not None or self.maximum is not None:
            low = "" if self.minimum is None else f"不小于 {self.minimum:g}{self.unit}"
            high = "" if self.maximum is None else f"不大于 {self.maximum:g}{self.unit}"
            parts.append("，".join(part for part in (low, high) if part))
        if self.suffixes:
            parts.append("、".join("." + suffix for suffix in self.suffixes))
        if self.required:
            parts.append("必填")
        elif self.default not in (None, "", False):
            shown = dict(self.choices).get(self.default, self.default)
            parts.append(f"缺省 {shown}{self.unit}")
        return "；".join(part for part in parts if part)


@dataclass(frozen=True)
class OperationResult:
    """One value of the result: its key in machine-readable results and its Chinese name (the key where it has none)."""

    name: str
    title: str

    @property
    def dimension(self) -> Dimension:
        """The dimension of numbers under this key."""
        return result_dimension(self.name)


@dataclass(frozen=True)
class OperationDeclaration:
    """One capability by its Chinese title."""

    name: str
    title: str
    summary: str
    group: str
    parameters: tuple[OperationParameter, ...]
    results: tuple[OperationResult, ...]

    def parameter(self, key: str) -> Optional[OperationParameter]:
        """The parameter with this title, or None."""
        return next((item for item in self.parameters if item.key == _key(key)), None)

    @property
    def outputs(self) -> tuple[OperationParameter, ...]:
        """The parameters that name files to be written."""
        return tuple(item for item in self.parameters if item.kind in OUTPUT_KINDS)

    @property
    def members(self) -> dict[str, Type]:
        """What a program can ask of the result, with types."""
        members = dict(COMMON_RESULTS)
        members.update((item.label, TEXT) for item in self.outputs)
        members.update((item.title, ANY) for item in self.results)
        return members

    @property
    def writes_always(self) -> bool:
        """Whether every call writes a file."""
        return any(item.required for item in self.outputs)


def result_dimension(key: str) -> Dimension:
    """What the end of a key says: `area_m2` holds square metres."""
    return next((dimension for end, dimension in _MEASURED if key.endswith(end)), NONE)


Read = Callable[[], Iterable[Mapping[str, Any]]]
_read: Optional[Read] = None
_titles: Mapping[str, str] = {}
_known: Optional[dict[str, OperationDeclaration]] = None


def provide(read: Optional[Read], titles: Optional[Mapping[str, str]] = None) -> None:
    """Tell what can be called; `read` gives the declarations when they are first needed, None takes them back.

    A declaration has the keys name, title, summary, group, parameters, results; texts are {"zh": …} or plain.
    `titles` names keys that stand deeper in results.
    """
    global _read, _known, _titles
    _read, _known, _titles = read, None, titles or {}


def result_title(key: str) -> str:
    """The Chinese name of a key of a result, or the key."""
    return _titles.get(key, key)


def operations() -> Optional[Mapping[str, OperationDeclaration]]:
    """Everything that can be called, by title; None when nobody has told."""
    global _known
    if _known is None and _read is not None:
        _known = {}
        for entry in _read():
            declaration = _declaration(entry)
            _known[_key(declaration.title)] = declaration
    return _known


def find_operation(title: str) -> Optional[OperationDeclaration]:
    """The capability with this title, or None."""
    return (operations() or {}).get(_key(title))


def _declaration(entry: Mapping[str, Any]) -> OperationDeclaration:
    return OperationDeclaration(
        entry["name"],
        _text(entry["title"]),
        _text(entry["summary"]),
        _text(entry["group"]),
        tuple(_parameter(item) for item in entry["parameters"] if item["name"] not in _OF_HOST),
        tuple(OperationResult(item["name"], _text(item["title"])) for item in entry.get("results", ())),
    )


def _parameter(entry: Mapping[str, Any]) -> OperationParameter:
    return OperationParameter(
        entry["name"],
        _text(entry["title"]),
        entry["kind"],
        _text(entry["help"]),
        entry["required"],
        entry["many"],
        entry["default"],
        tuple((choice["value"], _text(choice["title"])) for choice in entry["choices"]),
        entry["minimum"],
        entry["maximum"],
        entry["unit"],
        tuple(entry["suffixes"]),
    )


def _text(value: Any) -> str:
    return value["zh"] if isinstance(value, Mapping) else str(value)
