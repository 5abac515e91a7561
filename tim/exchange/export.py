"""`tim export`: a model as an exchange format, chosen by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pointcloud.task import Task
from tim.errors import UsageError
from tim.exchange.city.stream import ModelCity, read_model
from tim.exchange.cityjson.write import write_cityjson, write_sequence
from tim.exchange.counts import Counts
from tim.exchange.obj import write_obj
from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.result import Result

Writer = Callable[[ModelCity, Path, Task], Counts]
_FORMATS: dict[str, tuple[str, Writer]] = {
    ".city.jsonl": ("CityJSONSeq 2.0", write_sequence),
    ".city.json": ("CityJSON 2.0", write_cityjson),
    ".obj": ("OBJ", write_obj),
}


def export_model(model: str, *, to: str, overwrite: bool = False, job: Job) -> Result:
    """Write a model to `to`; its extension chooses the format. Raises `UsageError` for an unknown extension."""
    suffix = next((suffix for suffix in _FORMATS if to.lower().endswith(suffix)), None)
    if suffix is None:
        raise UsageError(f"不认识导出格式“{Path(to).name}”；扩展名可以是 {'、'.join(_FORMATS)}")
    title, write = _FORMATS[suffix]
    with atomic_output(to, job, overwrite=overwrite) as working:
        content = read_model(Path(model), job.part(0.0, 0.3))
        counts = write(content, working, job)
    shown = "、".join(f"{schema.class_title(name)} {count} 个" for name, count in counts.entities.items())
    message = f"已导出 {title}：{shown or '没有三维对象'}"
    return Result(message, [str(Path(to).absolute())], data={"entities": counts.entities, "format": title})
