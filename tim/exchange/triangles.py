"""Polygons and faces as triangles over their own vertices."""

from __future__ import annotations

import numpy as np
import shapely

from tim.model.solid import Face, normal


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
    if len(face.rings) == 1 and len(face.rings[0]) <= 4:
        ring = face.rings[0]
        return np.array([[ring[0], ring[place], ring[place + 1]] for place in range(1, len(ring) - 1)])
    up = normal(face.rings[0])
    flat = polygon_triangles(shapely.Polygon(face.rings[0][:, :2], [ring[:, :2] for ring in face.rings[1:]]))
    heights = np.full((*flat.shape[:2], 1), face.rings[0][0, 2])
    triangles = np.concatenate([flat, heights], axis=2)
    return triangles if up[2] > 0 else triangles[:, ::-1]
