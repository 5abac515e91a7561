"""What is looked at in three dimensions — a model, a mesh or a point cloud — as meshes and points in metres."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.mesh import FeatureTable, Mesh, bounds
from pointcloud.meshes.placement import placement
from pointcloud.sources import open_sources
from tim.errors import UnusableInput
from tim.job import Job
from tim.meshes.source import open_mesh
from tim.picture.content import read_content
from tim.picture.model_view import MODEL_GROUPS, model_meshes
from tim.sources.crs import describe

MODEL, MESH, CLOUD = "model", "mesh", "cloud"
_CLOUDS = (".las", ".laz")
_CLASS_COLOURS = {2: (163, 140, 110), 3: (160, 200, 120), 4: (110, 170, 90), 5: (60, 130, 60), 6: (200, 90, 60),
                  9: (90, 140, 210), 17: (150, 150, 160)}  # fmt: skip


@dataclass
class View:
    """Things to look at, x east, y north, z up in metres from `origin` in `crs` (text, "" unknown).

    `groups` names the layers of `meshes` (one number for each mesh in `group`); `points` (n, 3) float32 and `colours`
    (n, 3) uint8 are a cloud. `features` are what `Mesh.feature` points to. `lit`: whether light is still to be cast.
    """

    kind: str
    title: str
    crs: str
    origin: np.ndarray
    meshes: list[Mesh] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    groups: tuple[str, ...] = ()
    points: np.ndarray = field(default_factory=lambda: np.empty((0, 3), np.float32))
    colours: np.ndarray = field(default_factory=lambda: np.empty((0, 3), np.uint8))
    features: FeatureTable | None = None
    lit: bool = False

    def box(self) -> np.ndarray:
        """Lowest and highest coordinates (2, 3)."""
        cloud = [Mesh(self.points, np.empty((0, 3), np.uint32))] if len(self.points) else []
        found = bounds([*self.meshes, *cloud])
        if found is None:
            raise UnusableInput(f"“{self.title}”里没有可画的内容；请检查输入")
        return found


def kind_of(source: str) -> str:
    """Whether a source is a model, a point cloud or a mesh, by its name."""
    path = Path(source)
    if path.suffix.lower() == ".gpkg":
        return MODEL
    if path.suffix.lower() in _CLOUDS or path.name == "ept.json" or (path / "ept.json").is_file():
        return CLOUD
    if path.is_dir() and any(entry.suffix.lower() in _CLOUDS for entry in path.rglob("*")):
        return MESH if any(path.rglob("*.osgb")) else CLOUD
    return MESH


def open_view(source: str, job: Job, *, most_triangles: int, most_points: int) -> View:
    """Read a source for looking at it. Above the given numbers coarser levels and fewer points are taken, and told."""
    kind = kind_of(source)
    if kind == MODEL:
        content = read_content(source)
        view = View(kind, content.name, "" if content.crs is None else describe(content.crs), np.zeros(3), lit=True)
        view.groups = MODEL_GROUPS
        view.meshes, view.group, view.features, view.origin = model_meshes(content, Path(source))
        return view
    return _cloud(source, job, most_points) if kind == CLOUD else _mesh(source, job, most_triangles)


def _mesh(source: str, job: Job, most: int) -> View:
    dataset = open_mesh(source, job.part(0.0, 0.5))  # type: ignore[arg-type]
    place = placement(dataset)
    tiles, shortened = _affordable(dataset, most)
    if shortened:
        job.warn("三维模型太大，画的是较粗的一级")
    title = dataset.path.stem if dataset.path.is_file() else dataset.path.name
    crs = place.crs if place.system is None else describe(place.system)
    view = View(MESH, title, crs, place.origin, groups=("三维模型",), features=dataset.features)
    points: list[np.ndarray] = []
    for number, tile in enumerate(tiles):
        job.progress(0.5 + 0.5 * number / len(tiles), "读取三维模型")
        for mesh in tile.load():
            moved = place.move(mesh)
            if len(moved.triangles):
                view.meshes.append(moved)
            else:
                points.append(moved.positions)
    view.group = [0] * len(view.meshes)
    view.lit = all(mesh.material.image is None and mesh.colours is None for mesh in view.meshes)
    if points:
        view.points = np.concatenate(points).astype(np.float32)
        view.colours = _by_height(view.points[:, 2])
    view.box()
    return view


def _affordable(dataset: MeshDataset, most: int) -> tuple[list[Tile], bool]:
    """The tiles of the finest level that stays below a number of triangles."""
    tiles = dataset.finest()
    levels = sorted({tile.level for tile in dataset.tiles()}, reverse=True)
    for level in levels:
        if sum(tile.triangles for tile in tiles) <= most:
            break
        tiles = dataset.at_level(level - 1)
    return tiles, sum(tile.triangles for tile in tiles) < sum(tile.triangles for tile in dataset.finest())


def _cloud(source: str, job: Job, most: int) -> View:
    sources = open_sources([source], job)
    total = sum(each.count for each in sources)
    step = max(1, int(np.ceil(total / most)))
    if step > 1:
        job.warn(f"点云有 {total:,} 个点，画的是其中每 {step} 个点里的一个")
    places, colours, done = [], [], 0
    for each in sources:
        for record in each.records(job):
            job.progress(done / max(1, total), "读取点云")
            places.append(np.column_stack((record.x, record.y, record.z))[::step] * _factors(each))
            colours.append(_colours(record)[::step])
            done += len(record)
    if not places:
        raise UnusableInput(f"点云“{Path(source).name}”里没有点；请检查文件")
    points = np.concatenate(places)
    origin = np.floor(points.min(axis=0) / 100.0) * 100.0 * [1, 1, 0]
    rgb = np.concatenate(colours)
    crs = sources[0].crs
    view = View(CLOUD, Path(source).stem, "" if crs is None else describe(crs), origin, groups=("点云",))
    view.points = (points - origin).astype(np.float32)
    view.colours = rgb if rgb.any() else _by_height(view.points[:, 2])
    return view


def _factors(source: object) -> list[float]:
    plane = source.xy_unit_factor  # type: ignore[attr-defined]
    return [plane, plane, source.z_unit_factor]  # type: ignore[attr-defined]


def _colours(record: object) -> np.ndarray:
    """Colours of the points, else those of their classes, else black (none)."""
    names = set(record.point_format.dimension_names)  # type: ignore[attr-defined]
    if {"red", "green", "blue"} <= names:
        rgb = np.column_stack([np.asarray(record[name]) for name in ("red", "green", "blue")])  # type: ignore[index]
        if rgb.any():
            return (rgb >> 8).astype(np.uint8) if rgb.max() > 255 else rgb.astype(np.uint8)
    classes = np.asarray(record["classification"])  # type: ignore[index]
    table = np.full((256, 3), 190, np.uint8)
    for number, colour in _CLASS_COLOURS.items():
        table[number] = colour
    known = np.isin(classes, list(_CLASS_COLOURS))
    return table[classes] if known.any() else np.zeros((len(classes), 3), np.uint8)


def _by_height(z: np.ndarray) -> np.ndarray:
    """Colours from low (blue) to high (red), between the 1st and the 99th percentile."""
    low, high = np.percentile(z, (1, 99)) if len(z) else (0.0, 1.0)
    t = np.clip((z - low) / max(float(high - low), 1e-6), 0.0, 1.0)[:, None]
    stops = np.array([[49, 54, 149], [116, 173, 209], [254, 224, 144], [244, 109, 67], [165, 0, 38]], float)
    place = t[:, 0] * (len(stops) - 1)
    first = np.minimum(place.astype(int), len(stops) - 2)
    share = (place - first)[:, None]
    return np.round(stops[first] * (1 - share) + stops[first + 1] * share).astype(np.uint8)
