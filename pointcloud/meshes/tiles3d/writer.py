"""A dataset as 3D Tiles 1.1: an explicit tileset of GLB contents with the dataset's levels of detail."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import FeatureTable, Mesh, bounds
from pointcloud.meshes.placement import earth_frame, mapped
from pointcloud.task import Task

_THINNEST = 0.001  # metres: half of a box that is flat
_FOLDER = "tiles"


def write_tileset(
    dataset: MeshDataset,
    folder: Path,
    task: Task,
    *,
    height_offset: float = 0.0,
    features: FeatureTable | None = None,
    root: list[Tile] | None = None,
) -> int:
    """Write `tileset.json` and its contents into `folder` (made when missing); returns the number of contents.

    Every vertex is taken to earth-centred coordinates on its own in double precision and then to metres east, north,
    up at the middle of the dataset, where the root's transform puts them back. `height_offset` (m) is added to heights
    first. `features` are the attributes that `Mesh.feature` points to. Raises `UnusableSource` for a dataset without
    a place.
    """
    roots = dataset.roots if root is None else root
    box = dataset.box()
    if box is None:
        raise UnusableSource(f"“{dataset.path.name}”里没有顶点；请检查输入")
    frame, _ = earth_frame(dataset, box, height_offset)
    writer = _Writer(
        dataset, folder, frame, height_offset, task, features if features is not None else dataset.features
    )
    folder.mkdir(parents=True, exist_ok=True)
    writer.total = sum(1 for tile in roots for _ in tile.all())
    children = [entry for entry in (writer.tile(tile) for tile in roots) if entry is not None]
    if not children:
        raise UnusableSource(f"“{dataset.path.name}”里没有三角形；请检查输入")
    size = float(np.linalg.norm(box[1] - box[0]))
    error = max(size / 4.0, *(2.0 * child["geometricError"] for child in children), 0.001)
    top = {
        "transform": [float(value) for value in frame.T.ravel()],
        "boundingVolume": {"box": _volume(np.concatenate([writer.boxes[id(child)] for child in children]))},
        "geometricError": error,
        "refine": "REPLACE",
        "children": children,
    }
    tileset: dict[str, Any] = {
        "asset": {"version": "1.1", "generator": "Territory TIM"},
        "geometricError": 2.0 * error,
        "root": top,
    }
    (folder / "tileset.json").write_text(json.dumps(tileset, ensure_ascii=False, indent=1), encoding="utf-8")
    return writer.contents


class _Writer:
    def __init__(
        self,
        dataset: MeshDataset,
        folder: Path,
        frame: np.ndarray,
        height_offset: float,
        task: Task,
        features: FeatureTable | None,
    ) -> None:
        self.dataset, self.folder, self.task, self.features = dataset, folder, task, features
        self.offset, self.way = height_offset, np.linalg.inv(frame)
        self.contents = self.seen = self.total = 0
        self.boxes: dict[int, np.ndarray] = {}
        self._names: set[str] = set()

    def positions(self, local: np.ndarray) -> np.ndarray:
        places = self.dataset.georeference.ecef(local, height_offset=self.offset)
        return places @ self.way[:3, :3].T + self.way[:3, 3]

    def tile(self, tile: Tile) -> dict[str, Any] | None:
        """The entry of a tile, its contents written; None when neither it nor anything below has triangles."""
        self.seen += 1
        self.task.progress(self.seen / max(1, self.total), "写 3D Tiles")
        meshes = [mapped(mesh, self.positions) for mesh in tile.load()] if tile.vertices else []
        own = bounds([mesh for mesh in meshes if len(mesh.triangles)])
        uri = self._content(tile, meshes) if own is not None else ""
        del meshes
        children = [entry for entry in (self.tile(child) for child in tile.children) if entry is not None]
        boxes = [self.boxes[id(child)] for child in children] + ([own] if own is not None else [])
        if not boxes:
            return None
        box = np.concatenate(boxes)
        entry: dict[str, Any] = {
            "boundingVolume": {"box": _volume(box)},
            "geometricError": max([tile.error if children else 0.0, *(child["geometricError"] for child in children)]),
            "refine": "ADD" if tile.adds else "REPLACE",
        }
        if uri:
            entry["content"] = {"uri": uri}
        if children:
            entry["children"] = children
        self.boxes[id(entry)] = np.array([box.min(axis=0), box.max(axis=0)])
        return entry

    def _content(self, tile: Tile, meshes: list[Mesh]) -> str:
        base = re.sub(r"[^A-Za-z0-9_-]+", "_", tile.name) or "tile"
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        place = self.folder / _FOLDER / f"{name}.glb"
        place.parent.mkdir(exist_ok=True)
        own = None if self.features is None else self.features.used_by(meshes)
        write_glb(place, meshes, features=own)
        self.contents += 1
        return f"{_FOLDER}/{name}.glb"


def _volume(box: np.ndarray) -> list[float]:
    """A box of 3D Tiles: the centre and three half axes."""
    low, high = box.min(axis=0), box.max(axis=0)
    x, y, z = (float(value) for value in np.maximum((high - low) / 2.0, _THINNEST))
    return [*(float(value) for value in (low + high) / 2.0), x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, z]
