"""Morphological openings by disks, row by row: the work grows with the radius, not with its square."""

from __future__ import annotations

import math

import numpy as np

from pointcloud.compiled import compiled


def opened(surface: np.ndarray, radius: int, outside: np.ndarray) -> np.ndarray:
    """Opening (erosion, then dilation) of a float32 grid by a disk of `radius` cells, which takes nothing of `outside`.

    Radius 1 is the 3 × 3 square, as in the description of SMRF's authors.
    """
    widths = half_widths(radius)
    some = outside.any()
    eroded = eroded_by(np.where(outside, np.float32(np.inf), surface) if some else surface, widths)
    if some:
        eroded[outside] = -np.inf
    result = -eroded_by(-eroded, widths)
    if some:
        result[outside] = surface[outside]
    return result


def half_widths(radius: int) -> np.ndarray:
    """Half the width of a disk, in cells, in its middle row, in the next one, …"""
    if radius == 1:
        return np.array([1, 1])
    return np.array([math.isqrt(radius * radius - row * row) for row in range(radius + 1)])


@compiled
def eroded_by(surface: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """The lowest value under a disk at each cell; nothing lies beyond the grid.

    The lowest values of a row under bars that grow from the disk's outermost row to its middle are found one from the
    other, and each lowers the rows that see it so.
    """
    rows, columns = surface.shape
    reach = widths[0]
    result = np.full((rows, columns), np.inf, np.float32)
    one = np.full(columns + 2 * reach, np.inf, np.float32)
    two = np.full(columns + 2 * reach, np.inf, np.float32)
    for row in range(rows):
        one[:] = np.inf
        one[reach : reach + columns] = surface[row]
        width = 0
        for distance in range(len(widths) - 1, -1, -1):
            while width < widths[distance]:
                _widened(one, two, width == 0)
                one, two = two, one
                width += 1
            seen = one[reach : reach + columns]
            if row >= distance:
                _lower(result[row - distance], seen)
            if distance and row + distance < rows:
                _lower(result[row + distance], seen)
    return result


@compiled
def _widened(bars: np.ndarray, wider: np.ndarray, first: bool) -> None:
    """The lowest values under bars that reach one cell further on both sides; the bars are single cells at `first`."""
    before, middle, after, inner = bars[:-2], bars[1:-1], bars[2:], wider[1:-1]
    for i in range(len(inner)):
        least = np.minimum(before[i], after[i])  # this is what becomes one instruction for many cells
        inner[i] = np.minimum(middle[i], least) if first else least
    wider[0], wider[-1] = bars[1], bars[-2]


@compiled
def _lower(row: np.ndarray, values: np.ndarray) -> None:
    for i in range(len(row)):
        row[i] = np.minimum(row[i], values[i])
