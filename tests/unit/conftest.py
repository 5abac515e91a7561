"""A small scanned place with known buildings, and the model built from it."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pyogrio.raw
import pytest
import shapely
from small_scene import BUILDINGS, GROUND, PATCHES, SOUTH, WEST, placed

from tim.assembly.pipeline import build_model
from tim.job import Job


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of the scene: points (70 m × 50 m, 16 points/m², no CRS), footprints and land use."""
    folder = tmp_path_factory.mktemp("场景")
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0.125, 70, 0.25), np.arange(0.125, 50, 0.25)))
    z, kind = np.full(len(x), GROUND), np.full(len(x), 2, dtype=np.uint8)
    for shape, height in BUILDINGS.values():
        if height is not None:
            inside = shapely.contains_xy(shape, x, y)
            z[inside], kind[inside] = GROUND + height, 6
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.offsets, header.scales = [WEST, SOUTH, 0], [0.001] * 3
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = x + WEST, y + SOUTH, z
    cloud.classification = kind
    cloud.return_number, cloud.number_of_returns = np.ones(len(x), np.uint8), np.ones(len(x), np.uint8)
    cloud.write(folder / "点云.laz")
    shapes = np.array([placed(shape) for shape, _ in BUILDINGS.values()])
    _write(folder / "轮廓.gpkg", shapes, {"BSM": list(BUILDINGS), "height": ["a", "b", "c", None]})
    patches = np.array([placed(shape) for shape in PATCHES.values()])
    _write(folder / "用地.gpkg", patches, {"DLBM": list(PATCHES), "TBBH": ["1", "2", "3"]})
    return {name: folder / file for name, file in
            (("points", "点云.laz"), ("footprints", "轮廓.gpkg"), ("landuse", "用地.gpkg"))}  # fmt: skip


@pytest.fixture(scope="session")
def small_model(scene: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of the scene, with heights above the 1985 datum."""
    path = tmp_path_factory.mktemp("模型") / "小区.gpkg"
    build_model(
        points=[str(scene["points"])],
        footprints=str(scene["footprints"]),
        landuse=str(scene["landuse"]),
        layers={"永久基本农田": str(scene["landuse"])},
        crs="EPSG:4547+5737",
        out=str(path),
        job=Job(),
    )
    return path


def _write(path: Path, shapes: np.ndarray, columns: dict[str, list]) -> None:
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapes),
        [np.array(column, dtype=object) for column in columns.values()],
        list(columns),
        geometry_type="MultiPolygon",
        promote_to_multi=True,
        crs="EPSG:4547",
        driver="GPKG",
    )
