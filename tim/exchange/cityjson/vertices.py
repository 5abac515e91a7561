"""Shared vertices of CityJSON, and geometries as nested lists of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tim.exchange.city.objects import LINES, POINTS, Geometry, Json, Surface, TexturePart


class Vertices:
    """Shared vertices as whole numbers of the scale from a translation."""

    def __init__(self, scale: np.ndarray, translate: np.ndarray) -> None:
        self._scale, self._translate = scale, translate
        self._index: dict[tuple[int, int, int], int] = {}

    def numbers(self, points: np.ndarray) -> list[int]:
        """Numbers of points, which are added where they are new."""
        places = np.rint((points - self._translate) / self._scale).astype(np.int64)
        index = self._index
        return [index.setdefault(tuple(place), len(index)) for place in places.tolist()]

    @property
    def quantised(self) -> list[list[int]]:
        """All vertices in the order of their numbers."""
        return [list(place) for place in self._index]

    @property
    def extent(self) -> list[float] | None:
        """Lowest and highest coordinates; None without vertices."""
        if not self._index:
            return None
        places = np.array(list(self._index))
        bounds = np.concatenate([places.min(axis=0), places.max(axis=0)]) * np.tile(self._scale, 2)
        digits = max(0, int(np.ceil(-np.log10(self._scale.min()))))
        return (bounds + np.tile(self._translate, 2)).round(max(4, digits)).tolist()


class TexturePlaces:
    """Shared places in textures."""

    def __init__(self) -> None:
        self._index: dict[tuple[float, float], int] = {}

    def numbers(self, places: np.ndarray) -> list[int]:
        """Numbers of places."""
        return [self._index.setdefault((u, v), len(self._index)) for u, v in places.tolist()]

    @property
    def places(self) -> list[list[float]]:
        """All places in the order of their numbers."""
        return [list(place) for place in self._index]


def geometry_json(geometry: Geometry, vertices: Vertices, places: TexturePlaces) -> Json:
    """A geometry as CityJSON states it. Corners that rounding has put on one place count once, and a surface of
    which less than a triangle is left is left out."""
    result: Json = {"type": geometry.kind}
    if geometry.lod:
        result["lod"] = geometry.lod
    if geometry.kind == POINTS:
        result["boundaries"] = vertices.numbers(geometry.surfaces[0][0])
        _add_semantics(result, geometry, geometry.role)
        return result
    if geometry.kind == LINES:
        result["boundaries"] = [vertices.numbers(line) for (line,) in geometry.surfaces]
        _add_semantics(result, geometry, geometry.role)
        return result
    made = _surfaces(geometry.surfaces, vertices)
    kept = [place for place, (rings, _) in enumerate(made) if rings]
    shape = _Shape(geometry, kept)
    result["boundaries"] = shape.nested([made[place][0] for place in kept])
    if geometry.roles:
        _add_semantics(result, geometry, shape.nested([geometry.role[place] for place in kept]))
    if geometry.materials:
        result["material"] = {
            theme: {"values": shape.nested([numbers[place] for place in kept])}
            for theme, numbers in geometry.materials.items()
        }
    if geometry.textures:
        result["texture"] = {
            theme: {"values": shape.nested([_texture(parts[place], made[place], places) for place in kept])}
            for theme, parts in geometry.textures.items()
        }
    return result


def _add_semantics(result: Json, geometry: Geometry, values: Any) -> None:
    if geometry.roles:
        result["semantics"] = {"surfaces": geometry.roles, "values": values}


_Made = tuple[list[list[int]], list[list[bool]]]  # numbers of the corners of each ring, which corners were kept


def _surfaces(surfaces: Sequence[Surface], vertices: Vertices) -> list[_Made]:
    """The rings of each surface, all vertices numbered at once."""
    numbers = vertices.numbers(np.concatenate([ring for surface in surfaces for ring in surface]))
    result, start = [], 0
    for surface in surfaces:
        rings = []
        for ring in surface:
            end = start + len(ring)
            rings.append(numbers[start:end])
            start = end
        result.append(_rings(surface, rings))
    return result


def _rings(surface: Surface, numbered: list[list[int]]) -> _Made:
    numbers, masks = [], []
    for place, (ring, found) in enumerate(zip(surface, numbered)):
        kept = [one != before for one, before in zip(found, found[-1:] + found[:-1])]
        if not all(kept):
            kept = [keep or np.array_equal(ring[k], ring[k - 1]) for k, keep in enumerate(kept)]
        own = [number for number, keep in zip(found, kept) if keep]
        if len(own) < 3:
            if place == 0:
                return [], []
            continue
        numbers.append(own)
        masks.append(kept)
    return numbers, masks


def _texture(part: TexturePart | None, made: _Made, places: TexturePlaces) -> list:
    rings, masks = made
    if part is None or len(part.rings) != len(rings):
        return [[None]]
    return [[part.texture, *places.numbers(ring[mask])] for ring, mask in zip(part.rings, masks)]


class _Shape:
    """The nesting of a geometry whose surfaces at `kept` are left."""

    def __init__(self, geometry: Geometry, kept: Sequence[int]) -> None:
        self._kind = geometry.kind
        self._shells: list[list[int]] = []
        left, start = set(kept), 0
        for solid in geometry.shells:
            counts = []
            for count in solid:
                counts.append(sum(place in left for place in range(start, start + count)))
                start += count
            self._shells.append(counts)

    def nested(self, values: list) -> list:
        """Values for surfaces in the nesting of the boundaries."""
        if not self._shells:
            return values
        result, start = [], 0
        for solid in self._shells:
            shells = []
            for count in solid:
                shells.append(values[start : start + count])
                start += count
            result.append(shells)
        return result[0] if self._kind == "Solid" else result
