"""Surfaces of city objects as shapely geometries, footprints and heights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyproj
import shapely

from tim.exchange.city.flat import Flat, flat, surfaces_of
from tim.exchange.city.objects import LINES, POINTS, Geometry, Surface

_UPRIGHT = 0.5  # of a unit normal: steeper surfaces are walls
_SMALLEST = 1e-12  # square units: a surface that stands upright has no area seen from above


def to_shape(geometry: Geometry) -> shapely.Geometry:
    """MultiPolygon Z with one polygon per surface, MultiPoint Z or MultiLineString Z. Rings need three points."""
    if geometry.kind == POINTS:
        return shapely.multipoints(np.ascontiguousarray(geometry.surfaces[0][0]))
    if geometry.kind == LINES:
        return shapely.multilinestrings([shapely.linestrings(line[0]) for line in geometry.surfaces])
    return multipolygons([geometry.surfaces])[0]


def to_shapes(geometries: Sequence[Geometry]) -> list[shapely.Geometry]:
    """`to_shape` of many."""
    result: list[shapely.Geometry] = [None] * len(geometries)
    places = [place for place, geometry in enumerate(geometries) if geometry.kind not in (POINTS, LINES)]
    made = multipolygons([geometries[place].surfaces for place in places]) if places else ()
    for place, shape in zip(places, made):
        result[place] = shape
    return [to_shape(geometry) if shape is None else shape for geometry, shape in zip(geometries, result)]


def multipolygons(groups: Sequence[Sequence[Surface]]) -> np.ndarray:
    """For each group of surfaces a MultiPolygon Z with one polygon for each, whatever their validity."""
    return flat(groups).multipolygons() if groups else np.empty(0, dtype=object)


def from_shape(shape: shapely.Geometry, kind: str) -> list[Surface]:
    """The surfaces of what `to_shape` gave."""
    if kind == POINTS:
        return [(shapely.get_coordinates(shape, include_z=True),)]
    if kind == LINES:
        return [(shapely.get_coordinates(line, include_z=True),) for line in shapely.get_parts(shape)]
    return surfaces_of(np.array([shape], dtype=object))[0]


def from_shapes(shapes: np.ndarray, kinds: Sequence[str]) -> list[list[Surface]]:
    """`from_shape` of many."""
    solid = np.array([kind not in (POINTS, LINES) for kind in kinds], dtype=bool)
    made = iter(surfaces_of(shapes[solid]) if solid.any() else ())
    return [next(made) if own else from_shape(shape, kind) for shape, kind, own in zip(shapes, kinds, solid)]


def footprints(geometries: Sequence[Geometry]) -> np.ndarray:
    """What each geometry covers, two-dimensional; None where that is nothing.

    Of surfaces: those of the ground, else those of a solid that face down, else all.
    """
    result = np.empty(len(geometries), dtype=object)
    places = [place for place, geometry in enumerate(geometries) if geometry.kind not in (POINTS, LINES)]
    for place in set(range(len(geometries))) - set(places):
        result[place] = shapely.force_2d(to_shape(geometries[place]))
    if places:
        chosen = [geometries[place] for place in places]
        result[places] = _covered(chosen, flat([geometry.surfaces for geometry in chosen]))
    return result


def _covered(geometries: Sequence[Geometry], rings: Flat) -> np.ndarray:
    normals, plans = rings.normals(), rings.plans()
    upward = normals[:, 2]
    there = np.abs(upward) > _SMALLEST
    solid = np.repeat([geometry.is_solid for geometry in geometries], rings.surfaces)
    ground = np.concatenate([_ground(geometry) for geometry in geometries])
    result = np.empty(len(geometries), dtype=object)
    for wanted in (ground, solid & (upward < -_UPRIGHT * np.linalg.norm(normals, axis=1)), True):
        left = shapely.is_missing(result)[rings.owner]
        places = np.flatnonzero(there & wanted & left)
        areas, owner = _valid(plans[places]), rings.owner[places]
        groups, first, count = np.unique(owner, return_index=True, return_counts=True)
        single = count == 1
        result[groups[single]] = areas[first[single]]
        for group, start, many in zip(groups[~single], first[~single], count[~single]):
            result[group] = shapely.union_all(areas[start : start + many])
        result[groups] = _polygons(result[groups])
    return result


def _ground(geometry: Geometry) -> np.ndarray:
    """Which surfaces are of the ground."""
    result = np.zeros(len(geometry.surfaces), dtype=bool)
    numbers = {number for number, role in enumerate(geometry.roles) if role.get("type") == "GroundSurface"}
    if numbers:
        result[[place for place, number in enumerate(geometry.role) if number in numbers]] = True
    return result


def _valid(areas: np.ndarray) -> np.ndarray:
    wrong = ~shapely.is_valid(areas)
    if wrong.any():
        areas[wrong] = shapely.make_valid(areas[wrong])
    return areas


def _polygons(areas: np.ndarray) -> np.ndarray:
    """The polygons in each of some areas as a MultiPolygon; None where there are none."""
    parts, owner = shapely.get_parts(areas, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner]
    polygons = shapely.get_dimensions(parts) == 2
    result = np.full(len(areas), None, dtype=object)
    if polygons.any():
        shapely.multipolygons(parts[polygons], indices=owner[polygons], out=result)
    return result


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
