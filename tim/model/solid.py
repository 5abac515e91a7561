"""Block solids (LoD1) as face lists, and the rules a solid must keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely

GROUND, WALL, ROOF = "GroundSurface", "WallSurface", "RoofSurface"
_PLANE_TOLERANCE = 0.001  # metres
_PINCH = 0.002  # metres

Ring = np.ndarray  # (n, 3), closed rings without the repeated point


@dataclass(frozen=True)
class Face:
    """A planar face: outer ring first (counter-clockwise seen from outside), then holes (clockwise)."""

    rings: tuple[Ring, ...]
    kind: str = WALL


def block(footprint: shapely.Polygon, bottom: float, top: float) -> list[Face]:
    """The closed, outward-oriented block over a valid polygon, holes included, between two heights in metres."""
    polygon = shapely.orient_polygons(shapely.force_2d(footprint))
    rings = [np.asarray(ring.coords)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
    roof = Face(tuple(_at(ring, top) for ring in rings), ROOF)
    ground = Face(tuple(_at(ring[::-1], bottom) for ring in rings), GROUND)
    walls = [
        Face((np.array([(*a, bottom), (*b, bottom), (*b, top), (*a, top)]),), WALL)
        for ring in rings
        for a, b in zip(ring, np.roll(ring, -1, axis=0))
    ]
    return [ground, *walls, roof]


def blocks(footprint: shapely.Geometry, bottom: float, top: float) -> list[list[Face]]:
    """One sound block for each part of a valid footprint.

    A ring that touches another ring of its polygon in a point would give a wall edge that four walls share; such a
    part is widened by 2 mm, which takes the rings apart.
    """
    result = []
    for part in shapely.get_parts(footprint):
        corners = [tuple(place) for ring in shapely.get_rings(part) for place in shapely.get_coordinates(ring)[:-1]]
        if len(set(corners)) < len(corners):
            widened = shapely.buffer(part, _PINCH, join_style="mitre")
            result += [block(piece, bottom, top) for piece in shapely.get_parts(widened)]
        else:
            result.append(block(part, bottom, top))
    return result


def to_geometry(faces: list[Face]) -> shapely.MultiPolygon:
    """The faces as a MultiPolygon Z, one polygon each."""
    return shapely.MultiPolygon([shapely.Polygon(face.rings[0], face.rings[1:]) for face in faces])


def from_geometry(geometry: shapely.Geometry) -> list[Face]:
    """The faces of a MultiPolygon Z; their kind is told from the normal: down ground, up roof, else wall."""
    faces = []
    for polygon in shapely.get_parts(geometry):
        rings = tuple(shapely.get_coordinates(ring, include_z=True)[:-1] for ring in shapely.get_rings(polygon))
        if not rings:
            continue
        up = normal(rings[0])[2]
        faces.append(Face(rings, ROOF if up > 0.5 else GROUND if up < -0.5 else WALL))
    return faces


def normal(ring: Ring) -> np.ndarray:
    """The unit normal of a ring by Newell's method; zero for a ring without area."""
    vector = _area_vector(ring)
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector


def volume(faces: list[Face]) -> float:
    """The signed volume in m³ of planar faces (divergence theorem); positive when they look outward."""
    origin = faces[0].rings[0][0]
    return sum(float((ring[0] - origin) @ _area_vector(ring)) for face in faces for ring in face.rings) / 3


def _area_vector(ring: Ring) -> np.ndarray:
    """The normal of a ring, as long as its area. Plain numbers: for short rings arrays cost more than they save."""
    points = (ring - ring[0]).tolist()
    x = y = z = 0.0
    for (ax, ay, az), (bx, by, bz) in zip(points, points[1:] + points[:1]):
        x += ay * bz - az * by
        y += az * bx - ax * bz
        z += ax * by - ay * bx
    return np.array([x / 2, y / 2, z / 2])


def problems(faces: list[Face]) -> list[tuple[str, str]]:
    """What is wrong with a solid, as (code, Chinese sentence); empty when it is sound.

    Checked: at least four faces; each edge used exactly once in each direction (closed, consistently oriented);
    every face planar within 1 mm and not degenerate; the volume positive (faces look outward).
    """
    found: list[tuple[str, str]] = []
    if len(faces) < 4:
        return [("solid_too_few_faces", f"三维体只有 {len(faces)} 个面")]
    directed = Counter(edge for face in faces for edge in _edges(face))
    if any(count > 1 for count in directed.values()):
        found.append(("solid_edge_repeated", "三维体有边被同向使用多次，面的朝向不一致或面重叠"))
    open_edges = sum(1 for start, end in directed if (end, start) not in directed)
    if open_edges:
        found.append(("solid_not_closed", f"三维体不闭合：{open_edges} 条边只属于一个面"))
    crooked = sum(not _is_planar(face) for face in faces)
    if crooked:
        found.append(("solid_not_planar", f"三维体有 {crooked} 个面不是平面或没有面积"))
    if not found and volume(faces) <= 0:
        found.append(("solid_inside_out", "三维体体积不为正：面的朝向向内"))
    return found


def _at(ring: np.ndarray, height: float) -> Ring:
    return np.column_stack([ring, np.full(len(ring), height)])


def _edges(face: Face) -> list[tuple[tuple, tuple]]:
    edges = []
    for ring in face.rings:
        points = [tuple(point) for point in ring.tolist()]
        edges += list(zip(points, points[1:] + points[:1]))
    return edges


def _is_planar(face: Face) -> bool:
    up = normal(face.rings[0])
    if not up.any():
        return False
    return all(np.abs((ring - face.rings[0][0]) @ up).max() <= _PLANE_TOLERANCE for ring in face.rings)
