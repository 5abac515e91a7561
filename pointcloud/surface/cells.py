"""Points gathered to cells: mean ground points, highest points."""

from __future__ import annotations

import numpy as np

from pointcloud.tiles.grid import Frame, pieces


def cell_means(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame) -> np.ndarray:
    """(n, 3) mean x, y, z of the points in each cell of `frame` that holds any, row by row."""
    rows, columns = frame.shape
    base = np.array([frame.left * frame.cell, frame.bottom * frame.cell, z[0] if len(z) else 0.0])
    counts = np.zeros(rows * columns, dtype=np.int64)
    sums = np.zeros((3, rows * columns))
    for part in pieces(len(x)):
        row, column, inside = frame.locate(x[part], y[part])
        key = np.where(inside, row * columns + column, 0)
        np.add.at(counts, key, inside)
        for total, values, start in zip(sums, (x, y, z), base):  # sums of small numbers keep their digits
            np.add.at(total, key, np.where(inside, values[part] - start, 0.0))
    held = np.flatnonzero(counts)
    return (sums[:, held] / counts[held]).T + base


def highest(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame) -> np.ndarray:
    """The highest z per cell of `frame` (float32), NaN where there is no point."""
    result = np.full(frame.shape, -np.inf, dtype=np.float32)
    flat = result.reshape(-1)
    for part in pieces(len(x)):
        row, column, inside = frame.locate(x[part], y[part])
        np.maximum.at(flat, (row * frame.shape[1] + column)[inside], z[part][inside].astype(np.float32))
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
