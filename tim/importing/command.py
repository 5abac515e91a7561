"""`tim import`: foreign data as a model, or into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyproj

from pointcloud.task import Task
from tim.assembly.manifest import digest, now, parts_of
from tim.collector import held_back
from tim.errors import UsageError
from tim.files import atomic_output
from tim.importing.checks import chosen_crs
from tim.importing.cities import add_city
from tim.importing.formats import CITY, MESH, RASTER, format_of, read_city
from tim.importing.grids import add_grid
from tim.importing.layers import LayerOptions, add_layers
from tim.importing.meshes import read_meshes
from tim.importing.target import Target
from tim.job import Job
from tim.model import schema
from tim.model.identity import identity_code
from tim.model.info import summary
from tim.result import Result
from tim.sources.crs import describe, parse_crs
from tim.sources.vector import split_spec


@dataclass(frozen=True)
class Options:
    """How sources are to be read."""

    crs: pyproj.CRS | None
    override_crs: bool
    axis: str
    skip_invalid: bool
    layers: LayerOptions
    origin: tuple[float, float, float] | None


@held_back()
def import_sources(
    sources: Sequence[str],
    *,
    out: str,
    base: str | None = None,
    crs: str | None = None,
    override_crs: bool = False,
    axis: str = "auto",
    kind: str | None = None,
    fields: Sequence[str] | None = None,
    fields_file: str | None = None,
    encoding: str | None = None,
    origin: str | None = None,
    skip_invalid: bool = False,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Import sources into a new model, or into a copy of `base`; neither the sources nor `base` are changed.

    `crs` is that of sources that carry none, `axis` the order of coordinates in GML ("auto": that of the CRS), `kind`
    the class of vector layers, `fields` pairs `new=old`, `encoding` that of their texts, `origin` "x,y,z" of meshes.
    Raises `UsageError` and `UnusableInput`.
    """
    options = Options(
        parse_crs(crs) if crs else None,
        override_crs,
        axis,
        skip_invalid,
        LayerOptions.of(kind, fields or (), fields_file, encoding),
        _origin(origin),
    )
    started, counts = now(), dict[str, int]()
    with atomic_output(out, job, overwrite=overwrite) as working:
        target = Target(working, Path(base) if base else None)
        for number, spec in enumerate(sources):
            part = job.part(0.9 * number / len(sources), 0.9 * (number + 1) / len(sources))
            for name, count in _add(target, spec, options, part).items():
                counts[name] = counts.get(name, 0) + count
        job.progress(0.92, "写出实体与来源")
        names = [split_spec(spec)[0].name for spec in sources]
        target.finish({"sources": names, "crs": crs, "axis": axis, "class": kind, "base": base}, started)
        data = summary(working)
    shown = "、".join(f"{schema.class_title(name)} {count} 个" for name, count in counts.items())
    message = f"已导入 {len(sources)} 个数据源：{shown}；坐标系 {data['crs']}"
    return Result(message, [str(Path(out).absolute())], data={**data, "imported": counts})


def _add(target: Target, spec: str, options: Options, task: Task) -> dict[str, int]:
    """Add one source. Returns the number of objects by class."""
    path, layer = split_spec(spec)
    sort = format_of(path) if layer is None else ""
    if sort not in (*CITY, MESH):
        if sort == RASTER:
            return add_grid(target, path, options.crs, options.override_crs, task, _source)
        return add_layers(target, spec, options.layers, options.crs, options.override_crs, task, _source)
    city = (
        read_meshes(path, options.origin, options.crs, task)
        if sort == MESH
        else read_city(path, sort, options.axis, task)
    )
    for note in city.notes:
        task.warn(note)
    city.crs = chosen_crs(city.crs, options.crs, options.override_crs, path.name, task)
    row = _source(path, sort, city.crs, {"objects": len(city.objects)}, task)
    target.source(row)
    return add_city(target, city, path.name, row["id"], options.skip_invalid, task)


def _source(path: Path, kind: str, crs: pyproj.CRS, details: dict[str, Any], task: Task) -> dict[str, Any]:
    """The row of the table of sources."""
    import json

    files = parts_of(path)
    sha = digest(files, task)
    return {
        "id": identity_code("source", kind, path.name, sha),
        "kind": kind,
        "path": path.name,
        "sha256": sha,
        "bytes": sum(file.stat().st_size for file in files),
        "crs": describe(crs),
        "details": json.dumps(details, ensure_ascii=False),
    }


def _origin(text: str | None) -> tuple[float, float, float] | None:
    if text is None:
        return None
    try:
        x, y, z = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise UsageError(f"原点“{text[:40]}”应写成 东,北,高 三个数，如 500000,3400000,0") from None
    return x, y, z
