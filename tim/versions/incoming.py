"""The features of a new epoch, from sources or from another model."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.assembly.inputs import Features, own_columns, polygons_only, read_features, repaired
from tim.assembly.manifest import digest, parts_of
from tim.codes.standards import LOCATION
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.landuse import find_codes
from tim.model import schema
from tim.model.classes import SHAPELESS, kind_of
from tim.model.identity import identity_code
from tim.sources.crs import describe, same_horizontal
from tim.store import Rows, open_store
from tim.store.base import ENTITY_COLUMNS, Store

_MEASURED = frozenset({"ground_z", "roof_z", "height", "points", "roof_rmse", "height_source", "status", "reason"})
CGCS2000, MOST_LATITUDE = "EPSG:4490", 88
_EVERYWHERE = (-1e12, -1e12, 1e12, 1e12)


@dataclass(frozen=True)
class Incoming:
    """A layer of a new epoch. `rows` has the column `id`; `entities` the entity columns of each feature.

    `solids` are the bodies that come along, by table; `sources` the rows of the sources. Columns in
    `unknown` say nothing of things that were there before: those keep what is known of them.
    """

    layer: str
    rows: Rows
    entities: list[dict[str, Any]]
    solids: dict[str, Rows] | None = None
    sources: tuple[dict[str, Any], ...] = ()
    unknown: frozenset[str] = frozenset()

    @property
    def keys(self) -> list[str | None]:
        """What the source tells its features apart by."""
        return [entity["source_key"] for entity in self.entities]


def from_sources(layers: Mapping[str, str], crs: pyproj.CRS, job: Job) -> list[Incoming]:
    """Layers `名=源`, brought into the model's CRS as `tim build` does. Raises `UsageError` and `UnusableInput`."""
    return [from_features(name, read_source(name, source, crs, job), job) for name, source in layers.items()]


def read_source(name: str, source: str, crs: pyproj.CRS, job: Job) -> Features:
    """The features of one source for a layer of the model, repaired."""
    if name in (*schema.SOLIDS, schema.TERRAIN, schema.SURFACE):
        raise UsageError(f"图层“{name}”由点云得来，不能由矢量资料更新；请用 --new-model 给出新的模型")
    title = f"图层“{schema.class_title(name)}”"
    features = read_features(
        source, title, name, crs, _EVERYWHERE, job, must_overlap=False, shapeless=kind_of(name) in SHAPELESS
    )
    if name in (schema.BUILDING, schema.LAND_USE):
        return polygons_only(features, title, job)
    return repaired(features, title, job)


def from_features(name: str, features: Features, job: Job) -> Incoming:
    """A layer of features as the model holds it: our columns, then the source's own."""
    columns = layer_columns(name, features)
    source = source_row(name, features, job)
    entities = list(entity_rows(name, features, columns, source["id"]))
    unknown = _MEASURED if name == schema.BUILDING else frozenset()
    return Incoming(name, Rows(columns, features.geometry), entities, sources=(source,), unknown=unknown)


def layer_columns(name: str, features: Features) -> dict[str, np.ndarray]:
    """The columns of a layer: identity, ours, then the source's own."""
    columns = {"id": features.ids, **_our_columns(name, features)}
    return {**columns, **own_columns(features, columns)}


def entity_rows(
    name: str, features: Features, columns: Mapping[str, np.ndarray], source: str
) -> Iterator[dict[str, Any]]:
    """The entity columns of each feature."""
    is_building = name == schema.BUILDING
    names = columns["name"] if name == schema.LAND_USE else itertools.repeat(None)
    codes = space_codes(features.geometry, features.layer.crs)
    for label, key, code in zip(names, features.keys, codes):
        yield {
            "class": "building_footprint" if is_building else name,
            "name": label,
            "source_id": source,
            "source_key": key,
            "lods": "0" if is_building else None,
            "space_code": code,
        }


def space_codes(geometry: np.ndarray, crs: pyproj.CRS | None) -> list[str | None]:
    """The location code (26 characters, in the plane) of a point inside each shape; None where there is none."""
    points = shapely.point_on_surface(geometry)
    codes = np.full(len(points), None, dtype=object)
    there = ~(shapely.is_missing(points) | shapely.is_empty(points))
    if crs is None or not there.any():
        return codes.tolist()
    to_degrees = pyproj.Transformer.from_crs(crs, CGCS2000, always_xy=True)
    lon, lat = to_degrees.transform(shapely.get_x(points[there]), shapely.get_y(points[there]))
    inside = np.isfinite(lon) & (np.abs(lat) < MOST_LATITUDE)
    codes[np.flatnonzero(there)[inside]] = LOCATION.encode(lon[inside], lat[inside])
    return codes.tolist()


