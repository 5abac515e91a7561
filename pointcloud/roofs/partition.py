"""The cells into which lines part a footprint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from pointcloud.roofs.lines import Line

GRID = 0.001  # metres: no two corners are closer
_MOST_WHOLE = 60  # lines: so many are drawn across the whole footprint, more only some way beyond their support
_BEYOND = 10.0  # metres


def partition(footprint: shapely.Polygon, lines: Sequence[Line]) -> np.ndarray:
    """Polygons that cover the footprint, with a corner wherever three of them meet, in an order of their own."""
    west, south, east, north = footprint.bounds
    reach = east - west + north - south if len(lines) <= _MOST_WHOLE else _BEYOND
    drawn = [shapely.linestrings(line.segment(reach, reach)) for line in lines]
    inside = shapely.intersection(np.array(drawn, dtype=object), footprint) if drawn else []
    everything = shapely.union_all([shapely.boundary(footprint), *inside], grid_size=GRID)
    cells = shapely.get_parts(shapely.polygonize([everything]))
    held = shapely.contains_xy(footprint, shapely.get_coordinates(shapely.point_on_surface(cells)))
    cells = shapely.orient_polygons(cells[held])
    corners = shapely.get_coordinates(shapely.point_on_surface(cells)).round(6)
    return cells[np.lexsort((corners[:, 1], corners[:, 0]))]


def owners(cells: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The cell that holds each place (n, 2), −1 outside; the first one on a shared edge."""
    result = np.full(len(places), -1)
    place, cell = shapely.STRtree(cells).query(shapely.points(places), predicate="intersects")
    result[place[::-1]] = cell[::-1]
    return result


def shared_edges(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(pairs (m, 2) of cells, one < other; length in metres of the edge that they share)."""
    rings, cell = [], []
    for index, polygon in enumerate(cells):
        for ring in shapely.get_rings(polygon):
            places = shapely.get_coordinates(ring)
            rings.append(np.hstack([places[:-1], places[1:]]))
            cell.append(np.full(len(places) - 1, index))
    edges, owner = np.concatenate(rings), np.concatenate(cell)
    flip = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    edges[flip] = edges[flip][:, [2, 3, 0, 1]]
    kinds, kind = np.unique(edges, axis=0, return_inverse=True)
    kind = kind.ravel()
    order = np.lexsort((owner, kind))
    twice = np.flatnonzero(np.diff(kind[order]) == 0)
    one, other = owner[order[twice]], owner[order[twice + 1]]
    length = np.hypot(*(kinds[kind[order[twice]], 2:] - kinds[kind[order[twice]], :2]).T)
    pairs, number = np.unique(np.column_stack([one, other]).reshape(-1, 2), axis=0, return_inverse=True)
    return pairs, np.bincount(number.ravel(), weights=length, minlength=len(pairs))
