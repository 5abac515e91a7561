"""Points gathered to cells: mean ground points, highest points."""

from __future__ import annotations

import numpy as np

from pointcloud.tiles.grid import Frame


def cell_means(points: np.ndarray, frame: Frame) -> np.ndarray:
    """(n, 3) mean x, y, z of the points (structured, fields x, y, z) in each cell of `frame`, row by row."""
    row, column, inside = frame.locate(points["x"], points["y"])
    key = (row * frame.shape[1] + column)[inside]
    cells, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    means = np.empty((len(cells), 3))
    for axis, name in enumerate("xyz"):
        values = points[name][inside]
        base = values[0] if len(values) else 0.0  # sums of small numbers keep their digits whatever their order
        means[:, axis] = base + np.bincount(inverse, weights=values - base, minlength=len(cells)) / counts
    return means


def highest(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame) -> np.ndarray:
    """The highest z per cell of `frame` (float32), NaN where there is no point."""
    row, column, inside = frame.locate(x, y)
    result = np.full(frame.shape, -np.inf, dtype=np.float32)
    np.maximum.at(result.reshape(-1), (row * frame.shape[1] + column)[inside], z[inside].astype(np.float32))
    result[np.isinf(result)] = np.nan
    return result


def with_small_holes_filled(grid: np.ndarray, reach: int) -> np.ndarray:
    """`grid` with NaN cells taken from their neighbours' mean, ring by ring, up to `reach` cells deep."""
    result = grid.copy()
    for _ in range(reach):
        hole = np.isnan(result)
        if not hole.any():
            break
        padded = np.pad(result, 1, constant_values=np.nan)
        shifts = [
            padded[1 + down : padded.shape[0] - 1 + down, 1 + across : padded.shape[1] - 1 + across]
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
        ]
        total = np.zeros_like(result)
        count = np.zeros(result.shape, dtype=np.uint8)
        for shift in shifts:
            held = ~np.isnan(shift)
            total[held] += shift[held]
            count += held
        fill = hole & (count > 0)
        result[fill] = total[fill] / count[fill]
    return result
