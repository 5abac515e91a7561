"""Writing a model from the survey and the vector inputs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from rasterio.transform import from_origin

import tim
from pointcloud.buildings.building import Building
from pointcloud.task import Task
from tim.assembly.inputs import Features, keep, own_columns
from tim.assembly.manifest import digest, now, parts_of, software
from tim.assembly.roofs import fit_columns, levels, write_solids
from tim.model import schema
from tim.model.identity import feature_keys, identity_code
from tim.model.writer import ModelWriter, uniform_geometry
from tim.sources.crs import describe, horizontal, vertical
from tim.styles.layers import building_style, land_use_style, solid_style

if TYPE_CHECKING:
    from tim.assembly.pipeline import Build

_VERSION = 1
Row = dict[str, Any]


def write_model(build: Build, path: Path, task: Task) -> None:
    """Write the whole model to `path`, which must not exist yet."""
    survey = build.survey
    assert survey is not None
    writer = ModelWriter(path)
    source_rows, source_ids = _sources(build, task.part(0.0, 0.3))
    plane = horizontal(survey.crs)
    entities = _write_buildings(build, writer, source_ids)
    task.progress(0.5, "写出图层")
    if build.land_use is not None:
        entities += _write_land_use(build, writer, source_ids)
    for name, features in build.layers.items():
        columns = {"id": features.ids, **own_columns(features, ["id"])}
        geometry, kind = uniform_geometry(features.geometry)
        writer.layer(name, _layer_title(name, build.layers), columns, geometry, kind=kind, crs=plane)
        entities += _entities(features, name, source_ids[f"layer:{name}"])
    task.progress(0.7, "写出栅格")
    point_ids = [row["id"] for row in source_rows if row["kind"] == "points"]
    for table, grid in ((schema.TERRAIN, survey.terrain), (schema.SURFACE, survey.surface)):
        transform = from_origin(grid.x_min, grid.y_max, grid.cell, grid.cell)
        writer.grid(table, schema.LAYER_TITLES[table], grid.array, transform, survey.crs)
        identity = identity_code(table, *sorted(point_ids))
        entities.append(_entity(identity, table, point_ids[0] if len(point_ids) == 1 else None, None, lods=None))
    task.progress(0.9, "写出实体与来源")
    writer.tables(_tables(build, entities, source_rows, point_ids))
    writer.style(schema.BUILDING, "建筑高度", building_style())
    writer.style(schema.SOLID, "建筑体块", solid_style())
    if build.parameters["lod"] == "2":
        writer.style(schema.LOWER_SOLID, "建筑体块", solid_style())
    if build.codes is not None:
        codes = [code for code in build.codes.codes if code]
        writer.style(schema.LAND_USE, "土地利用", land_use_style(build.codes.version, codes))
    writer.finish()


def _layer_title(name: str, names: Iterable[str]) -> str:
    """The title of a layer; its name where that title is another layer's name, as titles in a file are unique."""
    title = schema.class_title(name)
    return name if title in names else title


def _write_buildings(build: Build, writer: ModelWriter, source_ids: dict[str, str]) -> list[Row]:
    survey = build.survey
    assert survey is not None
    buildings = [_upright(building) for building in survey.buildings]
    footprints = np.array([building.footprint for building in buildings], dtype=object)
    given = build.footprints
    if given is not None:
        ids = np.array([building.key for building in buildings], dtype=object)
        keys = dict(zip(given.ids, given.keys))
    else:
        found = feature_keys({}, footprints)[0]
        ids = np.array([identity_code("building", key) for key in found], dtype=object)
        keys = dict(zip(ids, found))
    texts = {name: _texts(buildings, name) for name in ("height_source", "status", "reason")}
    numbers = {name: _numbers(buildings, name) for name in ("ground_z", "roof_z", "height", "roof_rmse")}
    columns = {
        "id": ids,
        "ground_z": numbers["ground_z"],
        "roof_z": numbers["roof_z"],
        "height": numbers["height"],
        "area_m2": shapely.area(footprints) if len(footprints) else np.empty(0),
        "points": np.array([building.points for building in buildings], dtype=np.int64),
        "roof_rmse": numbers["roof_rmse"],
        **texts,
    }
    roofs = build.parameters["lod"] == "2"
    levels_of = [levels(building, roofs) for building in buildings]
    if roofs:
        columns.update(fit_columns(buildings, levels_of))
    if given is not None:
        columns.update(own_columns(keep(given, _order(given, ids)), columns))
    title = schema.LAYER_TITLES[schema.BUILDING]
    writer.layer(schema.BUILDING, title, columns, footprints, kind="MultiPolygon", crs=horizontal(survey.crs))
    write_solids(levels_of, ids, writer, survey.crs, roofs)
    source = source_ids.get("footprints")
    return [
        _entity(
            identity,
            "building" if building.status == schema.MODELLED else "building_footprint",
            source,
            keys[identity],
            lods=",".join(["0", *made]),
        )
        for identity, building, made in zip(ids, buildings, levels_of)
    ]


def _upright(building: Building) -> Building:
    """The building; one whose roof is not above the ground has no block and counts as without a height."""
    if building.status != schema.MODELLED or building.height is None or building.height > 0:
        return building
    reason = "；".join(filter(None, [f"屋顶点不高于地面（{building.height:.2f} 米），没有建立体块", building.reason]))
    return replace(
        building,
        ground_z=None,
        roof_z=None,
        height=None,
        roof_rmse=None,
        status=schema.NO_DATA,
        reason=reason,
        roof=None,
    )


