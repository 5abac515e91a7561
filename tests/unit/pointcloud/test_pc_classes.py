"""Classes of points: made scenes against their truth; what is written keeps everything else."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pytest
import shapely
from pyproj import CRS

from tim.errors import UsageError
from tim.job import Job
from tim.points.classify import classify_points

EAST, NORTH = 500_000.0, 3_400_000.0
RIVER = shapely.box(80, 0, 110, 120)
BRIDGE = shapely.box(60, 55, 130, 65)
HOUSE = shapely.box(20, 20, 36, 32)
TREE = (40.0, 90.0, 4.0)
WIRES_Y = (100.0, 104.0)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """200 m × 120 m with banks, a river, a bridge, a house, a tree and two wires: the file and the classes."""
    random = np.random.default_rng(5)
    x, y = random.uniform((0, 0), (200, 120), (8 * 200 * 120, 2)).T
    z = 10.0 + 0.01 * y + random.normal(0, 0.02, len(x))
    classes = np.full(len(x), 2)
    returns = np.ones(len(x), int)
    bank = np.clip((np.abs(x - 95) - 15) / 6, 0, 1)
    z -= 5 * (1 - bank)
    wet = shapely.contains_xy(RIVER, x, y)
    classes[wet] = 9
    z[wet] = 5 + random.normal(0, 0.02, wet.sum())
    deck = shapely.contains_xy(BRIDGE, x, y) & (np.abs(x - 95) < 21)
    z[deck], classes[deck] = 10.0 + 0.01 * y[deck] + random.normal(0, 0.02, deck.sum()), 17
    roof = shapely.contains_xy(HOUSE, x, y)
    z[roof], classes[roof] = 16 + random.normal(0, 0.02, roof.sum()), 6
    crown = (np.hypot(x - TREE[0], y - TREE[1]) < TREE[2]) & (random.random(len(x)) < 0.8)
    z[crown] += random.uniform(3, 9, crown.sum())
    classes[crown], returns[crown] = 5, 2
    answer = (classes != 9) | (random.random(len(x)) < 0.08)
    along = np.arange(0, 200, 0.4)
    wires = [np.column_stack([along, np.full(len(along), wire), 24 + 0.0004 * (along - 100) ** 2]) for wire in WIRES_Y]
    xyz = np.vstack([np.column_stack([x, y, z])[answer], *wires])
    classes = np.concatenate([classes[answer], np.full(sum(map(len, wires)), 14)])
    returns = np.concatenate([returns[answer], np.ones(sum(map(len, wires)), int)])
    return _written(tmp_path_factory.mktemp("点") / "河.laz", xyz, returns, random), classes


def _written(path: Path, xyz: np.ndarray, returns: np.ndarray, random: np.random.Generator) -> Path:
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [EAST, NORTH, 0]
    header.add_crs(CRS("EPSG:4547"))
    header.add_extra_dim(laspy.ExtraBytesParams("marke", np.float32))
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz[:, 0] + EAST, xyz[:, 1] + NORTH, xyz[:, 2]
    las.return_number, las.number_of_returns = np.ones(len(xyz), np.uint8), returns.astype(np.uint8)
    for name in ("intensity", "red", "gps_time", "marke", "user_data"):
        las[name] = random.integers(0, 200, len(xyz))
    las.write(str(path))
    return path


def test_a_made_valley_comes_out_as_it_was_made(scene: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    path, truth = scene
    out = tmp_path / "分类.laz"
    result = classify_points(points=[str(path)], out=str(out), job=Job())
    before, after = laspy.read(path), laspy.read(out)
    found = np.asarray(after.classification)
    for code, least in ((2, 0.98), (5, 0.9), (6, 0.97), (9, 0.9), (14, 0.9)):
        assert np.mean(found[truth == code] == code) > least, code
        assert np.mean(truth[found == code] == code) > 0.9, code
    spans = (truth == 17) & (np.abs(np.asarray(after.x) - EAST - 95) < 15)  # over the water
    assert np.mean(found[spans] == 17) > 0.95 and np.mean(truth[found == 17] == 17) > 0.9
    assert result.data["points"] == len(truth) and sum(result.data["classes"].values()) == len(truth)
    assert result.data["classes"]["6"] == np.count_nonzero(found == 6)
    names = [name for name in before.point_format.dimension_names if name != "classification"]
    assert all(np.array_equal(before[name], after[name]) for name in names)
    assert after.header.parse_crs() == before.header.parse_crs()
    assert after.header.creation_date == before.header.creation_date


def test_heights_of_vegetation_are_settings(scene: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    path, truth = scene
    out = tmp_path / "分类.las"
    classify_points(points=[str(path)], out=str(out), medium=4.0, high=7.0, job=Job())
    las = laspy.read(out)
    above = np.asarray(las.z) - 10 - 0.01 * (np.asarray(las.y) - NORTH)
    crown = (truth == 5) & np.isin(np.asarray(las.classification), (3, 4, 5))
    expected = np.where(above < 4, 3, np.where(above < 7, 4, 5))[crown]
    assert np.mean(np.asarray(las.classification)[crown] == expected) > 0.97
    with pytest.raises(UsageError, match="小于"):
        classify_points(points=[str(path)], out=str(out), medium=3.0, high=2.0, overwrite=True, job=Job())


def test_files_of_other_formats_are_not_mixed(scene: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    other = tmp_path / "别的.las"
    las = laspy.convert(laspy.read(scene[0]), point_format_id=6)
    las.write(str(other))
    with pytest.raises(Exception, match="点格式不同"):
        classify_points(points=[str(scene[0]), str(other)], out=str(tmp_path / "合.laz"), job=Job())
    assert not (tmp_path / "合.laz").exists()


@pytest.mark.data
def test_real_city_tiles(data_folder: Path, tmp_path: Path) -> None:
    """IGN's own labels, which are not looked at; kappa over ground, vegetation and buildings."""
    files = sorted((data_folder / "lidar" / "ign_urban_6tiles").glob("*.laz"))
    out = tmp_path / "城.laz"
    classify_points(points=list(map(str, files)), out=str(out), ground="smrf", job=Job())
    truth = np.concatenate([np.asarray(laspy.read(file).classification) for file in files])
    found = np.asarray(laspy.read(out).classification)
    labelled = np.isin(truth, (2, 3, 4, 5, 6))
    table = np.array([[np.sum((truth == a) & (found == b) & labelled) for b in range(32)] for a in range(32)])
    agreed, chance = np.trace(table) / table.sum(), table.sum(axis=0) @ table.sum(axis=1) / table.sum() ** 2
    assert (agreed - chance) / (1 - chance) > 0.92
    assert np.mean(found[truth == 6] == 6) >= 0.95 and np.mean(truth[found == 6] == 6) >= 0.95
