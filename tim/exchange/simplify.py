"""A grid of heights as few triangles: greedy insertion into a Delaunay triangulation."""

from __future__ import annotations

from typing import Callable

import numpy as np
import startinpy
from scipy.spatial import ConvexHull, QhullError

_ROUNDS = 60


def simplify(
    heights: np.ndarray, tolerance: float, most: int, progress: Callable[[float], None]
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The chosen cells (n, 2) as column and row, triangles (m, 3) over them, and the largest error left.

    Greedy insertion (Garland & Heckbert 1995), in all triangles at once: the cell that is farthest from its triangle
    becomes a vertex, until all are within `tolerance` or there are `most` vertices. `heights` (rows, columns) is NaN
    where nothing is known; the triangles fill the convex hull of the known cells. None when these have no area.
    """
    row, column = np.nonzero(~np.isnan(heights))
    known = np.column_stack([column, row])
    try:
        hull = known[ConvexHull(known).vertices]
    except (QhullError, ValueError):
        return None
    mesh = startinpy.DT()
    _insert(mesh, hull, heights)
    error = np.inf
    for turn in range(_ROUNDS):
        progress(turn / _ROUNDS)
        cells, errors = _worst_cells(mesh, heights)
        error = float(errors.max(initial=0.0))
        room = most - mesh.number_of_vertices()
        due = np.flatnonzero(errors > tolerance)
        if not len(due) or room <= 0:
            break
        due = due[np.argsort(-errors[due], kind="stable")]
        _, first = np.unique(cells[due], axis=0, return_index=True)  # a cell on an edge is the worst of two triangles
        _insert(mesh, cells[due[np.sort(first)[:room]]], heights)
    else:
        error = float(_worst_cells(mesh, heights)[1].max(initial=0.0))
    return mesh.points[1:, :2].astype(np.int64), np.asarray(mesh.triangles, dtype=np.int64) - 1, error


def _insert(mesh: startinpy.DT, cells: np.ndarray, heights: np.ndarray) -> None:
    mesh.insert(np.column_stack([cells, heights[cells[:, 1], cells[:, 0]]]).astype(float), insertionstrategy="AsIs")


def _worst_cells(mesh: startinpy.DT, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each triangle with a known cell, the cell (column, row) farthest from its plane, and that distance."""
    corners = mesh.points[mesh.triangles]
    triangle, cells = cells_of(corners[:, :, :2].astype(np.int64))
    up = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    slope = -up[:, :2] / up[:, 2:]
    plane = corners[triangle, 0, 2] + ((cells - corners[triangle, 0, :2]) * slope[triangle]).sum(axis=1)
    errors = np.nan_to_num(np.abs(heights[cells[:, 1], cells[:, 0]] - plane))
    order = np.lexsort((errors, triangle))
    worst = order[np.r_[np.diff(triangle[order]) > 0, True]]
    return cells[worst], errors[worst]


def cells_of(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All cells in triangles with whole corners (n, 3, 2), borders included: (triangle's index, (column, row)).

    Exact: row by row between the edges, in whole numbers.
    """
    low, high = corners[:, :, 1].min(axis=1), corners[:, :, 1].max(axis=1)
    triangle, step = _ranges(high - low + 1)
    row = low[triangle] + step
    first = np.full(len(row), np.iinfo(np.int64).max)
    last = np.full(len(row), np.iinfo(np.int64).min)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        a, b = corners[triangle, start], corners[triangle, end]
        rise, run = b[:, 1] - a[:, 1], b[:, 0] - a[:, 0]
        run, rise = np.where(rise < 0, -run, run), np.abs(rise)
        crossed = (rise > 0) & (np.minimum(a[:, 1], b[:, 1]) <= row) & (row <= np.maximum(a[:, 1], b[:, 1]))
        rise = np.where(crossed, rise, 1)
        column = a[:, 0] * rise + (row - a[:, 1]) * run  # times rise
        first = np.where(crossed, np.minimum(first, -(-column // rise)), first)
        last = np.where(crossed, np.maximum(last, column // rise), last)
    span, step = _ranges(np.maximum(last - first + 1, 0))
    return triangle[span], np.column_stack([first[span] + step, row[span]])


def _ranges(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For counts 2, 1, …: which range each member belongs to (0, 0, 1, …) and its place there (0, 1, 0, …)."""
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
