"""A picture by painting triangles from far to near: plain, without cast shadows; for machines without Open3D."""

from __future__ import annotations

import cv2
import numpy as np

from pointcloud.task import Task
from tim.picture.camera import Camera, shade, sky
from tim.picture.mesh import Mesh

_FIXED = 4  # bits of OpenCV's fractional pixels


def render(mesh: Mesh, camera: Camera, task: Task) -> np.ndarray:
    """The picture (height, width, 3) uint8."""
    background = sky(np.arange(camera.height) / camera.height)
    picture = (
        np.round(255 * np.broadcast_to(background[:, None], (camera.height, camera.width, 3))).astype(np.uint8).copy()
    )
    pixels, depth = camera.project(mesh.vertices)
    normal = mesh.normals()
    middle = mesh.vertices[mesh.triangles].mean(axis=1)
    facing = np.sum(normal * (middle - camera.position), axis=1) < 0
    chosen = np.flatnonzero(facing)
    chosen = chosen[np.argsort(-depth[mesh.triangles[chosen]].mean(axis=1), kind="stable")]
    ones = np.ones(len(chosen))
    tones = shade(mesh.colours[chosen], normal[chosen], ones, ones) if mesh.lit else mesh.colours[chosen]
    colour = np.round(255 * np.clip(tones, 0, 1))
    corners = np.round(pixels[mesh.triangles[chosen]] * (1 << _FIXED)).astype(np.int32)
    for number, (triangle, tone) in enumerate(zip(corners, colour.tolist())):
        if number % 20_000 == 0:
            task.progress(number / len(chosen), "绘制三维图")
        cv2.fillConvexPoly(picture, triangle, tone, lineType=cv2.LINE_AA, shift=_FIXED)
    return picture
