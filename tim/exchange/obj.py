"""Wavefront OBJ: triangles around a local origin, one group for each building and one for the terrain."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tim.exchange.content import Content
from tim.exchange.triangles import face_triangles
from tim.job import Job
from tim.sources.crs import describe

_ORIGIN_STEP = 100.0  # metres: a round origin is easy to type


def write_obj(content: Content, path: Path, job: Job) -> None:
    """Write buildings and terrain. x is east, y north, z up, in metres from the origin that the comments state."""
    origin = np.array([*np.floor(np.array(content.extent[:2]) / _ORIGIN_STEP) * _ORIGIN_STEP, 0.0])
    bare = sum(not thing.solids for thing in content.buildings)
    if bare:
        job.warn(f"{bare} 个建筑轮廓没有高度，没有导出")
    if content.land_use:
        job.warn("OBJ 不导出土地利用")
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("# Territory TIM\n")
        stream.write(f"# CRS: {describe(content.crs)}\n")
        stream.write(f"# origin: {origin[0]:.3f} {origin[1]:.3f} {origin[2]:.3f}\n")
        stream.write("# x = east - origin, y = north - origin, z = height; metres\n")
        count = 0
        for thing in content.buildings:
            if not thing.solids:
                continue
            triangles = np.concatenate([face_triangles(face) for faces in thing.solids for face in faces])
            places, indices = np.unique(triangles.reshape(-1, 3), axis=0, return_inverse=True)
            count = _write_group(stream, thing.id, places - origin, indices.reshape(-1, 3), count)
        if content.terrain is not None:
            _write_group(stream, content.terrain_id, content.terrain.points - origin, content.terrain.triangles, count)


def _write_group(stream: object, name: str, places: np.ndarray, triangles: np.ndarray, before: int) -> int:
    """Write vertices and faces; `before` vertices stand in the file already. Returns their number afterwards."""
    lines = [f"g {name}"]
    lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in places]
    lines += [f"f {a} {b} {c}" for a, b, c in (triangles + before + 1).tolist()]
    stream.write("\n".join(lines) + "\n")  # type: ignore[attr-defined]
    return before + len(places)
