"""A picture by casting rays with Open3D (Embree, on the processor): soft light, cast shadows, no display or OpenGL context."""

from __future__ import annotations

import numpy as np

from pointcloud.task import Task
from tim.picture.camera import Camera, shade, sky, sun
from tim.picture.mesh import Mesh

_SUPERSAMPLING = 2
_ROWS = 40
_SKY_RAYS = 4  # per sample; they find how much of the sky a place sees
_SKY_REACH = 35.0  # metres
_LIFT = 0.05  # metres off the surface, against shadows of a face on itself


def render(mesh: Mesh, camera: Camera, task: Task) -> np.ndarray:
    """The picture (height, width, 3) uint8. Raises `ImportError` or `OSError` where Open3D cannot be loaded."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor(np.ascontiguousarray(mesh.vertices, dtype=np.float32)),
        o3d.core.Tensor(np.ascontiguousarray(mesh.triangles, dtype=np.uint32)),
    )
    normals = mesh.normals()
    rng = np.random.default_rng(0)
    picture = np.empty((camera.height, camera.width, 3), np.uint8)
    for top in range(0, camera.height, _ROWS):
        task.progress(top / camera.height, "绘制三维图")
        rows = slice(top, min(top + _ROWS, camera.height))
        fine = _render_rows(scene, mesh, normals, camera, rows, rng, o3d)
        s = _SUPERSAMPLING
        mean = fine.reshape(rows.stop - rows.start, s, camera.width, s, 3).mean(axis=(1, 3))
        picture[rows] = np.round(255.0 * np.clip(mean, 0.0, 1.0) ** (1 / 1.12))
    return picture


def _render_rows(
    scene, mesh: Mesh, normals: np.ndarray, camera: Camera, rows: slice, rng: np.random.Generator, o3d
) -> np.ndarray:  # noqa: ANN001
    directions = camera.rays(rows, _SUPERSAMPLING)
    share = np.linspace(rows.start, rows.stop, directions.shape[0], endpoint=False) / camera.height
    colour = np.broadcast_to(sky(share)[:, None], directions.shape).copy()
    flat = directions.reshape(-1, 3)
    answer = scene.cast_rays(_rays(camera.position, flat, o3d))
    distance = answer["t_hit"].numpy()
    hit = np.isfinite(distance)
    if not hit.any():
        return colour
    triangle = answer["primitive_ids"].numpy()[hit]
    normal = normals[triangle]
    normal = np.where(np.sum(normal * flat[hit], axis=1, keepdims=True) > 0, -normal, normal)
    place = camera.position + flat[hit] * distance[hit, None]
    tone = mesh.colours_at(triangle, place)
    place = place + normal * _LIFT
    lit = ~scene.test_occlusions(_rays(place, np.broadcast_to(sun(), place.shape), o3d)).numpy()
    lit = lit | (normal @ sun() <= 0)
    free = np.zeros(len(place))
    for _ in range(_SKY_RAYS):
        around = normal + _unit(rng.normal(size=place.shape))
        free += ~scene.test_occlusions(_rays(place, _unit(around), o3d), tfar=_SKY_REACH).numpy()
    colour.reshape(-1, 3)[hit] = shade(tone, normal, lit, 0.25 + 0.75 * free / _SKY_RAYS)
    return colour


def _rays(origin: np.ndarray, direction: np.ndarray, o3d):  # noqa: ANN001, ANN202
    rays = np.empty((len(direction), 6), np.float32)
    rays[:, :3], rays[:, 3:] = origin, direction
    return o3d.core.Tensor(rays)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
