"""3D pictures of a model, a mesh or a cloud, with Open3D's ray caster or, without it, a plain painter."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pointcloud.task import Task
from tim.errors import TimError
from tim.picture import painter, raycast
from tim.picture.camera import Camera
from tim.picture.content import ModelContent
from tim.picture.mesh import Mesh, model_mesh
from tim.picture.reality import render_points, textured_mesh
from tim.picture.view import View

RAYCAST, PAINTER, POINTS = "open3d", "painter", "points"
_SIZE = (1800, 1125)


def draw_scene(
    content: ModelContent, path: str | Path, task: Task, *, renderer: str = "", size: tuple[int, int] = _SIZE
) -> str:
    """Draw a model from the south-west as PNG and return the name of the renderer that drew it.

    `renderer` "open3d" or "painter" demands one; otherwise Open3D draws, and the painter where Open3D cannot be loaded.
    """
    return draw_mesh(model_mesh(content), path, task, renderer=renderer, size=size)


def draw_view(view: View, path: str | Path, task: Task, *, renderer: str = "", size: tuple[int, int] = _SIZE) -> str:
    """The same of a mesh with its own textures, or of a point cloud, whose renderer is "points"."""
    if view.meshes:
        return draw_mesh(textured_mesh(view), path, task, renderer=renderer, size=size)
    _write_png(Path(path), render_points(view, Camera.over(view.points.astype(np.float64), *size), task))
    return POINTS


def draw_mesh(mesh: Mesh, path: str | Path, task: Task, *, renderer: str, size: tuple[int, int]) -> str:
    """Draw a mesh from the south-west as PNG and return the name of the renderer that drew it."""
    camera = Camera.over(mesh.vertices, *size)
    used = renderer or RAYCAST
    try:
        picture = (painter if used == PAINTER else raycast).render(mesh, camera, task)
    except (ImportError, OSError) as error:
        if renderer:
            raise TimError("这台机器不能载入 Open3D，不能用它绘制三维图；请改用内置绘制", detail=str(error)) from error
        used = PAINTER
        picture = painter.render(mesh, camera, task)
    _write_png(Path(path), picture)
    return used


def _write_png(path: Path, picture: np.ndarray) -> None:
    """Through memory: OpenCV's own writer does not know every path name."""
    done, data = cv2.imencode(".png", picture[:, :, ::-1])
    if not done:
        raise TimError(f"图片“{path.name}”编码失败")
    path.write_bytes(data.tobytes())
