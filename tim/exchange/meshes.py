"""City objects as meshes: GLB around a local origin, and 3D Tiles 1.1 in a quadtree with levels of detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import PointCloudError
from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.georeference import Georeference
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import FeatureTable, Material, Mesh
from pointcloud.meshes.placement import text_of
from pointcloud.meshes.tiles3d.writer import write_tileset
from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.blocks import block
from tim.exchange.city.classes import entity_class
from tim.exchange.city.objects import LINES, POINTS, CityObject
from tim.exchange.city.stream import ModelCity
from tim.exchange.counts import Counts
from tim.exchange.triangles import surface_triangles
from tim.model import schema
from tim.sources.crs import horizontal, require_metres

_LEAF = 400  # objects of a tile that is not divided further
_DEEPEST = 12
_SEEN_FROM_AFAR = 2000  # objects that a divided tile shows: the largest
_WHITE = (0.82, 0.82, 0.80, 1.0)
_COLOURS = {
    "RoofSurface": (0.70, 0.28, 0.22, 1.0),
    "GroundSurface": (0.45, 0.45, 0.45, 1.0),
    "TINRelief": (0.55, 0.62, 0.45, 1.0),
    "WaterBody": (0.35, 0.55, 0.80, 1.0),
    "LandUse": (0.75, 0.72, 0.60, 1.0),
}
_MOST_PROPERTIES = 60


@dataclass
class Body:
    """Triangles of one family: colour → corners (n, 3, 3) at the finest level and at a coarser one, if there is one."""

    row: int
    fine: dict[tuple[float, ...], np.ndarray]
    coarse: dict[tuple[float, ...], np.ndarray]
    error: float
    middle: np.ndarray
    size: float
    is_building: bool


@dataclass
class Bodies:
    """All bodies with their attributes."""

    bodies: list[Body] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def table(self) -> FeatureTable:
        """Attributes as columns: identity, class, then what the objects have, most frequent first."""
        names: dict[str, int] = {}
        for row in self.rows:
            for name in row:
                names[name] = names.get(name, 0) + 1
        kept = sorted(names, key=lambda name: (name not in ("id", "entity", "class"), -names[name]))[:_MOST_PROPERTIES]
        return FeatureTable({name: _column([row.get(name) for row in self.rows]) for name in kept}, "city_object")


def write_model_glb(model: ModelCity, path: Path, task: Task) -> Counts:
    """Write one GLB around the south-west corner of the model; the scene's `extras` say where that is."""
    assert model.head.crs is not None
    _check_plane(model)
    counts = Counts(model)
    bodies = _read(model, counts, task.part(0.3, 0.8))
    origin = np.array([*np.floor(np.array(model.extent[:2]) / 100.0) * 100.0, 0.0])
    meshes = _meshes(bodies.bodies, origin, fine=True)
    try:
        write_glb(path, meshes, origin=tuple(origin), crs=text_of(model.head.crs), features=bodies.table())
    except PointCloudError as error:
        raise UnusableInput(str(error)) from error
    counts.tell(task, bare="没有导出")
    return counts


def write_tiles(model: ModelCity, path: Path, task: Task, *, height_offset: float | None = None) -> Counts:
    """Write a 3D Tiles 1.1 folder.

    Tiles are divided in four until few objects are left. A tile whose objects have a coarser level shows it first.
    """
    assert model.head.crs is not None
    _check_plane(model)
    counts = Counts(model)
    bodies = _read(model, counts, task.part(0.3, 0.6))
    if not bodies.bodies:
        raise UnusableInput("模型里没有可写的三维面；请先建立或导入三维体")
    origin = np.array([*np.floor(np.array(model.extent[:2]) / 100.0) * 100.0, 0.0])
    dataset = MeshDataset(path, "model", georeference=Georeference(model.head.crs, origin))
    if dataset.georeference.guessed_datum:
        task.warn("模型的坐标系到 WGS 84 没有转换参数，3D Tiles 的位置可能差几十米")
    if height_offset is None:
        task.warn(
            "3D Tiles 的高程是椭球高；没有给出高程改正，按原值写出（1985 国家高程请用 --height-offset 加上高程异常）"
        )
    dataset.roots = [_tile(bodies.bodies, origin, 0, "0")]
    try:
        write_tileset(dataset, path, task.part(0.6, 1.0), height_offset=height_offset or 0.0, features=bodies.table())
    except PointCloudError as error:
        raise UnusableInput(str(error)) from error
    counts.tell(task, bare="没有导出")
    return counts


def _check_plane(model: ModelCity) -> None:
    assert model.head.crs is not None
    if horizontal(model.head.crs).is_geographic:
        raise UnusableInput("模型的坐标系以度为单位，不能写成网格；请先把数据投影到以米为单位的坐标系再导入")
    require_metres(model.head.crs)


def _read(model: ModelCity, counts: Counts, task: Task) -> Bodies:
    result = Bodies()
    for family in model.families(task):
        fine, coarse, error = _levels(family)
        if not fine:
            continue
        for thing in family:
            counts.add(thing)
        root = family[0]
        row = {"id": root.id, "entity": root.entity, "class": schema.class_title(entity_class(root.type))}
        row.update({name: value for name, value in root.attributes.items() if name not in row and _is_plain(value)})
        every = np.concatenate([corners.reshape(-1, 3) for corners in fine.values()])
        low, high = every.min(axis=0), every.max(axis=0)
        size = float(np.linalg.norm(high - low))
        is_building = root.type.startswith("Building")
        result.bodies.append(Body(len(result.rows), fine, coarse, error, (low + high) / 2, size, is_building))
        result.rows.append(row)
    return result


