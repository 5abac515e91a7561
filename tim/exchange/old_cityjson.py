"""CityJSON 2.0 (OGC 20-072r5): buildings as solids with semantics, terrain as TINRelief, land use draped on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from tim.exchange.content import Content, Thing
from tim.exchange.triangles import polygon_triangles
from tim.job import Job
from tim.model.solid import GROUND, ROOF, WALL, Face, problems
from tim.sources.crs import horizontal, vertical

_SCALES = (0.001, 0.0001)  # metres: the finer one when the coarser would break a solid
_KINDS = (GROUND, WALL, ROOF)
_LOD = "1"
Json = dict[str, Any]


class Vertices:
    """Shared vertices as whole numbers of the scale from a translation."""

    def __init__(self, scale: float, translate: np.ndarray) -> None:
        self.scale, self.translate = scale, translate
        self._index: dict[tuple[int, int, int], int] = {}

    def ring(self, points: np.ndarray) -> list[int]:
        """Indices of a ring's vertices; neighbours that fall on one place count once."""
        places = np.rint((points - self.translate) / self.scale).astype(np.int64)
        indices = [self._index.setdefault(tuple(place), len(self._index)) for place in places.tolist()]
        return [index for index, before in zip(indices, [indices[-1], *indices[:-1]]) if index != before]

    @property
    def quantised(self) -> list[list[int]]:
        """All vertices in the order of their indices."""
        return [list(place) for place in self._index]


def write_cityjson(content: Content, path: Path, job: Job) -> None:
    """Write the content; coordinates are whole tenths of or whole millimetres. Warns of what could not be carried."""
    translate = _translation(content)
    scale = _SCALES[0] if _survives(content.buildings, _SCALES[0], translate) else _SCALES[1]
    vertices = Vertices(scale, translate)
    objects: Json = {}
    for thing in content.buildings:
        objects.update(_building(thing, vertices))
    bare = sum(not thing.solids for thing in content.buildings)
    if bare:
        job.warn(f"{bare} 个建筑轮廓没有高度，导出为没有几何的建筑对象")
    if content.terrain is not None:
        objects[content.terrain_id] = _terrain(content, vertices)
    job.progress(0.85, "导出土地利用")
    for thing in content.land_use:
        objects[thing.id] = _land_use(thing, content, vertices)
    quantised = vertices.quantised
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": _metadata(content, quantised, scale, translate, job),
        "transform": {"scale": [scale] * 3, "translate": translate.tolist()},
        "CityObjects": objects,
        "vertices": quantised,
    }
    with path.open("w", encoding="utf-8") as stream:
        json.dump(document, stream, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _building(thing: Thing, vertices: Vertices) -> dict[str, Json]:
    """One object; a building of several bodies gets a BuildingPart for each, as a Building may hold no MultiSolid."""
    building: Json = {"type": "Building", "attributes": thing.attributes, "geometry": []}
    if len(thing.solids) == 1:
        building["geometry"] = [_solid(thing.solids[0], vertices, _lod(thing))]
        return {thing.id: building}
    parts: dict[str, Json] = {
        f"{thing.id}-{number}": {
            "type": "BuildingPart",
            "attributes": {},
            "parents": [thing.id],
            "geometry": [_solid(faces, vertices, _lod(thing))],
        }
        for number, faces in enumerate(thing.solids, start=1)
    }
    if parts:
        building["children"] = list(parts)
    return {thing.id: building, **parts}


def _lod(thing: Thing) -> str:
    return str(thing.attributes.get("lod", _LOD))


def _solid(faces: list[Face], vertices: Vertices, lod: str) -> Json:
    boundaries, values = _shell(faces, vertices)
    semantics = {"surfaces": [{"type": kind} for kind in _KINDS], "values": [values]}
    return {"type": "Solid", "lod": lod, "boundaries": [boundaries], "semantics": semantics}


def _shell(faces: list[Face], vertices: Vertices) -> tuple[list[list[list[int]]], list[int]]:
    """Boundaries and semantic indices of one closed shell; faces that shrank to a line are left out."""
    boundaries, values = [], []
    for face in faces:
        rings = [ring for ring in map(vertices.ring, face.rings) if len(ring) >= 3]
        if rings:
            boundaries.append(rings)
            values.append(_KINDS.index(face.kind))
    return boundaries, values


def _terrain(content: Content, vertices: Vertices) -> Json:
    terrain = content.terrain
    assert terrain is not None
    rings = [vertices.ring(terrain.points[triangle]) for triangle in terrain.triangles]
    boundaries = [[ring] for ring in rings if len(ring) == 3]
    return {
        "type": "TINRelief",
        "attributes": {"simplification_error_m": round(terrain.error, 3)},
        "geometry": [{"type": "CompositeSurface", "lod": _LOD, "boundaries": boundaries}],
    }


def _land_use(thing: Thing, content: Content, vertices: Vertices) -> Json:
    """Triangles with the heights of the terrain at their corners; beyond the terrain those of its nearest cell."""
    attributes = dict(thing.attributes)
    result: Json = {"type": "LandUse", "attributes": attributes, "geometry": []}
    if content.terrain is None:
        return result
    corners = np.concatenate([polygon_triangles(polygon) for polygon in thing.polygons])
    heights, own = content.terrain.heights(corners.reshape(-1, 2))
    attributes["height_from"] = "terrain" if own.all() else "nearest terrain"
    solid = np.concatenate([corners, heights.reshape(-1, 3, 1)], axis=2)
    rings = [ring for ring in map(vertices.ring, solid) if len(ring) == 3]
    result["geometry"] = [{"type": "MultiSurface", "lod": _LOD, "boundaries": [[ring] for ring in rings]}]
    return result


def _survives(buildings: list[Thing], scale: float, translate: np.ndarray) -> bool:
    """Whether all solids stay sound when their vertices are rounded."""
    for thing in buildings:
        for faces in thing.solids:
            vertices = Vertices(scale, translate)
            boundaries, _ = _shell(faces, vertices)
            places = np.array(vertices.quantised) * scale
            if problems([Face(tuple(places[ring] for ring in rings)) for rings in boundaries]):
                return False
    return True


def _translation(content: Content) -> np.ndarray:
    lowest = [thing.attributes["ground_z"] for thing in content.buildings if "ground_z" in thing.attributes]
    if content.terrain is not None:
        lowest.append(float(content.terrain.points[:, 2].min()))
    return np.floor([content.extent[0], content.extent[1], min(lowest, default=0.0)])


def _metadata(content: Content, quantised: list, scale: float, translate: np.ndarray, job: Job) -> Json:
    result: Json = {"title": "国土空间信息模型", "referenceDate": content.created[:10]}
    heights = vertical(content.crs)
    if quantised:
        places = np.array(quantised) * scale + translate
        result["geographicalExtent"] = [*places.min(axis=0).round(4).tolist(), *places.max(axis=0).round(4).tolist()]
    code = _epsg(content.crs)
    if code is None:
        job.warn("模型的平面坐标系没有 EPSG 编号，CityJSON 里没有写坐标系")
    else:
        result["referenceSystem"] = f"https://www.opengis.net/def/crs/EPSG/0/{code}"
    if heights is not None and content.crs.to_epsg() is None:
        result["title"] += f"（高程：{heights.name}）"
        job.warn(f"平面与高程的组合没有单独的 EPSG 编号，CityJSON 的坐标系只写平面部分，高程“{heights.name}”写在标题里")
    return result


def _epsg(crs: pyproj.CRS) -> int | None:
    return crs.to_epsg() or horizontal(crs).to_epsg()
