"""Surfaces of city objects as shapely geometries, footprints and heights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyproj
import shapely

from tim.exchange.city.objects import LINES, POINTS, Geometry, Surface

_UPRIGHT = 0.5  # of a unit normal: steeper surfaces are walls
_SMALLEST = 1e-12  # square units: a surface that stands upright has no area seen from above


def to_shape(geometry: Geometry) -> shapely.Geometry:
    """MultiPolygon Z with one polygon per surface, MultiPoint Z or MultiLineString Z. Rings need three points."""
    if geometry.kind == POINTS:
        return shapely.multipoints(np.ascontiguousarray(geometry.surfaces[0][0]))
    if geometry.kind == LINES:
        return shapely.multilinestrings([shapely.linestrings(line[0]) for line in geometry.surfaces])
    return multipolygon(geometry.surfaces)


def multipolygon(surfaces: Sequence[Surface]) -> shapely.MultiPolygon:
    """One polygon Z for each surface, in order, whatever their validity."""
    rings = [ring for surface in surfaces for ring in surface]
    coordinates = np.ascontiguousarray(np.concatenate([np.concatenate([ring, ring[:1]]) for ring in rings]))
    lengths = np.array([len(ring) + 1 for ring in rings])
    counts = np.array([len(surface) for surface in surfaces])
    offsets = (np.r_[0, lengths.cumsum()], np.r_[0, counts.cumsum()], np.array([0, len(surfaces)]))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, offsets)[0]


def from_shape(shape: shapely.Geometry, kind: str) -> list[Surface]:
    """The surfaces of what `to_shape` gave."""
    if kind == POINTS:
        return [(shapely.get_coordinates(shape, include_z=True),)]
    if kind == LINES:
        return [(shapely.get_coordinates(line, include_z=True),) for line in shapely.get_parts(shape)]
    _, coordinates, (ring_ends, polygon_ends, _) = shapely.to_ragged_array([shape], include_z=True)
    rings = [coordinates[start : end - 1] for start, end in pairwise(ring_ends)]
    return [tuple(rings[start:end]) for start, end in pairwise(polygon_ends)]


def normal(ring: np.ndarray) -> np.ndarray:
    """The normal (3,) of a ring by Newell's method, as long as twice its area."""
    local = ring - ring[0]
    return np.cross(local, np.roll(local, -1, axis=0)).sum(axis=0)


def footprint(geometry: Geometry) -> shapely.Geometry | None:
    """What a geometry covers, two-dimensional; None when that is nothing."""
    if geometry.kind in (POINTS, LINES):
        return shapely.force_2d(to_shape(geometry))
    ground = [s for place, s in enumerate(geometry.surfaces) if geometry.role_of(place) == "GroundSurface"]
    for chosen in (ground, _facing_down(geometry) if geometry.is_solid else [], geometry.surfaces):
        area = _covered(chosen)
        if area is not None:
            return area
    return None


def _facing_down(geometry: Geometry) -> list[Surface]:
    chosen = []
    for surface in geometry.surfaces:
        direction = normal(surface[0])
        if direction[2] < -_UPRIGHT * np.linalg.norm(direction):
            chosen.append(surface)
    return chosen


def _covered(surfaces: Sequence[Surface]) -> shapely.Geometry | None:
    kept = [surface for surface in surfaces if abs(normal(surface[0])[2]) > _SMALLEST]
    if not kept:
        return None
    flat = shapely.get_parts(shapely.force_2d(multipolygon(kept)))
    whole = shapely.is_valid(flat)
    flat[~whole] = shapely.make_valid(flat[~whole])
    area = flat[0] if len(flat) == 1 else shapely.union_all(flat)
    parts = shapely.get_parts(shapely.get_parts(area))
    polygons = parts[shapely.get_dimensions(parts) == 2]
    if not len(polygons):
        return None
    return shapely.multipolygons(polygons)


def heights(geometries: Sequence[Geometry]) -> tuple[float, float] | None:
    """The lowest and the highest z."""
    z = [ring[:, 2] for geometry in geometries for surface in geometry.surfaces for ring in surface]
    if not z:
        return None
    together = np.concatenate(z)
    return float(together.min()), float(together.max())


def areas_m2(shapes: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Areas in m²: of the plane, and for degrees on the ellipsoid (geodesic). NaN where there is no shape."""
    if not crs.is_geographic:
        factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
        return shapely.area(shapes) * factor**2
    geod = crs.get_geod()
    assert geod is not None
    return np.array([np.nan if s is None else abs(geod.geometry_area_perimeter(_turned(s))[0]) for s in shapes])


def _turned(shape: shapely.Geometry) -> shapely.Geometry:
    """Rings in the orientation that the geodesic sum expects: holes the other way round."""
    return shapely.orient_polygons(shape)
