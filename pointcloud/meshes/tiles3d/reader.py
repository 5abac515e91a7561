"""A tileset as a tree of tiles in local coordinates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.damage import OF_DAMAGE, patience
from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.georeference import Georeference, enu_frame, geodetic
from pointcloud.meshes.gltf_accessors import inside
from pointcloud.meshes.mesh import Mesh
from pointcloud.meshes.tiles3d.content import read_content
from pointcloud.meshes.tiles3d.implicit import Subtrees, filled
from pointcloud.task import Task

_CONTENTS = (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf")
_ON_EARTH = 6.2e6  # metres from the centre of the earth: beyond it coordinates are earth-centred
_DEEPEST = 64


@dataclass
class _Context:
    """Where tiles stand: the folder of their tileset and the transform of their parent to the root's coordinates."""

    folder: Path
    matrix: np.ndarray
    level: int
    refine: str


def open_tileset(path: Path, task: Task) -> MeshDataset:
    """Open a tileset with all its external ones; every content is read once. Missing ones are named.

    Local coordinates are metres east, north, up at the tileset's centre where it is earth-centred, else its own.
    Raises `UnusableSource`.
    """
    dataset = MeshDataset(path, "3dtiles")
    reader = _Reader(dataset, task)
    reader.tileset(path, _Context(path.parent, np.eye(4), 0, "REPLACE"))
    reader.place()
    if not dataset.tiles() and dataset.missing:
        raise UnusableSource(
            f"3D Tiles“{path.name}”的内容文件都不在（如“{dataset.missing[0]}”）；请把整个文件夹一起复制"
        )
    if dataset.missing:
        dataset.warnings.append(f"缺少 {len(dataset.missing)} 个被引用的文件（如“{dataset.missing[0]}”），没有读入")
    for name in dataset.damaged:
        dataset.warnings.append(f"瓦片“{name}”损坏或不支持，没有读入")
    return dataset


