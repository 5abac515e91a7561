"""Polygons and faces as triangles over their own vertices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from pointcloud.solids.faces import Face, normal


def polygon_triangles(polygon: shapely.Polygon) -> np.ndarray:
    """Corners (n, 3, 2) of triangles that fill a valid polygon, holes left open; no vertices are added."""
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(shapely.force_2d(polygon)))
    if not len(pieces):
        return np.empty((0, 3, 2))
    corners = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    clockwise = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0
    corners[clockwise] = corners[clockwise][:, ::-1]
    return corners


def face_triangles(face: Face) -> np.ndarray:
    """Corners (n, 3, 3) of a planar face, in its orientation."""
    return surface_triangles(face.rings)


def surface_triangles(rings: Sequence[np.ndarray]) -> np.ndarray:
    """Corners (n, 3, 3) of a nearly planar surface, in its orientation; none for one without area."""
    corners = np.concatenate(rings)
    return corners[surface_indices(rings)]


def surface_indices(rings: Sequence[np.ndarray]) -> np.ndarray:
    """Triangles (n, 3) of a nearly planar surface as places in its rings put one after another, in its orientation.

    A polygon that crosses itself is filled from its first corner, so that nothing is lost from view.
    """
    outer = rings[0]
    if len(rings) == 1 and len(outer) == 3:
        return np.array([[0, 1, 2]])
    direction = normal(outer)
    if not direction.any():
        return np.empty((0, 3), dtype=np.int64)
    flat = [_flattened(ring - outer[0], direction) for ring in rings]
    polygon = shapely.Polygon(flat[0], flat[1:])
    if len(rings) == 1 and _is_convex(flat[0]):
        return _fan(len(outer))
    if not shapely.is_valid(polygon):
        return _fan(len(outer))
    triangles = polygon_triangles(polygon)
    places = np.concatenate(flat)
    known = {tuple(place): index for index, place in reversed(list(enumerate(places.tolist())))}
    return np.array([[known[tuple(corner)] for corner in triangle] for triangle in triangles.tolist()]).reshape(-1, 3)


def _fan(count: int) -> np.ndarray:
    return np.array([[0, place, place + 1] for place in range(1, count - 1)]).reshape(-1, 3)


def _flattened(ring: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """A ring seen from where it runs counter-clockwise, along the axis nearest to its normal."""
    axis = int(np.abs(direction).argmax())
    kept = [(1, 2), (2, 0), (0, 1)][axis]
    flat = ring[:, kept]
    return flat if direction[axis] > 0 else flat * np.array([-1.0, 1.0])


def _is_convex(flat: np.ndarray) -> bool:
    """Whether a ring turns left at every corner, once around."""
    steps = np.roll(flat, -1, axis=0) - flat
    following = np.roll(steps, -1, axis=0)
    turns = steps[:, 0] * following[:, 1] - steps[:, 1] * following[:, 0]
    if (turns <= 0).any():
        return False
    angles = np.arctan2(turns, (steps * following).sum(axis=1))
    return bool(abs(angles.sum() - 2 * np.pi) < 1e-6)
