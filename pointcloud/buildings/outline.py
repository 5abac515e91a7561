"""Polygons around groups of cells, straightened to the building's main direction."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely import affinity

from pointcloud.tiles.grid import Frame

_SAME_ENOUGH = 0.85  # intersection over union (less the cost of corners) below which straightening is given up
_COST_OF_CORNER = 0.002  # overlap that one more corner has to bring
_FINER = 2  # cells of the turned grid per cell of the mask


def outline(mask: np.ndarray, frame: Frame) -> shapely.Geometry:
    """The union of the cells that are set, with its holes."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, start = np.nonzero(edges == 1)
    _, end = np.nonzero(edges == -1)
    top = (frame.top - row) * frame.cell
    runs = shapely.box((frame.left + start) * frame.cell, top - frame.cell, (frame.left + end) * frame.cell, top)
    return shapely.union_all(runs)


def regularised(shape: shapely.Geometry, cell: float, shortest: float) -> shapely.Geometry:
    """`shape` (a polygon made of cells) with straight, perpendicular walls of at least `shortest` metres.

    Where walls do not follow two perpendicular directions, the shape is only simplified.
    """
    simple = shape.simplify(1.5 * cell)
    centre = shape.centroid
    best, best_score = None, _SAME_ENOUGH
    for angle in (main_direction(simple), longest_direction(simple), _box_direction(shape)):
        turned = affinity.rotate(shape, -math.degrees(angle), origin=centre)
        straight = affinity.rotate(straightened(turned, cell / _FINER, shortest), math.degrees(angle), origin=centre)
        score = _overlap(straight, shape) - _COST_OF_CORNER * (len(shapely.get_coordinates(straight)) - 5)
        if straight.is_valid and score > best_score:
            best, best_score = straight, score
    return best if best is not None else largest_polygon(shape.simplify(1.2 * cell).buffer(0))


def main_direction(shape: shapely.Geometry) -> float:
    """Direction (radians, 0 ≤ a < π/2) that the edges follow, along or across, weighted by their length.

    Mean of the fourfold angles, so that perpendicular edges agree (directional statistics with a period of π/2).
    """
    total = 0j
    for ring in shapely.get_rings(shape):
        steps = np.diff(shapely.get_coordinates(ring), axis=0)
        edges = steps[:, 0] + 1j * steps[:, 1]
        edges = edges[np.abs(edges) > 0]
        total += np.sum(np.abs(edges) * (edges / np.abs(edges)) ** 4)
    return (np.angle(total) / 4) % (math.pi / 2)


def longest_direction(shape: shapely.Geometry) -> float:
    """Direction (radians, 0 ≤ a < π/2) of the longest edge, along or across."""
    steps = np.diff(shapely.get_coordinates(shape.exterior), axis=0)
    across, along = steps[np.argmax(np.hypot(*steps.T))]
    return math.atan2(along, across) % (math.pi / 2)


def _box_direction(shape: shapely.Geometry) -> float:
    return longest_direction(shapely.oriented_envelope(shape))


def straightened(shape: shapely.Geometry, cell: float, shortest: float) -> shapely.Geometry:
    """`shape` with its rings drawn along the axes: rasterised to `cell`, walls shorter than `shortest` levelled out."""
    frame = Frame.around(shape.bounds, cell).grown(1)
    x, y = np.meshgrid(*frame.centres())
    shapely.prepare(shape)
    pixels = largest_polygon(outline(shapely.contains_xy(shape, x.ravel(), y.ravel()).reshape(frame.shape), frame))
    if pixels.is_empty:
        return pixels
    shell = level_short_walls(shapely.get_coordinates(pixels.exterior)[:-1], shortest)
    holes = [level_short_walls(shapely.get_coordinates(ring)[:-1], shortest) for ring in pixels.interiors]
    if len(shell) < 4:
        return shapely.Polygon()
    polygon = shapely.Polygon(shell)
    for hole in holes:
        if len(hole) >= 4:
            polygon = polygon.difference(shapely.Polygon(hole).buffer(0))
    return largest_polygon(polygon.buffer(0))


def level_short_walls(ring: np.ndarray, shortest: float) -> np.ndarray:
    """Corners (n, 2) of a ring along the axes after its short walls are gone.

    Such a ring is a cyclic list of walls, alternately upright and level, each with one coordinate; a wall's length is
    the difference of its neighbours' coordinates. Taking out the shortest wall joins its two neighbours into one at
    their mean, weighted by length, so that the area stays.
    """
    walls = _walls(ring)
    while len(walls) > 4:
        lengths = np.abs(np.roll(walls, -1) - np.roll(walls, 1))
        if lengths.min() >= shortest:
            break
        at = int(lengths.argmin())
        before, after = (at - 1) % len(walls), (at + 1) % len(walls)
        weights = lengths[[before, after]]
        weights = weights if weights.sum() > 0 else np.ones(2)
        walls[before] = np.average(walls[[before, after]], weights=weights)
        walls = np.roll(walls, -before)  # the joined wall first, then the two that go
        walls = np.delete(walls, [1, 2])
        if before % 2:
            walls = np.roll(walls, 1)  # upright walls stay at even places
    return np.stack([np.repeat(walls[::2], 2), np.roll(np.repeat(walls[1::2], 2), 1)], axis=1)


def _walls(ring: np.ndarray) -> np.ndarray:
    """Coordinates of the walls of a ring along the axes, x of an upright wall first."""
    step = np.diff(np.vstack([ring[-1], ring, ring[0]]), axis=0)
    corner = (step[:-1] * step[1:]).sum(axis=1) == 0.0  # leave out places along a wall
    ring = ring[corner]
    if ring[0, 0] != ring[1, 0]:
        ring = np.roll(ring, -1, axis=0)
    return np.where(np.arange(len(ring)) % 2 == 0, ring[:, 0], ring[:, 1])


def without_overlaps(shapes: np.ndarray) -> np.ndarray:
    """`shapes` (polygons) with what two share given to the larger one; parts cut off are dropped, some end empty."""
    areas = shapely.area(shapes)
    result = shapes.copy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    order = sorted({(a, b) for a, b in zip(one.tolist(), other.tolist()) if (areas[a], a) > (areas[b], b)})
    for larger, smaller in order:
        result[smaller] = largest_polygon(shapely.difference(result[smaller], shapes[larger]))
    return result


def largest_polygon(shape: shapely.Geometry) -> shapely.Geometry:
    """The largest polygon in any geometry; an empty polygon where there is none."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area) if parts else shapely.Polygon()


def _overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    union = one.union(other).area
    return one.intersection(other).area / union if union > 0 else 0.0
