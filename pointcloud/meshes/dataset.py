"""Meshes with levels of detail, whatever their format: a tree of tiles that are read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointcloud.meshes.georeference import Georeference
from pointcloud.meshes.mesh import FeatureTable, Mesh, bounds


@dataclass
class Tile:
    """A piece of the mesh at one level, which its `children` replace (`adds`: complete).

    `box` (2, 3) local coordinates of all vertices, None without any. `error` (m) is how far the piece may be from the
    finest mesh (the geometric error of 3D Tiles), 0 for the finest. `lost`: its content is missing or damaged.
    """

    name: str
    level: int
    load: Callable[[], list[Mesh]]
    label: str = ""
    children: list[Tile] = field(default_factory=list)
    adds: bool = False
    vertices: int = 0
    triangles: int = 0
    points: int = 0
    box: np.ndarray | None = None
    error: float = 0.0
    lost: bool = False

    def measure(self, meshes: list[Mesh]) -> None:
        """Fill in the counts and the box from what `load` gives."""
        self.vertices = sum(len(mesh.positions) for mesh in meshes)
        self.triangles = sum(len(mesh.triangles) for mesh in meshes)
        self.points = sum(len(mesh.positions) for mesh in meshes if not len(mesh.triangles))
        self.box = bounds(meshes)

    def all(self) -> Iterator[Tile]:
        """This tile and all below it."""
        stack = [self]
        while stack:
            tile = stack.pop()
            yield tile
            stack.extend(reversed(tile.children))

    def whole_box(self) -> np.ndarray | None:
        """The box of this tile and all below it."""
        boxes = [tile.box for tile in self.all() if tile.box is not None]
        if not boxes:
            return None
        return np.array([np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)])


@dataclass
class MeshDataset:
    """A source of meshes. `missing` names files that others refer to and that are not there, `damaged` unreadable ones.

    `features` are the attributes that `Mesh.feature` points to, where the format has them.
    """

    path: Path
    kind: str
    roots: list[Tile] = field(default_factory=list)
    georeference: Georeference = field(default_factory=Georeference)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: int = 0
    features: FeatureTable | None = None

    def tiles(self) -> list[Tile]:
        """All tiles that have content."""
        return [tile for root in self.roots for tile in root.all() if tile.vertices]

    def finest(self) -> list[Tile]:
        """The tiles that together show the mesh at its finest, each place once."""
        return [tile for root in self.roots for tile in _finest(root)]

    def at_level(self, level: int) -> list[Tile]:
        """The tiles that together show the mesh not finer than `level` (0 the coarsest)."""
        return [tile for root in self.roots for tile in _finest(root, level)]

    def box(self) -> np.ndarray | None:
        """The box (2, 3) of all vertices, local coordinates."""
        boxes = [box for root in self.roots if (box := root.whole_box()) is not None]
        if not boxes:
            return None
        return np.array([np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)])


def _finest(tile: Tile, level: int | None = None) -> list[Tile]:
    own = [tile] if tile.vertices else []
    if not tile.children or (level is not None and tile.level >= level and own):
        return own
    if own and not tile.adds and any(child.lost for child in tile.children):
        return own  # rather coarse than with a hole
    below = [piece for child in tile.children for piece in _finest(child, level)]
    return (own if tile.adds else []) + below if below else own
