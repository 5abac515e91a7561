"""The model that an import fills: a new file, or a copy of an existing model."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

import tim
from tim.assembly.manifest import now, software
from tim.errors import UsageError
from tim.exchange.city import rows
from tim.exchange.city.objects import City, CityObject
from tim.importing.features import Features
from tim.model import schema
from tim.model.entities import CREATED, Change
from tim.model.identity import identity_code
from tim.model.reader import open_model
from tim.model.writer import ModelWriter, describe_classes, index_identities, insert, register, uniform_geometry
from tim.sources.crs import horizontal, vertical
from tim.styles.layers import building_style, solid_style

_NUMBERS = {"i": "INTEGER", "u": "INTEGER", "b": "BOOLEAN", "f": "REAL"}
Row = dict[str, Any]


class Target:
    """`crs`: of the model, None until the first source gives it. `ids`: identity codes that are taken."""

    def __init__(self, path: Path, base: Path | None) -> None:
        self.path = path
        self.crs: pyproj.CRS | None = None
        self.ids: set[str] = set()
        self.version = 1
        self._writer = ModelWriter(path)
        self._known: dict[str, set[str]] = {}  # table → columns in small letters
        self._made: list[str] = []
        self._rows: dict[str, list[Row]] = {"entity": [], "source": [], rows.OBJECT: [], rows.SOURCE: []}
        self._is_new = base is None
        if base is not None:
            self._copy(base)

    def _copy(self, base: Path) -> None:
        with open_model(base) as connection:
            stored = connection.execute("SELECT value FROM tim_metadata WHERE key = 'schema'").fetchone()[0]
            if stored != str(schema.VERSION):
                raise UsageError(f"模型“{base.name}”的结构版本是 {stored}；请先用 tim model migrate 升级，再导入")
            self.crs = pyproj.CRS.from_wkt(dict(connection.execute("SELECT key, value FROM tim_metadata"))["crs"])
            self.ids = {identity for (identity,) in connection.execute("SELECT id FROM entity")}
            self.version = connection.execute("SELECT coalesce(max(version), 0) + 1 FROM model_version").fetchone()[0]
            with closing(sqlite3.connect(self.path)) as copy:
                connection.backup(copy)
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            names = [name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")]
            for name in names:
                described = connection.execute(f'PRAGMA table_info("{_quoted(name)}")').fetchall()
                self._known[name] = {str(column[1]).lower() for column in described}

    @property
    def plane(self) -> pyproj.CRS:
        """The horizontal part of the model's CRS."""
        assert self.crs is not None
        return horizontal(self.crs)

    def has(self, table: str) -> bool:
        """Whether the file has a table already."""
        return table in self._known

    def claim(self, identity: str, shown: str, name: str) -> str:
        """Take an identity code. Raises `UsageError` when the model has it already."""
        if identity in self.ids:
            raise UsageError(f"“{name}”的对象“{shown[:80]}”与模型里已有的对象标识相同；没有写出，请先去掉重复的数据")
        self.ids.add(identity)
        return identity

    def city(self, city: City, things: list[CityObject], source: str) -> None:
        """Write objects with their geometries."""
        assert self.crs is not None
        columns, shapes = rows.geometry_columns(things)
        if len(shapes) or not self.has(rows.GEOMETRY):
            self._layer(rows.GEOMETRY, rows.TITLES[rows.GEOMETRY], columns, shapes, "Unknown", self.crs)
        self._rows[rows.OBJECT] += [rows.object_row(thing, source) for thing in things]
        self._rows[rows.SOURCE].append(rows.source_row(city, source))

    def features(self, features: Features) -> None:
        """Write the features of a class, and their entities."""
        title = schema.class_title(features.name)
        title = schema.LAYER_TITLES.get(features.name, title)
        if features.name in (schema.BUILDING, schema.LAND_USE):
            shapes, kind = shapely.force_2d(features.shapes), "MultiPolygon"
        else:
            present = ~shapely.is_missing(features.shapes)
            shapes, kind = features.shapes.copy(), "MultiPolygon"
            if present.any():
                shapes[present], kind = uniform_geometry(features.shapes[present])
        columns = {"id": np.array(features.ids, dtype=object), **features.columns}
        self._layer(features.name, title, columns, shapes, kind, self.plane)
        self._rows["entity"] += features.entities
        if features.name == schema.BUILDING:
            self._solids(features)

    def entities(self, entities: list[Row]) -> None:
        """Entities without a layer of features."""
        self._rows["entity"] += entities

    def grid(self, table: str, values: np.ndarray, transform: Any, entity: Row) -> None:
        """Write a raster of heights."""
        assert self.crs is not None
        self._writer.grid(table, schema.LAYER_TITLES[table], values, transform, self.crs)
        self._known[table] = set()
        self._rows["entity"].append(entity)

    def source(self, row: Row) -> None:
        """Remember where data came from."""
        if row["id"] not in {known["id"] for known in self._rows["source"]}:
            self._rows["source"].append(row)

    def finish(self, parameters: Row, started: str) -> None:
        """Write the tables that describe everything else."""
        tables = {**self._rows, **self._description(parameters, started)}
        own = {name: tables.pop(name) for name in (rows.OBJECT, rows.SOURCE)}
        if self._is_new:
            self._writer.tables(tables)
            self._styles()
        else:
            self._append(tables)
        self._city_tables(own)
        self._writer.finish()

    def _solids(self, features: Features) -> None:
        assert self.crs is not None
        columns = {
            "id": np.array([features.ids[place] for place, _, _, _ in features.solids], dtype=object),
            "part": np.array([part for _, part, _, _ in features.solids], dtype=np.int64),
            "lod": np.array([lod for _, _, lod, _ in features.solids], dtype=object),
        }
        shapes = np.empty(len(features.solids), dtype=object)
        shapes[:] = [faces for _, _, _, faces in features.solids]
        self._layer(schema.SOLID, schema.LAYER_TITLES[schema.SOLID], columns, shapes, "MultiPolygon Z", self.crs)

    def _layer(
        self, table: str, title: str, columns: Mapping[str, np.ndarray], shapes: np.ndarray, kind: str, crs: pyproj.CRS
    ) -> None:
        """Make a table, or add to it; columns that it lacks are added."""
        if table not in self._known:
            self._writer.layer(table, title, columns, shapes, kind=kind, crs=crs)
            self._known[table] = {name.lower() for name in columns}
            self._made.append(table)
            return
        missing = [name for name in columns if name.lower() not in self._known[table]]
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for name in missing:
                sort = _NUMBERS.get(columns[name].dtype.kind, "TEXT")
                connection.execute(f'ALTER TABLE "{_quoted(table)}" ADD COLUMN "{_quoted(name)}" {sort}')
        self._known[table] |= {name.lower() for name in missing}
        self._writer.append(table, columns, shapes, kind=kind, crs=crs)

    def _description(self, parameters: Row, started: str) -> dict[str, list[Row]]:
        assert self.crs is not None
        ended, heights = now(), vertical(self.crs)
        sources = self._rows["source"]
        process = {
            "id": identity_code("process", "import", started, *sorted(row["id"] for row in sources)),
            "step": "import",
            "software": "territory-tim",
            "version": tim.__version__,
            "parameters": _json(parameters),
            "started": started,
            "ended": ended,
            "inputs": _json([row["id"] for row in sources]),
            "outputs": _json(sorted({row["class"] for row in self._rows["entity"]})),
        }
        inputs = [{**row, "details": json.loads(row["details"])} for row in sources]
        manifest = {"software": software(), "parameters": parameters, "inputs": inputs, "started": started,
                    "ended": ended}  # fmt: skip
        metadata = {
            "schema": str(schema.VERSION),
            "manifest": _json(manifest),
            "crs": self.crs.to_wkt(),
            "vertical": heights.name if heights is not None else "",
        }
        return {
            "process": [process],
            "model_version": [{"version": self.version, "created": ended, "note": "由 tim import 导入"}],
            "tim_metadata": [{"key": key, "value": value} for key, value in metadata.items()],
        }

    def _append(self, tables: dict[str, list[Row]]) -> None:
        tables.pop("tim_metadata")
        with closing(sqlite3.connect(self.path)) as connection, connection:
            known = {identity for (identity,) in connection.execute("SELECT id FROM source")}
            tables["source"] = [row for row in tables["source"] if row["id"] not in known]
            added = (Change(self.version, row["id"], row["class"], CREATED) for row in tables["entity"])
            tables["entity_change"] = [change.row() for change in added]
            for table, content in tables.items():
                insert(connection, table, content)
            describe_classes(connection)
            for table in self._made:
                index_identities(connection, table)

    def _city_tables(self, tables: dict[str, list[Row]]) -> None:
        if not any(tables.values()):
            return
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executescript(rows.CREATE)
            for table, content in tables.items():
                if not self.has(table):
                    register(connection, table, rows.TITLES[table])
                insert(connection, table, content)

    def _styles(self) -> None:
        if self.has(schema.BUILDING):
            self._writer.style(schema.BUILDING, "建筑高度", building_style())
            self._writer.style(schema.SOLID, "建筑体块", solid_style())


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
