"""Repairs of geometries that are safe: nothing moves more than a millimetre, no surface with an area is lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyproj
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pointcloud.solids.check import SNAP
from pointcloud.solids.faces import Face, area_vector, volume
from tim.exchange.city.objects import Geometry, Surface, TexturePart
from tim.exchange.triangles import surface_indices
from tim.validity.check import Finding, check_geometry, in_metres

_NO_AREA = 1e-9  # m²
_NOT_PLANAR = 203


def repair_geometry(geometry: Geometry, crs: pyproj.CRS | None) -> tuple[Geometry, list[Finding]]:
    """A sounder geometry and what is left wrong with it; the same geometry when nothing safe helps.

    Done: points within 1 mm put on one place, repeated points and surfaces without area removed, holes turned,
    surfaces turned so that a shell looks outward, surfaces that are not planar divided into triangles.
    """
    before = check_geometry(geometry, crs)
    if not before:
        return geometry, []
    metric = _metric(geometry, crs)
    made = _without_repeats(_snapped(geometry, metric))
    if not made.surfaces or (made.is_solid and not all(count for solid in made.shells for count in solid)):
        return geometry, before
    made = _holes_turned(made, crs)
    if made.is_solid:
        made = _oriented(made, crs)
    bent = [place for finding in check_geometry(made, crs) if finding.code == _NOT_PLANAR for place in finding.surfaces]
    made = _in_triangles(made, bent)
    after = check_geometry(made, crs)
    better = {finding.code for finding in after} < {finding.code for finding in before} or _faults(after) < _faults(
        before
    )
    return (made, after) if better else (geometry, before)


def _faults(findings: Sequence[Finding]) -> int:
    return sum(max(1, len(finding.surfaces)) for finding in findings)


def _metric(geometry: Geometry, crs: pyproj.CRS | None) -> np.ndarray:
    """All corners in metres, in the order of the rings."""
    local = in_metres(geometry, crs)
    return np.concatenate([ring for surface in local.surfaces for ring in surface])


def _snapped(geometry: Geometry, metric: np.ndarray) -> Geometry:
    """Corners within 1 mm of each other on the place of the first of them."""
    places, number = np.unique(metric, axis=0, return_inverse=True)
    pairs = cKDTree(places).query_pairs(SNAP, output_type="ndarray")
    group = np.arange(len(places))
    if len(pairs):
        graph = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places),) * 2)
        group = connected_components(graph, directed=False)[1]
    owner = group[number.ravel()]
    _, first = np.unique(owner, return_index=True)
    corners = np.concatenate([ring for surface in geometry.surfaces for ring in surface])
    moved = corners[first[owner]] if len(first) else corners
    surfaces, start = [], 0
    for surface in geometry.surfaces:
        rings = []
        for ring in surface:
            rings.append(moved[start : start + len(ring)])
            start += len(ring)
        surfaces.append(tuple(rings))
    return replace(geometry, surfaces=surfaces)


def _without_repeats(geometry: Geometry) -> Geometry:
    """Repeated neighbours, spikes and surfaces without area removed, textures and semantics with them."""
    kept, surfaces, masks = [], [], []
    for place, surface in enumerate(geometry.surfaces):
        rings = [(ring[mask], mask) for ring in surface if (mask := _corners_kept(ring)).sum() >= 3]
        whole = _corners_kept(surface[0]).sum() >= 3 and np.linalg.norm(area_vector(surface[0])) > _NO_AREA
        if whole:
            kept.append(place)
            surfaces.append(tuple(ring for ring, _ in rings))
            masks.append([mask for _, mask in rings])
    shells, start = [], 0
    left = set(kept)
    for solid in geometry.shells:
        counts = []
        for count in solid:
            counts.append(sum(place in left for place in range(start, start + count)))
            start += count
        shells.append(counts)
    return replace(
        geometry,
        surfaces=surfaces,
        shells=shells,
        role=[geometry.role[place] for place in kept] if geometry.role else [],
        materials={theme: [numbers[place] for place in kept] for theme, numbers in geometry.materials.items()},
        textures={
            theme: [_texture(parts[place], mask) for place, mask in zip(kept, masks)]
            for theme, parts in geometry.textures.items()
        },
    )


def _texture(part: TexturePart | None, masks: list[np.ndarray]) -> TexturePart | None:
    if part is None or len(part.rings) != len(masks):
        return None
    return TexturePart(part.texture, tuple(ring[mask] for ring, mask in zip(part.rings, masks)))


def _corners_kept(ring: np.ndarray) -> np.ndarray:
    """Which corners of a ring differ from the one before."""
    return (ring != np.roll(ring, 1, axis=0)).any(axis=1)


def _in_triangles(geometry: Geometry, places: Sequence[int]) -> Geometry:
    """Some surfaces as triangles over their own corners; each keeps semantics, material and texture of its surface."""
    chosen = set(places)
    pieces = [surface_indices(s) if n in chosen else None for n, s in enumerate(geometry.surfaces)]
    if not any(piece is not None and len(piece) for piece in pieces):
        return geometry
    owner: list[int] = []
    surfaces: list[Surface] = []
    for place, (surface, piece) in enumerate(zip(geometry.surfaces, pieces)):
        corners = np.concatenate(surface)
        parts = [surface] if piece is None or not len(piece) else [(corners[triangle],) for triangle in piece]
        surfaces += parts
        owner += [place] * len(parts)
    counts = np.bincount(owner, minlength=len(pieces))
    shells, start = [], 0
    for solid in geometry.shells:
        made = []
        for count in solid:
            made.append(int(counts[start : start + count].sum()))
            start += count
        shells.append(made)
    textures = {}
    for theme, parts_of in geometry.textures.items():
        own: list[TexturePart | None] = []
        for part, piece in zip(parts_of, pieces):
            if piece is None or not len(piece):
                own.append(part)
            elif part is None:
                own += [None] * len(piece)
            else:
                corners = np.concatenate(part.rings)
                own += [TexturePart(part.texture, (corners[triangle],)) for triangle in piece]
        textures[theme] = own
    return replace(
        geometry,
        surfaces=surfaces,
        shells=shells,
        role=[geometry.role[place] for place in owner] if geometry.role else [],
        materials={theme: [numbers[place] for place in owner] for theme, numbers in geometry.materials.items()},
        textures=textures,
    )


def _holes_turned(geometry: Geometry, crs: pyproj.CRS | None) -> Geometry:
    """Holes run against their outer ring."""
    local = in_metres(geometry, crs)
    result = geometry
    for place, surface in enumerate(local.surfaces):
        outer = np.array(area_vector(surface[0]))
        wrong = [n for n, ring in enumerate(surface) if n and np.dot(area_vector(ring), outer) > 0]
        if wrong:
            result = _turned(result, place, wrong)
    return result


def _oriented(geometry: Geometry, crs: pyproj.CRS | None) -> Geometry:
    """Surfaces of each shell agree with their neighbours; outer shells look outward, inner ones inward."""
    result, start = geometry, 0
    for solid in geometry.shells:
        for number, count in enumerate(solid):
            local = in_metres(result, crs).surfaces[start : start + count]
            turned = _disagreeing(local)
            faces = [Face(_reversed(s) if n in turned else s) for n, s in enumerate(local)]
            if faces and (volume(faces) > 0) == (number > 0):
                turned = set(range(count)) - turned
            for place in turned:
                result = _turned(result, start + place, range(len(result.surfaces[start + place])))
            start += count
    return result


def _disagreeing(surfaces: Sequence[Surface]) -> set[int]:
    """The surfaces to turn so that neighbours use their common edge in opposite directions (first one kept)."""
    edges: dict[tuple, list[tuple[int, bool]]] = {}
    for place, surface in enumerate(surfaces):
        for ring in surface:
            points = [tuple(point) for point in ring.tolist()]
            for a, b in zip(points, points[1:] + points[:1]):
                edges.setdefault((min(a, b), max(a, b)), []).append((place, a < b))
    beside: dict[int, list[tuple[int, bool]]] = {}
    for uses in edges.values():
        if len(uses) == 2 and uses[0][0] != uses[1][0]:
            same = uses[0][1] == uses[1][1]
            beside.setdefault(uses[0][0], []).append((uses[1][0], same))
            beside.setdefault(uses[1][0], []).append((uses[0][0], same))
    turn: dict[int, bool] = {}
    for first in range(len(surfaces)):
        if first in turn:
            continue
        turn[first], waiting = False, deque([first])
        while waiting:
            here = waiting.popleft()
            for other, same in beside.get(here, []):
                if other not in turn:
                    turn[other] = turn[here] ^ same
                    waiting.append(other)
    return {place for place, is_turned in turn.items() if is_turned}


def _reversed(surface: Surface) -> Surface:
    return tuple(ring[::-1] for ring in surface)


def _turned(geometry: Geometry, place: int, rings: Sequence[int]) -> Geometry:
    """Some rings of a surface run the other way, with their texture."""
    chosen = set(rings)
    surfaces = list(geometry.surfaces)
    surfaces[place] = tuple(ring[::-1] if n in chosen else ring for n, ring in enumerate(surfaces[place]))
    textures = {}
    for theme, parts in geometry.textures.items():
        own = list(parts)
        part = own[place]
        if part is not None:
            own[place] = TexturePart(
                part.texture, tuple(ring[::-1] if n in chosen else ring for n, ring in enumerate(part.rings))
            )
        textures[theme] = own
    return replace(geometry, surfaces=surfaces, textures=textures)
