"""Simple morphological filter (SMRF): ground points by progressive openings of a minimum surface.

Pingel, Clarke & McBride (2013), "An improved simple morphological filter for the terrain classification of airborne
LIDAR data", ISPRS Journal 77, 21-30. Written from the paper; names of the parameters are the paper's. A cell is an
object when some opening of radius r lowers it by more than slope × r; as the largest such drop per metre of radius is
all that this needs, any slope, also one that varies from place to place, is tried on one series of openings.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pointcloud.ground.fill import fill_gaps
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
    lowest = lowest_surface(x, y, z, frame)
    if np.isnan(lowest).all():
        return np.zeros(len(x), dtype=bool)
    surface = open_surface(lowest, parameters, task).bare(parameters.slope)
    allowed = parameters.elevation + parameters.scale * steepness_of(surface, parameters.cell)
    return margins(x, y, z, surface, allowed, frame, task) >= 0.0


def lowest_surface(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame) -> np.ndarray:
    """The lowest z per cell of `frame` (float32), NaN where there is no point."""
    lowest = np.full(frame.shape[0] * frame.shape[1], np.inf, dtype=np.float32)
    for part in pieces(len(z)):
        row, column, inside = frame.locate(x[part], y[part])
        cell, height = row * frame.shape[1] + column, z[part].astype(np.float32)
        np.minimum.at(lowest, *((cell, height) if inside.all() else (cell[inside], height[inside])))
    lowest[np.isinf(lowest)] = np.nan
    return lowest.reshape(frame.shape)


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


def opened(surface: np.ndarray, radius: int, outside: np.ndarray) -> np.ndarray:
    """Morphological opening by a disk of `radius` cells that takes no part of what is `outside`."""
    offset = np.arange(-radius, radius + 1)
    reach = radius * radius if radius > 1 else 2  # radius 1 is the 3 × 3 square, as in the authors' description
    disk = (offset[:, None] ** 2 + offset[None, :] ** 2 <= reach).astype(np.uint8)
    some = outside.any()
    ignored = np.where(outside, np.float32(np.inf), surface) if some else surface
    eroded = cv2.erode(ignored, disk, borderType=cv2.BORDER_CONSTANT, borderValue=np.inf)
    if some:
        eroded[outside] = -np.inf
    result = cv2.dilate(eroded, disk, borderType=cv2.BORDER_CONSTANT, borderValue=-np.inf)
    if some:
        result[outside] = surface[outside]
    return result


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
    most = (cv2.dilate(allowed, _PLAIN) + (high - low) + np.float32(_CERTAIN)).ravel()  # cubics overshoot by less
    heights = surface.ravel()
    result = np.full(len(z), -_CERTAIN, dtype=np.float32)
    doubtful = []
    for part in pieces(len(z)):
        task.check()
        row, column, inside = frame.locate(x[part], y[part])
        cell = np.where(inside, row * frame.shape[1] + column, 0)
        near = np.flatnonzero((np.abs(z[part] - heights[cell]) <= most[cell]) & inside) + part.start
        height, limit = bilinear((surface, allowed), _position(x[near], y[near], frame))
        margin = limit - np.abs(z[near] - height)
        result[near] = margin
        doubtful.append(near[np.abs(margin) < _DOUBT])
    last = np.concatenate(doubtful) if doubtful else np.zeros(0, np.intp)
    if len(last):
        position = _position(x[last], y[last], frame)
        spline = ndimage.spline_filter(surface.astype(np.float64), order=3, mode="nearest")
        exact = ndimage.map_coordinates(spline, position, order=3, prefilter=False, mode="nearest")
        result[last] = bilinear((allowed,), position)[0] - np.abs(z[last] - exact)
    return result


def _position(x: np.ndarray, y: np.ndarray, frame: Frame) -> np.ndarray:
    """(row, column) of points, in cells from the centre of the first one."""
    return np.stack([frame.top - 0.5 - y / frame.cell, x / frame.cell - frame.left - 0.5])


def bilinear(grids: tuple[np.ndarray, ...], position: np.ndarray) -> list[np.ndarray]:
    """Values of grids of one shape at (row, column) positions, between the centres of cells."""
    rows, columns = grids[0].shape
    row, column = np.clip(position[0], 0, rows - 1), np.clip(position[1], 0, columns - 1)
    top = np.minimum(row.astype(np.intp), max(rows - 2, 0))
    left = np.minimum(column.astype(np.intp), max(columns - 2, 0))
    down, across = row - top, column - left
    first = top * columns + left
    below, beside = columns if rows > 1 else 0, 1 if columns > 1 else 0
    values = []
    for grid in grids:
        flat = grid.ravel()
        upper = flat[first] * (1 - across) + flat[first + beside] * across
        lower = flat[first + below] * (1 - across) + flat[first + below + beside] * across
        values.append(upper * (1 - down) + lower * down)
    return values
