"""Points sorted into square buckets, so that those in a small polygon are found without looking at all."""

from __future__ import annotations

import numpy as np
import shapely

_BUCKET = 5.0


class Buckets:
    """An index over the places `x`, `y` (metres)."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self._x, self._y = np.ascontiguousarray(x), np.ascontiguousarray(y)
        column = np.floor(self._x / _BUCKET).astype(np.int64)
        row = np.floor(self._y / _BUCKET).astype(np.int64)
        self._left = int(column.min()) if len(column) else 0
        self._bottom = int(row.min()) if len(row) else 0
        self._width = int(column.max()) - self._left + 1 if len(column) else 1
        self._height = int(row.max()) - self._bottom + 1 if len(row) else 1
        key = (row - self._bottom) * self._width + column - self._left
        self._order = np.argsort(key, kind="stable")
        self._starts = np.searchsorted(key[self._order], np.arange(self._width * self._height + 1))

    def inside(self, polygon: shapely.Geometry) -> np.ndarray:
        """Indices of the places inside `polygon`, ascending."""
        left, bottom, right, top = np.floor(np.array(polygon.bounds) / _BUCKET).astype(np.int64)
        left, right = max(left - self._left, 0), min(right - self._left, self._width - 1)
        rows = range(max(bottom - self._bottom, 0), min(top - self._bottom, self._height - 1) + 1)
        if left > right:
            return np.empty(0, dtype=np.int64)
        runs = [
            self._order[self._starts[row * self._width + left] : self._starts[row * self._width + right + 1]]
            for row in rows
        ]
        near = np.sort(np.concatenate(runs)) if runs else np.empty(0, dtype=np.int64)
        shapely.prepare(polygon)
        return near[shapely.contains_xy(polygon, self._x[near], self._y[near])]
