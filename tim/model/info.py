"""`tim info`: what is in a model."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pyproj

from tim.job import Job
from tim.model.reader import open_model, tables
from tim.model.schema import class_title
from tim.result import Result
from tim.sources.crs import describe


def model_info(model: str, *, job: Job) -> Result:
    """Entities by class, CRS, extent, levels of detail, sources and versions of a model. Raises `UnusableInput`."""
    job.progress(0.0, "读取模型")
    data = summary(Path(model))
    counts = "、".join(f"{class_title(name)} {count}" for name, count in data["entities"].items())
    return Result(f"模型“{Path(model).name}”：{counts or '没有实体'}；坐标系 {data['crs']}", data=data)


def summary(path: Path) -> dict[str, Any]:
    """The keys that `tim build` and `tim info` share."""
    with open_model(path) as connection:
        metadata = dict(connection.execute("SELECT key, value FROM tim_metadata"))
        counted = connection.execute("SELECT class, count(*) FROM entity GROUP BY class ORDER BY class")
        levels = connection.execute("SELECT DISTINCT lods FROM entity WHERE lods IS NOT NULL").fetchall()
        return {
            "entities": {"building": 0, **dict(counted)},
            "crs": describe(pyproj.CRS.from_wkt(metadata["crs"])),
            "vertical": metadata["vertical"] or None,
            "extent": _extent(connection),
            "lods": sorted({level for (text,) in levels for level in text.split(",")}),
            "sources": _sources(connection),
            "versions": _rows(connection, "SELECT version, created, note FROM model_version ORDER BY version"),
            "layers": tables(connection),
        }


def _sources(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = _rows(connection, "SELECT id, kind, path, sha256, bytes, crs, details FROM source ORDER BY fid")
    return [{**row, "details": json.loads(row["details"] or "{}")} for row in rows]


def _rows(connection: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor]


def _extent(connection: sqlite3.Connection) -> list[float]:
    """[xmin, ymin, xmax, ymax] of the terrain, the area the model was surveyed in; without one of all layers."""
    boxes = "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents WHERE "
    terrain, features = boxes + "table_name = 'terrain'", boxes + "data_type = 'features'"
    rows = [connection.execute(query).fetchone() for query in (terrain, features)]
    return next((list(row) for row in rows if row[0] is not None), [])
