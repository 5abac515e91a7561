"""Distances along the surface's own direction (M3C2: Lague, Brodu, Leroux, ISPRS Journal 82, 2013), by py4dgeo."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointcloud.errors import PointCloudError
from pointcloud.task import Task


@dataclass(frozen=True)
class M3C2:
    """At core points (n, 3): signed distances and levels of detection (95 %), m; NaN where neither epoch has points."""

    cores: np.ndarray
    distance: np.ndarray
    lod: np.ndarray


def py4dgeo() -> Any:
    """The library. Raises `PointCloudError` with what to do when it is not installed."""
    if sys.modules.get("pandas", sys) is None:  # kept out by whoever starts us, to save time; py4dgeo's plots load it
        del sys.modules["pandas"]
    try:
        import py4dgeo as library
    except ImportError as error:
        raise PointCloudError(
            "M3C2 需要 py4dgeo 库，这台机器上没有安装；请运行 pip install py4dgeo，或不用 --m3c2", detail=str(error)
        ) from error
    logging.getLogger("py4dgeo").handlers.clear()  # one would write a file into the current folder
    return library


def m3c2(first: np.ndarray, second: np.ndarray, spacing: float, registration_error: float, task: Task) -> M3C2:
    """Compare points (n, 3) in metres at every `spacing` metres; normals over twice that, cylinders as wide as that."""
    library = py4dgeo()
    origin = np.floor(first.min(axis=0))
    first, second = first - origin, second - origin
    cores = thinned(first, spacing)
    task.check()
    algorithm = library.M3C2(
        epochs=(library.Epoch(first), library.Epoch(second)),
        corepoints=cores,
        cyl_radius=spacing,
        normal_radii=[2.0 * spacing],
        max_distance=20.0,
        registration_error=registration_error,
    )
    distance, uncertainty = algorithm.run()
    return M3C2(cores + origin, np.asarray(distance), np.asarray(uncertainty["lodetection"]))


def thinned(points: np.ndarray, spacing: float) -> np.ndarray:
    """The point closest to the middle of each cube of `spacing` metres, in the order of the cubes."""
    cube = np.floor(points / spacing).astype(np.int64)
    away = np.abs(points / spacing - cube - 0.5).max(axis=1)
    order = np.lexsort((points[:, 2], points[:, 1], points[:, 0], away, cube[:, 2], cube[:, 1], cube[:, 0]))
    _, first = np.unique(cube[order], axis=0, return_index=True)
    return points[order[first]]
