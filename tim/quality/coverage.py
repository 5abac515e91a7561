"""Overlaps, gaps and coverage of polygon layers, in bulk.

Where two patches share an edge exactly, the two directed edges cancel out. Along the edges that are left, and only
there, the number of patches that cover the ground changes; so each face between them is covered by the same number of
patches everywhere, and one point in it tells how many. A clean layer leaves nothing but its outline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from pointcloud.task import Task

_CHUNK = 20_000  # shapes for each call of GEOS
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class Faces:
    """Ground that several features cover, or none: `owners[i]` are the places of those over `geometry[i]`."""

    geometry: np.ndarray
    owners: list[np.ndarray]


def valid_shapes(shapes: np.ndarray, task: Task) -> np.ndarray:
    """Which shapes are valid (missing ones are not), on all cores."""
    return np.concatenate([np.zeros(0, dtype=bool), *_each(shapely.is_valid, shapes, task)])


def faces(shapes: np.ndarray, task: Task, outside: np.ndarray | None = None) -> Faces:
    """The faces that the outline of a layer of valid polygons leaves, with the features over each.

    With `outside` (valid polygons that should be covered), their outlines take part; owners are those of `shapes`.
    Shapes of other kinds and missing ones count as nothing.
    """
    task.progress(0.0, "比对图斑边线")
    edges = _edges(shapes, 1.0)
    if outside is not None:
        edges = np.vstack([edges, _edges(outside, -1.0)])
    lines = _unmatched(edges)
    task.check()
    task.progress(0.4, "构成拓扑面")
    if not len(lines):
        return Faces(np.zeros(0, dtype=object), [])
    noded = shapely.node(shapely.multilinestrings(shapely.linestrings(lines)))
    task.check()
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    pieces = pieces[shapely.area(pieces) > 0]
    points = shapely.point_on_surface(pieces)
    task.progress(0.8, "判断覆盖次数")
    point, owner = shapely.STRtree(shapes).query(points, predicate="within")
    order = np.argsort(point, kind="stable")
    starts = np.searchsorted(point[order], np.arange(len(pieces) + 1))
    owners = [np.sort(owner[order[starts[i] : starts[i + 1]]]) for i in range(len(pieces))]
    return Faces(pieces, owners)


def _edges(shapes: np.ndarray, sign: float) -> np.ndarray:
    """Directed edges (n×5: x, y, x, y, sign) with the interior on the left; the sign is turned where ends are."""
    parts = shapely.get_parts(shapes[shapely.get_dimensions(shapes) == 2])
    parts = shapely.orient_polygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    rings = shapely.get_rings(parts)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.hstack([places[:-1][same], places[1:][same], np.full((int(same.sum()), 1), sign)])
    edges = edges[(edges[:, 0] != edges[:, 2]) | (edges[:, 1] != edges[:, 3])] + 0.0  # -0.0 is 0.0
    turned = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    edges[turned] = edges[turned][:, [2, 3, 0, 1, 4]]
    edges[turned, 4] *= -1
    return edges


def _unmatched(edges: np.ndarray) -> np.ndarray:
    """Edges (k×2×2) that no edge of the other direction cancels."""
    key = np.zeros(len(edges), dtype=np.uint64)
    for column, factor in enumerate(_MIX):
        bits = np.ascontiguousarray(edges[:, column]).view(np.uint64)
        key = (key ^ (bits + (bits >> np.uint64(29)))) * np.uint64(factor)
        key ^= key >> np.uint64(32)
    order = np.argsort(key)
    first = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]]) if len(order) else np.zeros(0, dtype=int)
    if not len(first):
        return np.zeros((0, 2, 2))
    left = np.add.reduceat(edges[order, 4], first) != 0
    return edges[order[first[left]], :4].reshape(-1, 2, 2)


def _each(function: object, shapes: np.ndarray, task: Task) -> Iterator[np.ndarray]:
    """A function of shapes over all of them in pieces, on all cores."""
    chunks = [shapes[start : start + _CHUNK] for start in range(0, len(shapes), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # GEOS works outside the interpreter's lock
        for done in pool.map(function, chunks):  # type: ignore[arg-type]
            task.check()
            yield done
