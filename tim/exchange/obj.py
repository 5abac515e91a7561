"""Wavefront OBJ: triangles around a local origin, one group for each object."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np

from pointcloud.task import Task
from tim.exchange.city.objects import LINES, POINTS, CityObject
from tim.exchange.city.stream import ModelCity
from tim.exchange.counts import Counts
from tim.exchange.triangles import surface_triangles
from tim.sources.crs import describe

_ORIGIN_STEP = 100.0  # metres: a round origin is easy to type


def write_obj(model: ModelCity, path: Path, task: Task) -> Counts:
    """Write objects at their highest level of detail.

    x is east, y north, z up, in the units of the CRS from the origin that the comments state.
    """
    assert model.head.crs is not None
    origin = np.array([*np.floor(np.array(model.extent[:2]) / _ORIGIN_STEP) * _ORIGIN_STEP, 0.0])
    counts = Counts(model)
    if model.built.land_use:
        task.warn("OBJ 不导出土地利用")
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("# Territory TIM\n")
        stream.write(f"# CRS: {describe(model.head.crs)}\n")
        stream.write(f"# origin: {origin[0]:.3f} {origin[1]:.3f} {origin[2]:.3f}\n")
        stream.write("# x = east - origin, y = north - origin, z = height; metres\n")
        count = 0
        for family in model.families(task.part(0.3, 1.0)):
            triangles = [corners for thing in family for corners in best_triangles(thing)]
            if not triangles or family[0].type == "LandUse":
                continue
            counts.add(family[0])
            places, indices = np.unique(np.concatenate(triangles).reshape(-1, 3), axis=0, return_inverse=True)
            count = _write_group(stream, family[0].id, places - origin, indices.reshape(-1, 3), count)
    counts.tell(task, bare="没有导出")
    return counts


def best_triangles(thing: CityObject) -> list[np.ndarray]:
    """The triangles (n, 3, 3) of an object's surfaces at its highest level of detail."""
    shown = [geometry for geometry in thing.geometries if geometry.kind not in (POINTS, LINES)]
    if not shown:
        return []
    best = max(geometry.lod for geometry in shown)
    surfaces = [surface for geometry in shown if geometry.lod == best for surface in geometry.surfaces]
    return [triangles for triangles in map(surface_triangles, surfaces) if len(triangles)]


def _write_group(stream: TextIO, name: str, places: np.ndarray, triangles: np.ndarray, before: int) -> int:
    """Write vertices and faces; `before` vertices stand in the file already. Returns their number afterwards."""
    lines = [f"g {name}"]
    lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in places]
    lines += [f"f {a} {b} {c}" for a, b, c in (triangles + before + 1).tolist()]
    stream.write("\n".join(lines) + "\n")
    return before + len(places)
