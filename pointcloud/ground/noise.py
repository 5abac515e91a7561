"""Isolated points: birds, multipath, sensor noise."""

from __future__ import annotations

import numpy as np

NOISE_CLASSES = (7, 18)  # ASPRS LAS 1.4: low point (noise), high noise
_FEWEST_NEIGHBOURS = 6  # points in the 27 voxels around a point, itself included, up to which it is isolated
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
    column, row, level = (np.floor(values / voxel).astype(np.int64) for values in (x, y, z))
    column, row, level = column - column.min() + 1, row - row.min() + 1, level - level.min() + 1
    height, width = int(level.max()) + 2, int(column.max()) + 2
    keys = (row * width + column) * height + level
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
