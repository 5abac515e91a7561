"""City objects with geometries, semantics and appearance: what all 3D formats are read into and written from.

The structure follows CityJSON 2.0 (OGC 20-072r5), which is CityGML 3.0's model without XML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj

Json = dict[str, Any]
Surface = tuple[np.ndarray, ...]  # rings (n, 3) without the repeated point, outer one first
SURFACES = ("MultiSurface", "CompositeSurface")
SOLIDS = ("Solid", "MultiSolid", "CompositeSolid")
POINTS, LINES = "MultiPoint", "MultiLineString"
KINDS = (*SURFACES, *SOLIDS, POINTS, LINES)


@dataclass
class TexturePart:
    """The texture of one surface: number of the texture in the city's appearance, and (n, 2) places for each ring."""

    texture: int
    rings: tuple[np.ndarray, ...]


@dataclass
class Geometry:
    """One geometry of an object.

    `kind`: a CityJSON type. `surfaces`: all surfaces in order (for points one "surface" with one ring of all points,
    for lines one for each line). `shells`: for solids the number of surfaces of each shell of each solid, outer shell
    first. `roles`: semantic surfaces, `role`: for each surface (line, point) the place in `roles` or None.
    `materials`: theme → for each surface the number of a material or None. `textures`: theme → likewise.
    """

    kind: str
    lod: str
    surfaces: list[Surface]
    shells: list[list[int]] = field(default_factory=list)
    roles: list[Json] = field(default_factory=list)
    role: list[int | None] = field(default_factory=list)
    materials: dict[str, list[int | None]] = field(default_factory=dict)
    textures: dict[str, list[TexturePart | None]] = field(default_factory=dict)

    @property
    def is_solid(self) -> bool:
        return self.kind in SOLIDS

    def role_of(self, place: int) -> str | None:
        """The type of a surface (RoofSurface …), or None."""
        number = self.role[place] if place < len(self.role) else None
        return None if number is None else self.roles[number].get("type")

    def shell_surfaces(self) -> list[list[list[Surface]]]:
        """The surfaces of each shell of each solid."""
        result, start = [], 0
        for solid in self.shells:
            shells = []
            for count in solid:
                shells.append(self.surfaces[start : start + count])
                start += count
            result.append(shells)
        return result


@dataclass
class CityObject:
    """One object. `id`: its own id in the source. `type`: a CityJSON type, or a CityGML class that CityJSON lacks.

    `extra`: other members, kept as they are (address …). `entity`: identity code in a model, once it has one.
    """

    id: str
    type: str
    attributes: Json = field(default_factory=dict)
    parents: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    geometries: list[Geometry] = field(default_factory=list)
    extra: Json = field(default_factory=dict)
    entity: str = ""


@dataclass
class Appearance:
    """Materials and textures as CityJSON states them; `other` keeps default themes."""

    materials: list[Json] = field(default_factory=list)
    textures: list[Json] = field(default_factory=list)
    other: Json = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.materials or self.textures)


@dataclass
class City:
    """What one source holds. Coordinates of all objects are x = east, y = north, z = up in `crs`.

    `scale`, `translate`: those of the source's whole-numbered coordinates, None where it had none.
    """

    objects: dict[str, CityObject]
    crs: pyproj.CRS | None = None
    metadata: Json = field(default_factory=dict)
    appearance: Appearance = field(default_factory=Appearance)
    scale: list[float] | None = None
    translate: list[float] | None = None
    extensions: Json = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def geometries(self) -> Iterator[tuple[CityObject, Geometry]]:
        """All geometries with their objects."""
        for thing in self.objects.values():
            for geometry in thing.geometries:
                yield thing, geometry
