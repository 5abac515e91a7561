"""A picture by casting rays with Open3D (Embree, on the processor): soft light, cast shadows, no display needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from pointcloud.task import Task
from tim.picture.camera import Camera, shade, sky, sun
from tim.picture.mesh import Mesh

_SUPERSAMPLING = 2
_ROWS = 40
_SKY_RAYS = 4  # per sample; they find how much of the sky a place sees
_SKY_REACH = 35.0  # metres
_NEVER_DARK = 0.25  # of the sky's light reaches every place
_TONE = 1 / 1.12
_TONE_BACK = 1.12  # so that photographs come out as they are
_LIFT = 0.05  # metres off the surface, against shadows of a face on itself


def render(mesh: Mesh, camera: Camera, task: Task) -> np.ndarray:
    """The picture (height, width, 3) uint8. Raises `ImportError` or `OSError` where Open3D cannot be loaded."""
    caster = _Caster(mesh, camera)
    picture = np.empty((camera.height, camera.width, 3), np.uint8)
    for top in range(0, camera.height, _ROWS):
        task.progress(top / camera.height, "绘制三维图")
        rows = slice(top, min(top + _ROWS, camera.height))
        picture[rows] = np.round(255.0 * np.clip(caster.rows(rows), 0.0, 1.0) ** _TONE)
    return picture


class _Caster:
    """Casts the rays of some rows of the picture at a time."""

    def __init__(self, mesh: Mesh, camera: Camera) -> None:
        import open3d

        core: Any = open3d.core
        self.tensor = core.Tensor
        self.scene: Any = open3d.t.geometry.RaycastingScene()
        self.scene.add_triangles(
            self.tensor(np.ascontiguousarray(mesh.vertices, dtype=np.float32)),
            self.tensor(np.ascontiguousarray(mesh.triangles, dtype=np.uint32)),
        )
        self.mesh, self.camera, self.normals = mesh, camera, mesh.normals()
        self.rng = np.random.default_rng(0)

    def rows(self, rows: slice) -> np.ndarray:
        """Colours (rows, width, 3), the mean of several rays a pixel."""
        s = _SUPERSAMPLING
        directions = self.camera.rays(rows, s)
        share = np.linspace(rows.start, rows.stop, directions.shape[0], endpoint=False) / self.camera.height
        colour = np.broadcast_to(sky(share)[:, None], directions.shape).copy()
        flat = directions.reshape(-1, 3)
        answer = self.scene.cast_rays(self._rays(self.camera.position, flat))
        distance = answer["t_hit"].numpy()
        hit = np.isfinite(distance)
        if hit.any():
            triangle = answer["primitive_ids"].numpy()[hit]
            place = self.camera.position + flat[hit] * distance[hit, None]
            colour.reshape(-1, 3)[hit] = self._shaded(triangle, place, flat[hit])
        return colour.reshape(rows.stop - rows.start, s, self.camera.width, s, 3).mean(axis=(1, 3))

    def _shaded(self, triangle: np.ndarray, place: np.ndarray, view: np.ndarray) -> np.ndarray:
        normal = self.normals[triangle]
        normal = np.where(np.sum(normal * view, axis=1, keepdims=True) > 0, -normal, normal)
        colour = self.mesh.colours_at(triangle, place)
        if not self.mesh.lit:
            return colour**_TONE_BACK
        place = place + normal * _LIFT
        lit = self._free(place, np.broadcast_to(sun(), place.shape), np.inf)
        seen = [
            self._free(place, normal + _unit(self.rng.normal(size=place.shape)), _SKY_REACH) for _ in range(_SKY_RAYS)
        ]
        return shade(colour, normal, lit, _NEVER_DARK + (1.0 - _NEVER_DARK) * np.mean(seen, axis=0))

    def _free(self, place: np.ndarray, direction: np.ndarray, reach: float) -> np.ndarray:
        """Whether nothing lies within `reach` metres."""
        return ~self.scene.test_occlusions(self._rays(place, _unit(direction)), tfar=reach).numpy()

    def _rays(self, origin: np.ndarray, direction: np.ndarray) -> Any:
        rays = np.empty((len(direction), 6), np.float32)
        rays[:, :3], rays[:, 3:] = origin, direction
        return self.tensor(rays)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
