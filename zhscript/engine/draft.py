"""Layers and tables that a program makes: read by path, new, dissolved; and how they grow."""

from __future__ import annotations

import datetime
from typing import Any, Iterable

import numpy as np
import shapely

from ..characters import normalize
from ..diagnostics import nearest
from ..program import LayerDeclaration
from ..units import dimension_name, find_unit, unit_name
from .errors import Mistake
from .table import Layer, Table, View, read_layer
from .values import Quantity, converted, show

MAXIMUM_ROWS = 1_000_000
SHAPE = "形状"


class Draft(Layer):
    """A layer that grows; arrays are made when they are asked for."""

    def __init__(self, declaration: LayerDeclaration, crs: str = "", kind: str = "") -> None:
        self.declaration = declaration
        self.crs = crs
        self.kind = kind  # 点 线 面, or "" for any
        self.columns: dict[str, list[Any]] = {normalize(name): [] for name, _, _ in declaration.fields}
        self.keys: list[str] = []
        self.memory: dict[Any, Any] = {}
        self.table = None
        self.written: set[str] = set()
        self._pending: list[Any] = []

    def _array(self, name: str) -> Any:
        if name not in self.memory:
            shapes = np.empty(len(self._pending), dtype=object)
            shapes[:] = self._pending
            whole = Layer(self.declaration, shapes, {}, [], self.crs)
            self.memory.update(
                {"shapes": shapes, "usable": whole.usable, "invalid": whole.invalid, "missing": whole.missing}
            )
        return self.memory[name]

    shapes = property(lambda self: self._array("shapes"))  # type: ignore[assignment]
    usable = property(lambda self: self._array("usable"))  # type: ignore[assignment]
    invalid = property(lambda self: self._array("invalid"))  # type: ignore[assignment]
    missing = property(lambda self: self._array("missing"))  # type: ignore[assignment]

    def add(self, record: dict[str, Any], crs: str = "") -> None:
        """Append a row; fields that the record does not give are 空."""
        if len(self.keys) >= MAXIMUM_ROWS:
            raise Mistake(f"“{self.name}”太长（最多 {MAXIMUM_ROWS} 行）")
        shape = self._shape(record.get(SHAPE))
        for name in record:
            if name not in self.columns and name != SHAPE:
                self._unknown(name)
        for name, values in self.columns.items():
            values.append(record.get(name))
        self.keys.append(str(len(self.keys) + 1))
        self._pending.append(shape)
        self.crs = self.crs or (crs if shape is not None else "")
        self.memory.clear()

    def _unknown(self, name: str) -> None:
        close = nearest(name, list(self.columns)) or list(self.columns)[:8]
        raise Mistake(f"“{self.name}”没有“{name}”这一列；有：{'、'.join(close)}")

    def _shape(self, shape: Any) -> Any:
        if shape is None:
            return None
        if self.declaration.kind == "table":
            raise Mistake(f"表格“{self.name}”不能放图形")
        if not isinstance(shape, shapely.Geometry):
            raise Mistake(f"“{SHAPE}”要是图形，现在是“{show(shape)}”")
        wanted = {"点": 0, "线": 1, "面": 2}.get(self.kind)
        if wanted is not None and not shape.is_empty and shapely.get_dimensions(shape) != wanted:
            raise Mistake(f"图层“{self.name}”只能放{self.kind}，这个图形不是")
        return shapely.force_2d(shape)

    def copy(self) -> Draft:
        """One of the same content that grows on its own."""
        twin = Draft(self.declaration, self.crs, self.kind)
        twin.columns = {name: list(values) for name, values in self.columns.items()}
        twin.keys, twin._pending = list(self.keys), list(self._pending)
        return twin


def declared(name: str, columns: Iterable[str], kind: str) -> LayerDeclaration:
    """The declaration of a layer whose columns are only known now."""
    fields = tuple((column, column, "") for column in columns)
    seen: set[str] = set()
    for column, _, _ in fields:
        if normalize(column) in seen:
            raise Mistake(f"“{name}”有两列叫“{column}”")
        seen.add(normalize(column))
    return LayerDeclaration(name, name, fields, kind, True)


def view_of(table: Table, kind: str = "") -> View:
    """A layer of what the host has read, with every column."""
    kind = kind or ("table" if table.geometry is None else "layer")
    names = [name for name in table.columns if not name.startswith("\0")]
    return View(read_layer(declared(table.name, names, kind), table))


def new(name: str, columns: Iterable[Any], kind: str) -> View:
    """An empty layer or table."""
    names = list(columns)
    if not all(isinstance(column, str) and column.strip() for column in names):
        raise Mistake("各列的名字要是文字")
    return View(Draft(declared(name, names, kind)))


def table_of(layer: Layer, *, rows: list[int] | None = None, without: int = -1) -> Table:
    """The content of a layer for the host: numbers in the units of its fields, geometry None for tables.

    Columns that the program did not declare come along, and values that it did not change are those of the source.
    """
    if rows is None and without >= 0:
        rows = [row for row in range(len(layer)) if row != without]
    columns: dict[str, Any] = {}
    geometry = None if layer.declaration.kind == "table" else layer.shapes
    if layer.table is not None:
        columns = {name: values for name, values in layer.table.columns.items() if not name.startswith("\0")}
        geometry = layer.table.geometry
    for name, column, word in layer.declaration.fields:
        key = normalize(name)
        if layer.table is None or key in layer.written or column not in columns:
            title, values = _outward(column or name, word, layer.columns[key])
            columns[title] = values
    if rows is not None:
        columns = {name: [values[row] for row in rows] for name, values in columns.items()}
        geometry = None if geometry is None else geometry[rows]
    return Table(layer.name, columns, geometry, layer.crs)


def _outward(name: str, word: str, values: list[Any]) -> tuple[str, list[Any]]:
    """The title and the plain values of a column; quantities without a declared unit bring theirs into the title."""
    dimensions = {value.dimension for value in values if isinstance(value, Quantity)}
    if not dimensions:
        return name, [_plain(value) for value in values]
    if len(dimensions) > 1:
        kinds = "、".join(sorted(map(dimension_name, dimensions)))
        raise Mistake(f"“{name}”这一列有不同的量（{kinds}），不能保存")
    unit = find_unit(word) if word else None
    (dimension,) = dimensions
    if unit is None or unit.dimension != dimension:
        return (name if word else f"{name}（{unit_name(dimension)}）"), [_plain(value) for value in values]
    return name, [
        converted(value.value, unit.factor) if isinstance(value, Quantity) else _plain(value) for value in values
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str, datetime.date)):
        return value
    return show(value)


def write(layer: Layer, index: int, name: str, value: Any) -> None:
    """Change one value of the working copy of a layer."""
    layer.columns[name][index] = value
    layer.written.add(name)
    for key in [key for key in layer.memory if isinstance(key, tuple) and name in key]:
        del layer.memory[key]
