"""`tim model create`: vector sources → a model without points."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date as Date
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

import tim
from tim.assembly.inputs import Features
from tim.assembly.manifest import now, software
from tim.assembly.pipeline import check_layer_names
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.model.identity import identity_code
from tim.model.info import summary
from tim.model.writer import ModelWriter, uniform_geometry
from tim.result import Result
from tim.sources.crs import describe, horizontal, parse_crs, require_metres
from tim.sources.vector import layer_crs
from tim.styles.layers import building_style, land_use_style
from tim.versions.incoming import entity_rows, layer_columns, read_source, source_row

_EMPTY_SOLID = {"id": np.empty(0, dtype=object), "part": np.empty(0, dtype=np.int64), "lod": np.empty(0, dtype=object)}


def create_model(
    *,
    layers: Mapping[str, str],
    out: str,
    crs: str | None = None,
    date: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """A model of vector layers `名=源`: no terrain, buildings as footprints. `date` (ISO) is what the sources show.

    The CRS is that of the first layer unless given. Result keys: those of `tim info`. Raises `UsageError` and
    `UnusableInput`.
    """
    own = set(layers) - {schema.BUILDING, schema.LAND_USE}
    check_layer_names(own)
    if date is not None:
        try:
            date = Date.fromisoformat(date).isoformat()
        except ValueError:
            raise UsageError(f"“{date}”不是日期；请写成 2024-06-30") from None
    plane = _crs(layers, crs)
    with atomic_output(out, job, overwrite=overwrite) as working:
        _write(working, layers, plane, date, job)
        result = summary(working)
    counts = "、".join(f"{schema.class_title(name)} {count}" for name, count in result["entities"].items() if count)
    message = f"已建立模型：{counts}；坐标系 {describe(plane)}"
    return Result(message, [str(Path(out).absolute())], data=result)


def _crs(layers: Mapping[str, str], given: str | None) -> pyproj.CRS:
    if given:
        plane = horizontal(parse_crs(given))
    else:
        first = next(iter(layers.values()))
        found = layer_crs(first)
        if found is None:
            raise UnusableInput(f"“{Path(first).name}”没有坐标系；请用 --crs 指明模型的坐标系，并先为资料定义坐标系")
        plane = horizontal(found)
    require_metres(plane)
    return plane


def _write(path: Path, layers: Mapping[str, str], crs: pyproj.CRS, date: str | None, job: Job) -> None:
    started, writer = now(), ModelWriter(path)
    sources, parts, names = [], [], list(layers)
    for index, (name, source) in enumerate(layers.items()):
        job.progress(0.8 * index / len(names), f"读取图层 {schema.class_title(name)}")
        features = read_source(name, source, crs, job)
        columns = layer_columns(name, features)
        sources.append(source_row(name, features, job))
        job.progress(0.8 * (index + 0.6) / len(names), f"写出图层 {schema.class_title(name)}")
        _write_layer(writer, name, names, features, columns, crs)
        parts.append(_entities(name, features, columns, sources[-1]["id"], date))
    job.progress(0.8, "写出实体与来源")
    writer.tables(_tables(sources, parts, layers, crs, date, started))
    _write_styles(writer, names)
    writer.finish()


def _write_layer(
    writer: ModelWriter, name: str, names: list[str], features: Features, columns: dict, crs: pyproj.CRS
) -> None:
    title = schema.LAYER_TITLES.get(name) or schema.class_title(name)
    geometry, kind = uniform_geometry(features.geometry)
    writer.layer(name, name if title in names else title, columns, geometry, kind=kind, crs=crs)
    if name == schema.BUILDING:
        solid, empty = schema.LAYER_TITLES[schema.SOLID], np.empty(0, dtype=object)
        writer.layer(schema.SOLID, solid, _EMPTY_SOLID, empty, kind="MultiPolygon Z", crs=crs)


def _entities(
    name: str, features: Features, columns: Mapping[str, np.ndarray], source: str, date: str | None
) -> Iterator[dict[str, Any]]:
    for identity, row in zip(features.ids, entity_rows(name, features, columns, source)):
        yield {"id": identity, **row, "version": 1, "valid_from": date}


def _write_styles(writer: ModelWriter, names: list[str]) -> None:
    if schema.BUILDING in names:
        writer.style(schema.BUILDING, "建筑高度", building_style())
    if schema.LAND_USE in names:
        from tim.landuse import SANDIAO

        writer.style(schema.LAND_USE, "土地利用", land_use_style(SANDIAO, []))


def _tables(
    sources: list, parts: list, layers: Mapping[str, str], crs: pyproj.CRS, date: str | None, started: str
) -> dict[str, Any]:
    ended = now()
    parameters = {"layers": {name: Path(source).name for name, source in layers.items()}, "date": date}
    manifest = {
        "software": software(),
        "parameters": parameters,
        "inputs": [{**row, "details": json.loads(row["details"])} for row in sources],
        "started": started,
        "ended": ended,
    }
    process = {
        "id": identity_code("process", "create", started, *sorted(row["id"] for row in sources)),
        "step": "create",
        "software": "territory-tim",
        "version": tim.__version__,
        "parameters": json.dumps(parameters, ensure_ascii=False),
        "started": started,
        "ended": ended,
        "inputs": json.dumps([row["id"] for row in sources]),
        "outputs": json.dumps(list(layers), ensure_ascii=False),
    }
    metadata = {"schema": str(schema.VERSION), "crs": crs.to_wkt(), "vertical": ""}
    metadata["manifest"] = json.dumps(manifest, ensure_ascii=False)
    version = {"version": 1, "created": ended, "note": "由 tim model create 建立", "valid_at": date}
    return {
        "entity": (row for part in parts for row in part),
        "source": sources,
        "process": [process],
        "model_version": [version],
        "tim_metadata": [{"key": key, "value": value} for key, value in metadata.items()],
    }
