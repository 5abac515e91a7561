"""A small made scene and a writer for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import laspy
import numpy as np
import pytest
import shapely
from pyproj import CRS
from shapely import affinity

from pointcloud.task import Task

ORIGIN = np.array([500_000.0, 3_400_000.0])


class Recorder(Task):
    """Keeps what a task is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict]] = []

    def emit(self, event: str, **data: object) -> None:
        self.events.append((event, data))

    def texts(self, event: str) -> list[str]:
        return [str(data["text"]) for name, data in self.events if name == event]


@dataclass(frozen=True)
class Scene:
    """Points of a slope with three buildings and some trees, and the truth about them."""

    xyz: np.ndarray
    classification: np.ndarray
    returns: np.ndarray
    footprints: list[shapely.Polygon]
    roofs: list[float]

    def ground(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return slope(x, y)


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The terrain: a gentle slope with a swell, metres."""
    across, along = x - ORIGIN[0], y - ORIGIN[1]
    return 20.0 + 0.03 * across - 0.02 * along + 0.5 * np.sin(across / 25.0)


def make_scene(density: float = 8.0, seed: int = 7) -> Scene:
    """160 m × 90 m; flat roofs 8 m, 12 m and 5 m above the terrain at their centres, the second one turned by 30°."""
    random = np.random.default_rng(seed)
    width, height = 160.0, 90.0
    boxes = [
        shapely.box(20, 20, 44, 36),
        affinity.rotate(shapely.box(70, 40, 110, 54), 30),
        shapely.box(130, 15, 140, 25),
    ]
    footprints = [affinity.translate(box, *ORIGIN) for box in boxes]
    place = random.uniform((0, 0), (width, height), (int(width * height * density), 2)) + ORIGIN
    x, y = place.T
    z = slope(x, y) + random.normal(0, 0.02, len(x))
    classification = np.full(len(x), 2, dtype=np.uint8)
    returns = np.ones((len(x), 2), dtype=np.uint8)
    roofs = []
    for footprint, above in zip(footprints, (8.0, 12.0, 5.0)):
        inside = shapely.contains_xy(footprint, x, y)
        centre = footprint.centroid
        roofs.append(float(slope(np.array(centre.x), np.array(centre.y))) + above)
        z[inside] = roofs[-1] + random.normal(0, 0.02, inside.sum())
        classification[inside] = 6
    for column, row in ((55, 70), (60, 12), (120, 70), (150, 50)):
        distance = np.hypot(x - ORIGIN[0] - column, y - ORIGIN[1] - row)
        crown = np.flatnonzero((distance < 4.0) & (classification == 2))
        hit = crown[random.random(len(crown)) < 0.8]
        z[hit] += random.uniform(3.0, 9.0, len(hit))
        classification[hit] = 5
        returns[hit] = np.where(random.random((len(hit), 1)) < 0.7, (1, 2), (2, 2))
    return Scene(np.stack([x, y, z], axis=1), classification, returns, footprints, roofs)


def write_cloud(
    path: Path,
    xyz: np.ndarray,
    classification: np.ndarray | int = 2,
    returns: np.ndarray | None = None,
    *,
    crs: object = "EPSG:32650",
    point_format: int = 6,
    version: str = "1.4",
) -> Path:
    """Write a LAS or LAZ file (by the suffix)."""
    header = laspy.LasHeader(point_format=point_format, version=version)
    header.scales = [0.001, 0.001, 0.001]
    header.offsets = np.floor(xyz.min(axis=0))
    if crs is not None:
        header.add_crs(CRS.from_user_input(crs))
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    las.classification = np.broadcast_to(classification, len(xyz)).astype(np.uint8)
    pair = np.ones((len(xyz), 2), np.uint8) if returns is None else returns
    las.return_number, las.number_of_returns = pair.T
    las.write(path)
    return path


@pytest.fixture(scope="session")
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def write_las() -> Callable[..., Path]:
    return write_cloud


@pytest.fixture(scope="session")
def scene_file(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene as a LAZ file with its classes."""
    path = tmp_path_factory.mktemp("场景") / "场景.laz"
    return write_cloud(path, scene.xyz, scene.classification, scene.returns, crs="EPSG:32650+5773")


@pytest.fixture(scope="session")
def plain_file(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene as a LAZ file in which every point is unclassified."""
    path = tmp_path_factory.mktemp("场景") / "未分类.laz"
    return write_cloud(path, scene.xyz, 1, scene.returns)
