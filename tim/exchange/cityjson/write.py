"""CityJSON 2.0 (OGC 20-072r5) and CityJSONSeq from a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyproj

from pointcloud.task import Task
from tim.exchange.city.classes import CLASS, is_core
from tim.exchange.city.objects import CityObject, Json
from tim.exchange.city.stream import ModelCity
from tim.exchange.cityjson.vertices import TexturePlaces, Vertices, geometry_json
from tim.exchange.counts import Counts
from tim.model.solid import Face, problems
from tim.sources.crs import horizontal, vertical

_SCALES = (0.001, 0.0001)  # metres: the finer one when the coarser would break a solid
_DEGREES = 1e-9  # of arc: a tenth of a millimetre
_KEPT_MEMBERS = ("address", "geographicalExtent", "children_roles")
_TITLE = "国土空间信息模型"


def write_cityjson(model: ModelCity, path: Path, task: Task) -> Counts:
    """Write one document. Warns of what could not be carried."""
    scale, translate = _transform(model, task)
    vertices, places, counts = Vertices(scale, translate), TexturePlaces(), Counts(model)
    objects: Json = {}
    for family in model.families(task.part(0.4, 0.95)):
        for thing in family:
            objects[thing.id] = _object(thing, vertices, places, counts)
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": _metadata(model, vertices.extent, task),
        "transform": {"scale": scale.tolist(), "translate": translate.tolist()},
        "CityObjects": objects,
        "vertices": vertices.quantised,
        **_appearance(model, places.places),
        **({"extensions": model.head.extensions} if model.head.extensions else {}),
    }
    with path.open("w", encoding="utf-8") as stream:
        _dump(document, stream)
    counts.tell(task)
    return counts


def write_sequence(model: ModelCity, path: Path, task: Task) -> Counts:
    """Write a CityJSONSeq: a first line with transform and metadata, then one feature a line."""
    scale, translate = _transform(model, task)
    counts = Counts(model)
    head = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": _metadata(model, None, task),
        "transform": {"scale": scale.tolist(), "translate": translate.tolist()},
        "CityObjects": {},
        "vertices": [],
        **({"extensions": model.head.extensions} if model.head.extensions else {}),
    }
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        _dump(head, stream)
        stream.write("\n")
        for family in model.families(task.part(0.4, 0.95)):
            vertices, places = Vertices(scale, translate), TexturePlaces()
            feature = {
                "type": "CityJSONFeature",
                "id": family[0].id,
                "CityObjects": {thing.id: _object(thing, vertices, places, counts) for thing in family},
                "vertices": vertices.quantised,
            }
            feature.update(_feature_appearance(model, feature, places.places))
            _dump(feature, stream)
            stream.write("\n")
    counts.tell(task)
    return counts


def _dump(value: Any, stream: TextIO) -> None:
    # The whole text at once: the encoder in C is some ten times as fast as writing piece by piece
    stream.write(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _object(thing: CityObject, vertices: Vertices, places: TexturePlaces, counts: Counts) -> Json:
    counts.add(thing)
    attributes = thing.attributes
    kind = thing.type
    if not is_core(kind) and not kind.startswith("+"):
        attributes, kind = {**attributes, CLASS: kind}, "GenericCityObject"
    result: Json = {"type": kind, "attributes": attributes}
    if thing.parents:
        result["parents"] = thing.parents
    if thing.children:
        result["children"] = thing.children
    result.update({name: value for name, value in thing.extra.items() if name in _KEPT_MEMBERS or name[:1] == "+"})
    if "address" in result and not isinstance(result["address"], list):
        result["address"] = [result["address"]]
    result["geometry"] = [geometry_json(geometry, vertices, places) for geometry in thing.geometries]
    return result


def _transform(model: ModelCity, task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Scale and translation: the source's own, else whole millimetres, or tenths where solids would break."""
    head = model.head
    if head.scale is not None and head.translate is not None:
        return np.array(head.scale), np.array(head.translate)
    assert head.crs is not None
    low = model.built.lowest or 0.0
    if horizontal(head.crs).is_geographic:
        corner = [float(np.floor(model.extent[0] * 100) / 100), float(np.floor(model.extent[1] * 100) / 100)]
        return np.array([_DEGREES, _DEGREES, _SCALES[0]]), np.array([*corner, np.floor(low)])
    translate = np.floor(np.array([model.extent[0], model.extent[1], low]))
    fits = model.imported or _survives(model, _SCALES[0], translate, task)
    scale = _SCALES[0] if fits else _SCALES[1]
    return np.array([scale] * 3), translate