def _levels(family: Sequence[CityObject]) -> tuple[dict, dict, float]:
    """Triangles at the highest and the lowest level of detail, and how far (m) the lowest may be from the highest."""
    levels = sorted({
        geometry.lod for thing in family for geometry in thing.geometries if geometry.kind not in (POINTS, LINES)
    })  # fmt: skip
    if not levels:
        return {}, {}, 0.0
    fine = _coloured(family, levels[-1])
    solid = [lod for lod in levels[:-1] if not lod.startswith("0")]
    if not solid:
        return fine, {}, 0.0
    coarse = _coloured(family, solid[0])
    if not fine or not coarse:
        return fine or coarse, {}, 0.0
    first, second = (np.concatenate([c.reshape(-1, 3) for c in part.values()]) for part in (fine, coarse))
    apart = np.abs(np.array([first.min(axis=0) - second.min(axis=0), first.max(axis=0) - second.max(axis=0)]))
    return fine, coarse, float(max(apart.max(), 0.5))


def _coloured(family: Sequence[CityObject], lod: str) -> dict[tuple[float, ...], np.ndarray]:
    found: dict[tuple[float, ...], list[np.ndarray]] = {}
    for thing in family:
        for geometry in thing.geometries:
            if geometry.lod != lod or geometry.kind in (POINTS, LINES):
                continue
            own = _COLOURS.get(thing.type, _WHITE)
            for place, surface in enumerate(geometry.surfaces):
                triangles = surface_triangles(surface)
                if len(triangles):
                    found.setdefault(_COLOURS.get(geometry.role_of(place) or "", own), []).append(triangles)
    return {colour: np.concatenate(parts) for colour, parts in found.items()}


def _tile(bodies: list[Body], origin: np.ndarray, level: int, name: str) -> Tile:
    """A quadtree over the middles of the bodies. A divided tile shows its largest ones, buildings as blocks."""
    if len(bodies) > _LEAF and level < _DEEPEST:
        middles = np.array([body.middle[:2] for body in bodies])
        centre = (middles.min(axis=0) + middles.max(axis=0)) / 2
        quarter = (middles[:, 0] > centre[0]).astype(int) + 2 * (middles[:, 1] > centre[1])
        groups = [[body for body, own in zip(bodies, quarter) if own == number] for number in range(4)]
        if max(map(len, groups)) < len(bodies):
            children = [
                _tile(group, origin, level + 1, f"{name}{number}") for number, group in enumerate(groups) if group
            ]
            afar = sorted(bodies, key=lambda body: -body.size)[:_SEEN_FROM_AFAR]
            tile = Tile(f"{name}b", level, lambda: _meshes([_simple(body) for body in afar], origin, fine=False))
            tile.measure(tile.load())
            tile.children = children
            # What is not shown is an error as large as itself
            missing = max((body.size for body in bodies if body.size < afar[-1].size), default=0.0)
            tile.error = max(_size(bodies) / 8, missing, *(body.error for body in afar))
            return tile
    fine = Tile(name, level, lambda: _meshes(bodies, origin, fine=True))
    fine.measure(fine.load())
    if not any(body.coarse for body in bodies):
        return fine
    coarse = Tile(f"{name}c", level, lambda: _meshes(bodies, origin, fine=False))
    coarse.measure(coarse.load())
    coarse.children, coarse.error = [fine], max(body.error for body in bodies)
    return coarse


def _simple(body: Body) -> Body:
    """A building as a block; else the coarser level, if there is one."""
    if not body.is_building:
        return body
    made = block(np.concatenate(list((body.coarse or body.fine).values())))
    return replace(body, coarse={_WHITE: made}) if len(made) else body


def _size(bodies: list[Body]) -> float:
    middles = np.array([body.middle for body in bodies])
    return float(np.linalg.norm(middles.max(axis=0) - middles.min(axis=0)))


def _meshes(bodies: list[Body], origin: np.ndarray, *, fine: bool) -> list[Mesh]:
    """One mesh for each colour; flat normals, so corners are not shared."""
    parts: dict[tuple[float, ...], list[tuple[int, np.ndarray]]] = {}
    for body in bodies:
        for colour, corners in (body.fine if fine or not body.coarse else body.coarse).items():
            parts.setdefault(colour, []).append((body.row, corners))
    result = []
    for colour, pairs in parts.items():
        corners = np.concatenate([triangles for _, triangles in pairs]) - origin
        rows = np.repeat([row for row, _ in pairs], [3 * len(triangles) for _, triangles in pairs])
        turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(turned, axis=1)
        kept = np.repeat(length > 0, 3)
        unit = np.repeat(turned / np.where(length > 0, length, 1.0)[:, None], 3, axis=0)[kept]
        places = corners.reshape(-1, 3)[kept]
        triangles = np.arange(len(places), dtype=np.uint32).reshape(-1, 3)
        material = Material(colour=tuple(colour))  # type: ignore[arg-type]
        result.append(Mesh(places, triangles, unit.astype(np.float32), feature=rows[kept], material=material))
    return [mesh for mesh in result if len(mesh.triangles)]


def _is_plain(value: Any) -> bool:
    return value is not None and isinstance(value, (str, int, float, bool))


def _column(values: list[Any]) -> list[Any]:
    """Numbers where all are numbers, else texts; "" and NaN where an object has none."""
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given):
        return [float("nan") if value is None else float(value) for value in values]
    return ["" if value is None else str(value) for value in values]
