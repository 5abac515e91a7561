"""Chosen layers of a model as a plain GeoPackage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pointcloud.task import Task
from tim.exchange.plan import read_plan
from tim.model.writer import uniform_geometry
from tim.sources.gpkg import write_table


def write_geopackage(model: Path, path: Path, classes: Sequence[str], task: Task) -> dict[str, int]:
    """Write the layers of features with all their fields; returns their numbers."""
    counts = {}
    for layer, features in read_plan(model, classes, task):
        shapes, kind = uniform_geometry(features.geometry)
        crs = None if features.crs is None else features.crs.to_wkt()
        write_table(path, layer.name, layer.title, shapes, features.columns, crs, kind)
        counts[layer.name] = len(features)
    return counts
