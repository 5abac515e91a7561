"""Meshes (glTF, OBJ, PLY, 3D Tiles) as building objects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import PointCloudError
from pointcloud.meshes.dataset import MeshDataset
from pointcloud.meshes.georeference import Georeference
from pointcloud.meshes.mesh import FeatureTable, Mesh
from pointcloud.meshes.sources import open_meshes
from pointcloud.solids.check import defects
from pointcloud.solids.faces import Face
from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.city.objects import City, CityObject, Geometry, Json
from tim.sources.crs import horizontal

_MOST_TRIANGLES = 2_000_000
_SOLID_FACES = 2000  # a body of more triangles is not tested for being closed
_LOD = "2"
_IDS = ("id", "gml_id", "identifier", "ID", "标识码", "name")


def read_meshes(path: Path, origin: tuple[float, float, float] | None, given: Any, task: Task) -> City:
    """The named parts of a mesh as buildings, one surface for each triangle; textures are not taken along.

    `origin` and `given` (a `pyproj.CRS`) place a mesh that does not say where it is; earth-centred meshes come in the
    given CRS. Raises `UnusableInput`.
    """
    with task.watch(600.0, f"读取 {path.name}"):
        dataset = open_meshes(path, task)
        place = dataset.georeference
        if origin is not None:
            place = dataset.georeference = replace(place, origin=np.array(origin), matrix=None)
        meshes = [mesh.finite() for tile in dataset.finest() for mesh in tile.load()]
    if sum(len(mesh.triangles) for mesh in meshes) > _MOST_TRIANGLES:
        raise UnusableInput(f"“{path.name}”的三角形超过 {_MOST_TRIANGLES // 10_000} 万个，不宜作为建筑导入；请分幅")
    crs = place.crs
    if place.matrix is not None:
        if given is None:
            raise UnusableInput(f"“{path.name}”的坐标是地心坐标；请用 --crs 指定要导入的平面坐标系（如 EPSG:4547）")
        crs = given
    elif crs is None and origin is None and not np.any(place.origin):
        raise UnusableInput(f"“{path.name}”只有局部坐标；请用 --crs 和 --origin 指定坐标系和原点")
    try:
        objects = _objects(meshes, dataset.features, lambda points: _moved(points, place, crs))
    except PointCloudError as error:
        raise UnusableInput(str(error)) from error
    city = City({thing.id: thing for thing in objects}, crs)
    city.notes = _notes(dataset, meshes, path.name)
    return city


def _moved(points: np.ndarray, place: Georeference, crs: Any) -> np.ndarray:
    if place.matrix is not None:
        return place.moved_to(points, horizontal(crs))
    return points.astype(np.float64) + place.origin


def _objects(meshes: list[Mesh], table: FeatureTable | None, moved: Any) -> list[CityObject]:
    """One object for each row of the table of features, else for each name."""
    surfaces: dict[str, list[np.ndarray]] = {}
    attributes: dict[str, Json] = {}
    for number, mesh in enumerate(meshes):
        corners = moved(mesh.positions)[mesh.triangles]
        if not len(corners):
            continue
        if table is not None and mesh.feature is not None and len(table):
            rows = mesh.feature[mesh.triangles[:, 0]].astype(int)
            for row in np.unique(rows[rows >= 0]):
                own = {name: values[row] for name, values in table.columns.items()}
                identity = next((str(own[name]) for name in _IDS if own.get(name)), f"feature-{row}")
                attributes[identity] = {key: _plain(value) for key, value in own.items()}
                surfaces.setdefault(identity, []).append(corners[rows == row])
        else:
            surfaces.setdefault(mesh.name or f"mesh-{number + 1}", []).append(corners)
    return [
        _object(identity, np.concatenate(parts), attributes.get(identity, {})) for identity, parts in surfaces.items()
    ]


def _object(identity: str, corners: np.ndarray, attributes: Json) -> CityObject:
    """A closed body is a solid, anything else a set of surfaces."""
    a, b, c = (corners[:, place] for place in range(3))
    corners = corners[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 0]
    triangles = [(triangle,) for triangle in corners]
    closed = 4 <= len(triangles) <= _SOLID_FACES and not defects([Face(rings) for rings in triangles])
    geometry = (
        Geometry("Solid", _LOD, list(triangles), [[len(triangles)]])
        if closed
        else Geometry("MultiSurface", _LOD, list(triangles))
    )
    return CityObject(identity, "Building", attributes, geometries=[geometry] if triangles else [])


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _notes(dataset: MeshDataset, meshes: list[Mesh], name: str) -> list[str]:
    notes = list(dict.fromkeys(dataset.warnings))
    if any(mesh.material.image is not None for mesh in meshes):
        notes.append(f"“{name}”的纹理没有导入；要带纹理请用 tim mesh convert")
    if dataset.missing:
        notes.append(f"“{name}”引用的 {len(dataset.missing)} 个文件缺失，用了现有的较粗层级")
    return notes
