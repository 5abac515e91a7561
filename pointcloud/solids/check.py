"""Soundness of solids by ISO 19107, with the error numbers of val3dity (https://val3dity.readthedocs.io/errors).

A level is looked at only when the one below has no defect: rings (1xx), then polygons (2xx), then the shell (3xx).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pointcloud.solids.crossing import crossing_faces
from pointcloud.solids.faces import Face, area_vector, volume

SNAP = 0.001  # metres: points closer than this are one (val3dity's default)
PLANARITY = 0.01  # metres: distance of a face's points from its plane (val3dity's default)
TEXTS = {
    101: "环的点少于三个",
    102: "环上有连续重复的点",
    104: "环自相交或没有面积",
    201: "面的环相交",
    202: "面有重复的环",
    203: "面不是平面",
    205: "面的内部不连通",
    206: "内环在外环之外",
    207: "内环互相套叠",
    208: "内环与外环方向相同",
    301: "面少于四个",
    302: "壳不闭合",
    303: "壳不是流形（多个面共用一条边，或只在一点相接）",
    305: "壳由几个不相连的部分组成",
    306: "壳自相交",
    307: "面的朝向不一致或朝内",
}
_REASONS = (
    ("Hole lies outside", 206),
    ("Holes are nested", 207),
    ("Interior is disconnected", 205),
    ("Duplicate", 202),
)


@dataclass(frozen=True)
class Defect:
    """What is wrong: number as in val3dity, Chinese sentence, places of the faces concerned (empty: the whole)."""

    code: int
    text: str
    faces: tuple[int, ...] = ()


def defects(
    faces: Sequence[Face], *, snap: float = SNAP, planarity: float = PLANARITY, crossing: bool = True
) -> list[Defect]:
    """What is wrong with one closed shell of `faces`, outward oriented; empty when sound. Tolerances in metres.

    `crossing`: look for faces that cross (306), which takes most of the time; extrusions cannot have any.
    """
    found: dict[int, list[int]] = {}
    for index, face in enumerate(faces):
        for code in {code for ring in face.rings for code in _ring_codes(ring, snap)}:
            found.setdefault(code, []).append(index)
    if not found:
        found = _polygon_codes(faces, planarity)
    if not found:
        found = _shell_codes(faces, snap, crossing)
    return [Defect(code, TEXTS[code], tuple(places)) for code, places in sorted(found.items())]


def surface_defects(faces: Sequence[Face], *, snap: float = SNAP, planarity: float = PLANARITY) -> list[Defect]:
    """What is wrong with single surfaces (1xx, 2xx), which need not make up a shell. Tolerances in metres."""
    found: dict[int, list[int]] = {}
    for index, face in enumerate(faces):
        for code in {code for ring in face.rings for code in _ring_codes(ring, snap)}:
            found.setdefault(code, []).append(index)
    sound = [index for index in range(len(faces)) if not any(index in places for places in found.values())]
    for code, places in _polygon_codes([faces[index] for index in sound], planarity).items():
        found.setdefault(code, []).extend(sound[place] for place in places)
    return [Defect(code, TEXTS[code], tuple(places)) for code, places in sorted(found.items())]


def _ring_codes(ring: np.ndarray, snap: float) -> list[int]:
    if len(ring) < 3:
        return [101]
    steps = np.roll(ring, -1, axis=0) - ring
    return [102] if ((steps * steps).sum(axis=1) < snap * snap).any() else []


def _polygon_codes(faces: Sequence[Face], planarity: float) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    flat: list[shapely.Polygon | None] = []
    for index, face in enumerate(faces):
        vector = np.array(area_vector(face.rings[0]))
        length = np.linalg.norm(vector)
        if length == 0:
            found.setdefault(104, []).append(index)
            flat.append(None)
            continue
        direction = vector / length
        centre = face.rings[0].mean(axis=0)
        if max(float(np.abs((ring - centre) @ direction).max()) for ring in face.rings) > planarity:
            found.setdefault(203, []).append(index)
        if any(np.dot(area_vector(hole), direction) >= 0 for hole in face.rings[1:]):
            found.setdefault(208, []).append(index)
        flat.append(shapely.Polygon(*_projected(face, direction)))
    polygons = np.array(flat, dtype=object)
    for index in np.flatnonzero(~shapely.is_missing(polygons) & ~shapely.is_valid(polygons)).tolist():
        reason = shapely.is_valid_reason(polygons[index])
        usual = 104 if _crosses_itself(faces[index], polygons[index]) else 201
        code = next((code for text, code in _REASONS if reason.startswith(text)), usual)
        found.setdefault(code, []).append(index)
    return found


def _projected(face: Face, direction: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The rings seen along the axis closest to the normal, which keeps what is valid and what is not."""
    kept = np.delete(np.arange(3), int(np.abs(direction).argmax()))
    shell, *holes = ((ring - face.rings[0][0])[:, kept] for ring in face.rings)
    return shell, holes


