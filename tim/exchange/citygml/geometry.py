"""Geometries of GML as surfaces with coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tim.exchange.city.objects import LINES, POINTS, Geometry, Surface
from tim.exchange.citygml.xml import HREF, gml_id, local, text

_PATCHES = frozenset(
    [
        "Polygon", "PolygonPatch", "Triangle", "Rectangle",
    ]
)  # fmt: skip
_DEEPEST = 60


class BadGml(Exception):
    """What is wrong, as the end of a Chinese sentence that begins with the file."""


@dataclass
class Face:
    """A surface with the identity of its polygon and of its rings."""

    rings: Surface
    id: str | None
    ring_ids: tuple[str | None, ...]


@dataclass
class Reader:
    """Reads geometries of one object. `find`: element of an identity; `swap`: y stands before x."""

    find: Callable[[str], Any]
    swap: bool
    dimension: int = 3
    unresolved: int = 0
    srs: set[str] = field(default_factory=set)

    def faces(self, element: Any, depth: int = 0) -> list[Face]:
        """All polygons below an element, in order, references followed."""
        if depth > _DEEPEST:
            raise BadGml("的几何引用成环或嵌套太深")
        self._note_srs(element)
        name = local(element)
        if name in _PATCHES:
            return [self._polygon(element)]
        href = element.get(HREF)
        if href:
            found = self._referred(href)
            return [] if found is None else self.faces(found, depth + 1)
        result = [face for child in element if local(child) for face in self.faces(child, depth + 1)]
        if name == "OrientableSurface" and element.get("orientation") == "-":
            return [Face(tuple(ring[::-1] for ring in face.rings), face.id, face.ring_ids) for face in reversed(result)]
        return result

    def solid(self, element: Any) -> list[list[Face]]:
        """The shells of a gml:Solid, the outer one first."""
        self._note_srs(element)
        shells = []
        for name in ("exterior", "interior", "shell"):
            for child in element:
                if local(child) == name:
                    shells.append(self.faces(child))
        return [shell for shell in shells if shell]

    def solids(self, element: Any, depth: int = 0) -> list[list[list[Face]]]:
        """All solids below an element."""
        if depth > _DEEPEST:
            raise BadGml("的几何引用成环或嵌套太深")
        self._note_srs(element)
        if local(element) == "Solid":
            return [self.solid(element)]
        href = element.get(HREF)
        if href:
            found = self._referred(href)
            return [] if found is None else self.solids(found, depth + 1)
        return [solid for child in element if local(child) for solid in self.solids(child, depth + 1)]

    def lines(self, element: Any) -> list[np.ndarray]:
        """All lines below an element."""
        self._note_srs(element)
        found = [self._places(line) for line in element.iter("{*}LineString", "{*}LineStringSegment", "{*}LinearRing")]
        return [line for line in found if len(line) >= 2]

    def points(self, element: Any) -> np.ndarray:
        """All points below an element."""
        self._note_srs(element)
        found = [self._places(point) for point in element.iter("{*}Point")]
        return np.concatenate(found) if found else np.empty((0, 3))

    def _referred(self, href: str) -> Any:
        found = self.find(href.rpartition("#")[2]) if "#" in href else None
        if found is None:
            self.unresolved += 1
        return found

    def _polygon(self, element: Any) -> Face:
        outer: list[np.ndarray] = []
        inner: list[np.ndarray] = []
        outer_ids: list[str | None] = []
        inner_ids: list[str | None] = []
        for child in element:
            name = local(child)
            if name not in ("exterior", "interior", "outerBoundaryIs", "innerBoundaryIs"):
                continue
            is_outer = name in ("exterior", "outerBoundaryIs")
            for ring in child.iter("{*}LinearRing"):
                (outer if is_outer else inner).append(_opened(self._places(ring)))
                (outer_ids if is_outer else inner_ids).append(gml_id(ring))
        if len(outer) != 1:
            raise BadGml(f"的多边形 {gml_id(element) or ''} 没有外环或外环多于一个")
        return Face((outer[0], *inner), gml_id(element), (*outer_ids, *inner_ids))

    def _places(self, element: Any) -> np.ndarray:
        """Coordinates (n, 3), x = east."""
        words: list[str] = []
        dimension = self._dimension(element)
        for child in element:
            name = local(child)
            if name in ("posList", "pos"):
                dimension = self._dimension(child, dimension)
                words += text(child).split()
            elif name == "coordinates":
                words += text(child).replace(",", " ").split()
            elif name in ("pointProperty", "pointRep"):
                words += [word for pos in child.iter("{*}pos") for word in text(pos).split()]
        try:
            numbers = np.array(words, dtype=float)
        except ValueError as error:
            raise BadGml("的坐标里有不是数的文字") from error
        if len(numbers) % dimension and len(numbers) % 2 == 0 and dimension == 3:
            dimension = 2
        if len(numbers) % dimension or not np.isfinite(numbers).all():
            raise BadGml(f"有坐标个数不是 {dimension} 的倍数或不是有效数值")
        table = numbers.reshape(-1, dimension)
        if dimension == 2:
            table = np.column_stack([table, np.zeros(len(table))])
        return table[:, [1, 0, 2]] if self.swap else table

    def _dimension(self, element: Any, default: int | None = None) -> int:
        stated = element.get("srsDimension")
        if stated is None:
            return default or self.dimension
        if stated.strip() not in ("2", "3"):
            raise BadGml(f"的 srsDimension“{stated[:10]}”不是 2 或 3")
        return int(stated)

    def _note_srs(self, element: Any) -> None:
        stated = element.get("srsName")
        if stated:
            self.srs.add(stated.strip())


def _opened(ring: np.ndarray) -> np.ndarray:
    """A ring without the repeated point."""
    return ring[:-1] if len(ring) > 1 and np.array_equal(ring[0], ring[-1]) else ring


@dataclass
class Made:
    """A geometry with the faces it was made from, for semantics and textures."""

    geometry: Geometry
    faces: list[Face]


def surface_geometry(faces: list[Face], lod: str, kind: str = "MultiSurface") -> Made:
    """Faces as a geometry of surfaces."""
    return Made(Geometry(kind, lod, [face.rings for face in faces]), faces)


def solid_geometry(solids: list[list[list[Face]]], lod: str, composite: bool) -> Made:
    """Solids as one geometry."""
    faces = [face for solid in solids for shell in solid for face in shell]
    kind = "Solid" if len(solids) == 1 else "CompositeSolid" if composite else "MultiSolid"
    shells = [[len(shell) for shell in solid] for solid in solids]
    return Made(Geometry(kind, lod, [face.rings for face in faces], shells), faces)


def line_geometry(lines: list[np.ndarray], lod: str) -> Made:
    """Lines as a geometry."""
    return Made(Geometry(LINES, lod, [(line,) for line in lines]), [])


def point_geometry(places: np.ndarray, lod: str) -> Made:
    """Points as a geometry."""
    return Made(Geometry(POINTS, lod, [(places,)]), [])
