"""Simple morphological filter (SMRF): ground points by progressive openings of a minimum surface.

Pingel, Clarke & McBride (2013), "An improved simple morphological filter for the terrain classification of airborne
LIDAR data", ISPRS Journal 77, 21-30. Written from the paper; names of the parameters are the paper's. A cell is an
object when some opening of radius r lowers it by more than slope × r; as the largest such drop per metre of radius is
all that this needs, any slope, also one that varies from place to place, is tried on one series of openings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pointcloud.compiled import compiled
from pointcloud.ground.fill import fill_gaps
from pointcloud.ground.openings import opened
from pointcloud.surface.cells import lowest
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, pieces

_DOUBT = 0.3  # metres around the threshold within which the cubic surface decides
_PLAIN = np.ones((3, 3), np.uint8)
_CLOSING = 10  # cells
_CERTAIN = 5.0  # metres: margin given to points that need no closer look


@dataclass(frozen=True)
class SmrfParameters:
    """`cell` c (m); `window` w, the largest radius of the openings (m); `slope` s (m/m), and `adapt` × the coarse slope
    of the terrain added to it; a point is ground within `elevation` et (m) + `scale` es × the terrain's slope of the
    surface. `low_slope`: the slope beyond which a single low cell is an outlier. Defaults: one set for all terrain,
    after the paper's suggestion for unknown sites.
    """

    cell: float = 1.0
    window: float = 18.0
    slope: float = 0.15
    adapt: float = 0.0
    elevation: float = 0.5
    scale: float = 1.25
    low_slope: float = 5.0

    @property
    def reach(self) -> int:
        """Cells around a place that its openings look at."""
        return 2 * max(1, round(self.window / self.cell)) + 4


@dataclass(frozen=True)
class Openings:
    """What the openings of the lowest points found, per cell (float32).

    `lowest`: lowest z, NaN in cells without points and with low outliers; `steepness`: the largest drop per metre of
    radius; `drop`: the largest drop in metres.
    """

    lowest: np.ndarray
    steepness: np.ndarray
    drop: np.ndarray

    def bare(self, slope: float | np.ndarray) -> np.ndarray:
        """The bare-earth surface: what is steeper than `slope` (m/m, one value or one per cell) removed and bridged."""
        bare = np.where(self.steepness > slope, np.float32(np.nan), self.lowest)
        return fill_gaps(bare if not np.isnan(bare).all() else self.lowest)

    def cut(self, part: tuple[slice, slice]) -> Openings:
        """The cells of a part."""
        return Openings(self.lowest[part], self.steepness[part], self.drop[part])


def classify_ground(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame, parameters: SmrfParameters, task: Task
) -> np.ndarray:
    """Whether each point (metres) is ground by one set of parameters. `frame` (cells of `parameters.cell`) covers them.

    `adapt` is not used here: it needs a first surface, see `pointcloud.ground.classify`.
    """
    least = lowest(x, y, z, frame)
    if np.isnan(least).all():
        return np.zeros(len(x), dtype=bool)
    surface = open_surface(least, parameters, task).bare(parameters.slope)
    allowed = parameters.elevation + parameters.scale * steepness_of(surface, parameters.cell)
    return margins(x, y, z, surface, allowed, frame, task) >= 0.0


def open_surface(lowest: np.ndarray, parameters: SmrfParameters, task: Task) -> Openings:
    """Openings of growing disk radius of the `lowest` surface (not all NaN), low outliers left out."""
    filled = fill_gaps(lowest)
    cell = parameters.cell
    outside = _outside(lowest)
    low = opened(-filled, 1, outside) < -filled - parameters.low_slope * cell
    steepness, drop = np.zeros_like(filled), np.zeros_like(filled)
    surface = filled
    for radius in range(1, max(1, round(parameters.window / cell)) + 1):
        task.check()
        lower = opened(surface, radius, outside)
        lost = surface - lower
        np.maximum(drop, lost, out=drop)
        np.maximum(steepness, lost / np.float32(radius * cell), out=steepness)
        surface = lower
    return Openings(np.where(low, np.float32(np.nan), lowest), steepness, drop)


def _outside(lowest: np.ndarray) -> np.ndarray:
    """Cells beyond the data: where no closing over gaps of some 20 cells reaches.

    What is bridged there is made up; a roof at the edge of the data would go on and never be lowered.
    """
    held = np.pad((~np.isnan(lowest)).astype(np.uint8), _CLOSING)
    square = np.ones((2 * _CLOSING + 1, 2 * _CLOSING + 1), np.uint8)
    closed = cv2.morphologyEx(held, cv2.MORPH_CLOSE, square)
    return closed[_CLOSING:-_CLOSING, _CLOSING:-_CLOSING] == 0


def steepness_of(surface: np.ndarray, cell: float) -> np.ndarray:
    """Rise per metre of a surface at its cells."""
    if min(surface.shape) < 2:
        return np.zeros_like(surface)
    down, across = np.gradient(surface, cell)
    return np.hypot(down, across)


def margins(
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    surface: np.ndarray,
    allowed: np.ndarray,
    frame: Frame,
    task: Task,
) -> np.ndarray:
    """Metres (float32) by which each point keeps within `allowed` (per cell) of the surface; negative: beyond it.

    The surface at a point is cubic, as in the paper; where a linear one leaves no doubt it decides alone, and where the
    neighbouring cells leave none, the point is given ± 5 m without a look: both for speed.
    """
    high, low = cv2.dilate(surface, _PLAIN), cv2.erode(surface, _PLAIN)
    most = cv2.dilate(allowed, _PLAIN) + (high - low) + np.float32(_CERTAIN)  # cubics overshoot by less
    spline = ndimage.spline_filter(surface, order=3, mode="nearest", output=np.float32)
    result = np.empty(len(z), dtype=np.float32)
    for part in pieces(len(z)):
        task.check()
        place = frame.cell, frame.left, frame.top
        _margins(x[part], y[part], z[part], surface, allowed, most, spline, *place, result[part])
    return result


@compiled
def _margins(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, surface: np.ndarray, allowed: np.ndarray, most: np.ndarray,
    spline: np.ndarray, cell: float, left: int, top: int, result: np.ndarray,
) -> None:  # fmt: skip
    rows, columns = surface.shape
    for i in range(len(z)):
        result[i] = -_CERTAIN
        column, row = math.floor(x[i] / cell) - left, top - 1 - math.floor(y[i] / cell)
        if not (0 <= row < rows and 0 <= column < columns):
            continue
        if not abs(z[i] - surface[row, column]) <= most[row, column]:
            continue
        down, across = top - 0.5 - y[i] / cell, x[i] / cell - left - 0.5
        limit = bilinear(allowed, down, across)
        margin = limit - abs(z[i] - bilinear(surface, down, across))
        if abs(margin) < _DOUBT:
            margin = limit - abs(z[i] - cubic(spline, down, across))
        result[i] = margin


@compiled
def bilinear(grid: np.ndarray, row: float, column: float) -> float:
    """Value of a grid at a place in cells from the centre of the first one; beyond the outer centres as on them."""
    rows, columns = grid.shape
    row, column = min(max(row, 0.0), rows - 1.0), min(max(column, 0.0), columns - 1.0)
    top, left = max(min(int(row), rows - 2), 0), max(min(int(column), columns - 2), 0)
    bottom, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
    down, across = row - top, column - left
    upper = grid[top, left] * (1 - across) + grid[top, right] * across
    lower = grid[bottom, left] * (1 - across) + grid[bottom, right] * across
    return upper * (1 - down) + lower * down


@compiled
def cubic(spline: np.ndarray, row: float, column: float) -> float:
    """Value at such a place of the cubic surface with these B-spline coefficients, which go on beyond the grid."""
    rows, columns = spline.shape
    row, column = min(max(row, 0.0), rows - 1.0), min(max(column, 0.0), columns - 1.0)
    top, left = int(row), int(column)
    total = 0.0
    for i in range(4):
        weight = _basis(row - top, i)
        r = min(max(top - 1 + i, 0), rows - 1)
        for j in range(4):
            total += weight * _basis(column - left, j) * spline[r, min(max(left - 1 + j, 0), columns - 1)]
    return total


@compiled
def _basis(t: float, place: int) -> float:
    """Weight of the coefficient `place` (0..3) of the four around a place that lies `t` behind the second one."""
    if place == 0:
        return (1 - t) ** 3 / 6
    if place == 1:
        return (4 - 6 * t * t + 3 * t * t * t) / 6
    if place == 2:
        return (1 + 3 * t + 3 * t * t - 3 * t * t * t) / 6
    return t * t * t / 6
