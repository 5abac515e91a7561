"""Fill gaps in a grid with the smoothest membrane over them (Laplace's equation, as inpainting by springs)."""

from __future__ import annotations

import cv2
import numpy as np

_SMALLEST = 8
_SWEEPS = 24
_NEIGHBOURS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.float32) / 4


def fill_gaps(grid: np.ndarray) -> np.ndarray:
    """`grid` (float32, 2D) with its NaN cells filled; known cells keep their values. All NaN stays all NaN.

    Cascadic multigrid (Bornemann & Deuflhard 1996): solve coarse, interpolate, relax on each finer level.
    """
    known = ~np.isnan(grid)
    if known.all() or not known.any():
        return grid.copy()
    base = float(grid[known].mean())  # relax small numbers: float32 keeps the millimetres
    values = np.where(known, grid - np.float32(base), 0).astype(np.float32)
    return _solve(values, known) + np.float32(base)


def _solve(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    if known.all():
        return values
    rows, columns = values.shape
    if min(rows, columns) > _SMALLEST:
        coarse, coarse_known = _halved(values, known)
        solution = cv2.resize(_solve(coarse, coarse_known), (coarse.shape[1] * 2, coarse.shape[0] * 2))
        result = np.where(known, values, solution[:rows, :columns])
        sweeps = _SWEEPS
    else:
        result = np.where(known, values, values[known].mean() if known.any() else 0).astype(np.float32)
        sweeps = 4 * max(rows, columns)
    if not known.any():
        return result
    for _ in range(sweeps):
        relaxed = cv2.filter2D(result, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
        np.copyto(result, relaxed, where=~known)
    return result


def _halved(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over 2 × 2 cells of what is known."""
    rows, columns = (size + size % 2 for size in values.shape)
    weight = np.zeros((rows, columns), np.float32)
    total = np.zeros((rows, columns), np.float32)
    weight[: known.shape[0], : known.shape[1]] = known
    total[: known.shape[0], : known.shape[1]] = values * known
    weight, total = (a.reshape(rows // 2, 2, columns // 2, 2).sum(axis=(1, 3)) for a in (weight, total))
    return np.where(weight > 0, total / np.maximum(weight, 1), 0).astype(np.float32), weight > 0
