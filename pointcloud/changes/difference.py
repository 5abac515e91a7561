"""The difference of two surfaces, where it is larger than the measurement can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import shapely
from scipy import ndimage

from pointcloud.buildings.outline import outline
from pointcloud.changes.register import Shift, register
from pointcloud.classes.cells import Cells
from pointcloud.plan import Plan
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame

COVERAGE = 1.96  # standard deviations of a 95 % level of detection (Lane, Westaway, Hicks 2003)
_ROUNDS = 8
_CLOSE_ENOUGH = 0.01  # metres
_SMOOTH = 0.3  # metres: largest step to a neighbour in places that can be stable
RAISED = 2.0  # metres above ground: what stands there is an object


@dataclass(frozen=True)
class Epoch:
    """One epoch: its plan with terrain and surface, and what its cells hold."""

    plan: Plan
    cells: Cells


@dataclass(frozen=True)
class Difference:
    """On `frame` (metres, rows from the north): surface of the second epoch minus the first, NaN where one is unknown.

    `above`: heights of both surfaces above their ground; `roofs`: whether both epochs have a roof there.
    `lod`: level of detection (m, 95 %) of a single cell.
    """

    frame: Frame
    height: np.ndarray
    above: tuple[np.ndarray, np.ndarray]
    roofs: tuple[np.ndarray, np.ndarray]
    shift: Shift
    lod: float


@dataclass(frozen=True)
class Patch:
    """A connected place that changed: polygon, area (m²), mean change (m), volume (m³), what is there."""

    shape: shapely.Geometry
    area: float
    mean: float
    volume: float
    kind: str


def difference(first: Epoch, second: Epoch, mode: str, task: Task) -> Difference:
    """Lay the second epoch over the first and subtract. `mode` as in `register`."""
    frame = _common(first.plan, second.plan)
    one, other = (_surfaces(epoch, frame, 0.0, 0.0) for epoch in (first, second))
    task.progress(0.4, "配准")
    shift = register(one[0], other[0], _stable(one, other), frame.cell, mode)
    for _ in range(_ROUNDS):  # noise in the slopes makes each estimate too small
        if not (shift.east or shift.north):
            break
        other = _surfaces(second, frame, shift.east, shift.north)
        more = register(one[0], other[0], _stable(one, other), frame.cell, mode)
        if not more.known:
            break
        shift = replace(more, east=shift.east + more.east, north=shift.north + more.north)
        if abs(more.east) + abs(more.north) < _CLOSE_ENOUGH:
            break
        task.check()
    if shift.east or shift.north:
        other = _surfaces(second, frame, shift.east, shift.north)
    task.progress(0.8, "求差")
    height = other[0] + shift.up - one[0]
    lod = COVERAGE * shift.spread if np.isfinite(shift.spread) else float("nan")
    above = tuple(surface - terrain for surface, terrain, _ in (one, other))
    return Difference(frame, height, above, (one[2], other[2]), shift, lod)  # type: ignore[arg-type]


def _common(first: Plan, second: Plan) -> Frame:
    cell = max(first.frame.cell, second.frame.cell)
    return Frame.around(first.frame.bounds, cell).clipped(Frame.around(second.frame.bounds, cell))


def _surfaces(epoch: Epoch, frame: Frame, east: float, north: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(surface, terrain, roofs) on a frame of the epoch moved by `east`, `north`."""
    x, y = (axis.ravel() for axis in np.meshgrid(*frame.centres()))
    x, y = x - east, y - north
    bounds = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    surface, terrain = (epoch.plan.window(name, bounds).sample(x, y) for name in ("surface", "terrain"))
    row, column, inside = epoch.cells.roof_frame.locate(x, y)
    roofs = np.zeros(len(x), bool)
    roofs[inside] = epoch.cells.roofs[row[inside], column[inside]] > 0
    return surface.reshape(frame.shape), terrain.reshape(frame.shape), roofs.reshape(frame.shape)


def _stable(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> np.ndarray:
    """Cells that are roof in both epochs or ground in both, and even there."""
    grounds = [np.abs(surface - terrain) < _SMOOTH for surface, terrain, _ in (one, other)]
    even = [_step(surface) < 2 * _SMOOTH for surface, _, _ in (one, other)]
    alike = (grounds[0] & grounds[1]) | (one[2] & other[2])
    return alike & even[0] & even[1]


def _step(surface: np.ndarray) -> np.ndarray:
    known = np.isfinite(surface)
    filled = np.where(known, surface, 0.0)
    high = ndimage.maximum_filter(np.where(known, filled, -np.inf), 3)
    low = ndimage.minimum_filter(np.where(known, filled, np.inf), 3)
    return np.where(known, high - low, np.inf)


def patches(found: Difference, threshold: float, smallest: float, task: Task) -> list[Patch]:
    """Connected changes of one direction above `threshold` m and the level of detection, of `smallest` m² or more."""
    cell = found.frame.cell
    limit = max(threshold, found.lod if np.isfinite(found.lod) else 0.0)
    result = []
    for direction in (1.0, -1.0):
        over = (np.nan_to_num(found.height * direction) > limit).astype(np.uint8)
        mask = cv2.morphologyEx(over, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        label, count = ndimage.label(mask)
        sizes = np.bincount(label.ravel(), minlength=count + 1)
        for number, window in enumerate(ndimage.find_objects(label), start=1):
            task.check()
            if sizes[number] * cell**2 >= smallest:
                result.append(_patch(found, label[window] == number, window))
    return sorted(result, key=lambda patch: -patch.area)


def _patch(found: Difference, own: np.ndarray, window: tuple[slice, slice]) -> Patch:
    frame, cell = found.frame, found.frame.cell
    rows, columns = window
    left, right = frame.left + columns.start, frame.left + columns.stop
    part = Frame(cell, left, frame.top - rows.stop, right, frame.top - rows.start)
    heights = found.height[window][own]
    area = float(own.sum()) * cell**2
    mean = float(heights.mean())
    shape = outline(own, part).simplify(cell / 2)
    return Patch(shape, area, mean, mean * area, _kind(found, own, window))


def _kind(found: Difference, own: np.ndarray, window: tuple[slice, slice]) -> str:
    """What changed: a building where half is roof in either epoch, else what stands above ground, else the ground."""
    roof = found.roofs[0][window] | found.roofs[1][window]
    if roof[own].mean() > 0.5:
        return "building"
    raised = np.fmax(found.above[0][window], found.above[1][window])[own] > RAISED
    return "object" if raised.mean() > 0.5 else "ground"
