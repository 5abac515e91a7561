"""Overlaps, gaps and coverage of polygon layers, in bulk.

Where two patches share an edge exactly, the two directed edges cancel out. Along the edges that are left, and only
there, the number of patches that cover the ground changes; so each face between them is covered by the same number of
patches everywhere, and one point in it tells how many. A clean layer leaves nothing but its outline.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from pointcloud.task import Task

_CHUNK = 20_000  # shapes for each call of GEOS
_TRIES = 20  # points in a face until one lies on no edge
_TAKEN_OFF = np.array([1.0, 1.0, 1.0, 1.0, -1.0])
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class Faces:
    """Ground and how many features cover it: `count[i]` over all of `geometry[i]`."""

    geometry: np.ndarray
    count: np.ndarray


def valid_shapes(shapes: np.ndarray, task: Task) -> np.ndarray:
    """Which shapes are valid (missing ones are not), on all cores."""
    return np.concatenate([np.zeros(0, dtype=bool), *_each(shapely.is_valid, shapes, task)])


def outline(shapes: np.ndarray, task: Task) -> np.ndarray:
    """The edges (n×5: x, y, x, y, features on the left less those on the right) that do not cancel out.

    Of a layer of valid polygons; other shapes count as nothing. Neighbours are taken together, so that what is kept
    of a large layer is little more than its outline, and one piece at a time is held in full. The sums of two layers
    are those of both together (`joined`).
    """
    order = _near_together(shapes)
    pieces = [shapes[order[start : start + _CHUNK]] for start in range(0, len(order), _CHUNK)]
    kept = []
    for done, piece in enumerate(on_all_cores(_net_edges, pieces), 1):
        kept.append(piece)
        task.check()
        task.progress(0.4 * done / len(pieces), "比对图斑边线")
    return joined(kept)


def joined(outlines: Iterable[np.ndarray]) -> np.ndarray:
    """The outline of several layers together."""
    return _net(np.vstack([np.zeros((0, 5)), *outlines]))


def faces(shapes: np.ndarray, task: Task, outside: np.ndarray | None = None, edges: np.ndarray | None = None) -> Faces:
    """The faces that the outline of a layer of valid polygons leaves, each with the number of features over it.

    With `outside` (valid polygons), the features of that layer count less one. Shapes of other kinds and missing ones
    count as nothing. `edges`: the outline of all, where it is known.
    """
    if edges is None:
        edges = outline(shapes, task)
        if outside is not None:
            edges = joined([edges, less(outline(outside, task))])
    task.check()
    task.progress(0.4, "构成拓扑面")
    if not len(edges):
        return Faces(np.zeros(0, dtype=object), np.zeros(0, dtype=int))
    noded = shapely.node(shapely.multilinestrings(shapely.linestrings(edges[:, :4].reshape(-1, 2, 2))))
    task.check()
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    pieces = pieces[shapely.area(pieces) > 0]
    task.progress(0.8, "判断覆盖次数")
    trees = [(shapely.STRtree(shapes), 1)]
    if outside is not None:
        trees.append((shapely.STRtree(outside), -1))
    return Faces(pieces, _counts(pieces, trees))


def less(outline_of_other: np.ndarray) -> np.ndarray:
    """The outline of a layer whose features count less one."""
    return outline_of_other * _TAKEN_OFF


def shared(found: Faces, shapes: np.ndarray) -> dict[tuple[int, int], list[shapely.Geometry]]:
    """Pairs of features of the layer that cover common ground, with the pieces that they share."""
    tree = shapely.STRtree(shapes)
    pairs: dict[tuple[int, int], list[shapely.Geometry]] = {}
    for face in found.geometry[found.count > 1]:
        near = tree.query(face, predicate="intersects")
        parts = shapely.intersection(shapes[near], face)
        one, other = shapely.STRtree(parts).query(parts, predicate="intersects")
        first = one < other
        one, other = one[first], other[first]
        common = shapely.intersection(parts[one], parts[other])
        for i, j, shape in zip(near[one], near[other], common):
            if shape.area > 0:
                pairs.setdefault((int(min(i, j)), int(max(i, j))), []).append(shape)
    return pairs


def _counts(pieces: np.ndarray, trees: list[tuple[shapely.STRtree, int]]) -> np.ndarray:
    """The number of features over each face, by a point in it that lies on no feature's edge."""
    counts = np.zeros(len(pieces), dtype=int)
    todo = np.arange(len(pieces))
    points = shapely.point_on_surface(pieces)
    rng = np.random.default_rng(0)
    for _ in range(_TRIES):
        on_edge = np.zeros(len(todo), dtype=bool)
        found = np.zeros(len(todo), dtype=int)
        for tree, sign in trees:
            inside, touched = (
                np.bincount(tree.query(points, predicate=word)[0], minlength=len(todo))
                for word in ("within", "intersects")
            )
            found += sign * inside
            on_edge |= inside != touched
        counts[todo[~on_edge]] = found[~on_edge]
        todo = todo[on_edge]
        if not len(todo):
            return counts
        points = np.array([_another_point(pieces[index], rng) for index in todo], dtype=object)
    for index in todo:  # features no wider than the arithmetic: by area
        counts[index] = round(sum(sign * _covered(tree, pieces[index]) for tree, sign in trees) / pieces[index].area)
    return counts


