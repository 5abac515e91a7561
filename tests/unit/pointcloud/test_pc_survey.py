"""The whole chain: on a made scene with known truth, and on real clouds."""

from __future__ import annotations

import math
from pathlib import Path

import laspy
import numpy as np
import pyogrio
import pytest
import shapely

import pointcloud.steps as steps_module
from pointcloud.errors import PointCloudError, UnusableSource
from pointcloud.sources import open_sources
from pointcloud.survey import SurveyOptions, SurveyResult, survey_points
from pointcloud.task import Cancelled, Task


def survey(paths: list[Path], scratch: Path, task: Task | None = None, **options) -> SurveyResult:
    task = task or Task()
    return survey_points(open_sources(paths, task), SurveyOptions(**options), scratch, task)


@pytest.mark.parametrize("ground", ["auto", "smrf"])
def test_made_scene_with_footprints(scene_file, scene, tmp_path, ground):
    keys = ["甲", "乙", "丙", "远", "空"]
    outside = shapely.box(510_000, 3_400_000, 510_010, 3_400_010)
    empty = shapely.box(500_160, 3_400_040, 500_160.2, 3_400_040.2)
    result = survey(
        [scene_file], tmp_path, ground=ground, footprints=(keys, np.array([*scene.footprints, outside, empty]))
    )
    assert [building.key for building in result.buildings] == keys
    for building, footprint, roof in zip(result.buildings, scene.footprints, scene.roofs):
        assert building.status == "modelled" and "屋顶点" in building.reason
        assert building.roof_z == pytest.approx(roof, abs=0.03)
        rim = shapely.get_coordinates(shapely.segmentize(footprint.exterior, 1.0))
        heights = scene.ground(*rim.T)
        assert heights.min() - 0.1 < building.ground_z < np.median(heights)
        assert building.height == pytest.approx(building.roof_z - building.ground_z)
        assert building.roof_rmse < 0.05
    far, none = result.buildings[3:]
    assert (far.status, far.height, none.status, none.height) == ("no-data", None, "no-data", None)
    assert "范围之外" in far.reason and "没有" in none.reason
    terrain = result.terrain
    x, y = np.meshgrid(
        terrain.x_min + (np.arange(terrain.array.shape[1]) + 0.5) * terrain.cell,
        terrain.y_max - (np.arange(terrain.array.shape[0]) + 0.5) * terrain.cell,
    )
    error = terrain.array - scene.ground(x, y)
    assert np.nanmean(np.abs(error)) < 0.03 and np.nanmax(np.abs(error)) < 0.5
    assert np.isnan(error).mean() < 0.01
    assert result.crs.to_epsg() is not None or result.crs.is_compound


@pytest.mark.parametrize("labelled", [True, False])
def test_buildings_are_found(scene_file, plain_file, scene, tmp_path, labelled):
    result = survey([scene_file if labelled else plain_file], tmp_path)
    assert len(result.buildings) == 3
    for footprint, roof in zip(scene.footprints, scene.roofs):
        best = max(result.buildings, key=lambda building: building.footprint.intersection(footprint).area)
        union = best.footprint.union(footprint).area
        assert best.footprint.intersection(footprint).area / union > 0.85
        assert best.roof_z == pytest.approx(roof, abs=0.1)
    assert all(building.key is None and building.status == "modelled" for building in result.buildings)


def test_nothing_depends_on_the_tiles(plain_file, tmp_path):
    results = [survey([plain_file], tmp_path / str(tile), tile=tile) for tile in (1000.0, 47.0, 31.0)]
    first = results[0]
    for other in results[1:]:
        assert other.statistics["ground_points"] == pytest.approx(first.statistics["ground_points"], rel=2e-4)
        for one, two in ((first.terrain, other.terrain), (first.surface, other.surface)):
            assert (one.x_min, one.y_max, one.cell) == (two.x_min, two.y_max, two.cell)
            assert np.array_equal(np.isnan(one.array), np.isnan(two.array))
            assert (np.abs(one.array - two.array) > 1e-3).mean() < 1e-4
        assert len(other.buildings) == len(first.buildings) == 3
        for one, two in zip(first.buildings, other.buildings):
            assert one.footprint.equals(two.footprint)
            assert (one.ground_z, one.roof_z, one.points) == (two.ground_z, two.roof_z, two.points)


