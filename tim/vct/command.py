"""`tim vct`: VCT files to layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.result import Result
from tim.sources.crs import describe, parse_crs
from tim.sources.gpkg import write_table
from tim.vct.layers import check_head, crs_of_head, layers
from tim.vct.parse import read_vct

_TOLD = 20  # odd things named one by one
_KINDS = {0: "Point", 1: "LineString", 2: "MultiPolygon"}


def read_file(file: str, out: str, *, crs: str | None = None, overwrite: bool = False, job: Job) -> Result:
    """A VCT 3.0 file as a GeoPackage with a table for each of its attribute tables.

    Values keep their types, codes their zeros; `vct_id` is the object's id. `crs` replaces what the head says. Result
    keys: `layers` (list of {`layer`, `title`, `features`}), `encoding`, `crs`. Raises `UsageError`, `UnusableInput`.
    """
    path = Path(file)
    if not path.is_file():
        raise UsageError(f"找不到文件“{path}”；请检查路径")
    check_target(out, overwrite=overwrite)
    where = f"“{path.name}”"
    job.progress(0.0, f"读取 {path.name}")
    with job.watch(600.0, f"读取 {path.name}"):
        content = read_vct(path, job)
    check_head(content, where)
    system = parse_crs(crs) if crs else crs_of_head(content, where)
    job.progress(0.5, "由线构成面")
    made = layers(content, where, job)
    if not made:
        raise UnusableInput(f"{where}里没有点、线、面要素")
    for note in content.notes[:_TOLD]:
        job.warn(f"{where}：{note}")
    if len(content.notes) > _TOLD:
        job.warn(f"{where}：另有 {len(content.notes) - _TOLD} 处同样的情况")
    if content.annotations:
        job.warn(f"{where}有 {content.annotations} 个注记，没有读入")
    told: list[dict[str, Any]] = []
    with atomic_output(out, job, overwrite=overwrite) as working:
        for layer in made:
            job.check()
            dimensions = set(shapely.get_dimensions(layer.geometry).tolist()) - {-1}
            kind = _KINDS[dimensions.pop()] if len(dimensions) == 1 else "Unknown"
            columns = {"vct_id": layer.identifiers, **layer.columns}
            write_table(working, layer.name, layer.title, layer.geometry, columns, system.to_wkt(), kind)
            told.append({"layer": layer.name, "title": layer.title, "features": len(layer.geometry)})
    count = sum(item["features"] for item in told)
    listed = "、".join(f"{item['layer']} {item['features']} 个" for item in told)
    message = f"读入 {len(told)} 个图层、{count} 个要素：{listed}；编码 {content.encoding}，坐标系 {describe(system)}"
    return Result(message, [out], data={"layers": told, "encoding": content.encoding, "crs": system.name})