def _order(given: Features, ids: np.ndarray) -> np.ndarray:
    """Places of the buildings' footprints in their source."""
    place = {identity: index for index, identity in enumerate(given.ids)}
    return np.array([place[identity] for identity in ids], dtype=np.intp)


def _write_land_use(build: Build, writer: ModelWriter, source_ids: dict[str, str]) -> list[Row]:
    features, codes, survey = build.land_use, build.codes, build.survey
    assert features is not None and codes is not None and survey is not None
    columns = {
        "id": features.ids,
        "code": codes.codes,
        "name": codes.names,
        "code_version": np.array([codes.version] * len(features.ids), dtype=object),
        "area_m2": shapely.area(features.geometry),
    }
    columns.update(own_columns(features, columns))
    title = schema.LAYER_TITLES[schema.LAND_USE]
    writer.layer(schema.LAND_USE, title, columns, features.geometry, kind="MultiPolygon", crs=horizontal(survey.crs))
    return _entities(features, "land_use", source_ids["landuse"], list(codes.names))


def _entities(features: Features, entity_class: str, source: str, names: list[str | None] | None = None) -> list[Row]:
    labels = names or [None] * len(features.ids)
    return [
        _entity(identity, entity_class, source, key, lods=None, name=name)
        for identity, key, name in zip(features.ids, features.keys, labels)
    ]


def _entity(
    identity: str, entity_class: str, source: str | None, key: str | None, *, lods: str | None, name: str | None = None
) -> Row:
    return {
        "id": identity,
        "class": entity_class,
        "name": name,
        "source_id": source,
        "source_key": key,
        "version": _VERSION,
        "lods": lods,
    }


def _sources(build: Build, task: Task) -> tuple[list[Row], dict[str, str]]:
    """Rows of the source table, and the source id of each vector source by its kind."""
    rows, by_kind = [], {}
    for index, source in enumerate(build.sources):
        task.progress(index / len(build.sources), "计算数据指纹")
        sha = source.digest(task)
        size = sum(file.stat().st_size for file in source.digest_files())
        details = {"points": source.count, "bounds": list(source.bounds), "format": source.kind}
        rows.append(_source("points", source.name, sha, size, describe(source.crs), details))
    named = [("footprints", build.footprints), ("landuse", build.land_use)]
    named += [(f"layer:{name}", features) for name, features in build.layers.items()]
    for kind, features in named:
        if features is None:
            continue
        files = parts_of(features.layer.path)
        details = {"layer": features.layer.name, "features": len(features.ids), "key_field": features.key_field}
        size = sum(file.stat().st_size for file in files)
        sha = digest(files, task)
        row = _source(kind, features.layer.path.name, sha, size, describe(features.source_crs), details)
        rows.append(row)
        by_kind[kind] = row["id"]
    return rows, by_kind


def _source(kind: str, name: str, sha: str, size: int, crs: str, details: Row) -> Row:
    return {
        "id": identity_code("source", kind, name, sha),
        "kind": kind,
        "path": name,
        "sha256": sha,
        "bytes": size,
        "crs": crs,
        "details": _json(details),
    }


def _tables(build: Build, entities: list[Row], sources: list[Row], point_ids: list[str]) -> dict[str, list[Row]]:
    survey = build.survey
    assert survey is not None
    ended, versions = now(), software()
    heights = vertical(survey.crs)
    manifest = {
        "software": versions,
        "parameters": build.parameters,
        "inputs": [{**row, "details": json.loads(row["details"])} for row in sources],
        "ground": survey.ground_method,
        "resolution": survey.resolution,
        "classes": {str(number): count for number, count in survey.classes.items()},
        "statistics": survey.statistics,
        "warnings": list(survey.warnings),
        "started": build.started,
        "ended": ended,
    }
    metadata = {
        "schema": str(schema.VERSION),
        "manifest": _json(manifest),
        "crs": survey.crs.to_wkt(),
        "vertical": heights.name if heights is not None else "",
    }
    process = {
        "id": identity_code("process", "build", build.started, *sorted(row["id"] for row in sources)),
        "step": "build",
        "software": "territory-tim",
        "version": tim.__version__,
        "parameters": _json(build.parameters),
        "started": build.started,
        "ended": ended,
        "inputs": _json([row["id"] for row in sources]),
        "outputs": _json(sorted({row["class"] for row in entities})),
    }
    derived = [row["id"] for row in entities if row["class"] in (schema.TERRAIN, schema.SURFACE)]
    return {
        "entity": entities,
        "source": sources,
        "process": [process],
        "relation": [
            {"subject": subject, "predicate": "derivedFrom", "object": source, "confidence": 1.0}
            for subject in derived
            for source in point_ids
        ],
        "model_version": [{"version": _VERSION, "created": ended, "note": "由 tim build 建立"}],
        "tim_metadata": [{"key": key, "value": value} for key, value in metadata.items()],
    }


def _numbers(buildings: Iterable[Building], name: str) -> np.ndarray:
    values = [getattr(building, name) for building in buildings]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _texts(buildings: Iterable[Building], name: str) -> np.ndarray:
    return np.array([getattr(building, name) or None for building in buildings], dtype=object)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
