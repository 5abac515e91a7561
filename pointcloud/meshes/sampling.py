"""Points on the surface of meshes, with the colours of their pictures."""

from __future__ import annotations

import numpy as np

from pointcloud.meshes.mesh import Image, Mesh
from pointcloud.meshes.pictures import pixels_of


class Colours:
    """Colours of places on meshes; pictures are unpacked once."""

    def __init__(self) -> None:
        self._pixels: dict[int, tuple[Image, np.ndarray | None]] = {}

    def at(self, mesh: Mesh, triangle: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """RGB uint8 (k, 3) at places given by triangle (k,) and barycentric shares (k, 3)."""
        corners = mesh.triangles[triangle]
        tint = np.array(mesh.material.colour[:3]) * 255.0
        colour = np.broadcast_to(tint, (len(triangle), 3))
        if mesh.colours is not None:
            colour = np.einsum("kc,kcr->kr", shares, mesh.colours[corners][:, :, :3].astype(float)) * tint / 255.0
        pixels = None if mesh.material.image is None or mesh.uv is None else self._of(mesh.material.image)
        if pixels is not None and mesh.uv is not None:
            uv = np.einsum("kc,kcr->kr", shares, mesh.uv[corners].astype(float))
            colour = _look_up(pixels, uv, mesh.material.repeat) * colour / 255.0
        return np.clip(np.round(colour), 0, 255).astype(np.uint8)

    def _of(self, image: Image) -> np.ndarray | None:
        if id(image) not in self._pixels:
            self._pixels[id(image)] = image, pixels_of(image)  # the image is held, so that its id stays its own
        return self._pixels[id(image)][1]


def _look_up(pixels: np.ndarray, uv: np.ndarray, repeat: bool) -> np.ndarray:
    """The nearest pixels (k, 3) float; v counts upwards."""
    uv = np.where(np.isfinite(uv), uv, 0.0)
    uv = uv - np.floor(uv) if repeat and (uv.min() < -0.001 or uv.max() > 1.001) else np.clip(uv, 0.0, 1.0)
    rows, columns = pixels.shape[:2]
    column = np.minimum((uv[:, 0] * columns).astype(np.int64), columns - 1)
    row = np.minimum(((1.0 - uv[:, 1]) * rows).astype(np.int64), rows - 1)
    return pixels[row, column, :3].astype(float)


def areas(mesh: Mesh) -> np.ndarray:
    """Areas (m,) of the triangles in square units of the coordinates."""
    a, b, c = (mesh.positions[mesh.triangles[:, k]].astype(np.float64) for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0


def sample(mesh: Mesh, density: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random points of an even density (per square unit): positions (k, 3), triangles (k,), shares (k, 3).

    The number on a triangle is its area times the density, rounded up or down by chance so that sums are right.
    """
    expected = areas(mesh) * density
    counts = np.floor(expected + rng.random(len(expected))).astype(np.int64)
    triangle = np.repeat(np.arange(len(counts)), counts)
    root, other = np.sqrt(rng.random(len(triangle))), rng.random(len(triangle))
    # an even spread over a triangle (Turk 1990, Generating random points in triangles)
    shares = np.column_stack((1.0 - root, root * (1.0 - other), root * other))
    corners = mesh.positions[mesh.triangles[triangle]].astype(np.float64)
    return np.einsum("kc,kcr->kr", shares, corners), triangle, shares