def from_model(place: str, layers: list[str] | None, crs: pyproj.CRS, job: Job) -> list[Incoming]:
    """The layers of another model (all of them without `layers`). Raises `UnusableInput` for another CRS."""
    with closing(open_store(place)) as store:
        if not same_horizontal(store.crs(), crs):
            both = f"模型“{store.name}”的坐标系是 {describe(store.crs())}，要更新的模型是 {describe(crs)}"
            raise UnusableInput(f"{both}；请按同一坐标系建立新模型")
        if store.has_companions():
            raise UsageError(
                f"新模型“{store.name}”有导入的三维对象（CityJSON 等），还不能用来更新，没有改动；请用 --layers"
            )
        there = [layer.name for layer in store.layers() if layer.name not in schema.SOLIDS]
        unknown = [name for name in layers or () if name not in there]
        if unknown:
            raise UsageError(f"模型“{store.name}”里没有图层“{'、'.join(unknown)}”；它的图层有：{'、'.join(there)}")
        return [_from_layer(store, name, job) for name in there if layers is None or name in layers]


def _from_layer(store: Store, name: str, job: Job) -> Incoming:
    job.check()
    rows = store.read(name)
    entities = entities_of(store, name)
    absent = [identity for identity in rows.ids if identity not in entities]
    if absent:
        raise UnusableInput(
            f"模型“{store.name}”的图层“{name}”有 {len(absent)} 个要素没有实体；请先用 tim validate 检查"
        )
    wanted = ("class", "name", "source_id", "source_key", "lods", "class_code", "quality")
    described = [{key: entities[identity][key] for key in wanted} for identity in rows.ids]
    there = {layer.name for layer in store.layers()}
    solids = {table: store.read(table) for table in schema.SOLIDS if table in there}
    sources = store.query("SELECT id, kind, path, sha256, bytes, crs, details FROM source")
    fields = ("id", "kind", "path", "sha256", "bytes", "crs", "details")
    used = {entity["source_id"] for entity in described}
    given = tuple(dict(zip(fields, row)) for row in sources if row[0] in used)
    return Incoming(name, rows, described, solids if name == schema.BUILDING else None, given)


def entities_of(store: Store, layer: str) -> dict[str, dict[str, Any]]:
    """The present rows of `entity` of a layer's features by identity."""
    names = ENTITY_COLUMNS
    classes = [name for name, _ in store.query("SELECT class, layer FROM entity_class WHERE layer = ?", (layer,))]
    marks = ", ".join("?" * len(classes))
    found = store.query(f"SELECT {', '.join(names)} FROM entity WHERE class IN ({marks})", classes) if classes else []
    return {row[0]: dict(zip(names, row)) for row in found}


def refuse_duplicates(incoming: Incoming) -> None:
    """Raise `UnusableInput` when two features have one identity."""
    repeated = [identity for identity, count in Counter(incoming.rows.ids).items() if count > 1]
    if repeated:
        shown = "、".join(map(str, repeated[:3]))
        raise UnusableInput(
            f"图层“{incoming.layer}”有 {len(repeated)} 个重复的身份编码：{shown}；请先改正资料，没有改动"
        )


def source_row(name: str, features: Features, job: Job) -> dict[str, Any]:
    """The row of the table `source` for a vector source."""
    files = parts_of(features.layer.path)
    details = {"layer": features.layer.name, "features": len(features.ids), "key_field": features.key_field}
    kinds = {schema.BUILDING: "footprints", schema.LAND_USE: "landuse"}
    kind, path, sha = kinds.get(name, f"layer:{name}"), features.layer.path.name, digest(files, job)
    return {
        "id": identity_code("source", kind, path, sha),
        "kind": kind,
        "path": path,
        "sha256": sha,
        "bytes": sum(file.stat().st_size for file in files),
        "crs": describe(features.source_crs),
        "details": json.dumps(details, ensure_ascii=False),
    }


def _our_columns(name: str, features: Features) -> dict[str, np.ndarray]:
    count = len(features.ids)
    if name == schema.LAND_USE:
        codes = find_codes(features.layer.columns)
        if codes is None:
            fields = "、".join(features.layer.columns) or "无"
            where = Path(features.layer.path).name
            raise UnusableInput(f"土地利用“{where}”里没有地类编码字段（如 DLBM、YDYHFLDM）；它的字段有：{fields}")
        version = np.array([codes.version] * count, dtype=object)
        area = shapely.area(features.geometry)
        return {"code": codes.codes, "name": codes.names, "code_version": version, "area_m2": area}
    if name == schema.BUILDING:
        unknown, none = np.full(count, np.nan), np.full(count, None, dtype=object)
        return {
            "ground_z": unknown,
            "roof_z": unknown,
            "height": unknown,
            "area_m2": shapely.area(features.geometry),
            "points": np.zeros(count, dtype=np.int64),
            "roof_rmse": unknown,
            "height_source": none,
            "status": np.array([schema.NO_DATA] * count, dtype=object),
            "reason": np.array(["只有轮廓，没有点云"] * count, dtype=object),
        }
    return {}
