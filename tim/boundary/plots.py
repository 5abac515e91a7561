"""Plots of boundary files as polygons, and polygons as plots."""

from __future__ import annotations

import numpy as np
import shapely

from tim.boundary.txt import Plot


def polygon_of(plot: Plot) -> shapely.Geometry:
    """Rings to a (multi)polygon, x = east: a ring inside an odd number of others is a hole. Rings stay as they are."""
    return nested([ring[:, ::-1] for ring in plot.rings])


def nested(places: list[np.ndarray]) -> shapely.Geometry:
    """Closed rings (n×2, x = east) as a (multi)polygon, whatever their order and direction."""
    rings = [shapely.Polygon(ring) for ring in places]
    if len(rings) == 1:
        return rings[0]
    order = sorted(range(len(rings)), key=lambda index: -rings[index].area)
    shells: dict[int, list[int]] = {}
    for place, index in enumerate(order):
        point = rings[index].representative_point() if rings[index].is_valid else shapely.Point(places[index][0])
        around = [other for other in order[:place] if rings[other].is_valid and rings[other].contains(point)]
        if len(around) % 2 == 0:
            shells[index] = []
        else:
            shells[around[-1]].append(index)
    parts = [shapely.Polygon(places[shell], [places[hole] for hole in holes]) for shell, holes in shells.items()]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def rings_of(shape: shapely.Geometry, decimals: int) -> list[np.ndarray]:
    """Rings (n×2, x north, y east, closed, rounded): shells clockwise from the north-west, holes not."""
    rings = []
    for part in shapely.get_parts(shape):
        rings.append(_started(shapely.get_coordinates(part.exterior), decimals, clockwise=True))
        rings += [_started(shapely.get_coordinates(hole), decimals, clockwise=False) for hole in part.interiors]
    return rings


def _started(coordinates: np.ndarray, decimals: int, *, clockwise: bool) -> np.ndarray:
    ring = np.round(coordinates[:-1, :2], decimals)
    ring = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]  # points that rounding has made one
    if shapely.is_ccw(shapely.linearrings(np.vstack([ring, ring[:1]]))) == clockwise:
        ring = ring[::-1]
    north_west = int(np.argmax(ring[:, 1] - ring[:, 0]))
    ring = np.roll(ring, -north_west, axis=0)
    return np.vstack([ring, ring[:1]])[:, ::-1]