def test_files_and_order_do_not_matter(scene, write_las, tmp_path):
    whole = write_las(tmp_path / "全.laz", scene.xyz, scene.classification, scene.returns)
    half = scene.xyz[:, 0] < 500_090
    parts = [write_las(tmp_path / f"{name}.las", scene.xyz[half == side], scene.classification[half == side],
                       scene.returns[half == side]) for name, side in (("东", False), ("西", True))]  # fmt: skip
    one, two = survey([whole], tmp_path / "1"), survey(parts, tmp_path / "2")
    assert np.allclose(one.terrain.array, two.terrain.array, atol=1e-3, equal_nan=True)
    assert [b.footprint.wkt for b in one.buildings] == [b.footprint.wkt for b in two.buildings]


def test_feet_become_metres(scene, write_las, tmp_path):
    foot = 1200 / 3937
    metric = write_las(tmp_path / "m.laz", scene.xyz, scene.classification, scene.returns)
    feet = write_las(tmp_path / "ft.laz", scene.xyz / foot, scene.classification, scene.returns, crs="EPSG:2263+6360")
    one = survey([metric], tmp_path / "1", resolution=0.5)
    two = survey([feet], tmp_path / "2", resolution=0.5)
    assert two.terrain.cell == pytest.approx(0.5 / foot)
    assert np.nanmedian(two.terrain.array) == pytest.approx(np.nanmedian(one.terrain.array), abs=0.01)
    assert two.crs.sub_crs_list[1].axis_info[0].unit_conversion_factor == 1.0
    for ours, theirs in zip(one.buildings, two.buildings):
        assert theirs.height == pytest.approx(ours.height, abs=0.02)
        assert theirs.footprint.area * foot**2 == pytest.approx(ours.footprint.area, rel=0.02)


def test_noise_and_far_outliers_change_nothing(scene, write_las, tmp_path, recorder):
    random = np.random.default_rng(9)
    noise = np.column_stack(
        [random.uniform((500_000, 3_400_000), (500_160, 3_400_090), (40, 2)), random.uniform(60, 400, 40)]
    )
    far = np.array([[510_000.0, 3_400_000.0, 20.0], [490_000.0, 3_410_000.0, 20.0]])
    clean = write_las(tmp_path / "净.laz", scene.xyz, scene.classification, scene.returns)
    dirty = write_las(
        tmp_path / "脏.laz",
        np.vstack([scene.xyz, noise, far]),
        np.append(scene.classification, [7] * 10 + [1] * 32),
        np.vstack([scene.returns, np.ones((42, 2), np.uint8)]),
    )
    one, two = survey([clean], tmp_path / "1"), survey([dirty], tmp_path / "2", recorder)
    assert two.statistics["noise_points"] >= 40 and any("远离其余的点" in text for text in two.warnings)
    x, y = scene.xyz[::7, 0], scene.xyz[::7, 1]
    assert one.resolution == two.resolution
    assert np.nanmax(np.abs(one.terrain.sample(x, y) - two.terrain.sample(x, y))) < 5e-3
    assert np.nanmax(two.surface.array) == pytest.approx(np.nanmax(one.surface.array), abs=0.01)


def test_odd_footprints(scene, scene_file, tmp_path):
    """Missing, empty, twisted and multiple ones: each gets an answer, at its place."""
    box = scene.footprints[0]
    x, y, right, top = box.bounds
    twisted = shapely.Polygon([(x, y), (right, top), (right, y), (x, top)])
    both = shapely.MultiPolygon([box, scene.footprints[2]])
    shapes = np.array([None, shapely.Polygon(), twisted, both], dtype=object)
    missing, empty, bow, multiple = survey([scene_file], tmp_path, footprints=(list("甲乙丙丁"), shapes)).buildings
    assert missing.status == empty.status == "no-data" and "没有几何" in missing.reason
    assert bow.footprint is twisted and bow.roof_z == pytest.approx(scene.roofs[0], abs=0.05)
    assert multiple.points > 0 and multiple.roof_z == pytest.approx(scene.roofs[0], abs=0.1)


