"""A model in a GeoPackage: several readers, one writer, each change of the file as a whole or not at all."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from tim.errors import TimError, UnusableInput
from tim.model import schema
from tim.model.migrate import schema_version
from tim.model.reader import open_model
from tim.store.base import COMPANIONS, Layer, Rows, Store, Window, column_array, plain_values, promoted, quoted
from tim.store.geopackage import add_functions, from_blobs, layer_statements, to_blobs

BUSY_SECONDS = 60.0  # for which a writer waits for another
_HISTORY_FIDS = 1 << 40  # numbers of past states in views begin here, beyond those of the present ones
_KINDS = {"INTEGER": "integer", "MEDIUMINT": "integer", "REAL": "number", "DOUBLE": "number", "DATETIME": "time"}
_CASTS = {"integer": "INTEGER", "number": "REAL"}
_PARTS = ("POINT", "LINESTRING", "POLYGON")


class FileStore(Store):
    """See `tim.store.open_store`."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        with open_model(path) as connection:  # refuses what is no model, in words
            if schema_version(connection) < schema.VERSION:
                raise UnusableInput(
                    f"模型“{path.name}”是旧结构，还没有历史；请先升级：tim model migrate {path.name} --out 新模型.gpkg"
                )
        if writable and not os.access(path, os.W_OK):
            raise TimError(f"模型“{path.name}”是只读的，不能写入；请检查文件的权限")
        self.path, self.name, self.writable = path, path.name, writable
        mode = "rw" if writable else "ro"
        address = f"file:{quote(str(path.absolute()))}?mode={mode}"
        if not writable and _is_orphaned_log(path):
            address = f"file:{quote(str(path.absolute()))}?immutable=1"
        self.connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        add_functions(self.connection)
        if not writable:
            self.connection.execute("BEGIN")  # all that is read is of one state

    def close(self) -> None:
        self.connection.close()

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple]:
        with self.told():
            return self.connection.execute(statement, tuple(parameters)).fetchall()

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        with self.told():
            self.connection.execute(statement, tuple(parameters))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        names = ", ".join(quoted(name) for name in columns)
        marks = ", ".join("?" * len(columns))
        with self.told():
            self.connection.executemany(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", rows)

    def layers(self) -> list[Layer]:
        found = self.query(
            "SELECT c.table_name, c.identifier, g.geometry_type_name, g.z FROM gpkg_contents c"
            " JOIN gpkg_geometry_columns g ON g.table_name = c.table_name JOIN sqlite_master m ON m.name = c.table_name"
            " WHERE c.data_type = 'features' AND m.type = 'table' ORDER BY c.rowid"
        )
        layers = [Layer(name, title or name, _kind(kind, z), self.columns_of(name)) for name, title, kind, z in found]
        return [layer for layer in layers if "id" in layer.columns and layer.name not in COMPANIONS]

    def read(self, layer: str, where: str = "", parameters: Sequence[Any] = ()) -> Rows:
        columns = self.columns_of(layer)
        names = ", ".join(f"l.{quoted(name)}" for name in ("fid", "geom", *columns))
        condition = f" WHERE {where}" if where else ""
        found = self.query(f"SELECT {names} FROM {quoted(layer)} l{condition} ORDER BY l.fid", parameters)
        values = list(zip(*found)) if found else [()] * (2 + len(columns))
        arrays = {name: column_array(values[2 + place], kind) for place, (name, kind) in enumerate(columns.items())}
        return Rows(arrays, from_blobs(values[1]), np.array(values[0], dtype=np.int64))

    def write(self, layer: str, rows: Rows) -> None:
        srs = self.query("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (layer,))[0][0]
        kind = next(item.kind for item in self.layers() if item.name == layer)
        shapes = to_blobs(promoted(rows.geometry, kind), srs)
        columns = [shapes, *(plain_values(values) for values in rows.columns.values())]
        self.insert(layer, ["geom", *rows.columns], zip(*columns))

    def create_layer(self, layer: Layer) -> None:
        known = self.query("SELECT srs_id FROM gpkg_geometry_columns WHERE z = 0 ORDER BY rowid LIMIT 1")
        if not known:
            raise UnusableInput(f"模型“{self.name}”里没有矢量图层，不能加图层；请重新建立模型")
        for statement in layer_statements(layer.name, layer.title, layer.kind, layer.columns, known[0][0]):
            self.execute(statement)

    def add_column(self, layer: str, name: str, kind: str) -> None:
        types = {"integer": "INTEGER", "number": "REAL", "time": "DATETIME"}
        self.execute(f"ALTER TABLE {quoted(layer)} ADD COLUMN {quoted(name)} {types.get(kind, 'TEXT')}")

    def window(self, layer: str, bounds: Window) -> Rows:
        index = quoted(f"rtree_{layer}_geom")
        where = f"l.fid IN (SELECT id FROM {index} WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?)"
        west, south, east, north = bounds
        return self.read(layer, where, (west, east, south, north))

    def geometry_values(self, geometry: np.ndarray) -> list[Any]:
        return to_blobs(geometry, 0)

    def shapes(self, values: Sequence[Any]) -> np.ndarray:
        return from_blobs(values)

    def after_write(self, layers: Iterable[str]) -> None:
        for layer in layers:
            index = quoted(f"rtree_{layer}_geom")
            box = self.query(f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {index}")[0]
            self.execute(
                "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?,"
                " last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?",
                (*box, layer),
            )

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def as_of_view(self, layer: Layer, version: int, name: str, title: str) -> None:
        own = ", ".join(f"l.{quoted(column)}" for column in layer.columns)
        past = ", ".join(  # cast, or GDAL takes the columns of the view for binary ones
            f"CAST(json_extract(h.attributes, {_path(name)}) AS {_CASTS.get(kind, 'TEXT')})"
            for name, kind in layer.columns.items()
        )
        self.execute(f"DROP VIEW IF EXISTS {quoted(name)}")
        self.execute(
            f"CREATE VIEW {quoted(name)} AS SELECT l.fid AS OGC_FID, l.geom AS geom, {own} FROM {quoted(layer.name)} l"
            f" JOIN entity e ON e.id = l.id WHERE e.version <= {version} UNION ALL"
            f" SELECT h.fid + {_HISTORY_FIDS}, h.geom, {past} FROM entity_history h"
            f" WHERE h.table_name = {_text(layer.name)} AND h.version_from <= {version} AND h.version_to > {version}"
        )
        for table in ("gpkg_geometry_columns", "gpkg_contents"):
            self.execute(f"DELETE FROM {table} WHERE table_name = ?", (name,))
        self.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y,"
            " srs_id) SELECT ?, data_type, ?, ?, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents"
            " WHERE table_name = ?",
            (name, title, title, layer.name),
        )
        self.execute(
            "INSERT INTO gpkg_geometry_columns SELECT ?, column_name, geometry_type_name, srs_id, z, m"
            " FROM gpkg_geometry_columns WHERE table_name = ?",
            (name, layer.name),
        )

    def has_companions(self) -> bool:
        """Whether the model keeps exact objects of an exchange format, which have no versions and no server."""
        found = self.query("SELECT 1 FROM sqlite_master WHERE name = ?", (COMPANIONS[0],))
        return bool(found and self.query(f"SELECT 1 FROM {COMPANIONS[0]} LIMIT 1"))

    def backup(self, path: Path) -> None:
        """A consistent copy of the file as it is now, whoever else has it open."""
        with self.told(), closing(sqlite3.connect(path)) as copy:
            self.connection.backup(copy)

    def columns_of(self, layer: str) -> dict[str, str]:
        """The columns of a table but for its number and shape: name → kind."""
        rows = self.query(f"PRAGMA table_info({quoted(layer)})")
        own = [(row[1], row[2].upper().partition("(")[0]) for row in rows if row[1].lower() not in ("fid", "geom")]
        return {name: _KINDS.get(kind, "text") for name, kind in own}

    @contextmanager
    def told(self) -> Iterator[None]:
        """Words for what goes wrong between us and the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "locked" in text:
                message = (
                    f"模型“{self.name}”正被其他程序写入，等了 {BUSY_SECONDS:g} 秒；没有改动，请在那里保存并关闭后重试"
                )
            elif "full" in text:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.name) from error
            elif "readonly" in text:
                message = f"模型“{self.name}”或它所在的文件夹是只读的，没有改动；请检查权限"
            elif "disk I/O" in text or "unable to open" in text:
                message = f"读写模型“{self.name}”时磁盘出错或文件已被移走，没有改动；请检查磁盘和文件"
            else:
                raise
            raise TimError(message, detail=text) from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
                raise
            raise UnusableInput(f"模型“{self.name}”已损坏，没有改动；请用备份恢复", detail=str(error)) from error


def _is_orphaned_log(path: Path) -> bool:
    """Whether the file is in WAL mode without a log: opened as immutable then, so that no side files appear."""
    with path.open("rb") as stream:
        return stream.read(20)[18:] == b"\x02\x02" and not Path(f"{path}-wal").exists()


def _kind(name: str, z: int) -> str:
    words = {"MULTIPOLYGON": "MultiPolygon", "MULTILINESTRING": "MultiLineString", "MULTIPOINT": "MultiPoint"}
    kind = words.get(name, name.capitalize() if name in _PARTS else "Unknown")
    return f"{kind} Z" if z == 1 and kind != "Unknown" else kind


def _path(column: str) -> str:
    return _text('$."' + column + '"')


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
