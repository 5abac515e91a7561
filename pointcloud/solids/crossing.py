"""Faces of one shell that cross or overlap each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from pointcloud.solids.faces import Face, area_vector

_PARALLEL = 1e-6
_OVERLAP = 1e-4  # m²


def crossing_faces(faces: Sequence[Face], tolerance: float) -> list[int]:
    """Places of the faces that an edge or a corner of another face enters, or that lie on another face.

    A meeting within `tolerance` metres of the rim is no crossing. Faces are planar.
    """
    lows = np.array([face.rings[0].min(axis=0) for face in faces])
    highs = np.array([face.rings[0].max(axis=0) for face in faces])
    tree = shapely.STRtree(shapely.box(lows[:, 0], lows[:, 1], highs[:, 0], highs[:, 1]))
    one, other = tree.query(tree.geometries)
    near = (one != other) & (lows[one, 2] <= highs[other, 2]) & (highs[one, 2] >= lows[other, 2])
    one, other = one[near], other[near]
    order = np.argsort(one, kind="stable")
    one, other = one[order], other[order]
    bounds = np.searchsorted(one, np.arange(len(faces) + 1))
    return [
        index
        for index, face in enumerate(faces)
        if bounds[index] < bounds[index + 1]
        and _entered(face, [faces[i] for i in other[bounds[index] : bounds[index + 1]]], tolerance)
    ]


def _entered(face: Face, others: list[Face], tolerance: float) -> bool:
    origin = face.rings[0][0]
    vector = np.array(area_vector(face.rings[0]))
    normal = vector / np.linalg.norm(vector)
    drop = int(np.abs(normal).argmax())
    kept = [axis for axis in range(3) if axis != drop]
    shell, *holes = ((ring - origin)[:, kept] for ring in face.rings)
    polygon = shapely.Polygon(shell, holes)
    shapely.prepare(polygon)
    rings = [ring - origin for other in others for ring in other.rings]
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    from_plane, to_plane = starts @ normal, ends @ normal
    crossing = (from_plane * to_plane < 0) & (np.minimum(np.abs(from_plane), np.abs(to_plane)) > tolerance)
    share = from_plane[crossing] / (from_plane[crossing] - to_plane[crossing])
    through = starts[crossing] + share[:, None] * (ends - starts)[crossing]
    places = np.concatenate([through, starts[np.abs(from_plane) <= tolerance]])[:, kept]
    if len(places):
        points = shapely.points(places[shapely.contains_xy(polygon, places)])
        if len(points) and (shapely.distance(polygon.boundary, points) > tolerance).any():
            return True
    return any(_overlaps(polygon, other, normal, origin, kept, tolerance) for other in others)


def _overlaps(
    polygon: shapely.Polygon, other: Face, normal: np.ndarray, origin: np.ndarray, kept: list[int], tolerance: float
) -> bool:
    """Whether `other` lies in the same plane and covers a part of `polygon`."""
    if np.abs((other.rings[0] - origin) @ normal).max() > tolerance:
        return False
    shell, *holes = ((ring - origin)[:, kept] for ring in other.rings)
    shared = shapely.intersection(polygon, shapely.Polygon(shell, holes)).area
    return shared > _OVERLAP and shared > tolerance * polygon.length
