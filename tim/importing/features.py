"""What an import brings into one class: identities, attributes as columns, plan shapes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.exchange.city.classes import entity_class
from tim.exchange.city.flat import flat
from tim.exchange.city.objects import City, CityObject, Geometry, Surface
from tim.exchange.city.shapes import areas_m2, footprints, multipolygons
from tim.model import schema

HEIGHT_SOURCE = "导入的三维几何"
NO_SOLID = "源数据没有闭合的三维体"
_MOST_COLUMNS = 500


@dataclass
class Features:
    """Features of one class. `columns`: one array per attribute; `solids`: (place, part, lod, faces) of buildings."""

    name: str
    ids: list[str]
    shapes: np.ndarray
    columns: dict[str, np.ndarray]
    solids: list[tuple[int, int, str, shapely.MultiPolygon]] = field(default_factory=list)
    entities: list[dict[str, Any]] = field(default_factory=list)


def features_of(city: City, things: Sequence[CityObject], crs: pyproj.CRS, source: str, version: int) -> Features:
    """Objects of one class as features; those without any geometry of their own take that of their children."""
    name = entity_class(things[0].type)
    shapes = _plans(city, things)
    ids = [thing.entity for thing in things]
    own = attribute_columns([thing.attributes for thing in things])
    result = Features(name, ids, shapes, {})
    if name == schema.BUILDING:
        result.columns = _building_columns(city, things, result, crs)
    elif name == schema.LAND_USE:
        result.columns = _land_use_columns(things, shapes, crs)
    elif (shapely.get_dimensions(shapes) == 2).any():
        result.columns = {"area_m2": areas_m2(shapes, crs)}
    result.columns = with_own(result.columns, own)
    result.entities = [_entity(city, thing, name, source, version) for thing in things]
    return result


def _entity(city: City, thing: CityObject, name: str, source: str, version: int) -> dict[str, Any]:
    title = thing.attributes.get("name") or thing.attributes.get("gml:name")
    levels = sorted({geometry.lod for geometry in thing.geometries if geometry.lod})
    return {
        "id": thing.entity,
        "class": name,
        "name": str(title) if isinstance(title, (str, int, float)) else None,
        "source_id": source,
        "source_key": thing.id,
        "version": version,
        "parent_id": city.objects[thing.parents[0]].entity if thing.parents else None,
        "lods": ",".join(levels) or None,
    }


def family(city: City, thing: CityObject) -> list[CityObject]:
    """An object and all below it, itself first."""
    result, waiting, seen = [], [thing.id], set()
    while waiting:
        identity = waiting.pop(0)
        if identity not in seen:
            seen.add(identity)
            result.append(city.objects[identity])
            waiting += city.objects[identity].children
    return result


def _plans(city: City, things: Sequence[CityObject]) -> np.ndarray:
    """The plan of the geometry with the highest level of detail, else the union of the children's."""
    best: list[Geometry] = []
    places: list[slice] = []
    for thing in things:
        own = [thing] if thing.geometries or thing.type == "CityObjectGroup" else family(city, thing)[1:]
        start = len(best)
        best += [max(one.geometries, key=lambda geometry: geometry.lod) for one in own if one.geometries]
        places.append(slice(start, len(best)))
    plans, result = footprints(best), np.empty(len(things), dtype=object)
    for place, thing in enumerate(things):
        found = plans[places[place]]
        if thing.geometries:
            result[place] = found[0]
            continue
        areas = [plan for plan in found if plan is not None and shapely.get_dimensions(plan) == 2]
        result[place] = _multi(shapely.union_all(areas)) if areas else None
    return result


