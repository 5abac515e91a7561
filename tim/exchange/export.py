"""`tim export`: a model as an exchange format."""

from __future__ import annotations

from pathlib import Path

from tim.errors import UsageError
from tim.exchange.cityjson import write_cityjson
from tim.exchange.content import read_content
from tim.exchange.obj import write_obj
from tim.files import atomic_output
from tim.job import Job
from tim.result import Result

_FORMATS = {".city.json": ("CityJSON 2.0", write_cityjson), ".obj": ("OBJ", write_obj)}


def export_model(model: str, *, to: str, overwrite: bool = False, job: Job) -> Result:
    """Write a model to `to`; its extension chooses the format. Raises `UsageError` for an unknown extension."""
    suffix = next((suffix for suffix in _FORMATS if to.lower().endswith(suffix)), None)
    if suffix is None:
        raise UsageError(f"不认识导出格式“{Path(to).name}”；扩展名可以是 {'、'.join(_FORMATS)}")
    title, write = _FORMATS[suffix]
    with atomic_output(to, job, overwrite=overwrite) as working:
        content = read_content(Path(model), job)
        job.progress(0.8, "写出文件")
        write(content, working, job)
    modelled = sum(bool(thing.solids) for thing in content.buildings)
    entities = {"building": modelled, "terrain": int(content.terrain is not None)}
    if suffix == ".city.json" and content.land_use:
        entities["land_use"] = len(content.land_use)
    message = f"已导出 {title}：建筑 {modelled} 座" + ("，含地形" if content.terrain is not None else "")
    return Result(message, [str(Path(to).absolute())], data={"entities": entities, "format": title})