def _survives(model: ModelCity, scale: float, translate: np.ndarray, task: Task) -> bool:
    """Whether all blocks stay sound when their vertices are rounded."""
    for family in model.families(task.part(0.3, 0.4)):
        for thing in family:
            for geometry in thing.geometries:
                if not geometry.is_solid:
                    continue
                rounded = [
                    Face(tuple(np.rint((ring - translate) / scale) * scale for ring in surface))
                    for surface in geometry.surfaces
                ]
                if problems(rounded):
                    return False
    return True


def _appearance(model: ModelCity, places: list[list[float]]) -> Json:
    known = model.head.appearance
    if not known:
        return {}
    result: Json = {}
    if known.materials:
        result["materials"] = known.materials
    if known.textures:
        result["textures"] = known.textures
    if places:
        result["vertices-texture"] = places
    return {"appearance": {**result, **known.other}}


def _feature_appearance(model: ModelCity, feature: Json, places: list) -> Json:
    """The materials and textures of one feature, renumbered from 0."""
    materials: dict[int, int] = {}
    textures: dict[int, int] = {}
    for thing in feature["CityObjects"].values():
        for geometry in thing["geometry"]:
            for stated in geometry.get("material", {}).values():
                stated["values"] = _renumbered(stated["values"], materials)
            for stated in geometry.get("texture", {}).values():
                stated["values"] = _renumbered_rings(stated["values"], textures)
    known = model.head.appearance
    result: Json = {}
    if materials:
        result["materials"] = [known.materials[number] for number in materials]
    if textures:
        result["textures"] = [known.textures[number] for number in textures]
        result["vertices-texture"] = places
    return {"appearance": result} if result else {}


def _renumbered(values: Any, numbers: dict[int, int]) -> Any:
    if isinstance(values, list):
        return [_renumbered(value, numbers) for value in values]
    return None if values is None else numbers.setdefault(values, len(numbers))


def _renumbered_rings(values: list, numbers: dict[int, int]) -> list:
    if values and not isinstance(values[0], list):
        return values if values[0] is None else [numbers.setdefault(values[0], len(numbers)), *values[1:]]
    return [_renumbered_rings(value, numbers) for value in values]


def _metadata(model: ModelCity, extent: list[float] | None, task: Task) -> Json:
    head = model.head
    assert head.crs is not None
    result = {name: value for name, value in head.metadata.items() if name != "presentLoDs"}
    result.setdefault("title", _TITLE)
    if model.created:
        result.setdefault("referenceDate", model.created[:10])
    result.pop("geographicalExtent", None)
    if extent:
        result["geographicalExtent"] = extent
    heights, code = vertical(head.crs), _epsg(head.crs)
    result.pop("referenceSystem", None)
    if code is None:
        task.warn("模型的平面坐标系没有 EPSG 编号，CityJSON 里没有写坐标系")
    else:
        result["referenceSystem"] = f"https://www.opengis.net/def/crs/EPSG/0/{code}"
    if heights is not None and head.crs.to_epsg() is None:
        result["title"] += f"（高程：{heights.name}）"
        task.warn(
            f"平面与高程的组合没有单独的 EPSG 编号，CityJSON 的坐标系只写平面部分，高程“{heights.name}”写在标题里"
        )
    return result


def _epsg(crs: pyproj.CRS) -> int | None:
    return crs.to_epsg() or horizontal(crs).to_epsg()
