"""`tim build --lod 2` on real surveys: sound, close to the points, and the same however the area is cut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from pointcloud.buildings.building import Building
from pointcloud.solids.check import defects
from pointcloud.sources import open_sources
from pointcloud.survey import SurveyOptions, survey_points
from tim.assembly.pipeline import build_model
from tim.exchange.export import export_model
from tim.job import Job
from tim.model.validate import validate_model
from tim.sources.vector import read_layer

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def delft(data_folder: Path) -> tuple[Path, Path]:
    folder = data_folder / "lidar" / "delft_3dfier"
    return folder / "ahn3" / "ahn3_cropped_2.laz", folder / "bgt" / "bgt_pand.sqlite"


@pytest.fixture(scope="module")
def model(delft: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("屋顶") / "城区.gpkg"
    points, footprints = map(str, delft)
    build_model(points=[points], footprints=footprints, crs="EPSG:28992+5709", lod="2", out=str(path), job=Job())
    return path


def test_every_footprint_has_a_roof_or_a_reason(model: Path) -> None:
    columns = read_layer(f"{model}|layername=building").columns
    modelled = columns["status"] == "modelled"
    lods = columns["lod"]
    assert modelled.sum() == 28 and (lods[modelled] == "2.2").sum() >= 24
    assert all(reason for reason in columns["lod_reason"][modelled & (lods != "2.2")])
    assert all(lod is None for lod in lods[~modelled]) and all(columns["reason"][~modelled])
    full = modelled & (columns["points"] >= 50)
    assert np.median(columns["fit_rmse"][full]) <= 0.15
    assert np.median(columns["fit_rmse"][full]) < 0.2 * np.median(columns["roof_rmse"][full])


def test_the_solids_are_sound_and_travel(model: Path, tmp_path: Path) -> None:
    checked = validate_model(str(model), job=Job())
    assert checked.data["errors"] == []
    solids = read_layer(f"{model}|layername=building_solid")
    lower = read_layer(f"{model}|layername=building_solid_lower")
    assert set(lower.columns["lod"]) == {"1.2", "1.3"} and "2.2" in set(solids.columns["lod"])
    out = tmp_path / "城区.city.json"
    export_model(str(model), to=str(out), job=Job())
    objects = json.loads(out.read_text("utf-8"))["CityObjects"].values()
    geometries = [geometry for thing in objects if "Building" in thing["type"] for geometry in thing["geometry"]]
    assert {geometry["lod"] for geometry in geometries} == {"1.2", "1.3", "2.2"}
    kinds = {
        geometry["semantics"]["surfaces"][value]["type"]
        for geometry in geometries
        for value in geometry["semantics"]["values"][0]
    }
    assert kinds == {"RoofSurface", "WallSurface", "GroundSurface"}


@pytest.mark.parametrize(("tile", "seed"), [(37.0, 1)])
def test_tiles_order_and_neighbours_change_nothing(
    delft: tuple[Path, Path], tmp_path: Path, tile: float, seed: int
) -> None:
    footprints = read_layer(str(delft[1])).geometry
    footprints = footprints[shapely.intersects(footprints, shapely.box(85000, 447412, 85073, 447642))]
    whole = np.arange(len(footprints))
    part = np.random.default_rng(seed).permutation(whole)[: len(whole) * 2 // 3]
    one = _roofs(delft[0], footprints, whole, tmp_path / "1", None)
    other = _roofs(delft[0], footprints, part, tmp_path / "2", tile)
    for key, building in other.items():
        assert building.reason == one[key].reason and building.ground_z == one[key].ground_z
        if building.roof is None:
            continue
        assert building.roof.fit == one[key].roof.fit
        for mine, theirs in zip(building.roof.solids, one[key].roof.solids):
            rings = [[r for shell in s.shells for face in shell for r in face.rings] for s in (mine, theirs)]
            assert mine.lod == theirs.lod and all(map(np.array_equal, *rings))


def _roofs(
    points: Path, footprints: np.ndarray, order: np.ndarray, scratch: Path, tile: float | None
) -> dict[str, Building]:
    given = [str(index) for index in order], footprints[order]
    options = SurveyOptions(crs=pyproj.CRS("EPSG:28992"), footprints=given, roofs=True, tile=tile)
    result = survey_points(open_sources([points], Job()), options, scratch, Job())
    return {building.key: building for building in result.buildings if building.key}


def test_city3d_scene(data_folder: Path) -> None:
    """Another scanner's roof: the building of City3D with its footprint, read here without the product's readers."""
    from pointcloud.roofs.roof import reconstruct

    folder = data_folder / "lidar" / "city3d_scene"
    footprint, points = _city3d(folder)
    ground = float(points[:, 2].min())
    roof = reconstruct(footprint, points, ground, float(np.percentile(points[:, 2], 70)))
    assert roof.lod == "2.2" and roof.fit.rmse < 0.3
    assert not any(defects(shell, planarity=0.001) for solid in roof.solids for shell in solid.shells)


def _city3d(folder: Path) -> tuple[shapely.Geometry, np.ndarray]:
    corners, faces = [], []
    for line in (folder / "001_footprint.obj").read_text().splitlines():
        words = line.split()
        if words[:1] == ["v"]:
            corners.append([float(word) for word in words[1:4]])
        elif words[:1] == ["f"]:
            faces.append([int(word.split("/")[0]) - 1 for word in words[1:]])
    footprint = shapely.union_all([shapely.Polygon(np.array(corners)[face][:, :2]).buffer(0) for face in faces])
    data = (folder / "001.ply").read_bytes()
    start = data.index(b"end_header") + len("end_header\n")
    vertex = np.dtype([("place", "<f4", 3), ("normal", "<f4", 3), ("color", "u1", 3)])
    points = np.frombuffer(data, vertex, 57379, start)["place"].astype(float)
    inside = shapely.contains_xy(footprint, points[:, 0], points[:, 1])
    return footprint, points[inside]
