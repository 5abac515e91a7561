"""`tim export`: a model as an exchange format, chosen by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pointcloud.task import Task
from tim.collector import held_back
from tim.errors import UsageError
from tim.exchange.city.stream import ModelCity, read_model
from tim.exchange.citygml.write import write_citygml
from tim.exchange.cityjson.write import write_cityjson, write_sequence
from tim.exchange.counts import Counts
from tim.exchange.dxf import write_dxf
from tim.exchange.geopackage import write_geopackage
from tim.exchange.meshes import write_model_glb, write_tiles
from tim.exchange.obj import write_obj
from tim.exchange.qgis_project import write_project
from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.result import Result

Writer = Callable[[ModelCity, Path, Task], Counts]
TILES = "3D Tiles 1.1"
_FORMATS: dict[str, tuple[str, Writer]] = {
    ".city.jsonl": ("CityJSONSeq 2.0", write_sequence),
    ".city.json": ("CityJSON 2.0", write_cityjson),
    ".obj": ("OBJ", write_obj),
    ".glb": ("glTF 2.0", write_model_glb),
    ".v3.gml": ("CityGML 3.0", partial(write_citygml, version="3.0")),
    ".gml": ("CityGML 2.0", write_citygml),
}


Plan = Callable[[Path, Path, Sequence[str], Task], dict[str, int]]
_PLANS: dict[str, tuple[str, Plan]] = {
    ".gpkg": ("GeoPackage", write_geopackage),
    ".dxf": ("DXF", write_dxf),
    ".qgz": ("QGIS 项目", write_project),
    ".qgs": ("QGIS 项目", write_project),
}


@held_back()
def export_model(
    model: str,
    *,
    to: str,
    classes: Sequence[str] | None = None,
    height_offset: float | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Write a model to `to`; its extension chooses the format, a name without one makes a folder of 3D Tiles.

    `classes` limits GeoPackage, DXF and QGIS projects to some layers (names or titles). `height_offset` (m) is added
    to the heights of 3D Tiles, which are ellipsoidal. Raises `UsageError` for an unknown extension, `UnusableInput`
    for a model that the format cannot hold.
    """
    plan = _PLANS.get(Path(to).suffix.lower())
    if plan is None:
        if classes:
            raise UsageError("--classes 只用于 GeoPackage、DXF 和 QGIS 项目；三维格式带全部三维对象")
        title, write = _chosen(to, height_offset)
    else:
        title = plan[0]
        if Path(to).absolute() == Path(model).absolute():
            raise UsageError("导出文件不能是模型自己；请换一个文件名")
    with atomic_output(to, job, overwrite=overwrite) as working:
        if plan is not None:
            entities = _write_plan(plan[1], Path(model), working, classes or (), Path(to).absolute().parent, job)
        else:
            content = read_model(Path(model), job.part(0.0, 0.3))
            entities = write(content, working, job).entities
    shown = "、".join(f"{schema.class_title(name)} {count} 个" for name, count in entities.items())
    message = f"已导出 {title}：{shown or '没有三维对象'}"
    return Result(message, [str(Path(to).absolute())], data={"entities": entities, "format": title})


def _write_plan(
    write: Plan, model: Path, working: Path, classes: Sequence[str], folder: Path, job: Job
) -> dict[str, int]:
    if write is write_project:
        return write_project(model, working, classes, job, folder=folder)
    return write(model, working, classes, job)


def _chosen(to: str, height_offset: float | None) -> tuple[str, Writer]:
    name = Path(to).name
    if not Path(to).suffix:
        return TILES, partial(write_tiles, height_offset=height_offset)
    suffix = next((suffix for suffix in _FORMATS if name.lower().endswith(suffix)), None)
    if suffix is None:
        known = "、".join((*_FORMATS, *_PLANS))
        raise UsageError(f"不认识导出格式“{name}”；扩展名可以是 {known}，没有扩展名时写成 3D Tiles 文件夹")
    return _FORMATS[suffix]
