"""Geometries of CityJSON, between nested lists of indices and surfaces with coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tim.exchange.city.objects import LINES, POINTS, SOLIDS, SURFACES, Geometry, Json, Surface, TexturePart


class Wrong(Exception):
    """What is wrong, as the end of a Chinese sentence that begins with the file."""


@dataclass
class Context:
    """What geometries refer to: vertices (n, 3), places in textures (n, 2), templates, counts of materials, textures.

    `first_material`, `first_texture` are added to the numbers that geometries state.
    """

    vertices: np.ndarray
    texture_places: np.ndarray
    templates: list[Json]
    template_vertices: np.ndarray
    materials: int
    textures: int
    first_material: int = 0
    first_texture: int = 0
    instances: int = 0


def read_geometry(part: Any, context: Context) -> Geometry:
    """One geometry. Raises `Wrong`."""
    kind = part["type"]
    if kind == "GeometryInstance":
        return _instance(part, context)
    lod = part.get("lod")
    lod = "" if lod is None else f"{lod:g}" if isinstance(lod, float) else str(lod)
    return _read(part, kind, lod, context.vertices, context)


def _read(part: Json, kind: str, lod: str, vertices: np.ndarray, context: Context) -> Geometry:
    boundaries = part["boundaries"]
    if kind == POINTS:
        result = Geometry(kind, lod, [(vertices[_indices(boundaries, vertices)],)])
    elif kind == LINES:
        result = Geometry(kind, lod, [(vertices[_indices(line, vertices)],) for line in boundaries])
    elif kind in SURFACES:
        result = Geometry(kind, lod, _surfaces(boundaries, vertices))
    elif kind in SOLIDS:
        solids = [boundaries] if kind == "Solid" else boundaries
        shells = [[len(shell) for shell in solid] for solid in solids]
        result = Geometry(
            kind, lod, _surfaces([s for solid in solids for shell in solid for s in shell], vertices), shells
        )
    else:
        raise Wrong(f"的几何类型“{str(kind)[:40]}”不认识")
    if part.get("semantics"):
        _semantics(part["semantics"], result)
    for theme, stated in (part.get("material") or {}).items():
        result.materials[theme] = _materials(stated, result, context)
    for theme, stated in (part.get("texture") or {}).items():
        result.textures[theme] = _textures(stated, result, context)
    return result


def _instance(part: Json, context: Context) -> Geometry:
    """A template, moved by the instance's matrix and to its reference point."""
    template = context.templates[part["template"]]
    matrix = np.array(part["transformationMatrix"], dtype=float).reshape(4, 4)
    anchor = context.vertices[_indices(part["boundaries"], context.vertices)[0]]
    places = np.column_stack([context.template_vertices, np.ones(len(context.template_vertices))])
    moved = (places @ matrix.T)[:, :3] + anchor
    context.instances += 1
    return _read(template, template["type"], str(template.get("lod", "")), moved, context)


def _surfaces(boundaries: list, vertices: np.ndarray) -> list[Surface]:
    """All vertices are taken at once; the rings are views of them."""
    points = vertices[_indices([index for surface in boundaries for ring in surface for index in ring], vertices)]
    result, start = [], 0
    for surface in boundaries:
        rings = []
        for ring in surface:
            end = start + len(ring)
            rings.append(points[start:end])
            start = end
        result.append(tuple(rings))
    return result


def _indices(ring: list, vertices: np.ndarray) -> list[int]:
    if ring and (min(ring) < 0 or max(ring) >= len(vertices)):
        raise Wrong(f"用到第 {max(ring)} 号顶点，但只有 {len(vertices)} 个顶点")
    if not set(map(type, ring)) <= {int}:
        raise Wrong("的 boundaries 里有不是整数的顶点号")
    return ring


def _flat(values: Any, geometry: Geometry) -> list:
    """Values for surfaces, which stand nested like the shells; None for a whole shell or solid fills it."""
    if not geometry.is_solid:
        return [None] * _members(geometry) if values is None else list(values)
    solids = [values] if geometry.kind == "Solid" else values
    result: list = []
    for number, solid in enumerate(geometry.shells):
        shells = solids[number] if solids is not None else None
        for place, count in enumerate(solid):
            part = shells[place] if shells is not None else None
            result += [None] * count if part is None else list(part)
    return result


def _members(geometry: Geometry) -> int:
    return len(geometry.surfaces[0][0]) if geometry.kind == POINTS else len(geometry.surfaces)


def _semantics(stated: Json, geometry: Geometry) -> None:
    roles = [dict(role) for role in stated["surfaces"]]
    values = _flat(stated.get("values"), geometry)
    if len(values) != _members(geometry) or any(v is not None and not 0 <= v < len(roles) for v in values):
        raise Wrong("的语义（semantics）与几何的面数不一致")
    geometry.roles, geometry.role = roles, values


def _materials(stated: Json, geometry: Geometry, context: Context) -> list[int | None]:
    if "value" in stated:
        values: list = [stated["value"]] * len(geometry.surfaces)
    else:
        values = _flat(stated.get("values"), geometry)
    shifted = [None if value is None else value + context.first_material for value in values]
    if len(values) != len(geometry.surfaces) or any(v is not None and not 0 <= v < context.materials for v in shifted):
        raise Wrong("的材质（material）与几何的面数或材质数不一致")
    return shifted


def _textures(stated: Json, geometry: Geometry, context: Context) -> list[TexturePart | None]:
    values = _flat(stated.get("values"), geometry)
    if len(values) != len(geometry.surfaces):
        raise Wrong("的纹理（texture）与几何的面数不一致")
    result: list[TexturePart | None] = []
    for surface, rings in zip(geometry.surfaces, values):
        if not rings or not rings[0] or rings[0][0] is None:
            result.append(None)
            continue
        places = tuple(context.texture_places[_indices(ring[1:], context.texture_places)] for ring in rings)
        number = rings[0][0] + context.first_texture
        if [len(ring) for ring in places] != [len(ring) for ring in surface] or not 0 <= number < context.textures:
            raise Wrong("的纹理坐标与面的顶点数或纹理数不一致")
        result.append(TexturePart(number, places))
    return result
