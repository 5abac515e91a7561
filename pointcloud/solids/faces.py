"""Planar faces of solids, their normals and the volume they enclose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import mul, sub

import numpy as np

GROUND, WALL, ROOF = "GroundSurface", "WallSurface", "RoofSurface"  # CityGML / CityJSON semantic surfaces

Ring = np.ndarray  # (n, 3), closed rings without the repeated point


@dataclass(frozen=True)
class Face:
    """A planar face: outer ring first (counter-clockwise seen from outside), then holes (clockwise)."""

    rings: tuple[Ring, ...]
    kind: str = WALL


def normal(ring: Ring) -> np.ndarray:
    """The unit normal of a ring by Newell's method; zero for a ring without area."""
    vector = area_vector(ring)
    length = math.hypot(*vector)
    return np.array(vector) / (length or 1.0)


def volume(faces: list[Face]) -> float:
    """The signed volume in m³ of planar faces (divergence theorem); positive when they look outward."""
    origin = faces[0].rings[0][0].tolist()
    total = 0.0
    for ring in (ring for face in faces for ring in face.rings):
        total += sum(map(mul, map(sub, ring[0].tolist(), origin), area_vector(ring)))
    return total / 3


def area_vector(ring: Ring) -> tuple[float, float, float]:
    """The normal of a ring, as long as its area. Plain numbers: for short rings arrays cost more than they save."""
    points = (ring - ring[0]).tolist()
    x = y = z = 0.0
    for (ax, ay, az), (bx, by, bz) in zip(points, points[1:] + points[:1]):
        x += ay * bz - az * by
        y += az * bx - ax * bz
        z += ax * by - ay * bx
    return x / 2, y / 2, z / 2
