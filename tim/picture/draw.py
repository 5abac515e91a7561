"""The operations that draw pictures."""

from __future__ import annotations

from pathlib import Path

from tim.files import atomic_output, check_target
from tim.job import Job
from tim.picture.content import ModelContent, read_content
from tim.result import Result

_MOST_TRIANGLES, _MOST_POINTS = 4_000_000, 8_000_000


def draw_map(model: str, out: str, job: Job, title: str | None = None, overwrite: bool = False) -> Result:
    """Write the map picture of a model. The result has `font`: the font of the labels, empty without a Chinese one."""
    from tim.picture.fonts import chinese_font
    from tim.picture.map import draw_model

    content = _read(model, out, overwrite, job)
    if chinese_font() is None:
        job.warn("这台机器没有中文字体，地图用英文标注；安装一种中文字体（如 fonts-wqy-microhei）后重画即可")
    with atomic_output(out, job, overwrite=overwrite) as path:
        job.progress(0.4, "绘制地图")
        draw_model(content, path, title=title or "")
    return Result(f"已画出地图“{Path(out).name}”", outputs=[str(out)], data={"font": chinese_font() or ""})


def draw_scene(model: str, out: str, job: Job, renderer: str = "auto", overwrite: bool = False) -> Result:
    """Write the 3D picture of a model, a mesh or a point cloud.

    The result has `renderer`: "open3d" or "painter", "points" for a cloud.
    """
    from tim.picture import scene
    from tim.picture.view import MODEL, kind_of, open_view

    demanded = "" if renderer == "auto" else renderer
    if kind_of(model) == MODEL:
        content = _read(model, out, overwrite, job)
        with atomic_output(out, job, overwrite=overwrite) as path:
            used = scene.draw_scene(content, path, job.part(0.1, 1.0), renderer=demanded)
    else:
        check_target(out, overwrite=overwrite)
        view = open_view(model, job, most_triangles=_MOST_TRIANGLES, most_points=_MOST_POINTS)
        with atomic_output(out, job, overwrite=overwrite) as path:
            used = scene.draw_view(view, path, job, renderer=demanded)
    if renderer == "auto" and used == scene.PAINTER:
        job.warn("没有可用的 Open3D，三维图用内置绘制完成（没有投影阴影）")
    return Result(f"已画出三维图“{Path(out).name}”", outputs=[str(out)], data={"renderer": used})


def _read(model: str, out: str, overwrite: bool, job: Job) -> ModelContent:
    check_target(out, overwrite=overwrite)
    job.progress(0.0, "读取模型")
    with job.watch(300.0, f"读取“{Path(model).name}”"):
        return read_content(model)
