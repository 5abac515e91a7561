"""Block solids (LoD1), solids as geometries of a layer, and the rules a solid must keep."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import shapely

from pointcloud.solids.faces import GROUND, ROOF, WALL, Face, Ring, area_vector, normal, volume

__all__ = ["GROUND", "ROOF", "WALL", "Face", "Ring", "normal", "volume"]
_PLANE_TOLERANCE = 0.001  # metres
_PINCH = 0.002  # metres
_STEEPEST = 0.1  # upward part of the normal: roofs reach up to 84°, walls are upright


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
    return from_geometries(np.array([geometry], dtype=object))[0]


def from_geometries(geometries: np.ndarray) -> list[list[Face]]:
    """`from_geometry` of a whole layer at once; no faces where a geometry is missing or empty."""
    polygons, owner = shapely.get_parts(geometries, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    result: list[list[Face]] = [[] for _ in geometries]
    if not len(rings):
        return result
    places, ring = shapely.get_coordinates(rings, include_z=True, return_index=True)
    starts = np.flatnonzero(np.r_[True, np.diff(ring) > 0])
    ends = np.r_[starts[1:], len(places)]
    local = places - places[starts][ring]
    turns = np.cross(local, np.roll(local, -1, axis=0))  # zero where one ring ends and the next begins
    vectors = np.add.reduceat(turns, starts)
    length = np.linalg.norm(vectors, axis=1)
    up = np.divide(vectors[:, 2], length, out=np.zeros(len(length)), where=length > 0)
    parts = [places[start : end - 1] for start, end in zip(starts, ends)]
    first = np.flatnonzero(np.r_[True, np.diff(polygon) > 0])
    for begin, end in zip(first, np.r_[first[1:], len(rings)]):
        kind = ROOF if up[begin] > _STEEPEST else GROUND if up[begin] < -_STEEPEST else WALL
        result[owner[polygon[begin]]].append(Face(tuple(parts[begin:end]), kind))
    return result


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
    x, y, z = area_vector(face.rings[0])
    length = math.hypot(x, y, z)
    if length == 0:
        return False
    ax, ay, az = face.rings[0][0].tolist()
    away = (abs((px - ax) * x + (py - ay) * y + (pz - az) * z) for ring in face.rings for px, py, pz in ring.tolist())
    return max(away) <= _PLANE_TOLERANCE * length