def _multi(area: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(area)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def _building_columns(
    city: City, things: Sequence[CityObject], result: Features, crs: pyproj.CRS
) -> dict[str, np.ndarray]:
    low, high = np.full(len(things), np.inf), np.full(len(things), -np.inf)
    chosen: list[Geometry] = []
    owner: list[int] = []
    levels: list[str] = []
    for place, thing in enumerate(things):
        every = [geometry for member in family(city, thing) for geometry in member.geometries]
        levels.append(max((geometry.lod for geometry in every if geometry.is_solid), default=""))
        solids = [geometry for geometry in every if geometry.is_solid and geometry.lod == levels[-1]]
        chosen += solids or every
        owner += [place] * len(solids or every)
    if chosen:
        extents = flat([geometry.surfaces for geometry in chosen]).heights()
        np.minimum.at(low, owner, extents[:, 0])
        np.maximum.at(high, owner, extents[:, 1])
    known = high > low
    low[~known] = high[~known] = np.nan
    shells: list[tuple[int, int, list[Surface]]] = []  # place of the thing, number of the part
    part: dict[int, int] = {}
    for place, geometry in zip(owner, chosen):
        if not geometry.is_solid or not known[place]:
            continue
        part.setdefault(place, 0)
        for solid in geometry.shell_surfaces():
            if solid and solid[0]:
                shells.append((place, part[place], solid[0]))
                part[place] += 1
    shapes = multipolygons([shell for _, _, shell in shells])
    result.solids += [(place, number, levels[place], shape) for (place, number, _), shape in zip(shells, shapes)]
    status = [schema.MODELLED if place in part else schema.NO_DATA for place in range(len(things))]
    count = len(things)
    return {
        "ground_z": low,
        "roof_z": high,
        "height": high - low,
        "area_m2": areas_m2(result.shapes, crs),
        "points": np.zeros(count, dtype=np.int64),
        "roof_rmse": np.full(count, np.nan),
        "height_source": np.array([HEIGHT_SOURCE if there else None for there in known], dtype=object),
        "status": np.array(status, dtype=object),
        "reason": np.array([None if place in part else NO_SOLID for place in range(count)], dtype=object),
    }


def _land_use_columns(things: Sequence[CityObject], shapes: np.ndarray, crs: pyproj.CRS) -> dict[str, np.ndarray]:
    codes = [_first(thing.attributes, "code", "class", "DLBM") for thing in things]
    names = [_first(thing.attributes, "name", "class_name", "DLMC") for thing in things]
    versions = [_first(thing.attributes, "code_version", "class_codelist") for thing in things]
    return {
        "code": np.array(codes, dtype=object),
        "name": np.array(names, dtype=object),
        "code_version": np.array(versions, dtype=object),
        "area_m2": areas_m2(shapes, crs),
    }


def _first(attributes: dict[str, Any], *names: str) -> str | None:
    for name in names:
        if attributes.get(name) is not None:
            return str(attributes[name])
    return None


def attribute_columns(rows: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Attributes as columns, in the order of their first appearance; nested ones become `outer.inner` or JSON."""
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))[:_MOST_COLUMNS]
    return {name: _column([row.get(name) for row in flat]) for name in names}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value and all(not isinstance(inner, (dict, list)) for inner in value.values()):
            result.update({f"{name}.{key}": inner for key, inner in value.items()})
        elif isinstance(value, (dict, list)):
            result[name] = json.dumps(value, ensure_ascii=False)
        else:
            result[name] = value
    return result


def _column(values: list[Any]) -> np.ndarray:
    """Whole numbers, numbers, or texts (true and false among them)."""
    given = [value for value in values if value is not None]
    plain = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given)
    if given and plain:
        whole = all(isinstance(value, int) and abs(value) < 2**53 for value in given)
        if whole and len(given) == len(values):
            return np.array(values, dtype=np.int64)
        if all(isinstance(value, float) or abs(value) < 2**53 for value in given):
            return np.array([np.nan if value is None else value for value in values], dtype=float)
    return np.array([_text(value) for value in values], dtype=object)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def with_own(columns: dict[str, np.ndarray], own: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The model's columns followed by the source's; a name that is taken becomes `source_…`."""
    used = {name.lower() for name in columns} | {"id", schema.FID_COLUMN, schema.GEOMETRY_COLUMN}
    result = dict(columns)
    for name, column in own.items():
        free = name or "_"
        while free.lower() in used:
            free = f"source_{free}"
        used.add(free.lower())
        result[free] = column
    return result