class _Reader:
    def __init__(self, dataset: MeshDataset, task: Task) -> None:
        self.dataset, self.task = dataset, task
        self.base = dataset.path.parent
        self.loaders: list[_Loader] = []
        self._tilesets: set[Path] = set()

    def tileset(self, path: Path, context: _Context) -> list[Tile]:
        """The tiles of a tileset file; those of the first one become the roots."""
        if path.resolve() in self._tilesets or context.level > _DEEPEST:
            raise UnusableSource(f"3D Tiles“{path.name}”互相引用成环；请检查数据")
        self._tilesets.add(path.resolve())
        try:
            root = json.loads(path.read_bytes())
            tiles = [self._tile(root["root"], context)]
        except OSError as error:
            raise UnusableSource(f"读不了“{path}”（{error.strerror}）；请检查路径和权限") from error
        except OF_DAMAGE as error:
            raise UnusableSource(f"“{path.name}”不是合格的 3D Tiles；请重新生成", detail=repr(error)) from error
        if not self.dataset.roots:
            self.dataset.roots = tiles
            self.dataset.files = 1
        return tiles

    def _tile(self, entry: dict[str, Any], context: _Context) -> Tile:
        self.task.check()
        matrix = context.matrix
        if "transform" in entry:
            own = np.array(entry["transform"], float).reshape(4, 4).T
            matrix = matrix @ own
        refine = str(entry.get("refine", context.refine)).upper()
        tile = Tile(f"tile_{len(self.loaders)}", context.level, list, adds=refine == "ADD")
        tile.error = float(entry.get("geometricError", 0.0))
        below = _Context(context.folder, matrix, context.level + 1, refine)
        if "implicitTiling" in entry or "3DTILES_implicit_tiling" in entry.get("extensions", {}):
            implicit = entry.get("implicitTiling") or entry["extensions"]["3DTILES_implicit_tiling"]
            tile.children = self._implicit(entry, implicit, below)
            return tile
        extension = entry.get("extensions", {}).get("3DTILES_multiple_contents", {})
        contents = entry.get("contents") or extension.get("contents") or extension.get("content") or []
        for content in [*([entry["content"]] if "content" in entry else []), *contents]:
            self._content(tile, str(content.get("uri", content.get("url", ""))), below)
        tile.children += [self._tile(child, below) for child in entry.get("children", [])]
        return tile

    def _content(self, tile: Tile, uri: str, context: _Context) -> None:
        place = self._find(context.folder, uri)
        if place is None:
            tile.lost = True
            return
        if place.suffix.lower() == ".json":
            if place.resolve() in self._tilesets:
                raise ValueError("cycle")
            tile.children += self.tileset(place, _Context(place.parent, context.matrix, context.level, context.refine))
            self.dataset.files += 1
            return
        loader = tile.load if isinstance(tile.load, _Loader) else _Loader(context.matrix)
        loader.paths.append(place)
        if tile.load is not loader:
            tile.load, tile.name = loader, place.stem
            self.loaders.append(loader)
        self.dataset.files += 1

    def _find(self, folder: Path, uri: str) -> Path | None:
        """The file behind a URI, under the folder of the first tileset; noted when it is missing."""
        try:
            relative = folder.resolve().relative_to(self.base.resolve()).as_posix()
        except ValueError:
            relative = "."
        name = uri if relative == "." else f"{relative}/{uri}"
        place = inside(self.base, name)
        if place is None and uri and name not in self.dataset.missing:
            self.dataset.missing.append(name)
        return place

    def _implicit(self, entry: dict[str, Any], implicit: dict[str, Any], context: _Context) -> list[Tile]:
        """The available tiles of an implicit tree as nested tiles."""

        def fetch(uri: str) -> bytes | None:
            place = self._find(context.folder, uri)
            return None if place is None else place.read_bytes()

        template = str(entry["content"].get("uri", "")) if "content" in entry else ""
        error = float(entry.get("geometricError", 0.0))
        found: dict[tuple[int, ...], Tile] = {}
        roots: list[Tile] = []
        for place, has_content in Subtrees(implicit, fetch).tiles():
            self.task.check()
            level = place[0]
            tile = Tile("_".join(map(str, place)), context.level + level - 1, list, adds=context.refine == "ADD")
            tile.error = error / 2**level
            if has_content and template:
                below = _Context(context.folder, context.matrix, context.level + level, context.refine)
                self._content(tile, filled(template, place), below)
            found[place] = tile
            parent = found.get((level - 1, *(axis // 2 for axis in place[1:])))
            (roots if parent is None else parent.children).append(tile)
        return roots

    def place(self) -> None:
        """Read every content, choose the local frame, measure all tiles."""
        tiles = [tile for root in self.dataset.roots for tile in root.all()]
        sample: np.ndarray | None = None
        for number, tile in enumerate(tiles):
            self.task.progress(number / max(1, len(tiles)), "读取 3D Tiles")
            if not isinstance(tile.load, _Loader):
                continue
            meshes = self._meshes(tile)
            tile.measure(meshes)
            if sample is None and tile.box is not None:
                sample = tile.box.mean(axis=0)
                self._frame(sample)
                tile.measure([mesh.moved(self._inverse) for mesh in meshes] if self._inverse is not None else meshes)
        for loader in self.loaders:
            loader.after = self._inverse

    _inverse: np.ndarray | None = None

    def _frame(self, place: np.ndarray) -> None:
        """Earth-centred coordinates become metres east, north, up at the first content."""
        if np.linalg.norm(place) < _ON_EARTH:
            return
        longitude, latitude, height = geodetic(place[None])[0]
        frame = enu_frame(float(np.degrees(longitude)), float(np.degrees(latitude)), float(height))
        self.dataset.georeference = Georeference(matrix=frame, text="EPSG:4978")
        self._inverse = np.linalg.inv(frame)
        for loader in self.loaders:
            loader.after = self._inverse

    def _meshes(self, tile: Tile) -> list[Mesh]:
        loader = tile.load
        if not isinstance(loader, _Loader):
            return []
        try:
            size = sum(path.stat().st_size for path in loader.paths)
            with self.task.watch(patience(size), f"读取 {loader.paths[0].name}"):  # Draco is native code
                found = loader.read()
        except UnusableSource as error:
            self.dataset.damaged.append(loader.paths[0].name)
            self.dataset.warnings.append(error.message)
            loader.paths, tile.lost = [], True
            return []
        self.dataset.warnings += [text for text in loader.warnings if text not in self.dataset.warnings]
        self.dataset.missing += loader.missing
        return found


class _Loader:
    """Gives the meshes of the contents of one tile in local coordinates."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.paths: list[Path] = []
        self.matrix = matrix
        self.after: np.ndarray | None = None
        self.warnings: list[str] = []
        self.missing: list[str] = []

    def __call__(self) -> list[Mesh]:
        return self.read()

    def read(self) -> list[Mesh]:
        meshes: list[Mesh] = []
        self.warnings, self.missing = [], []
        matrix = self.matrix if self.after is None else self.after @ self.matrix
        for path in self.paths:
            found = read_content(path.read_bytes(), path.name, path.parent)
            self.warnings += found.warnings
            self.missing += found.missing
            meshes += [mesh.moved(matrix) for mesh in found.meshes]
        return meshes
