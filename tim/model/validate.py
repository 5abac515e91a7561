"""`tim validate`: is a model sound."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tim.exchange.city.objects import SOLIDS
from tim.exchange.city.rows import GEOMETRY as CITY_GEOMETRY
from tim.exchange.city.rows import OBJECT as CITY_OBJECT
from tim.job import Job
from tim.model import schema
from tim.model.classes import SHAPELESS, kind_of
from tim.model.history import history_problems, index_problems, relation_problems
from tim.model.metadata import metadata_problems
from tim.model.reader import open_model, tables
from tim.model.solid import from_geometries, problems
from tim.result import OK, VIOLATIONS, Result
from tim.sources.vector import VectorLayer, read_layer
from tim.validity.model import geometry_findings
from tim.validity.outputs import repaired_copy, write_findings

_HEIGHT_TOLERANCE = 0.001  # metres
Error = dict[str, Any]


def validate_model(
    model: str, *, repair: str | None = None, findings: str | None = None, overwrite: bool = False, job: Job
) -> Result:
    """Check the file, the identity codes and the geometries of a model.

    `errors` lists {layer, id, code, number, message}; `number` is that of val3dity for three-dimensional geometries.
    `checked` counts what was looked at. `findings`: a GeoPackage with a layer of the errors; `repair`: a copy of the
    model with safe repairs, which is then what is judged. Raises `UnusableInput` for files that are no model.
    """
    path = Path(model)
    checked: dict[str, int] = {}
    data: dict[str, Any] = {}
    outputs = []
    if repair is not None:
        done = repaired_copy(path, repair, overwrite=overwrite, job=job)
        path, outputs = Path(repair), [str(Path(repair).absolute())]
        data = {"repaired": done.done, "not_repaired": done.left}
    errors = find_errors(path, job, checked)
    if findings is not None:
        write_findings(path, errors, findings, overwrite=overwrite, job=job)
        outputs.append(str(Path(findings).absolute()))
    job.progress(1.0, "完成")
    shown = f"检查了 {checked['entities']} 个实体、{checked['features']} 个要素、{checked['solids']} 个三维体"
    message = f"模型“{path.name}”有 {len(errors)} 个问题；{shown}" if errors else f"模型“{path.name}”没有问题；{shown}"
    if repair is not None:
        message = f"已修复 {sum(data['repaired'].values())} 个几何；修复后的{message}"
    status = VIOLATIONS if errors else OK
    return Result(message, outputs, status=status, data={"checked": checked, "errors": errors, **data})


def find_errors(path: Path, job: Job, checked: dict[str, int] | None = None) -> list[Error]:
    """What `validate_model` tells; `checked` is filled with the counts of what was looked at."""
    counts = {} if checked is None else checked
    with open_model(path) as connection:
        job.progress(0.0, "检查文件")
        errors = _file_errors(connection) + _missing_tables(connection)
        counts.update(tables=len(tables(connection)), entities=0, features=0, solids=0)
        if not errors:
            errors += _content_errors(path, connection, counts, job)
    return errors


def _content_errors(path: Path, connection: sqlite3.Connection, checked: dict[str, int], job: Job) -> list[Error]:
    classes = dict(connection.execute("SELECT id, class FROM entity"))
    checked["entities"] = len(classes)
    errors = [_error(table, "", code, text) for table, code, text in metadata_problems(connection)]
    errors += _reference_errors(connection, classes)
    views = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    layers = [table for table in tables(connection) if table["kind"] == "features" and table["name"] not in views]
    titles = {table["name"]: table["title"] for table in layers}
    city = city_objects(connection)
    errors += [_error(*problem) for problem in index_problems(connection, list(titles))]
    for index, name in enumerate(titles):
        job.progress(0.1 + 0.9 * index / len(titles), f"检查图层 {titles[name]}")
        layer = read_layer(f"{path}|layername={name}", task=job)
        checked["features"] += len(layer)
        if name == CITY_GEOMETRY:
            checked["solids"] += int(np.isin(layer.columns["kind"], SOLIDS).sum())
            errors += _city_errors(path, name, job)
            continue
        errors += _identity_errors(layer, classes)
        if name in schema.SOLIDS:
            checked["solids"] += len(layer)
            errors += _solid_errors(layer, city, job)
        else:
            errors += _geometry_errors(layer, city)
        if name == schema.BUILDING:
            errors += _building_errors(layer, connection)
    return errors


def _file_errors(connection: sqlite3.Connection) -> list[Error]:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(20)")]
    return [_error("", "", "file_damaged", f"文件损坏：{text}") for text in found if text != "ok"]


def _missing_tables(connection: sqlite3.Connection) -> list[Error]:
    there = {table["name"] for table in tables(connection)}
    existing = {
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    }
    stored = connection.execute("SELECT value FROM tim_metadata WHERE key = 'schema'").fetchone()
    required = schema.required_tables(int(stored[0]))
    missing = [name for name in required if name not in there or name not in existing]
    return [_error(name, "", "table_missing", f"缺少表“{name}”") for name in missing]


def _reference_errors(connection: sqlite3.Connection, classes: dict[str, str]) -> list[Error]:
    """Entities whose layer, source or relation partner is not there."""
    errors = []
    layers = {table["name"]: table["kind"] for table in tables(connection)}
    city = city_objects(connection)
    for entity_class in sorted(set(classes.values())):
        table = schema.layer_of(entity_class)
        members = {identity for identity, own in classes.items() if own == entity_class}
        if table not in layers and members <= city:
            continue
        if table not in layers:
            errors.append(
                _error(table, "", "layer_missing", f"实体类“{schema.class_title(entity_class)}”没有图层“{table}”")
            )
        elif layers[table] == "features":
            present = {identity for (identity,) in connection.execute(f'SELECT id FROM "{_quoted(table)}"')}
            errors += [
                _error(table, identity, "feature_missing", "实体在图层里没有要素")
                for identity in sorted(members - present - city)
            ]
        elif not connection.execute(f'SELECT count(*) FROM "{_quoted(table)}"').fetchone()[0]:
            errors.append(_error(table, "", "grid_empty", "栅格没有数据"))
    for (identity,) in connection.execute(
        "SELECT id FROM entity WHERE source_id IS NOT NULL AND source_id NOT IN (SELECT id FROM source)"
    ):
        errors.append(_error("entity", identity, "source_missing", "实体的数据来源不存在"))
    version = int(connection.execute("SELECT value FROM tim_metadata WHERE key = 'schema'").fetchone()[0])
    found = list(relation_problems(connection, version))
    if version >= 2:
        found += history_problems(connection)
    return errors + [_error(*problem) for problem in found]


def _identity_errors(layer: VectorLayer, classes: dict[str, str]) -> list[Error]:
    """Features without a code, with a repeated one, or with one that is no entity of their layer."""
    if "id" not in layer.columns:
        return [_error(layer.name, "", "id_missing", "图层没有 id 字段")]
    ids = list(layer.columns["id"])
    solid = layer.name in schema.SOLIDS
    keys = list(zip(ids, layer.columns["lod"], layer.columns["part"])) if solid else ids
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    errors = []
    for key in repeated:
        identity = key[0] if isinstance(key, tuple) else key
        errors.append(_error(layer.name, identity, "id_repeated", "身份编码重复"))
    expected = schema.BUILDING if solid else layer.name
    for fid, identity in zip(layer.fids, ids):
        if not identity:
            errors.append(_error(layer.name, f"fid={fid}", "id_missing", "要素没有身份编码"))
        elif identity not in classes:
            errors.append(_error(layer.name, identity, "entity_missing", "要素没有对应的实体"))
        elif schema.layer_of(classes[identity]) != expected:
            errors.append(
                _error(
                    layer.name,
                    identity,
                    "class_wrong",
                    f"实体的类是“{schema.class_title(classes[identity])}”，与图层不符",
                )
            )
    return errors


def city_objects(connection: sqlite3.Connection) -> set[str]:
    """Entities that are city objects: they may lack a plan, and their geometries are looked at on their own."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (CITY_OBJECT,)).fetchone()
    return {identity for (identity,) in connection.execute(f"SELECT id FROM {CITY_OBJECT}")} if known else set()


