"""What a store can do, whatever keeps it. Statements are SQL that SQLite and PostgreSQL share, with `?` for values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.job import Job
from tim.sources.crs import horizontal

COMPANIONS = ("city_object", "city_geometry", "city_source")  # exact geometry of imported models: not versioned
CHUNK = 500  # identities in one statement
ENTITY_COLUMNS = (
    "id", "class", "name", "source_id", "source_key", "valid_from", "valid_to", "version", "parent_id", "lods",
    "class_code", "space_code", "quality",
)  # fmt: skip
Window = tuple[float, float, float, float]


@dataclass(frozen=True)
class Layer:
    """A table of features with identity codes. `columns`: name → "text", "integer", "number", "time" or "other"."""

    name: str
    title: str
    kind: str
    columns: dict[str, str]


@dataclass
class Rows:
    """Features in memory: `columns` name → array (text as object with None, numbers as float or int), `geometry`."""

    columns: dict[str, np.ndarray]
    geometry: np.ndarray
    fids: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.geometry)

    @property
    def ids(self) -> np.ndarray:
        """The identity codes."""
        return self.columns["id"]

    def take(self, places: np.ndarray) -> Rows:
        """The chosen rows (places or mask)."""
        columns = {name: values[places] for name, values in self.columns.items()}
        return Rows(columns, self.geometry[places], self.fids[places] if len(self.fids) else self.fids)


class Store(ABC):
    """A model that is open. `name` is what people call it; it never holds a password."""

    name: str

    @abstractmethod
    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple]:
        """The rows that a statement gives."""

    @abstractmethod
    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement without rows."""

    @abstractmethod
    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add rows to a table without geometry."""

    @abstractmethod
    def layers(self) -> list[Layer]:
        """The feature tables of the model that have identity codes, views left out."""

    @abstractmethod
    def columns_of(self, layer: str) -> dict[str, str]:
        """The columns of a table but for its number and shape: name → kind."""

    @abstractmethod
    def read(self, layer: str, where: str = "", parameters: Sequence[Any] = ()) -> Rows:
        """Features in the order of their numbers; `where` follows that word and calls the layer `l`."""

    @abstractmethod
    def write(self, layer: str, rows: Rows) -> None:
        """Add features; columns that the layer lacks are an error."""

    @abstractmethod
    def create_layer(self, layer: Layer) -> None:
        """Make an empty layer in the model's CRS with its indexes."""

    @abstractmethod
    def add_column(self, layer: str, name: str, kind: str) -> None:
        """Add a column to a layer."""

    @abstractmethod
    def window(self, layer: str, bounds: Window) -> Rows:
        """The present features whose boxes meet a window in the model's CRS, found by the spatial index."""

    @abstractmethod
    def geometry_values(self, geometry: np.ndarray) -> list[Any]:
        """Shapes as the table of history takes them."""

    @abstractmethod
    def shapes(self, values: Sequence[Any]) -> np.ndarray:
        """The shapes of such values, as `query` gives them."""

    @abstractmethod
    def after_write(self, layers: Iterable[str]) -> None:
        """Bring what describes layers (extents) up to date, within the transaction."""

    @abstractmethod
    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction of the one writer: done as a whole or not at all. Others wait, readers go on."""
        yield

    @abstractmethod
    def as_of_view(self, layer: Layer, version: int, name: str, title: str) -> None:
        """Make the view that shows a layer as a version had it."""

    @abstractmethod
    def has_companions(self) -> bool:
        """Whether the model keeps exact objects of an exchange format, which have no versions and no server."""

    @abstractmethod
    def backup(self, path: Path) -> None:
        """Write the model as it is now to a new GeoPackage, whoever else works with it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file or the connection."""

    def metadata(self) -> dict[str, str]:
        """The keys and values that the model says of itself."""
        return dict(self.query("SELECT key, value FROM tim_metadata"))

    def crs(self) -> pyproj.CRS:
        """The CRS of the model's features (horizontal)."""
        return horizontal(pyproj.CRS.from_wkt(self.metadata()["crs"]))

    def latest(self) -> int:
        """The number of the present version."""
        return int(self.query("SELECT max(version) FROM model_version")[0][0] or 0)

    def insert_rows(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert mappings that share their keys."""
        if rows:
            self.insert(table, list(rows[0]), (list(row.values()) for row in rows))

    def delete(self, table: str, ids: Sequence[str]) -> None:
        """Delete the rows of identities."""
        for some, marks in in_chunks(ids):
            self.execute(f"DELETE FROM {quoted(table)} WHERE id IN ({marks})", some)

    def read_ids(self, layer: str, ids: Sequence[str], job: Job | None = None) -> Rows:
        """The features of identities; all at once when they are many."""
        if len(ids) > 20 * CHUNK:
            rows = self.read(layer)
            return rows.take(np.isin(rows.ids.astype(str), np.asarray(ids, dtype=str)))
        parts = []
        for some, marks in in_chunks(ids):
            if job:
                job.check()
            parts.append(self.read(layer, f"l.id IN ({marks})", some))
        return joined(parts) if parts else self.read(layer, "1 = 0")


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def in_chunks(values: Sequence[Any]) -> Iterator[tuple[list[Any], str]]:
    """Values in pieces that a statement can hold, with as many marks."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        some = listed[start : start + CHUNK]
        yield some, ", ".join("?" * len(some))


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of one layer behind each other."""
    names = list(parts[0].columns)
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
    return Rows(columns, np.concatenate([p.geometry for p in parts]), np.concatenate([p.fids for p in parts]))


def column_array(values: Sequence[Any], kind: str) -> np.ndarray:
    """A column of values as an array: numbers as float (NaN for none), integers as int where none is missing."""
    if kind == "number" or (kind == "integer" and None in values):
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    if kind == "integer":
        return np.array(values, dtype=np.int64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def promoted(geometry: np.ndarray, kind: str) -> np.ndarray:
    """Shapes as a layer takes them: single ones as multi-parts where its type is such."""
    if not kind.startswith("Multi"):
        return geometry
    result = geometry.copy()
    types = shapely.get_type_id(geometry)
    for single, make in ((0, shapely.multipoints), (1, shapely.multilinestrings), (3, shapely.multipolygons)):
        chosen = np.flatnonzero(types == single)
        if len(chosen):
            result[chosen] = make(geometry[chosen][:, None])
    return result


def kind_of_array(values: np.ndarray) -> str:
    """The kind of column that an array needs."""
    return {"i": "integer", "u": "integer", "b": "integer", "f": "number", "M": "time"}.get(values.dtype.kind, "text")


def plain_values(values: np.ndarray) -> list[Any]:
    """The values of an array as databases take them: None for NaN and NaT, texts for times and other objects."""
    if values.dtype.kind == "f":
        return [None if value != value else value for value in values.tolist()]
    if values.dtype.kind == "M":
        return [None if text == "NaT" else text for text in np.datetime_as_string(values).tolist()]
    if values.dtype.kind == "b":
        return [int(value) for value in values]
    if values.dtype.kind in "iu":
        return values.tolist()
    return [_plain(value) for value in values.tolist()]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return None if value != value else value
    return str(value)
