"""From what a user names to meshes: OSGB, 3D Tiles, glTF, OBJ, PLY."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.damage import patience
from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.georeference import Georeference, enu_frame
from pointcloud.meshes.gltf_reader import read_gltf
from pointcloud.meshes.mesh import FeatureTable, Mesh
from pointcloud.meshes.obj import read_obj
from pointcloud.meshes.osgb.folder import open_osgb
from pointcloud.meshes.ply import read_ply
from pointcloud.meshes.tiles3d import open_tileset
from pointcloud.sources.crs import parse_crs
from pointcloud.task import Task

SUFFIXES = (".osgb", ".json", ".glb", ".gltf", ".obj", ".ply")


def open_meshes(path: str | Path, task: Task) -> MeshDataset:
    """Open an OSGB file or folder (or its `metadata.xml`), `tileset.json`, GLB, glTF, OBJ or PLY.

    Everything is read once and measured. Raises `UnusableSource`, naming the file, for what is missing, empty, damaged
    or of another format.
    """
    place = Path(path)
    if place.name.lower() == "metadata.xml" and place.is_file():
        place = place.parent  # what a dialog for files can choose of a delivery
    if place.is_dir():
        return (
            open_tileset(place / "tileset.json", task) if (place / "tileset.json").is_file() else _folder(place, task)
        )
    if not place.is_file():
        raise UnusableSource(f"三维模型“{place}”不存在；请检查路径")
    if place.stat().st_size == 0:
        raise UnusableSource(f"“{place.name}”是空文件；请重新导出或复制")
    suffix = place.suffix.lower()
    if suffix == ".osgb":
        return open_osgb(place, task)
    if suffix == ".json":
        return open_tileset(place, task)
    if suffix in (".glb", ".gltf"):
        with task.watch(patience(place.stat().st_size), f"读取 {place.name}"):  # Draco is native code
            return _gltf(place)
    if suffix == ".obj":
        return _obj(place)
    if suffix == ".ply":
        return _single(place, "ply", [read_ply(place)])
    if suffix in (".b3dm", ".i3dm", ".pnts", ".cmpt"):
        with task.watch(patience(place.stat().st_size), f"读取 {place.name}"):
            return _loose_content(place)
    raise UnusableSource(f"“{place.name}”不是支持的三维模型；请给出 OSGB、tileset.json、glTF/GLB、OBJ 或 PLY")


def _folder(place: Path, task: Task) -> MeshDataset:
    found = [entry for entry in sorted(place.iterdir()) if entry.suffix.lower() in (".obj", ".glb", ".gltf", ".ply")]
    if len(found) == 1 and not any(place.rglob("*.osgb")):
        return open_meshes(found[0], task)
    return open_osgb(place, task)


def _single(
    path: Path,
    kind: str,
    meshes: list[Mesh],
    *,
    origin: np.ndarray | None = None,
    crs: str = "",
    features: FeatureTable | None = None,
    warnings: list[str] | None = None,
    missing: list[str] | None = None,
) -> MeshDataset:
    """A dataset of one tile that stays in memory."""
    if not any(len(mesh.positions) for mesh in meshes):
        raise UnusableSource(f"“{path.name}”里没有顶点；请检查导出设置")
    tile = Tile(path.stem, 0, lambda: meshes)
    tile.measure(meshes)
    dataset = MeshDataset(path, kind, [tile], features=features, files=1)
    dataset.warnings, dataset.missing = list(warnings or []), list(missing or [])
    dataset.georeference = _stated(crs, np.zeros(3) if origin is None else origin, dataset)
    return dataset


def _stated(crs: str, origin: np.ndarray, dataset: MeshDataset) -> Georeference:
    """The georeference from the texts that our writers leave in a file."""
    if crs.upper().startswith("ENU:"):
        try:
            latitude, longitude, height = (float(part) for part in crs[4:].split(","))
            return Georeference(matrix=enu_frame(longitude, latitude, height), text=crs)
        except ValueError:
            pass
    known: Any = None
    if crs and crs != "-":
        try:
            known = parse_crs(crs)
        except UnusableSource:
            dataset.warnings.append(f"“{dataset.path.name}”里写的坐标系“{crs[:40]}”不认识，没有采用")
    if known is None:
        dataset.warnings.append(f"“{dataset.path.name}”没有坐标系，只能按局部坐标使用")
    return Georeference(known, origin, text=crs)


def _gltf(path: Path) -> MeshDataset:
    found = read_gltf(path.read_bytes(), path.name, path.parent)
    return _single(
        path, "gltf", found.meshes, origin=found.origin, crs=found.crs, features=found.features,
        warnings=found.warnings, missing=found.missing,
    )  # fmt: skip


def _obj(path: Path) -> MeshDataset:
    found = read_obj(path)
    return _single(
        path, "obj", found.meshes, origin=found.origin, crs=found.crs, warnings=found.warnings, missing=found.missing
    )


def _loose_content(path: Path) -> MeshDataset:
    """A content without its tileset."""
    from pointcloud.meshes.tiles3d.content import read_content

    found = read_content(path.read_bytes(), path.name, path.parent)
    return _single(
        path, "3dtiles", found.meshes, features=found.features, warnings=found.warnings, missing=found.missing
    )
