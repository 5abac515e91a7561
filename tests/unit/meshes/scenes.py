"""Small textured meshes for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.georeference import Georeference
from pointcloud.meshes.mesh import Material, Mesh
from pointcloud.meshes.pictures import png_of


def hill(shift: tuple[float, float, float] = (0, 0, 0), cells: int = 6, size: float = 60.0) -> Mesh:
    """A textured bump of cells² squares."""
    axis = np.linspace(0, size, cells + 1)
    x, y = (part.ravel() for part in np.meshgrid(axis, axis))
    z = 5.0 * np.sin(x / 11.0) * np.cos(y / 7.0)
    index = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    triangles = np.concatenate((np.column_stack((a, b, c)), np.column_stack((a, c, d))))
    picture = png_of(np.random.default_rng(1).integers(0, 255, (8, 8, 3), dtype=np.uint8))
    return Mesh(
        np.column_stack((x, y, z)) + shift,
        triangles.astype(np.uint32),
        uv=np.column_stack((x, y)).astype(np.float32) / np.float32(size),
        material=Material("hill", image=picture),
    )


def dataset(meshes: list[Mesh], georeference: Georeference) -> MeshDataset:
    """A dataset of one tile."""
    tile = Tile("hill", 0, lambda: meshes)
    tile.measure(meshes)
    return MeshDataset(Path("hill"), "osgb", [tile], georeference)
