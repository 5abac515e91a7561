"""3D pictures of a model, with Open3D's ray caster or, without it, a plain painter."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pointcloud.task import Task
from tim.errors import TimError
from tim.picture import painter, raycast
from tim.picture.camera import Camera
from tim.picture.content import ModelContent
from tim.picture.mesh import model_mesh

RAYCAST, PAINTER = "open3d", "painter"
_SIZE = (1800, 1125)


def draw_scene(
    content: ModelContent, path: str | Path, task: Task, *, renderer: str = "", size: tuple[int, int] = _SIZE
) -> str:
    """Draw a model from the south-west as PNG and return the name of the renderer that drew it.

    `renderer` "open3d" or "painter" demands one; otherwise Open3D draws, and the painter where Open3D cannot be loaded.
    """
    mesh = model_mesh(content)
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
