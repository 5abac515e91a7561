"""Ground, terrain and surface as commands give them: on a made slope with known heights, buildings, trees and noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import laspy
import numpy as np
import psutil
import pyogrio
import pytest
import rasterio
import shapely
from pyproj import CRS

from pointcloud.errors import UnusableSource
from pointcloud.task import Cancelled
from tim.errors import UsageError
from tim.job import Job
from tim.points.ground import points_ground
from tim.points.raster import hillshade
from tim.points.surface import points_dsm, points_dtm

EAST, NORTH = 500_000.0, 3_400_000.0
NOISE = 12


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 50 + 0.05 * (x - EAST) - 0.03 * (y - NORTH)


@pytest.fixture(scope="session")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files side by side, 120 m × 80 m together, with colours, a block of 8 m, and low and high noise."""
    random = np.random.default_rng(11)
    x, y = random.uniform((0, 0), (120, 80), (60_000, 2)).T
    x, y = x + EAST, y + NORTH
    z = slope(x, y) + random.normal(0, 0.02, len(x))
    block = (np.abs(x - EAST - 40) < 10) & (np.abs(y - NORTH - 40) < 8)
    z[block] += 8
    kind = np.where(block, 6, 0).astype(np.uint8)
    z[:NOISE] += np.where(np.arange(NOISE) % 2, 60, -30)
    kind[:NOISE] = 0
    folder = tmp_path_factory.mktemp("点云")
    paths = []
    for name, part in (("西.laz", x < EAST + 60), ("东.laz", x >= EAST + 60)):
        header = laspy.LasHeader(version="1.4", point_format=7)
        header.scales, header.offsets = [0.001] * 3, [EAST, NORTH, 0]
        header.add_crs(CRS.from_user_input("EPSG:32650+5773"))
        cloud = laspy.LasData(header)
        cloud.x, cloud.y, cloud.z, cloud.classification = x[part], y[part], z[part], kind[part]
        cloud.red, cloud.gps_time = np.arange(part.sum()) % 60_000, np.arange(part.sum()) / 8
        cloud.return_number = cloud.number_of_returns = np.ones(part.sum(), np.uint8)
        cloud.write(folder / name)
        paths.append(folder / name)
    return paths


def test_ground_keeps_every_point_and_field(clouds: list[Path], tmp_path: Path) -> None:
    result = points_ground(points=[*map(str, clouds)], out=str(tmp_path / "分类.laz"), heights=True, job=Job())
    before, after = [laspy.read(path) for path in clouds], laspy.read(tmp_path / "分类.laz")
    for name in ("red", "gps_time", "return_number"):
        assert np.array_equal(after[name], np.concatenate([cloud[name] for cloud in before]))
    for axis in "xyz":
        assert np.allclose(after[axis], np.concatenate([cloud[axis] for cloud in before]), atol=1e-6)
    known = np.concatenate([cloud.classification for cloud in before])
    high = after.z - slope(np.asarray(after.x), np.asarray(after.y))
    ground, lost = np.abs(high) < 0.2, np.abs(high) > 20
    new = np.asarray(after.classification)
    assert (new[ground] == 2).mean() > 0.999 and (new[lost] == 7).all() and lost.sum() == NOISE
    assert (new[known == 6] == 6).mean() > 0.99
    assert result.data["points"] == 60_000 and result.data["noise"] == NOISE
    codes, counts = np.unique(new, return_counts=True)
    assert result.data["classes"] == {str(code): count for code, count in zip(codes, counts)}
    sure, above = np.asarray(after["confidence"]), np.asarray(after["height_above_ground"])
    assert np.median(sure[ground]) > 90 and sure[~lost].min() >= 50
    assert np.abs(above[~lost] - high[~lost]).max() < 0.3
    assert after.header.parse_crs().is_compound and sum(result.data["presets"].values()) == pytest.approx(1)


def test_terrain_error_contours_and_shade(clouds: list[Path], tmp_path: Path) -> None:
    names = {name: str(tmp_path / name) for name in ("地形.tif", "晕渲.tif", "等高线.gpkg", "密度.tif")}
    result = points_dtm(
        points=[*map(str, clouds)],
        out=names["地形.tif"],
        hillshade=names["晕渲.tif"],
        contours=names["等高线.gpkg"],
        interval=0.5,
        density=names["密度.tif"],
        job=Job(),
    )
    with rasterio.open(names["地形.tif"]) as terrain:
        heights = terrain.read(1, masked=True)
        x, y = terrain.transform * np.meshgrid(np.arange(terrain.width) + 0.5, np.arange(terrain.height) + 0.5)
        assert terrain.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG" and terrain.crs.is_projected
    assert np.abs(heights - slope(x, y)).max() < 0.15 and heights.mask.mean() < 0.01
    error = result.data["error"]
    assert error["points"] > 1000 and abs(error["bias_m"]) < 0.005 and 0.015 < error["rmse_m"] < 0.03
    lines = pyogrio.read_dataframe(names["等高线.gpkg"])
    across = 50 + 0.05 * 60 - 0.03 * 40
    straight = lines[np.abs(lines["高程"] - round(across * 2) / 2) < 1e-9].geometry.iloc[0]
    places = np.array(straight.coords)
    assert np.abs(slope(*places.T) - round(across * 2) / 2).max() < 0.15
    assert set(lines["高程"] % 0.5) == {0.0} and lines["计曲线"].isin([0, 1]).all()
    with rasterio.open(names["晕渲.tif"]) as shade, rasterio.open(names["密度.tif"]) as density:
        assert shade.read(1).max() > 150 and shade.dtypes == ("uint8",)
        assert density.read(1, masked=True).mean() == pytest.approx(60_000 / 9600, rel=0.03)


