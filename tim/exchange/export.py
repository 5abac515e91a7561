"""`tim export`: a model as an exchange format, chosen by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pointcloud.task import Task
from tim.errors import UsageError
from tim.exchange.city.stream import ModelCity, read_model
from tim.exchange.cityjson.write import write_cityjson, write_sequence
from tim.exchange.counts import Counts
from tim.exchange.meshes import write_model_glb, write_tiles
from tim.exchange.obj import write_obj
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
}


def export_model(
    model: str, *, to: str, height_offset: float | None = None, overwrite: bool = False, job: Job
) -> Result:
    """Write a model to `to`; its extension chooses the format, a name without one makes a folder of 3D Tiles.

    `height_offset` (m) is added to the heights of 3D Tiles, which are ellipsoidal. Raises `UsageError` for an unknown
    extension, `UnusableInput` for a model that the format cannot hold.
    """
    title, write = _chosen(to, height_offset)
    with atomic_output(to, job, overwrite=overwrite) as working:
        content = read_model(Path(model), job.part(0.0, 0.3))
        counts = write(content, working, job)
    shown = "、".join(f"{schema.class_title(name)} {count} 个" for name, count in counts.entities.items())
    message = f"已导出 {title}：{shown or '没有三维对象'}"
    return Result(message, [str(Path(to).absolute())], data={"entities": counts.entities, "format": title})


def _chosen(to: str, height_offset: float | None) -> tuple[str, Writer]:
    name = Path(to).name
    if not Path(to).suffix:
        return TILES, partial(write_tiles, height_offset=height_offset)
    suffix = next((suffix for suffix in _FORMATS if name.lower().endswith(suffix)), None)
    if suffix is None:
        raise UsageError(
            f"不认识导出格式“{name}”；扩展名可以是 {'、'.join(_FORMATS)}，没有扩展名时写成 3D Tiles 文件夹"
        )
    return _FORMATS[suffix]
