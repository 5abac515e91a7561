"""The coordinates in which meshes are written: a system, an origin near the data, and the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.dataset import MeshDataset
from pointcloud.meshes.georeference import enu_frame, geodetic
from pointcloud.meshes.mesh import Mesh, unit
from pointcloud.sources.crs import same_crs
from pointcloud.sources.units import unit_factors

_ORIGIN_STEP = 100.0  # metres: a round origin is easy to type

Map = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Placement:
    """Where written coordinates count from: `crs` as text ("" none), `origin` (3,) in it, and the map of positions."""

    crs: str
    origin: np.ndarray
    positions: Map
    system: Any = None  # the `pyproj.CRS`, where there is one

    def move(self, mesh: Mesh) -> Mesh:
        """A mesh of the dataset in the written coordinates."""
        return mapped(mesh, self.positions)


def mapped(mesh: Mesh, positions: Map) -> Mesh:
    """The mesh with each vertex mapped on its own; normals follow the map as it is at the middle of the mesh."""
    moved = replace(mesh, positions=positions(mesh.positions))
    if mesh.normals is not None and len(mesh.positions):
        middle = mesh.positions.astype(np.float64).mean(axis=0)
        steps = positions(np.vstack((middle, middle + np.eye(3))))
        linear = (steps[1:] - steps[0]).T
        moved.normals = unit(mesh.normals @ np.linalg.inv(linear).astype(np.float32))
    return moved


def placement(dataset: MeshDataset, crs: Any = None) -> Placement:
    """The coordinates for files that hold one mesh (OBJ, glTF).

    In the dataset's own CRS nothing is transformed; `crs` (a `pyproj.CRS`) transforms each vertex; earth-centred
    meshes without `crs` come in metres east, north, up, with "ENU:lat,lon,height" as the text. Raises
    `UnusableSource` for an empty mesh, an unknown place, or units other than metres.
    """
    georeference, box = dataset.georeference, dataset.box()
    if box is None:
        raise UnusableSource(f"“{dataset.path.name}”里没有顶点；请检查输入")
    if crs is not None and not georeference.placed:
        raise UnusableSource(f"“{dataset.path.name}”没有坐标系，不能转换；请先用 --source-crs 给出它的坐标系")
    if georeference.matrix is not None and crs is None:
        return _east_north_up(dataset, box)
    target = georeference.crs if crs is None else crs
    if target is not None and (target.is_geographic or unit_factors(target)[0] != 1.0):
        raise UnusableSource(f"坐标系“{target.name}”不是以米为单位的平面坐标系；请用 --crs 给出这样的坐标系")
    if crs is None or (georeference.crs is not None and same_crs(georeference.crs, crs)):
        corner = georeference.origin + box[0]
        origin = np.floor(corner / _ORIGIN_STEP) * _ORIGIN_STEP * [1, 1, 0] + 0.0
        shift = georeference.origin - origin
        return Placement(text_of(target), origin, lambda points: points.astype(np.float64) + shift, target)
    corners = np.array([[x, y, z] for x in box[:, 0] for y in box[:, 1] for z in box[:, 2]])
    corner = georeference.moved_to(corners, crs).min(axis=0)
    if not np.isfinite(corner).all():
        raise UnusableSource(f"“{dataset.path.name}”不在坐标系“{crs.name}”的范围内；请换一个坐标系")
    origin = np.floor(corner / _ORIGIN_STEP) * _ORIGIN_STEP * [1, 1, 0] + 0.0
    return Placement(text_of(crs), origin, lambda points: georeference.moved_to(points, crs) - origin, crs)


def _east_north_up(dataset: MeshDataset, box: np.ndarray) -> Placement:
    frame, text = earth_frame(dataset, box)
    way = np.linalg.inv(frame)
    georeference = dataset.georeference
    return Placement(text, np.zeros(3), lambda points: georeference.ecef(points) @ way[:3, :3].T + way[:3, 3])


def earth_frame(dataset: MeshDataset, box: np.ndarray, height_offset: float = 0.0) -> tuple[np.ndarray, str]:
    """The matrix (4, 4) from metres east, north, up at the middle of the foot of the box to the earth, and its text."""
    foot = np.array([[*box.mean(axis=0)[:2], box[0, 2]]])
    longitude, latitude, height = geodetic(dataset.georeference.ecef(foot, height_offset=height_offset))[0]
    place = np.degrees(longitude), np.degrees(latitude), height
    longitude, latitude, height = (round(float(value), digits) for value, digits in zip(place, (9, 9, 3)))
    return enu_frame(longitude, latitude, height), f"ENU:{latitude:.9f},{longitude:.9f},{height:.3f}"


def text_of(crs: Any) -> str:
    """A CRS as one line: its code where it has one, else WKT; "" for None."""
    if crs is None:
        return ""
    if crs.is_compound:
        codes = [part.to_epsg() for part in crs.sub_crs_list]
        if all(codes):
            return "EPSG:" + "+".join(map(str, codes))
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()