def _crosses_itself(face: Face, polygon: shapely.Polygon) -> bool:
    rings = [polygon.exterior, *polygon.interiors]
    return len(face.rings) == 1 or not all(shapely.is_valid(shapely.Polygon(ring)) for ring in rings)


def _shell_codes(faces: Sequence[Face], snap: float, crossing: bool) -> dict[int, list[int]]:
    if len(faces) < 4:
        return {301: []}
    rings = [ring for face in faces for ring in face.rings]
    owner = np.repeat(np.arange(len(faces)), [sum(map(len, face.rings)) for face in faces])
    vertex = _vertex_numbers(np.concatenate(rings), snap)
    ends = np.cumsum([len(ring) for ring in rings])
    following, before = np.arange(1, len(vertex) + 1), np.arange(-1, len(vertex) - 1)
    following[ends - 1], before[ends - np.array([len(ring) for ring in rings])] = (
        ends - [len(r) for r in rings],
        ends - 1,
    )
    start, end, last = vertex, vertex[following], vertex[before]
    size = int(vertex.max()) + 1
    found = _edge_codes(start, end, owner, size)
    if found:
        return found
    if _umbrellas(start, end, last, size) != len(np.unique(vertex)):
        return {303: []}
    if _components(start, end, owner, size, len(faces)) > 1:
        return {305: []}
    if volume(list(faces)) <= 0:
        return {307: []}
    crossed = crossing_faces(faces, snap) if crossing else []
    return {306: crossed} if crossed else {}


def _vertex_numbers(points: np.ndarray, snap: float) -> np.ndarray:
    """A number for each point; points within `snap` of each other share it."""
    places, number = np.unique(points, axis=0, return_inverse=True)
    pairs = cKDTree(places - places[0]).query_pairs(snap, output_type="ndarray")
    if len(pairs):
        graph = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places),) * 2)
        return connected_components(graph, directed=False)[1][number.ravel()]
    return number.ravel()


def _edge_codes(start: np.ndarray, end: np.ndarray, owner: np.ndarray, size: int) -> dict[int, list[int]]:
    """Defects told by how often each edge is used in each direction: once in both is right."""
    forward, backward = start * size + end, end * size + start
    keys, number = np.unique(np.concatenate([forward, backward]), return_inverse=True)
    count = np.bincount(number[: len(forward)], minlength=len(keys))
    same, opposite = count[number[: len(forward)]], count[number[len(forward) :]]
    wrong = {
        302: same + opposite == 1,
        303: same + opposite > 2,
        307: (same == 2) & (opposite == 0),
    }
    return {code: np.unique(owner[chosen]).tolist() for code, chosen in wrong.items() if chosen.any()}


def _umbrellas(start: np.ndarray, end: np.ndarray, last: np.ndarray, size: int) -> int:
    """The number of fans of faces around vertices; one for each vertex of a manifold."""
    leaving, arriving = start * size + end, last * size + start
    order = np.argsort(arriving)
    partner = order[np.searchsorted(arriving, end * size + start, sorter=order)]
    assert (arriving[partner] == end * size + start).all() and len(leaving) == len(partner)
    graph = sparse.coo_matrix((np.ones(len(start)), (np.arange(len(start)), partner)), shape=(len(start),) * 2)
    return int(connected_components(graph, directed=False)[0])


def _components(start: np.ndarray, end: np.ndarray, owner: np.ndarray, size: int, faces: int) -> int:
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.argsort(low * size + high, kind="stable")
    one, other = owner[order[::2]], owner[order[1::2]]
    graph = sparse.coo_matrix((np.ones(len(one)), (one, other)), shape=(faces, faces))
    return int(connected_components(graph, directed=False)[0])
