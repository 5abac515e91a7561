"""How far points are from a model: roofs over cells, and upright walls between them."""

from __future__ import annotations

import numpy as np
import shapely

from pointcloud.roofs.partition import owners

UNEXPLAINED = 0.5  # metres: points further from the model are not explained by it
_BLOCK = 2_000_000


def heights(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The roof's height (m) over places (n, 2); NaN outside the cells."""
    cell = owners(cells, places)
    a, b, c = planes[plane[cell]].T
    return np.where(cell >= 0, a * places[:, 0] + b * places[:, 1] + c, np.nan)


def distances(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray, base: float, points: np.ndarray) -> np.ndarray:
    """Distance (m) of points (n, 3) inside the footprint from the roof over them or from the nearest wall."""
    cell = owners(cells, points[:, :2])
    inside = cell >= 0
    a, b, c = planes[plane[np.where(inside, cell, 0)]].T
    upright = np.abs(points[:, 2] - (a * points[:, 0] + b * points[:, 1] + c)) / np.sqrt(1 + a * a + b * b)
    result = np.where(inside, upright, np.inf)
    starts, ends, low, high = _walls(cells, plane, planes, base)
    far = np.flatnonzero(result > 0.05)
    step = max(1, _BLOCK // max(len(starts), 1))
    for begin in range(0, len(far), step):
        chosen = far[begin : begin + step]
        result[chosen] = np.minimum(result[chosen], _from_walls(points[chosen], starts, ends, low, high))
    return result


def _walls(
    cells: np.ndarray, plane: np.ndarray, planes: np.ndarray, base: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ends (m, 2) of the plan's edges, and the lower and upper heights (m, 2) there of what differs beside them."""
    rings, owner = shapely.get_rings(cells, return_index=True)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    same = np.flatnonzero(np.diff(ring) == 0)
    start, end, cell = places[same], places[same + 1], owner[ring[same]]
    forward = start[:, 0] * 1e7 + start[:, 1] < end[:, 0] * 1e7 + end[:, 1]
    one, other = np.where(forward[:, None], start, end), np.where(forward[:, None], end, start)
    keys, number = np.unique(np.hstack([one, other]), axis=0, return_inverse=True)
    number = number.ravel()
    first = np.full(len(keys), -1)
    second = np.full(len(keys), -1)
    first[number] = cell
    order = np.arange(len(number) - 1, -1, -1)
    second[number[order]] = cell[order]
    ends = keys.reshape(-1, 2, 2)
    tops = [_at(ends, planes[plane[side]]) for side in (first, second)]
    tops[1] = np.where((first == second)[:, None], base, tops[1])
    low, high = np.minimum(*tops), np.maximum(*tops)
    standing = (high - low).max(axis=1) > 1e-3
    return ends[standing, 0], ends[standing, 1], low[standing], high[standing]


def _at(ends: np.ndarray, planes: np.ndarray) -> np.ndarray:
    return ends[:, :, 0] * planes[:, :1] + ends[:, :, 1] * planes[:, 1:2] + planes[:, 2:]


def _from_walls(
    points: np.ndarray, starts: np.ndarray, ends: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Distance to the nearest wall; a wall is as high at each place as its two ends say."""
    if not len(starts):
        return np.full(len(points), np.inf)
    along = ends - starts
    to = points[:, None, :2] - starts
    share = np.clip((to * along).sum(axis=2) / np.maximum((along * along).sum(axis=1), 1e-12), 0.0, 1.0)
    beside = np.hypot(*np.moveaxis(to - share[:, :, None] * along, 2, 0))
    bottom, top = (side[:, 0] + share * (side[:, 1] - side[:, 0]) for side in (low, high))
    z = points[:, None, 2]
    above = np.maximum(np.maximum(bottom - z, z - top), 0.0)
    return np.hypot(beside, above).min(axis=1)
