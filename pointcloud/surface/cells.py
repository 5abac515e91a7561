"""Points gathered to cells: mean ground points, lowest and highest points."""

from __future__ import annotations

import math

import numpy as np

from pointcloud.compiled import compiled
from pointcloud.tiles.grid import Frame

_EVERY = np.zeros(0, dtype=bool)
_NOWHERE = -1


def cell_means(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame, chosen: np.ndarray | None = None
) -> np.ndarray:
    """(n, 3) mean x, y, z of the points (the `chosen` ones) in each cell of `frame` that holds any, row by row."""
    start = float(z[0]) if len(z) else 0.0  # sums of small numbers keep their digits
    counts, sums = _sums(x, y, z, start, _EVERY if chosen is None else chosen, *_place(frame))
    held = np.flatnonzero(counts)
    means = sums[held] / counts[held, None]
    return means + np.array([frame.left * frame.cell, frame.bottom * frame.cell, start])


def highest(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame, chosen: np.ndarray | None = None) -> np.ndarray:
    """The highest z of the (`chosen`) points per cell of `frame` (float32), NaN where there is no point."""
    return -_least(x, y, z, -1.0, _EVERY if chosen is None else chosen, *_place(frame)).reshape(frame.shape)


def lowest(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame, chosen: np.ndarray | None = None) -> np.ndarray:
    """The lowest z of the (`chosen`) points per cell of `frame` (float32), NaN where there is no point."""
    return _least(x, y, z, 1.0, _EVERY if chosen is None else chosen, *_place(frame)).reshape(frame.shape)


def counts_in(x: np.ndarray, y: np.ndarray, frame: Frame) -> np.ndarray:
    """The number of points per cell of `frame` (int64)."""
    return _counts(x, y, *_place(frame)).reshape(frame.shape)


def with_small_holes_filled(grid: np.ndarray, reach: int) -> np.ndarray:
    """`grid` with NaN cells taken from their neighbours' mean, ring by ring, up to `reach` cells deep."""
    result = grid.copy()
    for _ in range(reach):
        if not _fill_ring(result.copy(), result):
            break
    return result


def _place(frame: Frame) -> tuple[float, int, int, int, int]:
    return frame.cell, frame.left, frame.top, *frame.shape


@compiled
def cell_of(x: float, y: float, cell: float, left: int, top: int, rows: int, columns: int) -> int:
    """Place of the cell that holds (x, y) among the cells of a frame row by row; -1 for none."""
    across, up = math.floor(x / cell) - left, math.floor(y / cell)
    down = top - 1 - up
    if 0 <= across < columns and 0 <= down < rows:
        return int(down) * columns + int(across)
    return _NOWHERE


@compiled
def _sums(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, start: float, chosen: np.ndarray,
    cell: float, left: int, top: int, rows: int, columns: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    counts, sums = np.zeros(rows * columns, np.int64), np.zeros((rows * columns, 3))
    right, lower = left * cell, (top - rows) * cell
    for i in range(len(x)):
        if len(chosen) and not chosen[i]:
            continue
        place = cell_of(x[i], y[i], cell, left, top, rows, columns)
        if place >= 0:
            counts[place] += 1
            sums[place, 0] += x[i] - right
            sums[place, 1] += y[i] - lower
            sums[place, 2] += z[i] - start
    return counts, sums


@compiled
def _least(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, sign: float, chosen: np.ndarray,
    cell: float, left: int, top: int, rows: int, columns: int,
) -> np.ndarray:  # fmt: skip
    result = np.full(rows * columns, np.nan, np.float32)
    for i in range(len(x)):
        if len(chosen) and not chosen[i]:
            continue
        place = cell_of(x[i], y[i], cell, left, top, rows, columns)
        value = np.float32(sign * z[i])
        if place >= 0 and not value >= result[place]:
            result[place] = value
    return result


@compiled
def _counts(x: np.ndarray, y: np.ndarray, cell: float, left: int, top: int, rows: int, columns: int) -> np.ndarray:
    counts = np.zeros(rows * columns, np.int64)
    for i in range(len(x)):
        place = cell_of(x[i], y[i], cell, left, top, rows, columns)
        if place >= 0:
            counts[place] += 1
    return counts


@compiled
def _fill_ring(before: np.ndarray, after: np.ndarray) -> int:
    """Fill the cells of `after` that are NaN in `before` and have a neighbour there; returns their number."""
    rows, columns = before.shape
    filled = 0
    for row in range(rows):
        for column in range(columns):
            if not np.isnan(before[row, column]):
                continue
            total, count = np.float32(0), 0
            for i in range(max(row - 1, 0), min(row + 2, rows)):
                for j in range(max(column - 1, 0), min(column + 2, columns)):
                    if not np.isnan(before[i, j]):
                        total += before[i, j]
                        count += 1
            if count:
                after[row, column] = total / np.float32(count)
                filled += 1
    return filled
