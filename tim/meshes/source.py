"""Open a mesh as a user names it, with the coordinate system that the user states for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyproj

from pointcloud.meshes.dataset import MeshDataset
from pointcloud.meshes.georeference import Georeference
from pointcloud.meshes.sources import open_meshes
from tim.errors import UsageError
from tim.job import Job
from tim.sources.crs import parse_crs


def open_mesh(mesh: str, job: Job, *, source_crs: str | None = None, source_origin: str | None = None) -> MeshDataset:
    """Open `mesh` and tell its warnings; `source_crs` and `source_origin` ("x,y,z") replace what its files state."""
    dataset = open_meshes(mesh, job)
    if source_crs is not None or source_origin is not None:
        dataset.georeference = _given(dataset.georeference, source_crs, source_origin)
    for warning in dict.fromkeys(dataset.warnings):
        job.warn(warning)
    return dataset


def target_crs(crs: str | None) -> pyproj.CRS | None:
    """The CRS that results should have, None for that of the source."""
    return None if crs is None else parse_crs(crs)


def _given(stated: Georeference, crs: str | None, origin: str | None) -> Georeference:
    if crs is None:
        if stated.matrix is not None:
            raise UsageError("三维模型的位置由地心坐标给出，不能只改原点；请同时给出 --source-crs")
        return replace(stated, origin=_origin(origin))
    system = parse_crs(crs)
    if not (system.is_projected or system.is_compound):
        raise UsageError(f"源坐标系“{crs}”不是平面坐标系；请写成 EPSG:4547 这样的形式")
    kept = stated.origin if stated.matrix is None else np.zeros(3)
    return Georeference(system, kept if origin is None else _origin(origin), text=crs)


def _origin(text: str | None) -> np.ndarray:
    try:
        values = [float(part) for part in (text or "").replace("，", ",").split(",")]
    except ValueError:
        values = []
    if len(values) not in (2, 3) or not np.isfinite(values).all():
        raise UsageError(f"原点“{text}”应写成 东,北,高 三个数，如 501000,2488000,0")
    return np.array([*values, 0.0][:3])
