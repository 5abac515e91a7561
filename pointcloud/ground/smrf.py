"""Simple morphological filter (SMRF): ground points by progressive openings of a minimum surface.

Pingel, Clarke & McBride (2013), "An improved simple morphological filter for the terrain classification of airborne
LIDAR data", ISPRS Journal 77, 21-30. Written from the paper; names of the parameters are the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pointcloud.ground.fill import fill_gaps
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame

_DOUBT = 0.3  # metres around the threshold within which the cubic surface decides


@dataclass(frozen=True)
class SmrfParameters:
    """`cell` c (m); `window` w, the largest radius of the openings (m); `slope` s (m/m); a point is ground within
    `elevation` et (m) + `scale` es × the terrain's slope of the surface. `low_slope`: the slope beyond which a single
    low cell is an outlier. One set for all terrain, after the paper's suggestion for unknown sites.
    """

    cell: float = 1.0
    window: float = 18.0
    slope: float = 0.15
    elevation: float = 0.5
    scale: float = 1.25
    low_slope: float = 5.0


def classify_ground(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame, parameters: SmrfParameters, task: Task
) -> np.ndarray:
    """Whether each point (metres) is ground. `frame` (with cells of `parameters.cell`) covers the points."""
    row, column, inside = frame.locate(x, y)
    lowest = lowest_surface(z[inside], row[inside], column[inside], frame.shape)
    if np.isnan(lowest).all():
        return np.zeros(len(x), dtype=bool)
    surface = provisional_surface(lowest, parameters, task)
    return near_surface(x, y, z, surface, frame, parameters) & inside


def lowest_surface(z: np.ndarray, row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The lowest z per cell (float32), NaN where there is no point."""
    lowest = np.full(shape[0] * shape[1], np.inf, dtype=np.float32)
    np.minimum.at(lowest, row * shape[1] + column, z.astype(np.float32))
    lowest[np.isinf(lowest)] = np.nan
    return lowest.reshape(shape)


def provisional_surface(lowest: np.ndarray, parameters: SmrfParameters, task: Task) -> np.ndarray:
    """The bare-earth surface: cells without points, low outliers and objects removed and bridged."""
    filled = fill_gaps(lowest)
    cell = parameters.cell
    low = drops(-filled, np.array([1]), parameters.low_slope * cell, task)
    radii = np.arange(1, max(1, round(parameters.window / cell)) + 1)
    objects = drops(filled, radii, parameters.slope * cell, task)
    bare = np.where(np.isnan(lowest) | low | objects, np.nan, lowest)
    return fill_gaps(bare if not np.isnan(bare).all() else filled)


def drops(surface: np.ndarray, radii: np.ndarray, threshold: float, task: Task) -> np.ndarray:
    """Cells that any opening of growing disk radius (cells) lowers by more than `threshold` × radius."""
    flagged = np.zeros(surface.shape, dtype=bool)
    for radius in radii:
        task.check()
        opened = _opened(surface, int(radius))
        flagged |= surface - opened > threshold * radius
        surface = opened
    return flagged


def near_surface(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, surface: np.ndarray, frame: Frame, parameters: SmrfParameters
) -> np.ndarray:
    """Points within elevation + scale × slope of the surface.

    The surface at a point is cubic, as in the paper; where a linear one leaves no doubt it decides alone, for speed.
    """
    position = np.stack([frame.top - 0.5 - y / frame.cell, x / frame.cell - frame.left - 0.5])
    down, across = np.gradient(surface, frame.cell)
    height, steepness = _bilinear((surface, np.hypot(down, across)), position)
    allowed = parameters.elevation + parameters.scale * steepness
    ground = np.abs(z - height) - allowed
    doubtful = np.flatnonzero(np.abs(ground) < _DOUBT)
    if len(doubtful):
        spline = ndimage.spline_filter(surface.astype(np.float64), order=3, mode="nearest")
        exact = ndimage.map_coordinates(spline, position[:, doubtful], order=3, prefilter=False, mode="nearest")
        ground[doubtful] = np.abs(z[doubtful] - exact) - allowed[doubtful]
    return ground <= 0.0


def _opened(surface: np.ndarray, radius: int) -> np.ndarray:
    offset = np.arange(-radius, radius + 1)
    reach = radius * radius if radius > 1 else 2  # radius 1 is the 3 × 3 square, as in the authors' description
    disk = (offset[:, None] ** 2 + offset[None, :] ** 2 <= reach).astype(np.uint8)
    eroded = cv2.erode(surface, disk, borderType=cv2.BORDER_CONSTANT, borderValue=np.inf)
    return cv2.dilate(eroded, disk, borderType=cv2.BORDER_CONSTANT, borderValue=-np.inf)


def _bilinear(grids: tuple[np.ndarray, ...], position: np.ndarray) -> list[np.ndarray]:
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
