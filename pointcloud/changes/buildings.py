"""What became of each building between two epochs, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from pointcloud.changes.difference import COVERAGE, RAISED, Difference
from pointcloud.changes.register import nmad
from pointcloud.tiles.grid import Frame

NEW, GONE, HIGHER, LOWER, UNCHANGED, UNKNOWN = "new", "gone", "higher", "lower", "unchanged", "unknown"
_PRESENT, _ABSENT = 0.6, 0.3  # share of the footprint that stands above ground
_SAME = 0.3  # of the smaller footprint: those of two epochs that share so much are one building
_FEWEST = 4  # cells
_RIM = 0.5  # metres left out along the walls, where cells are mixed


@dataclass(frozen=True)
class BuildingChange:
    """`change`: median difference of the roof's heights (m); `uncertainty`: of it (m, 95 %); `changed_share`: of the
    footprint, what changed by more than the threshold."""

    footprint: shapely.Geometry
    key: str | None
    state: str
    change: float | None
    uncertainty: float | None
    changed_share: float | None


def paired(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The footprints of both epochs, those that show the same building only once (as in the first)."""
    if not len(first) or not len(second):
        return np.concatenate([first, second])
    tree = shapely.STRtree(first)
    place, other = tree.query(second, predicate="intersects")
    shared = shapely.area(shapely.intersection(second[place], first[other]))
    smaller = np.minimum(shapely.area(second[place]), shapely.area(first[other]))
    return np.concatenate([first, np.delete(second, np.unique(place[shared > _SAME * smaller]))])


def compare(
    found: Difference, footprints: np.ndarray, keys: Sequence[str | None], threshold: float
) -> list[BuildingChange]:
    """The change of the building over each footprint (metres). `threshold`: smallest change of height (m)."""
    return [_compared(found, shape, key, threshold) for shape, key in zip(footprints, keys)]


def _compared(found: Difference, shape: shapely.Geometry, key: str | None, threshold: float) -> BuildingChange:
    inner = shape.buffer(-_RIM)
    part = Frame.around((inner if not inner.is_empty else shape).bounds, found.frame.cell).clipped(found.frame)
    if min(part.shape) <= 0:
        return BuildingChange(shape, key, UNKNOWN, None, None, None)
    x, y = (axis.ravel() for axis in np.meshgrid(*part.centres()))
    inside = shapely.contains_xy(inner if not inner.is_empty else shape, x, y).reshape(part.shape)
    window = part.within(found.frame)
    heights = found.height[window][inside]
    known = np.isfinite(heights)
    if known.sum() < _FEWEST or known.mean() < 0.5:
        return BuildingChange(shape, key, UNKNOWN, None, None, None)
    heights = heights[known]
    stands = [float(np.mean(above[window][inside][known] > RAISED)) for above in found.above]
    change = float(np.median(heights))
    unsure = _uncertainty(found, heights)
    limit = max(threshold, unsure)
    share = float(np.mean(np.abs(heights) > max(threshold, found.lod if np.isfinite(found.lod) else 0.0)))
    if abs(change) <= limit:
        state = UNCHANGED
    elif stands[0] < _ABSENT and stands[1] >= _PRESENT:
        state = NEW
    elif stands[0] >= _PRESENT and stands[1] < _ABSENT:
        state = GONE
    else:
        state = HIGHER if change > 0 else LOWER
    return BuildingChange(shape, key, state, change, unsure, share)


def _uncertainty(found: Difference, heights: np.ndarray) -> float:
    """95 % of the median: its standard error (1.25 σ/√n, of the roof's own spread or the stable one, if larger), and
    that of the registration."""
    spread = max(nmad(heights), found.shift.spread if np.isfinite(found.shift.spread) else 0.0)
    error = 1.2533 * spread / np.sqrt(len(heights))
    return float(COVERAGE * np.hypot(error, found.shift.errors[2]))
