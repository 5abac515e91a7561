"""Grids anchored to whole multiples of their cell, so that tiles, runs and neighbouring areas share cells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_TOUCH = 1e-9
_PIECE = 1 << 16


def pieces(count: int) -> Iterator[slice]:
    """Slices of `count` points small enough for the processor's cache: several times as fast as whole arrays."""
    for start in range(0, count, _PIECE):
        yield slice(start, min(start + _PIECE, count))


@dataclass
class Grid:
    """A raster, north up. `array[0, 0]` is the cell whose upper left corner is (`x_min`, `y_max`).

    `array`: float32 (rows, columns), metres, NaN where nothing is known; may be a `numpy.memmap`. `cell`: size of the
    square cells in the units of the CRS (metres for every metric CRS).
    """

    array: np.ndarray
    x_min: float
    y_max: float
    cell: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax)."""
        rows, columns = self.array.shape
        return self.x_min, self.y_max - rows * self.cell, self.x_min + columns * self.cell, self.y_max

    def sample(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Values at points, bilinear between the cell centres that are known; NaN outside or where none is."""
        rows, columns = self.array.shape
        column = (np.asarray(x) - self.x_min) / self.cell - 0.5
        row = (self.y_max - np.asarray(y)) / self.cell - 0.5
        inside = (column >= -0.5) & (row >= -0.5) & (column < columns - 0.5) & (row < rows - 0.5)
        row, column = np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)
        top, left = np.floor(row).astype(np.intp), np.floor(column).astype(np.intp)
        bottom, right = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
        down, across = row - top, column - left
        total, weights = np.zeros(inside.shape), np.zeros(inside.shape)
        for rows_of, columns_of, weight in (
            (top, left, (1 - down) * (1 - across)),
            (top, right, (1 - down) * across),
            (bottom, left, down * (1 - across)),
            (bottom, right, down * across),
        ):
            value = self.array[rows_of, columns_of]
            weight = np.where(np.isnan(value), 0.0, weight)
            total += weight * np.nan_to_num(value)
            weights += weight
        known = inside & (weights > 0)
        return np.where(known, total / np.where(known, weights, 1.0), np.nan)


@dataclass(frozen=True)
class Frame:
    """The place of a grid: `cell` size, and the whole-numbered range of its cells, rows counted upwards from y = 0.

    Covers columns `left` ≤ c < `right` and rows `bottom` ≤ r < `top`; cell (c, r) spans [c·cell, (c+1)·cell) in x and
    [r·cell, (r+1)·cell) in y.
    """

    cell: float
    left: int
    bottom: int
    right: int
    top: int

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], cell: float) -> Frame:
        """The smallest frame that holds (xmin, ymin, xmax, ymax); a maximum on a cell's edge opens no further cell."""
        left, bottom = (math.floor(value / cell + _TOUCH) for value in bounds[:2])
        right, top = (math.ceil(value / cell - _TOUCH) for value in bounds[2:])
        return cls(cell, left, bottom, max(right, left + 1), max(top, bottom + 1))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.top - self.bottom, self.right - self.left

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax)."""
        return self.left * self.cell, self.bottom * self.cell, self.right * self.cell, self.top * self.cell

    def grown(self, cells: int) -> Frame:
        """This frame with `cells` more on each side."""
        return Frame(self.cell, self.left - cells, self.bottom - cells, self.right + cells, self.top + cells)

    def snapped(self, cells: int) -> Frame:
        """The smallest frame around this one whose sides are multiples of `cells` cells from zero."""
        return Frame(
            self.cell,
            self.left // cells * cells,
            self.bottom // cells * cells,
            -(-self.right // cells) * cells,
            -(-self.top // cells) * cells,
        )

    def within(self, outer: Frame) -> tuple[slice, slice]:
        """(rows, columns) of this frame in an array of `outer`, which must hold it."""
        return (
            slice(outer.top - self.top, outer.top - self.bottom),
            slice(self.left - outer.left, self.right - outer.left),
        )

    def part(self, window: tuple[slice, slice]) -> Frame:
        """The frame of (rows, columns) of an array of this one."""
        rows, columns = window
        return Frame(
            self.cell, self.left + columns.start, self.top - rows.stop, self.left + columns.stop, self.top - rows.start
        )

    def clipped(self, outer: Frame) -> Frame:
        """The part inside `outer`; may be empty (then `shape` has a value ≤ 0)."""
        return Frame(
            self.cell,
            max(self.left, outer.left),
            max(self.bottom, outer.bottom),
            min(self.right, outer.right),
            min(self.top, outer.top),
        )

    def locate(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(row, column, inside) of points; row 0 is the top. Rows and columns outside are meaningless."""
        column = np.floor(x / self.cell).astype(np.int64)
        column -= self.left
        row = np.floor(y / self.cell).astype(np.int64)
        np.subtract(self.top - 1, row, out=row)
        rows, columns = self.shape
        inside = row.view(np.uint64) < rows  # negative numbers are the largest there
        inside &= column.view(np.uint64) < columns
        return row, column, inside

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """(x of the columns, y of the rows from the top)."""
        return (np.arange(self.left, self.right) + 0.5) * self.cell, (
            np.arange(self.top, self.bottom, -1) - 0.5
        ) * self.cell

    def grid(self, array: np.ndarray, scale: float = 1.0) -> Grid:
        """`array` as a `Grid`, its coordinates multiplied by `scale`."""
        return Grid(array, self.left * self.cell * scale, self.top * self.cell * scale, self.cell * scale)


def box_around(mask: np.ndarray) -> tuple[slice, slice]:
    """(rows, columns) of the smallest box around the true cells, of which there are some."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
