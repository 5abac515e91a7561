"""What a check of a model writes: a layer of its errors, a repaired copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.model.reader import open_model, tables
from tim.sources.crs import horizontal
from tim.sources.gpkg import write_table
from tim.sources.vector import read_layer
from tim.validity.model import Repairs, repair_model


def repaired_copy(path: Path, out: str, *, overwrite: bool, job: Job) -> Repairs:
    """A copy of a model with repaired geometries; the model itself is not touched."""
    with atomic_output(out, job, overwrite=overwrite) as working:
        job.progress(0.0, "复制模型")
        with open_model(path) as connection, closing(sqlite3.connect(working)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        return repair_model(working, job)


def write_findings(path: Path, errors: Sequence[dict[str, Any]], out: str, *, overwrite: bool, job: Job) -> None:
    """One feature for each error, at the middle of its entity's plan; those without a place have no geometry."""
    places, crs = _places(path, {error["id"] for error in errors}, job)
    shapes = np.array([places.get(error["id"]) for error in errors] + [None], dtype=object)[:-1]
    columns = {
        "图层": [error["layer"] for error in errors],
        "标识": [error["id"] for error in errors],
        "代码": [error["code"] for error in errors],
        "编号": [str(error.get("number") or "") for error in errors],
        "说明": [error["message"] for error in errors],
    }
    with atomic_output(out, job, overwrite=overwrite) as working:
        write_table(working, "problems", "模型问题", shapes, columns, crs, "Point")


def _places(path: Path, wanted: set[str], job: Job) -> tuple[dict[str, shapely.Geometry], str | None]:
    """A point for each entity that has a plan."""
    found: dict[str, shapely.Geometry] = {}
    crs = None
    with open_model(path) as connection:
        layers = [table["name"] for table in tables(connection) if table["kind"] == "features"]
    for name in [layer for layer in layers if layer not in schema.SOLIDS] if wanted else []:
        layer = read_layer(f"{path}|layername={name}", task=job)
        crs = crs or (None if layer.crs is None else horizontal(layer.crs).to_wkt())
        if "id" not in layer.columns:
            continue
        for identity, shape in zip(layer.columns["id"], layer.geometry):
            if identity in wanted and shape is not None and not shape.is_empty and identity not in found:
                box = shapely.bounds(shape)
                found[identity] = shapely.Point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return found, crs
