"""A textured triangle mesh in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Image:
    """A picture as the bytes of its file. `mime` is "image/jpeg", "image/png" or "" for a format not looked into."""

    data: bytes
    mime: str
    name: str = ""


@dataclass(frozen=True)
class Material:
    """How a mesh looks: RGBA 0..1, a picture, whether the picture repeats, whether it holds its light already."""

    name: str = ""
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    image: Image | None = None
    repeat: bool = True
    unlit: bool = False


@dataclass
class Mesh:
    """Triangles of one material; x east, y north, z up unless a reader says otherwise.

    `positions` (n, 3) float32 or float64, `triangles` (m, 3) uint32 counter-clockwise from outside, `normals` (n, 3)
    unit float32, `uv` (n, 2) float32 with v upwards (as OpenGL and OBJ), `colours` (n, 4) uint8, `feature` (n,)
    row of a table of attributes (−1 none). Every array but the first two may be None.
    """

    positions: np.ndarray
    triangles: np.ndarray
    normals: np.ndarray | None = None
    uv: np.ndarray | None = None
    colours: np.ndarray | None = None
    feature: np.ndarray | None = None
    material: Material = field(default_factory=Material)
    name: str = ""

    def moved(self, matrix: np.ndarray) -> Mesh:
        """The mesh under an affine map: `matrix` (4, 4) acts on columns (x, y, z, 1). Positions become float64."""
        linear = matrix[:3, :3]
        positions = self.positions.astype(np.float64) @ linear.T + matrix[:3, 3]
        triangles, normals = self.triangles, self.normals
        determinant = float(np.linalg.det(linear))
        if determinant < 0:  # a mirror turns the triangles over
            triangles = triangles[:, ::-1]
        if normals is not None and determinant != 0:
            normals = unit(normals @ np.linalg.inv(linear).astype(np.float32)) * np.float32(np.sign(determinant))
        return replace(self, positions=positions, triangles=triangles, normals=normals)

    def taken(self, chosen: np.ndarray) -> Mesh:
        """The mesh of some triangles (mask or numbers), without the vertices that no longer serve."""
        used, inverse = np.unique(self.triangles[chosen], return_inverse=True)
        return self._with(used, inverse.reshape(-1, 3).astype(np.uint32))

    def _with(self, used: np.ndarray, triangles: np.ndarray) -> Mesh:
        """The mesh of some of its vertices (mask or numbers) with new triangles."""
        return replace(
            self,
            positions=self.positions[used],
            triangles=triangles,
            normals=None if self.normals is None else self.normals[used],
            uv=None if self.uv is None else self.uv[used],
            colours=None if self.colours is None else self.colours[used],
            feature=None if self.feature is None else self.feature[used],
        )

    def finite(self) -> Mesh:
        """The mesh without triangles that touch a vertex with NaN or an infinite coordinate."""
        good = np.isfinite(self.positions).all(axis=1)
        if good.all():
            return self
        if not len(self.triangles):  # points
            return self._with(good, self.triangles)
        return self.taken(good[self.triangles].all(axis=1))


@dataclass
class FeatureTable:
    """Attributes of the features that `Mesh.feature` points to: column name → values, all of one length."""

    columns: Mapping[str, Sequence[Any]]
    name: str = "feature"

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def used_by(self, meshes: Sequence[Mesh]) -> FeatureTable:
        """The rows that some meshes point to, which are made to point to their places in it."""
        pointing = [(mesh, mesh.feature) for mesh in meshes if mesh.feature is not None]
        rows = np.unique(np.concatenate([feature for _, feature in pointing])) if pointing else np.empty(0, np.int64)
        rows = rows[(rows >= 0) & (rows < len(self))]
        for mesh, feature in pointing:
            mesh.feature = np.where(np.isin(feature, rows), np.searchsorted(rows, feature), -1)
        kept = rows.tolist()
        return FeatureTable({name: [values[row] for row in kept] for name, values in self.columns.items()}, self.name)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, 3) of length 1, (0, 0, 1) for those without a direction; float32."""
    values = np.where(np.isfinite(vectors), vectors, 0.0).astype(np.float32)
    with np.errstate(over="ignore"):
        length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.where(length > 1e-12, values / np.maximum(length, 1e-12), np.array([0, 0, 1], np.float32)).astype(
        np.float32
    )


def face_normals(mesh: Mesh) -> np.ndarray:
    """Unit normals of the triangles (m, 3) float32."""
    a, b, c = (mesh.positions[mesh.triangles[:, k]].astype(np.float64) for k in range(3))
    return unit(np.cross(b - a, c - a))


def bounds(meshes: Iterable[Mesh]) -> np.ndarray | None:
    """Lowest and highest coordinates ((3,), (3,)) of all finite vertices as (2, 3) float64, None without any."""
    boxes = []
    for mesh in meshes:
        good = mesh.positions[np.isfinite(mesh.positions).all(axis=1)]
        if len(good):
            boxes.append((good.min(axis=0), good.max(axis=0)))
    if not boxes:
        return None
    low, high = (np.array(part, dtype=np.float64) for part in zip(*boxes))
    return np.array([low.min(axis=0), high.max(axis=0)])
