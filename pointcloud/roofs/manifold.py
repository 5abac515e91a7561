"""Planes of cells changed where two high roofs would touch only along an upright edge."""

from __future__ import annotations

import numpy as np

from pointcloud.solids.extrusion import Plan

_SAME = 0.0015  # metres
_OUTSIDE = -1
_MOST_CHANGES = 50


def without_pinches(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The planes of the cells with the cheapest changes after which no corner has high, low, high, low around it."""
    plane = plane.copy()
    had = set()  # what was changed once is not changed back
    for _ in range(_MOST_CHANGES):
        around = _pinched(cells, plane, planes)
        if not around:
            break
        changes = [
            (float(costs[cell, other] - costs[cell, plane[cell]]), cell, int(other))
            for cell in around
            for other in np.unique(plane[around])
            if other != plane[cell] and (cell, int(other)) not in had
        ]
        if not changes:
            break
        _, cell, other = min(changes)
        had.add((cell, int(plane[cell])))
        plane[cell] = other
    return plane


def _pinched(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray) -> list[int]:
    """The cells around the first corner with such a pinch, or none."""
    plan = Plan(cells, plane, planes)
    cells_of = plan.edge_cells()
    around: dict[int, list[tuple[int, int]]] = {}  # corner → (next corner, cell on the left of the way there)
    for (start, end), cell in cells_of.items():
        around.setdefault(start, []).append((end, cell))
        if (end, start) not in cells_of:
            around.setdefault(end, []).append((start, _OUTSIDE))
    for corner, fan in sorted(around.items()):
        if len(fan) < 4:
            continue
        away = plan.corners[[end for end, _ in fan]] - plan.corners[corner]
        turned = [fan[index][1] for index in np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable")]
        heights = np.array([-np.inf if cell == _OUTSIDE else plan.height(cell, corner) for cell in turned])
        for level in np.unique(heights)[:-1] + _SAME:
            high = heights > level
            if np.count_nonzero(high != np.roll(high, 1)) > 2:
                return [cell for cell in turned if cell != _OUTSIDE]
    return []
