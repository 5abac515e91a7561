"""Geometries of city objects by ISO 19107, with the error numbers of val3dity (https://val3dity.readthedocs.io/errors).

1xx rings, 2xx polygons, 3xx shells, 4xx solids of several shells, 5xx several solids. Tolerances are val3dity's
defaults: points within 1 mm are one, faces may be 1 cm off their plane.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyproj

from pointcloud.solids.check import TEXTS, Defect, defects, surface_defects
from pointcloud.solids.faces import Face, volume
from tim.exchange.city.objects import LINES, POINTS, Geometry, Surface

MORE_TEXTS = {
    401: "体的壳相交或重叠",
    402: "体有重复的壳",
    403: "内壳在外壳之外",
    405: "内壳的面朝向不对",
    502: "有重复的体",
}
_METRES_PER_DEGREE = 111_320.0  # along the equator; the tolerances need no more
_INSIDE_OUT = 307


@dataclass(frozen=True)
class Finding:
    """What is wrong: number, Chinese sentence, places of the surfaces concerned (empty: the whole geometry)."""

    code: int
    text: str
    surfaces: tuple[int, ...] = ()


def check_geometry(geometry: Geometry, crs: pyproj.CRS | None) -> list[Finding]:
    """What is wrong with a geometry; empty when it is sound. Points and lines have nothing to be wrong here."""
    if geometry.kind in (POINTS, LINES):
        return []
    local = in_metres(geometry, crs)
    if not local.is_solid:
        return [_told(defect) for defect in surface_defects(_faces(local.surfaces))]
    found, start = [], 0
    solids = local.shell_surfaces()
    for shells in solids:
        for number, shell in enumerate(shells):
            for defect in _shell_defects(shell, number > 0):
                found.append(_told(defect, start))
            start += len(shell)
        if not found and len(shells) > 1:
            found += _inner_shells(shells)
    if not found and len(solids) > 1:
        outlines = [frozenset(_corners(shells[0])) for shells in solids if shells]
        if len(set(outlines)) < len(outlines):
            found.append(Finding(502, MORE_TEXTS[502]))
    return found


def in_metres(geometry: Geometry, crs: pyproj.CRS | None) -> Geometry:
    """The geometry near its first point, degrees turned into metres, so that tolerances are lengths."""
    origin = geometry.surfaces[0][0][0].copy()
    scale = np.ones(3)
    if crs is not None and crs.is_geographic:
        scale[:2] = _METRES_PER_DEGREE
        scale[0] *= np.cos(np.radians(origin[1]))
    moved = [tuple((ring - origin) * scale for ring in surface) for surface in geometry.surfaces]
    return replace(geometry, surfaces=moved)


def _shell_defects(shell: list[Surface], inner: bool) -> list[Defect]:
    faces = _faces(shell)
    if not inner:
        return defects(faces)
    turned = [Face(tuple(ring[::-1] for ring in face.rings)) for face in faces]
    found = defects(turned)
    return [Defect(405, MORE_TEXTS[405], d.faces) if d.code == _INSIDE_OUT else d for d in found]


def _inner_shells(shells: list[list[Surface]]) -> list[Finding]:
    """Inner shells must lie in the box of the outer one, be smaller, and differ from each other."""
    boxes = [np.concatenate([ring for surface in shell for ring in surface]) for shell in shells]
    low, high = boxes[0].min(axis=0), boxes[0].max(axis=0)
    found = []
    if any((places.min(axis=0) < low).any() or (places.max(axis=0) > high).any() for places in boxes[1:]):
        found.append(Finding(403, MORE_TEXTS[403]))
    outlines = [frozenset(_corners(shell)) for shell in shells]
    if len(set(outlines)) < len(outlines):
        found.append(Finding(402, MORE_TEXTS[402]))
    elif sum(abs(volume(_faces(shell))) for shell in shells[1:]) >= abs(volume(_faces(shells[0]))):
        found.append(Finding(401, MORE_TEXTS[401]))
    return found


def _corners(shell: list[Surface]) -> list[tuple[float, ...]]:
    return [tuple(place) for surface in shell for ring in surface for place in ring.round(3).tolist()]


def _faces(surfaces: list[Surface]) -> list[Face]:
    return [Face(surface) for surface in surfaces]


def _told(defect: Defect, start: int = 0) -> Finding:
    return Finding(defect.code, TEXTS.get(defect.code, defect.text), tuple(start + place for place in defect.faces))
