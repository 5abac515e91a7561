"""A coarse count of points over the whole area: where there is data, and which points lie far from all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pointcloud.errors import UnusableSource
from pointcloud.tiles.grid import pieces

LATTICE_CELL = 5.0
_LARGEST_ARRAY = 1 << 24
_OFFSET = 1 << 31
_APART = 100.0  # metres between groups of points that count as separate


class LatticeCounts:
    """Sparse counts per cell, filled piece by piece. `cell` is in the units of the coordinates."""

    def __init__(self, cell: float = LATTICE_CELL) -> None:
        self.cell = cell
        self._keys: list[np.ndarray] = []
        self._counts: list[np.ndarray] = []
        self._pending = 0

    def add(self, x: np.ndarray, y: np.ndarray) -> None:
        """Count points."""
        if len(x) == 0:
            return
        found, counts = _counted(x, y, self.cell)
        self._keys.append(found)
        self._counts.append(counts)
        self._pending += len(found)
        if self._pending > 4_000_000:
            self.merged()

    def absorb(self, other: LatticeCounts) -> None:
        """Add the counts of another one with the same cell."""
        self._keys += other._keys
        self._counts += other._counts
        self._pending += other._pending
        if self._pending > 4_000_000:
            self.merged()

    def merged(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(column, row, count) of every cell that holds points."""
        if not self._keys:
            empty = np.empty(0, np.int64)
            return empty, empty, empty
        keys, inverse = np.unique(np.concatenate(self._keys), return_inverse=True)
        counts = np.bincount(inverse, weights=np.concatenate(self._counts)).astype(np.int64)
        self._keys, self._counts, self._pending = [keys], [counts], 0
        columns, rows = _unpack(keys)
        return columns, rows, counts


def _counted(x: np.ndarray, y: np.ndarray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """(packed keys, counts) of the cells of points, counted in an array over their box where it is small."""
    left, bottom = x.min() // cell, y.min() // cell
    width, height = x.max() // cell - left + 1, y.max() // cell - bottom + 1
    if not width * height <= 4 * len(x):
        keys, counts = np.unique(_pack(np.floor(x / cell), np.floor(y / cell)), return_counts=True)
        return keys, counts
    counts = np.zeros(int(width) * int(height), np.int64)
    for part in pieces(len(x)):
        key = np.floor(y[part] / cell)
        key -= bottom
        key *= width
        key += np.floor(x[part] / cell)
        key -= left
        counts += np.bincount(key.astype(np.int64), minlength=len(counts))
    held = np.flatnonzero(counts)
    return _pack(held % width + left, held // width + bottom), counts[held]


def _pack(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    limit = float(_OFFSET - 1)
    return (np.clip(row, -limit, limit).astype(np.int64) << 32) | (
        np.clip(column, -limit, limit).astype(np.int64) + _OFFSET
    )


def _unpack(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (keys & 0xFFFFFFFF) - _OFFSET, keys >> 32


@dataclass
class Occupancy:
    """Cells of the whole area that hold the body of the points.

    `holds`: bool (rows, columns), row 0 lowest; `inside`: the same with gaps closed and enclosed holes filled; cell
    (0, 0) is column `left`, row `bottom` of the lattice with cells of `cell` metres. `strays`: points outside the body.
    `area`: m² of the cells that hold points.
    """

    cell: float
    left: int
    bottom: int
    holds: np.ndarray
    inside: np.ndarray
    strays: int
    area: float

    @classmethod
    def of(cls, counts: LatticeCounts) -> Occupancy:
        """From counts. Small groups of points far from everything else are left out as strays.

        Raises `UnusableSource` when there is nothing but strays.
        """
        columns, rows, number = counts.merged()
        cell = counts.cell
        total = int(number.sum())
        for axis in (0, 1):
            kept = _populous((columns, rows)[axis], number, cell)
            if not kept.any():
                raise _scattered()
            columns, rows, number = columns[kept], rows[kept], number[kept]
        while (float(np.ptp(columns)) + 1) * (float(np.ptp(rows)) + 1) > _LARGEST_ARRAY:
            columns, rows, cell = columns >> 1, rows >> 1, cell * 2
        left, bottom = int(columns.min()), int(rows.min())
        grid = np.zeros((int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1), dtype=np.int64)
        np.add.at(grid, (rows - bottom, columns - left), number)
        body = _body(grid, cell)
        strays = total - int(grid[body].sum())
        kept = (grid > 0) & body
        if not kept.any():
            raise _scattered()
        held_rows, held_columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
        window = np.s_[held_rows[0] : held_rows[-1] + 1, held_columns[0] : held_columns[-1] + 1]
        kept = kept[window]
        area = float(kept.sum()) * cell**2
        return cls(
            cell, left + int(held_columns[0]), bottom + int(held_rows[0]), kept, _closed(kept, cell), strays, area
        )

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether points lie in a cell that holds the body."""
        return self._look(self.holds, x, y)

    def covers(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether places lie in the area of the data, its gaps and enclosed holes included."""
        return self._look(self.inside, x, y)

    def _look(self, mask: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = np.asarray(x), np.asarray(y)
        result = np.zeros(x.shape, dtype=bool)
        places, flat = result.reshape(-1), mask.ravel()
        rows, columns = mask.shape
        xs, ys = x.reshape(-1), y.reshape(-1)
        for part in pieces(len(xs)):
            column = np.floor(xs[part] / self.cell).astype(np.int64)
            column -= self.left
            row = np.floor(ys[part] / self.cell).astype(np.int64)
            row -= self.bottom
            inside = row.view(np.uint64) < rows  # negative numbers are the largest there
            inside &= column.view(np.uint64) < columns
            places[part] = inside & flat[np.where(inside, row * columns + column, 0)]
        return result


def _scattered() -> UnusableSource:
    return UnusableSource("点云里的点彼此相距很远，不是可用的测量数据；请检查坐标")


def _populous(places: np.ndarray, number: np.ndarray, cell: float) -> np.ndarray:
    """Cells in stretches of one axis (100 m apart) that matter: this bounds the array for what is left."""
    order = np.argsort(places, kind="stable")
    stretch = np.cumsum(np.diff(places[order], prepend=places[order[0]]) > _APART / cell)
    points = np.bincount(stretch, weights=number[order])
    kept = np.zeros(len(places), dtype=bool)
    kept[order] = (points >= _fewest(points.sum()))[stretch]
    return kept


def _fewest(total: float) -> float:
    """Points that a group of its own has at least."""
    return min(1000.0, max(3.0, 1e-3 * total))


def _body(grid: np.ndarray, cell: float) -> np.ndarray:
    """Cells of groups that matter: those with 0.1 % of the points or a thousand. Groups are 100 m apart."""
    reach = max(1, round(_APART / 2 / cell))
    near = ndimage.binary_dilation(grid > 0, np.ones((3, 3), bool), iterations=reach)
    labels, groups = ndimage.label(near, np.ones((3, 3), bool))
    points = np.bincount(labels.ravel(), weights=grid.ravel(), minlength=groups + 1)
    matters = points >= _fewest(points.sum())
    return matters[labels]


def _closed(holds: np.ndarray, cell: float) -> np.ndarray:
    """Gaps up to about 20 m closed, holes inside filled whatever their size (buildings, water without returns)."""
    reach = max(1, round(10.0 / cell))
    padded = np.pad(holds, reach + 1)
    closed = ndimage.binary_closing(padded, np.ones((3, 3), bool), iterations=reach)
    return ndimage.binary_fill_holes(closed)[reach + 1 : -reach - 1, reach + 1 : -reach - 1] | holds
