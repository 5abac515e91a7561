"""The three-dimensional geometries of a model: what is wrong with each, and a repaired copy of the model."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from pointcloud.task import Task
from tim.exchange.city import rows
from tim.exchange.city.objects import Geometry
from tim.exchange.city.shapes import from_shape, to_shape
from tim.model import schema
from tim.model.reader import open_model
from tim.store.geopackage import add_functions, to_blobs
from tim.validity.check import Finding, check_geometry
from tim.validity.repair import repair_geometry

_AREA_TOLERANCE = 1e-6  # share of an area that a repair of a plan shape may change
_SOLID_COLUMNS = "fid, id, lod, geom"


@dataclass
class Repairs:
    """How many geometries were repaired, by layer, and what was not: {layer, id, message}."""

    done: dict[str, int] = field(default_factory=dict)
    left: list[dict[str, str]] = field(default_factory=list)


def geometry_findings(path: Path, task: Task) -> Iterator[tuple[str, str, Finding]]:
    """(entity, level of detail, finding) for the geometries of city objects."""
    with open_model(path) as connection:
        crs = _crs(connection)
        for number, (_, identity, lod, geometry) in enumerate(_city_geometries(connection)):
            if number % 200 == 0:
                task.check()
            for finding in check_geometry(geometry, crs):
                yield identity, lod, finding


def repair_model(path: Path, task: Task) -> Repairs:
    """Repair a model's file in place (a copy, that nobody else has open)."""
    result = Repairs()
    with closing(sqlite3.connect(path)) as connection, connection:
        add_functions(connection)
        crs = _crs(connection)
        tables = {name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")}
        if rows.GEOMETRY in tables:
            task.progress(0.1, "修复三维几何")
            _repair_table(connection, rows.GEOMETRY, list(_city_geometries(connection)), crs, result, task)
        for table in (name for name in schema.SOLIDS if name in tables):
            task.progress(0.5, "修复建筑体块")
            _repair_table(connection, table, list(_solids(connection, table)), crs, result, task)
        task.progress(0.7, "修复平面图形")
        found = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchall()
        for (table,) in found:
            if table != rows.GEOMETRY and table not in schema.SOLIDS:
                _repair_plan(connection, table, result, task)
    return result


def _repair_table(
    connection: sqlite3.Connection,
    table: str,
    found: list[tuple[int, str, str, Geometry]],
    crs: pyproj.CRS,
    result: Repairs,
    task: Task,
) -> None:
    srs = _srs(connection, table)
    for fid, identity, lod, geometry in found:
        task.check()
        before = check_geometry(geometry, crs)
        if not before:
            continue
        made, left = repair_geometry(geometry, crs)
        if made is not geometry:
            result.done[table] = result.done.get(table, 0) + 1
            shapes = np.array([to_shape(made)], dtype=object)
            values: dict[str, Any] = {"geom": to_blobs(shapes, srs)[0]}
            if table == rows.GEOMETRY:
                values.update(rows.parts_row(made))
            setting = ", ".join(f"{name} = ?" for name in values)
            connection.execute(f"UPDATE {table} SET {setting} WHERE fid = ?", (*values.values(), fid))
        for finding in left:
            result.left.append({"layer": table, "id": identity, "message": f"LoD {lod}：{finding.code} {finding.text}"})


def _repair_plan(connection: sqlite3.Connection, table: str, result: Repairs, task: Task) -> None:
    """Polygons of a plan are made valid where that changes no area to speak of."""
    quoted = table.replace('"', '""')
    columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{quoted}")')}
    if not {"fid", "id", "geom"} <= columns:
        return
    cursor = connection.execute(f'SELECT fid, id, geom FROM "{quoted}" WHERE geom IS NOT NULL').fetchall()
    shapes = np.array([shapely.from_wkb(rows.wkb_of(blob)) for _, _, blob in cursor], dtype=object)
    wrong = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes))
    srs = _srs(connection, table)
    for place in wrong:
        task.check()
        fid, identity, _ = cursor[place]
        made = shapely.make_valid(shapes[place], method="structure", keep_collapsed=False)
        area, new = float(shapely.area(shapes[place])), made.area
        if (
            not made.is_empty
            and abs(area - new) <= max(_AREA_TOLERANCE * area, 1e-12)
            and made.geom_type.endswith("Polygon")
        ):
            multi = made if made.geom_type == "MultiPolygon" else shapely.multipolygons([made])
            blob = to_blobs(np.array([multi], dtype=object), srs)[0]
            connection.execute(f'UPDATE "{quoted}" SET geom = ? WHERE fid = ?', (blob, fid))
            result.done[table] = result.done.get(table, 0) + 1
        else:
            reason = shapely.is_valid_reason(shapes[place])
            message = f"修复会改变面积（{area:.2f} → {new:.2f}），没有改动：{reason}"
            result.left.append({"layer": table, "id": str(identity), "message": message})


def _city_geometries(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, Geometry]]:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (rows.GEOMETRY,)).fetchone() is None:
        return
    cursor = connection.execute(f"SELECT * FROM {rows.GEOMETRY} ORDER BY fid")
    names = [column[0] for column in cursor.description]
    for values in cursor:
        row = dict(zip(names, values))
        shape = shapely.from_wkb(rows.wkb_of(row["geom"]))
        yield row["fid"], row["id"], row["lod"] or "", rows.geometry_of(row, shape)


def _solids(connection: sqlite3.Connection, table: str) -> Iterator[tuple[int, str, str, Geometry]]:
    for fid, identity, lod, blob in connection.execute(f"SELECT {_SOLID_COLUMNS} FROM {table} ORDER BY fid"):
        if blob is not None:
            surfaces = from_shape(shapely.from_wkb(rows.wkb_of(blob)), "MultiSurface")
            yield fid, identity, lod or "", Geometry("Solid", lod or "", surfaces, [[len(surfaces)]])


def _srs(connection: sqlite3.Connection, table: str) -> int:
    query = "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?"
    return int(connection.execute(query, (table,)).fetchone()[0])


def _crs(connection: sqlite3.Connection) -> pyproj.CRS:
    return pyproj.CRS.from_wkt(dict(connection.execute("SELECT key, value FROM tim_metadata"))["crs"])