def test_low_and_empty_plots_are_explained(scene, scene_file, tmp_path):
    """A footprint over bare ground, and one over a tree: buildings with what was found, and why to doubt it."""
    bare = shapely.box(500_050, 3_400_050, 500_060, 3_400_056)
    result = survey([scene_file], tmp_path, footprints=(["空地"], np.array([bare])))
    (plot,) = result.buildings
    assert plot.status == "modelled" and abs(plot.height) < 0.5
    assert "没有找到完整的屋顶" in plot.reason and "请核对" in plot.reason


def test_questions_and_refusals(scene, scene_file, write_las, tmp_path):
    silent = write_las(tmp_path / "无坐标系.laz", scene.xyz, 2, crs=None)
    with pytest.raises(UnusableSource, match=r"无坐标系.laz.*--crs"):
        survey([silent], tmp_path / "1")
    with pytest.raises(UnusableSource, match="不是平面坐标系"):
        survey([silent], tmp_path / "2", crs="EPSG:4490")
    far = np.array([shapely.box(0, 0, 10, 10)])
    with pytest.raises(UnusableSource, match=r"没有重叠.*坐标系"):
        survey([scene_file], tmp_path / "3", footprints=(["a"], far))


def test_small_disk_is_told_before_the_work(scene_file, tmp_path, monkeypatch):
    usage = steps_module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(steps_module.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(PointCloudError, match="空间不够"):
        survey([scene_file], tmp_path)


def test_progress_rises_and_cancel_is_heard(scene_file, tmp_path, recorder):
    result = survey([scene_file], tmp_path / "1", recorder)
    fractions = [data["fraction"] for name, data in recorder.events if name == "progress"]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert any(result.ground_method in text for text in recorder.texts("log"))

    class Stopped(Task):
        calls = 0

        def check(self) -> None:
            self.calls += 1
            if self.calls > 25:
                raise Cancelled

    with pytest.raises(Cancelled):
        survey([scene_file], tmp_path / "2", Stopped())


def delft(data_folder: Path) -> tuple[Path, list[str], np.ndarray]:
    folder = data_folder / "lidar" / "delft_3dfier"
    _, _, geometry, fields = pyogrio.raw.read(folder / "bgt" / "bgt_pand.sqlite", columns=["gml_id"])
    return folder / "ahn3" / "ahn3_cropped_2.laz", fields[0].tolist(), shapely.from_wkb(geometry)


def test_delft_with_footprints(data_folder, tmp_path):
    cloud, keys, footprints = delft(data_folder)
    result = survey([cloud], tmp_path, crs="EPSG:28992", footprints=(keys, footprints))
    modelled = [building for building in result.buildings if building.status == "modelled"]
    absent = [building for building in result.buildings if building.status == "no-data"]
    assert (len(modelled), len(absent)) == (28, 132)
    assert all(building.height is None and "范围之外" in building.reason for building in absent)
    centred = [building for building in modelled if building.footprint.centroid.x >= 85_000]
    assert len(centred) == 25 and sum(building.footprint.area for building in centred) == pytest.approx(1910.4, abs=0.1)
    assert result.classes == {1: 86308, 2: 87130, 6: 33312, 9: 568, 26: 1114}
    las = laspy.read(cloud)
    x, y, z, code = (np.asarray(values) for values in (las.x, las.y, las.z, las.classification))
    for building in centred:
        roof = z[shapely.contains_xy(building.footprint, x, y) & (code == 6)]
        near = z[shapely.contains_xy(building.footprint.buffer(6.0), x, y) & (code == 2)]
        assert np.percentile(roof, 50) - 0.6 < building.roof_z < np.percentile(roof, 95) + 0.1
        assert abs(building.ground_z - np.percentile(near, 20)) < 0.6
        assert building.height > 1.0


def high_points(result: SurveyResult, paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """(inside a found building, of class 6) for all points more than 2 m above the terrain."""
    clouds = [laspy.read(path) for path in paths]
    x, y, z, code = (
        np.concatenate([np.asarray(cloud[name]) for cloud in clouds]) for name in ("x", "y", "z", "classification")
    )
    high = z - result.terrain.sample(x, y) > 2.0
    union = shapely.union_all([building.footprint for building in result.buildings])
    shapely.prepare(union)
    return shapely.contains_xy(union, x[high], y[high]), code[high] == 6


@pytest.mark.parametrize(("labels", "completeness", "correctness"), [(True, 0.9, 0.98), (False, 0.85, 0.97)])
def test_urban_tiles_without_footprints(data_folder, tmp_path, monkeypatch, labels, completeness, correctness):
    """Three tiles in one run: buildings against the file's class 6, with and without using it."""
    paths = sorted((data_folder / "lidar" / "ign_urban_6tiles").glob("*.laz"))
    monkeypatch.setattr(steps_module, "_BUILDING_SHARE", steps_module._BUILDING_SHARE if labels else math.inf)
    result = survey(paths, tmp_path, ground="auto" if labels else "smrf", resolution=0.5)
    inside, building = high_points(result, paths)
    assert (inside & building).sum() / building.sum() > completeness
    assert (inside & building).sum() / inside.sum() > correctness
    shapes = np.array([item.footprint for item in result.buildings])
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum())
    assert shapely.is_valid(shapes).all() and (shapely.area(shapes) >= 10.0).all()
    seam = result.terrain.array[:, int((770_600 - result.terrain.x_min) / 0.5) + np.array([-2, -1, 0, 1])]
    assert np.nanmax(np.abs(np.diff(seam, axis=1))) < 0.6
    assert np.isnan(result.terrain.array).sum() == 0


def test_urban_tiles_are_seamless(data_folder, tmp_path):
    paths = sorted((data_folder / "lidar" / "ign_urban_6tiles").glob("*.laz"))
    one, two = (
        survey(paths, tmp_path / str(tile), ground="smrf", resolution=0.5, tile=tile) for tile in (1000.0, 60.0)
    )
    assert (np.abs(one.terrain.array - two.terrain.array) > 1e-3).mean() < 1e-3
    assert [b.footprint.wkt for b in one.buildings] == [b.footprint.wkt for b in two.buildings]
    assert [b.roof_z for b in one.buildings] == pytest.approx([b.roof_z for b in two.buildings], abs=0.02)


def test_copc_and_ept_of_one_cloud_agree(data_folder, tmp_path):
    folder = data_folder / "lidar" / "copc_ept"
    with pytest.raises(UnusableSource, match="没有坐标系"):
        survey([folder / "extrabytes-dataset.copc.laz"], tmp_path / "0")
    one = survey([folder / "extrabytes-dataset.copc.laz"], tmp_path / "1", crs="EPSG:32755")
    two = survey([folder / "ept-extrabytes"], tmp_path / "2", crs="EPSG:32755")
    assert one.classes == two.classes == {2: 103782, 3: 484, 4: 79, 5: 966, 7: 12, 8: 648, 18: 1}
    assert np.nanmax(np.abs(one.terrain.array - two.terrain.array)) < 0.02
    assert 137.4 < np.nanmin(one.terrain.array) < np.nanmax(one.terrain.array) < 153.6


def test_heights_in_survey_feet(data_folder, tmp_path):
    path = data_folder / "lidar" / "autzen_two_epochs" / "autzen-bmx-2010.las"
    result = survey([path], tmp_path)
    assert np.nanmedian(result.terrain.array) == pytest.approx(426.87 * 1200 / 3937, abs=0.2)
    assert result.crs.sub_crs_list[1].to_epsg() == 5703
