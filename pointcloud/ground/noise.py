"""Isolated points: birds, multipath, sensor noise."""

from __future__ import annotations

import math

import numpy as np

from pointcloud.tiles.grid import pieces

NOISE_CLASSES = (7, 18)  # ASPRS LAS 1.4: low point (noise), high noise
_FEWEST_NEIGHBOURS = 6  # points in the 27 voxels around a point, itself included, up to which it is isolated
_DENSE_CELLS_PER_POINT = 8
_EXPECTED = 60.0  # points that a plain surface has in those voxels: ten times the limit


def voxel_size(density: float) -> float:
    """Edge (m) of voxels in whose 27-neighbourhood a surface of `density` points/m² has some 60 points."""
    return max(2.0, (_EXPECTED / 9.0 / max(density, 1e-3)) ** 0.5)


def isolated(x: np.ndarray, y: np.ndarray, z: np.ndarray, voxel: float) -> np.ndarray:
    """Whether each point has at most a handful of points in the 27 voxels (edge `voxel`, m) around it.

    Voxels are anchored at zero, so the answer does not depend on how the area was cut.
    """
    if len(x) == 0:
        return np.zeros(0, dtype=bool)
    low = [math.floor(values.min() / voxel) - 1 for values in (x, y, z)]
    width, depth, height = (math.floor(values.max() / voxel) - first + 2 for values, first in zip((x, y, z), low))
    keys = np.empty(len(x), dtype=np.int64)
    for part in pieces(len(x)):
        column, row, level = (
            np.floor(values[part] / voxel).astype(np.int64) - first for values, first in zip((x, y, z), low)
        )
        keys[part] = (row * width + column) * height + level
    if width * depth * height <= max(_DENSE_CELLS_PER_POINT * len(x), 1 << 20):
        return _isolated_dense(keys, (depth, width, height))
    return _isolated_sparse(keys, width, height)


def _isolated_dense(keys: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Counts in an array over the box of the points."""
    counts = np.bincount(keys, minlength=math.prod(shape)).astype(np.int32).reshape(shape)
    near = counts
    for axis in range(3):
        near = _summed(near, axis)
    return (near <= _FEWEST_NEIGHBOURS).ravel()[keys]


def _summed(counts: np.ndarray, axis: int) -> np.ndarray:
    """Sums over three neighbours along one axis."""
    total = counts.copy()
    here, there = np.moveaxis(total, axis, 0), np.moveaxis(counts, axis, 0)
    here[:-1] += there[1:]
    here[1:] += there[:-1]
    return total


def _isolated_sparse(keys: np.ndarray, width: int, height: int) -> np.ndarray:
    """Counts of the voxels that hold points, sorted."""
    voxels, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    running = np.concatenate([[0], np.cumsum(counts)])
    around = np.zeros(len(voxels), dtype=np.int64)
    suspects = np.flatnonzero(counts <= _FEWEST_NEIGHBOURS)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            middle = voxels[suspects] + (down * width + across) * height
            first, last = np.searchsorted(voxels, middle - 1), np.searchsorted(voxels, middle + 1, side="right")
            around[suspects] += running[last] - running[first]
    lonely = np.zeros(len(voxels), dtype=bool)
    lonely[suspects] = around[suspects] <= _FEWEST_NEIGHBOURS
    return lonely[inverse]
