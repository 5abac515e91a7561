"""Layers as the host gives them, and as programs see them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Callable, Sequence

import numpy as np
import shapely

from ..characters import normalize
from ..diagnostics import nearest
from ..program import LayerDeclaration
from ..types import named_type
from ..units import NONE, Unit, find_unit
from .errors import Mistake, ScriptError
from .values import Quantity, show


@dataclass
class Table:
    """The data of one layer.

    `columns` maps names to sequences of equal length; `geometry` is an array of shapely geometries (None for missing
    ones) or None; `crs` is any text that names the coordinate reference system; `key` names the column that identifies
    features in findings (the row number, from 1, when empty). `place(row, column)` names a cell of a spreadsheet; the
    values of `textual` tables are all texts, which are read as what the program declares.
    """

    name: str
    columns: dict[str, Sequence[Any]]
    geometry: np.ndarray | None
    crs: str
    key: str = ""
    place: Callable[[int, str], str] | None = None
    textual: bool = False


@dataclass(frozen=True)
class BadCell:
    """A cell of a spreadsheet whose formula went wrong (#DIV/0! …)."""

    text: str


_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ]00:00:00.*)?")
_NO_VALUE = object()


@dataclass
class Layer:
    """A declared layer with its data, read once and checked.

    `shapes` holds two-dimensional geometries; `usable` those that are there, not empty and valid; `invalid` the places
    of invalid ones.
    """

    declaration: LayerDeclaration
    shapes: np.ndarray
    columns: dict[str, list[Any]]
    keys: list[str]
    crs: str
    usable: np.ndarray = field(init=False)
    invalid: np.ndarray = field(init=False)
    offset: int = field(default=0, init=False)  # features of a larger layer before this piece of it
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)  # what was computed from it
    table: Table | None = field(default=None, init=False, repr=False)  # what it was read from
    written: set[str] = field(default_factory=set, init=False, repr=False)  # fields that were changed since

    def __post_init__(self) -> None:
        present = ~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))
        valid = shapely.is_valid(self.shapes)
        self.usable = present & valid
        self.invalid = np.flatnonzero(present & ~valid)
        self.missing = int(len(self.shapes) - present.sum())

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def name(self) -> str:
        """The name in the program."""
        return self.declaration.name


@dataclass(frozen=True)
class Feature:
    """One feature of a layer."""

    layer: Layer
    index: int

    @property
    def key(self) -> str:
        """The text that identifies it."""
        return self.layer.keys[self.index]

    def value(self, name: str) -> Any:
        """The value of a declared field."""
        return self.layer.columns[name][self.index]

    def __hash__(self) -> int:
        return hash((id(self.layer), self.index))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Feature) and self.layer is other.layer and self.index == other.index


@dataclass(frozen=True)
class View:
    """A layer as an operand, without the feature at `without` (其他 L), or whole (-1)."""

    layer: Layer
    without: int = -1


def read_layer(declaration: LayerDeclaration, table: Table, offset: int = 0) -> Layer:
    """The declared part of a table, which begins after `offset` features of a larger one.

    Raises `ScriptError` for missing fields and values of the wrong type.
    """
    count = _count(declaration, table)
    columns = {}
    for name, column, word in declaration.fields:
        values = _find_column(declaration, table, name, column)
        if len(values) != count:
            raise ScriptError(f"图层“{declaration.name}”的字段“{column}”有 {len(values)} 个值，要素有 {count} 个")
        columns[normalize(name)] = _read_column(declaration, name, word, values, table, offset)
    if declaration.open_fields:
        for column, values in table.columns.items():
            if normalize(column) not in columns and not column.startswith("\0"):
                columns[normalize(column)] = _read_column(declaration, column, "", values, table, offset)
    keys = [str(number) for number in range(offset + 1, offset + count + 1)]
    if table.key and table.key in table.columns:
        named = [_plain(value) for value in _python(table.columns[table.key])]
        keys = [number if value is None else show(value) for number, value in zip(keys, named)]
    if table.geometry is None:
        shapes = np.full(count, None, dtype=object)
    else:
        shapes = _flat(np.asarray(table.geometry, dtype=object))
    layer = Layer(declaration, shapes, columns, keys, table.crs)
    layer.table, layer.offset = table, offset
    return layer


def _flat(shapes: np.ndarray) -> np.ndarray:
    """Two-dimensional shapes; those that are stay the same objects."""
    high = shapely.has_z(shapes) | shapely.has_m(shapes)
    result = shapes.copy()
    result[high] = shapely.force_2d(shapes[high])
    return result


def _count(declaration: LayerDeclaration, table: Table) -> int:
    if table.geometry is not None:
        return len(table.geometry)
    lengths = {len(values) for values in table.columns.values()}
    if len(lengths) > 1:
        raise ScriptError(f"图层“{declaration.name}”的各字段长度不一")
    return lengths.pop() if lengths else 0


def _find_column(declaration: LayerDeclaration, table: Table, name: str, column: str) -> Sequence[Any]:
    if column in table.columns:
        return table.columns[column]
    wanted = normalize(column).casefold()
    hits = [key for key in table.columns if normalize(key).casefold() == wanted]
    if len(hits) == 1:
        return table.columns[hits[0]]
    close = nearest(column, list(table.columns)) or list(table.columns)[:8]
    there = f"；数据里有：{'、'.join(close)}" if close else ""
    advice = f"。如果字段在数据里叫别的名字，请写成 {name} 来自“…”"
    what = "表格" if declaration.kind == "table" else "图层"
    raise ScriptError(f"{what}“{declaration.name}”（{declaration.source}）的数据里没有字段“{column}”{there}{advice}")


