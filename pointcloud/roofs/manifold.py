"""Planes of cells changed where two high roofs would touch only along an upright edge."""

from __future__ import annotations

import numpy as np
import shapely

from pointcloud.solids.extrusion import Plan

_SAME = 0.003  # metres
_MOST_CHANGES = 20


def without_pinches(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The planes of the cells with the cheapest changes after which no corner has high, low, high, low around it."""
    plane = plane.copy()
    for _ in range(_MOST_CHANGES):
        around = _pinched(cells, plane, planes)
        if not around:
            break
        changes = [
            (float(costs[cell, other] - costs[cell, plane[cell]]), cell, int(other))
            for cell in around
            for other in np.unique(plane[around])
            if other != plane[cell]
        ]
        _, cell, other = min(changes)
        plane[cell] = other
    return plane


def _pinched(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray) -> list[int]:
    """The cells around the first corner with such a pinch, or none."""
    plan = Plan(cells, plane, planes)
    around: dict[int, list[int]] = {}
    for cell, rings in enumerate(plan.rings):
        for ring in rings:
            for corner in ring:
                around.setdefault(corner, []).append(cell)
    middles = shapely.get_coordinates(shapely.point_on_surface(cells))
    for corner, own in sorted(around.items()):
        if len(own) < 4:
            continue
        angle = [_direction(plan, cell, corner, middles[cell]) for cell in own]
        turned = [cell for _, cell in sorted(zip(angle, own))]
        heights = np.array([plan.height(cell, corner) for cell in turned])
        for level in np.unique(heights)[:-1] + _SAME:
            high = heights > level
            if np.count_nonzero(high != np.roll(high, 1)) > 2:
                return turned
    return []


def _direction(plan: Plan, cell: int, corner: int, middle: np.ndarray) -> float:
    """The direction in which a cell lies from one of its corners: half way between its two edges there."""
    for ring in plan.rings[cell]:
        if corner in ring:
            at = ring.index(corner)
            here = plan.corners[corner]
            after = plan.corners[ring[(at + 1) % len(ring)]] - here
            return float(np.arctan2(after[1], after[0]))
    return float(np.arctan2(*(middle - plan.corners[corner])[::-1]))
