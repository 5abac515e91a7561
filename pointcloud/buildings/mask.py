"""Which cells of a grid hold buildings: from the file's building class, or from what tells roofs from trees.

A roof is high, even (a plane fits the points around a cell), and closed: pulses neither split on it nor pass through.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pointcloud.buildings.heights import BUILDING_CLASS
from pointcloud.plan import GROUND, NOISE, Plan, grown
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame
from pointcloud.tiles.store import TileKey

LOWEST_OBJECT = 2.0  # metres above the terrain
EVENNESS = 0.2  # metres: residual of the plane through a roof's points around a cell
SPLIT_SHARE = 0.15  # of the high points around a cell, those with further returns below
OPEN_SHARE = 0.5  # of all points around a cell, those near the ground
ROUGHEST = 1.0  # metres: the same residual at ridges, steps and dormers
HALO_CELLS = 16
_GROWTH, _RIM = 3, 2  # cells by which sure roofs grow over such places, then over mixed cells at the rim
_FEWEST_PLANE_POINTS = 6
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class MaskJob:
    """One tile of a plan, and the frame of the whole mask."""

    plan: Plan
    tile: TileKey
    frame: Frame


def detection_cell(density: float) -> float:
    """Cell (m) in which buildings are sought: some three points a cell, half a metre at the finest."""
    return next((cell for cell in (0.5, 1.0) if density * cell * cell >= 2.0), 2.0)


def mask_tile(job: MaskJob, task: Task) -> np.ndarray:
    """uint8 (rows, columns) of the tile's cells: 0 nothing, 1 building, 2 building with a sure roof."""
    plan, frame = job.plan, job.plan.tile_frame(job.tile, job.frame.cell)
    around = frame.grown(HALO_CELLS)
    points, labels = plan.read_labelled(around.bounds)
    points, labels = points[labels != NOISE], labels[labels != NOISE]
    task.check()
    row, column, inside = around.locate(points["x"], points["y"])
    points, labels, cell = points[inside], labels[inside], (row * around.shape[1] + column)[inside]
    if plan.has_buildings:
        mask = _filed(points, labels, cell, around)
    else:
        terrain = plan.window("terrain", grown(around.bounds, around.cell))
        above = points["z"] - terrain.sample(points["x"], points["y"])
        mask = _found(points, above, cell, around, task)
    return mask[frame.within(around)]


def _filed(points: np.ndarray, labels: np.ndarray, cell: np.ndarray, frame: Frame) -> np.ndarray:
    """Cells in which points of class 6 prevail over ground points; single gaps closed, thin parts cut off."""
    building = _count(points["classification"] == BUILDING_CLASS, cell, frame)
    ground = _count(labels == GROUND, cell, frame)
    held = ((building > 0) & (building >= ground)).astype(np.uint8)
    solid = _opened(cv2.morphologyEx(held, cv2.MORPH_CLOSE, _SQUARE))
    return (solid * 2).astype(np.uint8)


def _found(points: np.ndarray, above: np.ndarray, cell: np.ndarray, frame: Frame, task: Task) -> np.ndarray:
    """Cells of roofs: even and closed ones are sure; high, closed cells beside these join them."""
    high = above > LOWEST_OBJECT
    last = points["return_number"] >= points["number_of_returns"]
    high_count, split = _count(high, cell, frame), _count(high & ~last, cell, frame)
    low_count = _count(above <= LOWEST_OBJECT, cell, frame)
    task.check()
    roof = high & last & (points["number_of_returns"] <= 1)
    uneven = _best_window(plane_residual(points["x"][roof], points["y"][roof], points["z"][roof], cell[roof], frame))
    task.check()
    around_high, around_split, around_low = (_around(values) for values in (high_count, split, low_count))
    with np.errstate(invalid="ignore", divide="ignore"):
        closed = (around_split < SPLIT_SHARE * around_high) & (around_low < OPEN_SHARE * (around_low + around_high))
        passable = (split <= 0.5 * high_count) & (high_count > low_count)
    sure = _opened((closed & (uneven < EVENNESS) & (high_count > 0)).astype(np.uint8))
    joined = sure.copy()
    for step in range(_GROWTH + _RIM):
        open_cells = closed & (uneven < ROUGHEST) if step < _GROWTH else passable
        joined = np.where(open_cells & (high_count > 0), cv2.dilate(joined, _SQUARE), joined).astype(np.uint8)
    solid = _opened(cv2.morphologyEx(joined, cv2.MORPH_CLOSE, _SQUARE))
    return (solid + (solid & sure)).astype(np.uint8)


def plane_residual(x: np.ndarray, y: np.ndarray, z: np.ndarray, cell: np.ndarray, frame: Frame) -> np.ndarray:
    """RMS residual (m) of the plane through the points in 3 × 3 cells around each; infinite for few points.

    `cell`: flat index of each point's cell in `frame`.
    """
    x, y = x - (frame.left + frame.right) * frame.cell / 2, y - (frame.bottom + frame.top) * frame.cell / 2
    z = z - (z.mean() if len(z) else 0.0)
    n, sx, sy, sz, xx, xy, yy, xz, yz, zz = (
        _around(np.bincount(cell, weights=values, minlength=frame.shape[0] * frame.shape[1]).reshape(frame.shape))
        for values in (np.ones(len(x)), x, y, z, x * x, x * y, y * y, x * z, y * z, z * z)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        mx, my, mz = sx / n, sy / n, sz / n
        xx, xy, yy = xx / n - mx * mx, xy / n - mx * my, yy / n - my * my
        xz, yz, zz = xz / n - mx * mz, yz / n - my * mz, zz / n - mz * mz
        determinant = xx * yy - xy * xy
        across = (xz * yy - yz * xy) / determinant
        along = (yz * xx - xz * xy) / determinant
        variance = np.maximum(zz - across * xz - along * yz, 0.0) * n / (n - 3)
    usable = (n >= _FEWEST_PLANE_POINTS) & (determinant > 1e-4 * frame.cell**4)
    return np.where(usable, np.sqrt(np.where(usable, variance, 0.0)), np.inf)


def _best_window(residual: np.ndarray) -> np.ndarray:
    """The least residual of the windows that hold a cell: beside a ridge, one of them lies on one side of the roof."""
    finite = np.where(np.isfinite(residual), residual, np.finfo(np.float32).max)
    least = cv2.erode(finite.astype(np.float32), _SQUARE).astype(float)
    return np.where(least < np.finfo(np.float32).max, least, np.inf)


def _count(chosen: np.ndarray, cell: np.ndarray, frame: Frame) -> np.ndarray:
    return np.bincount(cell[chosen], minlength=frame.shape[0] * frame.shape[1]).reshape(frame.shape).astype(float)


def _around(values: np.ndarray) -> np.ndarray:
    """Sums over 3 × 3 cells."""
    return cv2.boxFilter(values, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)


def _opened(mask: np.ndarray) -> np.ndarray:
    """Without parts narrower than three cells."""
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SQUARE)


def without_small_holes(mask: np.ndarray, cells: float) -> np.ndarray:
    """`mask` (bool) with enclosed holes of fewer than `cells` cells filled."""
    labels, count = ndimage.label(~np.pad(mask, 1, constant_values=False))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    small = sizes < cells
    small[0] = False
    small[labels[0, 0]] = False
    return (np.pad(mask, 1, constant_values=False) | small[labels])[1:-1, 1:-1]
