"""The highest surface of triangles in the cells of a grid."""

from __future__ import annotations

import numpy as np

_ONCE = 4_000_000  # cells looked at in one go
_LARGE = 64  # cells along a side above which a triangle is taken alone


def raise_cells(heights: np.ndarray, triangles: np.ndarray, west: float, north: float, cell: float) -> None:
    """Raise `heights` (rows from the north, columns; −inf where nothing is) to what `triangles` cover.

    `triangles` (m, 3, 3): corners x, y, z. A cell gets the height of the plane at its centre, where the centre lies
    within the triangle; walls that are upright cover no centre.
    """
    rows, columns = heights.shape
    corners = np.array(triangles, float)
    corners[:, :, 0] = (corners[:, :, 0] - west) / cell - 0.5  # centres of cells are whole numbers
    corners[:, :, 1] = (north - corners[:, :, 1]) / cell - 0.5
    low, high = corners[:, :, :2].min(axis=1), corners[:, :, :2].max(axis=1)
    first = np.maximum(np.ceil(low), 0).astype(np.int64)
    last = np.minimum(np.floor(high), [columns - 1, rows - 1]).astype(np.int64)
    size = (last - first + 1).max(axis=1)
    seen = (last >= first).all(axis=1)
    step = 1
    while step <= _LARGE:
        chosen = np.flatnonzero(seen & (size <= step) & (size > step // 2))
        batch = max(1, _ONCE // step**2)
        for start in range(0, len(chosen), batch):
            part = chosen[start : start + batch]
            _raise(heights, corners[part], first[part], step)
        step *= 2
    for number in np.flatnonzero(seen & (size > _LARGE)):
        _raise_large(heights, corners[number], first[number], last[number])


def _planes(corners: np.ndarray) -> tuple[np.ndarray, ...]:
    """Twice the area and the edges of triangles (m, 3, 3) in the plane."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    return a, b, c, area


def _shares(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether places (m, k) lie within their triangles (m, 3, 3), and the heights of the planes there."""
    a, b, c, area = _planes(corners)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = np.where(np.abs(area) > 1e-12, 1.0 / area, np.nan)[:, None]
        p, q = x - a[:, 0, None], y - a[:, 1, None]
        u = (p * (c[:, 1] - a[:, 1])[:, None] - q * (c[:, 0] - a[:, 0])[:, None]) * inverse
        v = (q * (b[:, 0] - a[:, 0])[:, None] - p * (b[:, 1] - a[:, 1])[:, None]) * inverse
        within = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9)
        z = a[:, 2, None] + u * (b[:, 2] - a[:, 2])[:, None] + v * (c[:, 2] - a[:, 2])[:, None]
    return within, z


def _raise(heights: np.ndarray, corners: np.ndarray, first: np.ndarray, step: int) -> None:
    rows, columns = heights.shape
    across, down = (part.ravel() for part in np.meshgrid(np.arange(step), np.arange(step)))
    x, y = first[:, 0, None] + across, first[:, 1, None] + down
    within, z = _shares(corners, x, y)
    within &= (x < columns) & (y < rows)
    np.maximum.at(heights.reshape(-1), (y * columns + x)[within], z[within].astype(heights.dtype))


def _raise_large(heights: np.ndarray, corners: np.ndarray, first: np.ndarray, last: np.ndarray) -> None:
    rows = max(1, _ONCE // int(last[0] - first[0] + 1))
    for top in range(int(first[1]), int(last[1]) + 1, rows):
        bottom = min(top + rows, int(last[1]) + 1)
        x, y = np.meshgrid(np.arange(first[0], last[0] + 1), np.arange(top, bottom))
        within, z = _shares(corners[None], x.reshape(1, -1), y.reshape(1, -1))
        window = heights[top:bottom, int(first[0]) : int(last[0]) + 1]
        z = np.where(within, z, -np.inf).reshape(window.shape)
        np.maximum(window, z, out=window, casting="same_kind")