def _python(values: Sequence[Any]) -> list[Any]:
    if isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.datetime64):
        return [None if np.isnat(value) else value for value in values.astype("datetime64[D]").astype(object)]
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _plain(value: Any) -> Any:
    """A value of the data as a value of the language; NaN, NaT and blank text are 空."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[D]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return None
    if isinstance(value, str):
        return value if value.strip(" \t\r\n\u3000\u00a0") else None
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, datetime.datetime):
        return None if value != value else value.date()
    if isinstance(value, (bool, int, datetime.date, Quantity)):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value != value else str(value)


def _read_column(
    declaration: LayerDeclaration, name: str, word: str, values: Sequence[Any], table: Table, offset: int
) -> list[Any]:
    read = _reader(word)
    if table.textual:
        read = _spelt(word, values)
    result = []
    for number, raw in enumerate(_python(values), offset):
        if isinstance(raw, BadCell):
            raise ScriptError(f"{_cell(declaration, name, number, table)}是错误值 {raw.text}，请先改正")
        value = _plain(raw)
        if value is not None:
            converted = read(value)
            if converted is _NO_VALUE:
                raise ScriptError(f"{_cell(declaration, name, number, table)}应是{word}，数据里是“{show(value)}”")
            value = converted
        result.append(value)
    return result


def _cell(declaration: LayerDeclaration, name: str, number: int, table: Table) -> str:
    """How people find a value: the cell of a spreadsheet, otherwise the feature's number from 1."""
    if table.place is None:
        what = "表格" if declaration.kind == "table" else "图层"
        unit = "行" if declaration.kind == "table" else "个要素"
        return f"{what}“{declaration.name}”第 {number + 1} {unit}的字段“{name}”"
    column = next((column for field, column, _ in declaration.fields if field == name), name)
    return f"表格“{declaration.name}”的单元格 {table.place(number, column)}（{name}）"


_NUMERAL = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})(?:[.][0-9]{1,15})?")


def _number(text: Any) -> Any:
    """The number that a text spells; codes with leading zeros are no numbers."""
    if not isinstance(text, str) or not _NUMERAL.fullmatch(text.strip()):
        return _NO_VALUE
    return float(text) if "." in text else int(text)


def _spelt(word: str, values: Sequence[Any]) -> Callable[[Any], Any]:
    """How the texts of a column are read. Without a declared type they are numbers when every one of them is."""
    if word in ("文本", "日期", "是否"):
        return _reader(word)
    if word:
        read = _reader(word)
        return lambda text: _NO_VALUE if _number(text) is _NO_VALUE else read(_number(text))
    numbers = all(_number(text) is not _NO_VALUE for text in values if _plain(text) is not None)
    return _number if numbers else (lambda text: text)


def fit_field(word: str, value: Any, what: str) -> Any:
    """A value for a field of a declared type. Raises `Mistake`."""
    if value is None or isinstance(value, Quantity):
        unit = find_unit(word)
        kind = unit.dimension if unit else getattr(named_type(word), "dimension", NONE)
        if value is None or value.dimension == kind:
            return value
    converted = _NO_VALUE if isinstance(value, (list, dict)) else _reader(word)(value)
    if converted is _NO_VALUE:
        raise Mistake(f"{what}应是{word}，给的是“{show(value)}”")
    return converted


def _reader(word: str) -> Callable[[Any], Any]:
    if not word:
        return lambda value: value
    if word in _READERS:
        return _READERS[word]
    unit = find_unit(word)
    if unit is None:  # 面积, 长度 …: base units
        kind = named_type(word)
        unit = Unit(word, Fraction(1), kind.dimension if kind else NONE)
    return _unit_reader(unit)


def _unit_reader(unit: Unit) -> Callable[[Any], Any]:
    above, below, dimension = unit.factor.numerator, unit.factor.denominator, unit.dimension

    def read(value: Any) -> Any:
        if isinstance(value, Quantity):
            return value if value.dimension == dimension else _NO_VALUE
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return _NO_VALUE
        amount = value * above if below == 1 else value * above / below
        return amount if dimension == NONE else Quantity(amount, dimension)

    return read


def _read_text(value: Any) -> Any:
    return value if isinstance(value, str) else _NO_VALUE


def _read_number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else _NO_VALUE


def _read_integer(value: Any) -> Any:
    if _read_number(value) is _NO_VALUE or value != int(value):
        return _NO_VALUE
    return int(value)


def _read_date(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        return _NO_VALUE
    try:
        return datetime.date(*map(int, match.groups()))
    except ValueError:
        return _NO_VALUE


def _read_boolean(value: Any) -> Any:
    table = {"是": True, "否": False, "真": True, "假": False, 1: True, 0: False}
    if isinstance(value, bool):
        return value
    return table.get(value, _NO_VALUE) if isinstance(value, (str, int)) else _NO_VALUE


_READERS = {
    "文本": _read_text,
    "数值": _read_number,
    "比率": _read_number,
    "整数": _read_integer,
    "日期": _read_date,
    "是否": _read_boolean,
}
