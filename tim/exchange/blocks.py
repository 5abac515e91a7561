"""Buildings seen from afar: upright blocks."""

from __future__ import annotations

import numpy as np
import shapely

_QUADS = ((0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7))  # nobody sees the bottom


def block(corners: np.ndarray) -> np.ndarray:
    """Triangles (10, 3, 3) of the least upright block around `corners` (n, 3, 3); none for what has no extent."""
    points = corners.reshape(-1, 3)
    area = shapely.oriented_envelope(shapely.multipoints(points[:, :2]))
    low, high = points[:, 2].min(), points[:, 2].max()
    if area.geom_type != "Polygon" or not area.area > 0 or high <= low:
        return np.empty((0, 3, 3))
    ring = shapely.get_coordinates(shapely.orient_polygons(area))[:4]
    eight = np.concatenate([np.column_stack([ring, np.full(4, z)]) for z in (low, high)])
    return np.array([eight[[a, b, c]] for one in _QUADS for a, b, c in (one[:3], (one[0], one[2], one[3]))])