def test_surface_and_heights_of_objects(clouds: list[Path], tmp_path: Path) -> None:
    out, height = str(tmp_path / "地表.tif"), str(tmp_path / "高度.tif")
    points_dsm(points=[*map(str, clouds)], out=out, height=height, resolution=1.0, job=Job())
    with rasterio.open(height) as raster:
        values = raster.read(1, masked=True)
        row, column = raster.index(EAST + 40, NORTH + 40)
    assert values[row - 5 : row + 5, column - 7 : column + 7].mean() == pytest.approx(8, abs=0.1)
    assert values.min() >= 0 and np.median(values.compressed()) < 0.1 and values.max() < 9


def test_stopped_run_goes_on(clouds: list[Path], tmp_path: Path) -> None:
    """What a stopped run has finished is not done again, and the result is that of a run in one go."""

    class Stopped(Job):
        def emit(self, event: str, **data: Any) -> None:
            if event == "progress" and data["fraction"] > 0.6:
                raise Cancelled
            super().emit(event, **data)

    given = {"points": [*map(str, clouds)], "ground": "smrf", "work": str(tmp_path / "工作")}
    with pytest.raises(Cancelled):
        points_dtm(**given, out=str(tmp_path / "a.tif"), job=Stopped())
    assert not (tmp_path / "a.tif").exists() and (tmp_path / "工作").is_dir()
    with pytest.raises(UsageError, match="另一次运行"):
        points_dtm(**{**given, "ground": "auto"}, out=str(tmp_path / "a.tif"), job=Job())
    told: list[tuple[str, str]] = []
    job = Job(lambda event, data: told.append((event, str(data.get("text")))))
    points_dtm(**given, out=str(tmp_path / "a.tif"), job=job)
    assert any(event == "log" and "接着" in text for event, text in told)
    assert not any(event == "progress" and text.startswith("读取 ") for event, text in told)
    assert not (tmp_path / "工作").exists()
    points_dtm(**{**given, "work": None}, out=str(tmp_path / "b.tif"), job=Job())
    with rasterio.open(tmp_path / "a.tif") as one, rasterio.open(tmp_path / "b.tif") as two:
        assert np.array_equal(one.read(1), two.read(1))


def test_results_with_one_name_and_work_folders_with_files_are_refused(clouds: list[Path], tmp_path: Path) -> None:
    out = str(tmp_path / "a.tif")
    with pytest.raises(UsageError, match="同一个文件名"):
        points_dtm(points=[str(clouds[0])], out=out, hillshade=out, job=Job())
    (tmp_path / "满").mkdir()
    (tmp_path / "满" / "信.txt").write_text("x")
    with pytest.raises(UsageError, match="别的文件"):
        points_dtm(points=[str(clouds[0])], out=out, work=str(tmp_path / "满"), job=Job())
    assert (tmp_path / "满" / "信.txt").read_text() == "x"


def test_hillshade_of_planes() -> None:
    """A plane is as bright as the cosine between its normal and the sun."""
    y, x = np.mgrid[0:6, 0:6].astype(float)
    sun = np.array([-np.sqrt(0.5) * np.sqrt(0.5), np.sqrt(0.5) * np.sqrt(0.5), np.sqrt(0.5)])
    for east, north in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.3), (-0.2, 0.4)):
        normal = np.array([-east, -north, 1.0]) / np.sqrt(1 + east**2 + north**2)
        grey = hillshade(east * x - north * y, 1.0)
        assert np.abs(grey - (1 + 254 * max(normal @ sun, 0))).max() <= 0.51


def test_standing_water_is_level_and_rivers_are_not(clouds: list[Path], tmp_path: Path) -> None:
    """The slope falls by 0.05 along x: a pond of 8 m lies within a metre, a strip of 60 m does not."""
    pond, river = (shapely.box(EAST + x, NORTH + 60, EAST + x + wide, NORTH + 68) for x, wide in ((70, 8), (20, 45)))
    frame = geopandas.GeoDataFrame(geometry=[pond, river], crs="EPSG:32650")
    frame.to_file(tmp_path / "水.gpkg")
    out, job = str(tmp_path / "a.tif"), Job()
    result = points_dtm(points=[*map(str, clouds)], out=out, water=str(tmp_path / "水.gpkg"), resolution=0.5, job=job)
    assert result.data["water"] == 1 and any("不像静止水面" in text for text in job.warnings)
    with rasterio.open(out) as raster:
        values = raster.read(1)
        row, column = raster.index(EAST + 74, NORTH + 64)
    inside = values[row - 6 : row + 6, column - 6 : column + 6]
    banks = slope(np.array([EAST + 70, EAST + 78]), np.array([NORTH + 68, NORTH + 60]))
    assert np.ptp(inside) == 0 and banks.min() - 0.1 < inside[0, 0] < banks.mean()
    assert values[row, column - 20] == pytest.approx(slope(np.array(EAST + 64), np.array(NORTH + 64)), abs=0.1)


def test_worker_processes_give_the_same_and_none_is_left(clouds: list[Path], tmp_path: Path) -> None:
    for workers in (1, 2):
        points_dtm(
            points=[*map(str, clouds)], out=str(tmp_path / f"{workers}.tif"), ground="smrf", workers=workers, job=Job()
        )
    with rasterio.open(tmp_path / "1.tif") as one, rasterio.open(tmp_path / "2.tif") as two:
        assert np.array_equal(one.read(1), two.read(1))
    assert not [child for child in psutil.Process().children(recursive=True) if "spawn" in " ".join(child.cmdline())]


def test_schedulers_that_do_not_answer_are_told(clouds: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match="连不上计算集群"):
        points_dtm(
            points=[str(clouds[0])], out=str(tmp_path / "a.tif"), scheduler="http://nowhere", workers=2, job=Job()
        )