def _another_point(face: shapely.Geometry, rng: np.random.Generator) -> shapely.Geometry:
    """A point in a face, by chance: on the longest piece of a line across it."""
    left, bottom, right, top = face.bounds
    height = bottom + (top - bottom) * rng.uniform(0.05, 0.95)
    across = shapely.get_parts(shapely.intersection(face, shapely.LineString([(left, height), (right, height)])))
    lines = across[shapely.get_type_id(across) == 1]
    if not len(lines):
        return shapely.point_on_surface(face)
    return shapely.line_interpolate_point(
        lines[np.argmax(shapely.length(lines))], rng.uniform(0.1, 0.9), normalized=True
    )


def _covered(tree: shapely.STRtree, face: shapely.Geometry) -> float:
    near = tree.geometries[tree.query(face, predicate="intersects")]
    return float(shapely.area(shapely.intersection(near, face)).sum())


def _near_together(shapes: np.ndarray) -> np.ndarray:
    """The places of polygons, near ones next to each other: strips from west to east, northwards in each."""
    places = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes))
    boxes = shapely.bounds(shapes[places])
    x, y = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    strips = max(1, round((len(places) / _CHUNK) ** 0.5))
    strip = np.empty(len(places), dtype=int)
    strip[np.argsort(x)] = np.arange(len(places)) * strips // max(len(places), 1)
    return places[np.lexsort((y, strip))]


def _net_edges(shapes: np.ndarray) -> np.ndarray:
    return _net(_edges(shapes))


def _edges(shapes: np.ndarray) -> np.ndarray:
    """Directed edges (n×5: x, y, x, y, 1) with the interior on the left; −1 where the ends are turned."""
    parts = shapely.get_parts(shapes)
    rings, part = shapely.get_rings(parts[shapely.get_type_id(parts) == 3], return_index=True)
    is_shell = np.r_[True, part[1:] != part[:-1]][: len(rings)]
    sign = np.where(shapely.is_ccw(rings) == is_shell, 1.0, -1.0)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    places += 0.0  # -0.0 is 0.0
    same = np.flatnonzero((ring[1:] == ring[:-1]) & (places[1:] != places[:-1]).any(axis=1))
    edges = np.empty((len(same), 5))
    edges[:, :2], edges[:, 2:4], edges[:, 4] = places[same], places[same + 1], sign[ring[same]]
    turned = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    edges[turned] = edges[turned][:, [2, 3, 0, 1, 4]]
    edges[turned, 4] *= -1
    return edges


def _net(edges: np.ndarray) -> np.ndarray:
    """Edges with the sum of their signs, without those that others of the other direction cancel."""
    if not len(edges):
        return np.zeros((0, 5))
    key = np.zeros(len(edges), dtype=np.uint64)
    for column, factor in enumerate(_MIX):
        bits = np.ascontiguousarray(edges[:, column]).view(np.uint64)
        key = (key ^ (bits + (bits >> np.uint64(29)))) * np.uint64(factor)
        key ^= key >> np.uint64(32)
    order = np.argsort(key)
    first = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
    group = np.repeat(first, np.diff(np.r_[first, len(order)]))
    if (edges[order, :4] != edges[order[group], :4]).any():  # two edges with one key: sort by all coordinates
        order = np.lexsort(edges[:, :4].T)
        first = np.flatnonzero(np.r_[True, (edges[order][1:, :4] != edges[order][:-1, :4]).any(axis=1)])
    total = np.add.reduceat(edges[order, 4], first)
    left = total != 0
    return np.column_stack([edges[order[first[left]], :4], total[left]])


def _each(function: Callable[[np.ndarray], np.ndarray], shapes: np.ndarray, task: Task) -> Iterator[np.ndarray]:
    """A function of shapes over all of them in pieces, on all cores."""
    chunks = [shapes[start : start + _CHUNK] for start in range(0, len(shapes), _CHUNK)]
    for done in on_all_cores(function, chunks):
        task.check()
        yield done


def on_all_cores(function: Callable[[np.ndarray], np.ndarray], pieces: list[np.ndarray]) -> Iterator[np.ndarray]:
    """A function over pieces of a layer, in their order."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # GEOS and numpy work outside the interpreter's lock
        yield from pool.map(function, pieces)