def _city_errors(path: Path, table: str, job: Job) -> list[Error]:
    """Geometries of city objects by ISO 19107."""
    errors = []
    for identity, lod, finding in geometry_findings(path, job):
        many = f"（{len(finding.surfaces)} 个面）" if finding.surfaces else ""
        text = f"LoD {lod or '?'} 的几何：{finding.text}{many}"
        errors.append({**_error(table, identity, f"geometry_{finding.code}", text), "number": finding.code})
    return errors


def _geometry_errors(layer: VectorLayer, city: set[str]) -> list[Error]:
    geometry = layer.geometry
    absent = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    invalid = ~absent & ~shapely.is_valid(geometry)
    ids = layer.columns.get("id", layer.fids)
    if kind_of(layer.name) in SHAPELESS:
        absent[:] = False
    errors = [
        _error(layer.name, ids[place], "geometry_missing", "要素没有图形")
        for place in np.flatnonzero(absent)
        if ids[place] not in city
    ]
    for place in np.flatnonzero(invalid):
        reason = shapely.is_valid_reason(geometry[place])
        errors.append(_error(layer.name, ids[place], "geometry_invalid", f"图形无效：{reason}"))
    return errors


def _solid_errors(layer: VectorLayer, city: set[str], job: Job) -> list[Error]:
    errors = []
    for identity, shape, faces in zip(layer.columns["id"], layer.geometry, from_geometries(layer.geometry)):
        job.check()
        if identity in city:
            continue
        found = [("geometry_missing", "三维体没有图形")] if shape is None else problems(faces)
        errors += [_error(layer.name, identity, code, message) for code, message in found]
    return errors


def _building_errors(layer: VectorLayer, connection: sqlite3.Connection) -> list[Error]:
    """Modelled buildings need heights that agree and a solid; others must have none."""
    columns = layer.columns
    solids = {identity for (identity,) in connection.execute(f"SELECT DISTINCT id FROM {schema.SOLID}")}
    errors = []
    values = zip(*(columns[name] for name in ("id", "status", "ground_z", "roof_z", "height")))
    for identity, status, ground, roof, height in values:
        if status == schema.MODELLED:
            if not (height > 0 and abs(roof - ground - height) <= _HEIGHT_TOLERANCE):
                errors.append(_error(layer.name, identity, "height_wrong", "高度缺失、不为正或不等于屋顶减地面"))
            if identity not in solids:
                errors.append(_error(layer.name, identity, "solid_missing", "建筑没有三维体"))
        elif identity in solids:
            errors.append(_error(layer.name, identity, "solid_unexpected", "没有高度的建筑却有三维体"))
    return errors


def _error(layer: str, identity: Any, code: str, message: str) -> Error:
    return {"layer": layer, "id": str(identity), "code": code, "message": message}


def _quoted(name: str) -> str:
    return name.replace('"', '""')
