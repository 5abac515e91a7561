"""Trees, buildings and changes through their commands' functions, on made scenes."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import CRS

from pointcloud.changes.register import nmad, register
from tim.errors import UnusableInput
from tim.job import Job
from tim.points.buildings import points_buildings
from tim.points.change import points_change
from tim.points.trees import points_trees
from tim.sources.vector import read_layer

EAST, NORTH = 500_000.0, 3_400_000.0
OFFSET = np.array([EAST, NORTH])
HOUSES = [shapely.box(x, y, x + 14, y + 10) for x in (10, 45, 80) for y in (10, 45)]
NEW, GONE, RAISED = 0, 3, 5  # the new one is not there at first


def _heights(x: np.ndarray, y: np.ndarray, lifts: dict[int, float]) -> np.ndarray:
    """A plain with gabled houses, their ridges in turn along x and y; `lifts`: house → metres higher."""
    z = 20.0 + 0.01 * x
    for number, lift in lifts.items():
        west, south, east, north = HOUSES[number].bounds
        inside = (x > west) & (x < east) & (y > south) & (y < north)
        away = np.abs(y - (south + north) / 2) if number % 2 else np.abs(x - (west + east) / 2)
        z = np.where(inside, 29.0 - 0.6 * away + lift, z)
    return z


def _epoch(path: Path, lifts: dict[int, float], shift: tuple[float, float, float], seed: int) -> Path:
    random = np.random.default_rng(seed)
    x, y = random.uniform((0, 0), (110, 70), (10 * 110 * 70, 2)).T
    z = _heights(x, y, lifts) + random.normal(0, 0.02, len(x))
    return _write(path, np.column_stack([x + EAST + shift[0], y + NORTH + shift[1], z + shift[2]]))


def _write(path: Path, xyz: np.ndarray, crs: str = "EPSG:4547", returns: np.ndarray | int = 1) -> Path:
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [EAST, NORTH, 0]
    header.add_crs(CRS(crs))
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    las.return_number = np.ones(len(xyz), np.uint8)
    las.number_of_returns = np.broadcast_to(returns, len(xyz)).astype(np.uint8)
    las.write(str(path))
    return path


@pytest.fixture(scope="module")
def epochs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("两期")
    before = {number: 0.0 for number in range(6) if number != NEW}
    after = {number: 3.0 if number == RAISED else 0.0 for number in range(6) if number != GONE}
    return (
        _epoch(folder / "前.laz", before, (0.0, 0.0, 0.0), 1),
        _epoch(folder / "后.laz", after, (0.25, -0.15, 0.12), 2),
    )


def test_the_state_of_each_building(epochs: tuple[Path, Path], tmp_path: Path) -> None:
    out, raster = tmp_path / "变化.gpkg", tmp_path / "高差.tif"
    result = points_change(before=[str(epochs[0])], after=[str(epochs[1])], out=str(out), raster=str(raster), job=Job())
    assert result.data["buildings"] == {"new": 1, "gone": 1, "higher": 1, "unchanged": 3}
    assert result.data["shift_m"] == pytest.approx([-0.25, 0.15, -0.12], abs=0.06)
    assert 0.02 < result.data["lod_m"] < 0.2
    layer = read_layer(f"{out}|layername=change_building")
    for number, state, change in ((NEW, "new", 8.0), (GONE, "gone", -8.0), (RAISED, "higher", 3.0)):
        middle = shapely.transform(HOUSES[number].centroid, lambda places: places + OFFSET)
        (place,) = np.flatnonzero(shapely.contains(layer.geometry, middle))
        assert layer.columns["state"][place] == state
        assert layer.columns["change_m"][place] == pytest.approx(change, abs=1.2 if number != RAISED else 0.1)
        assert layer.columns["uncertainty_m"][place] < 0.3
    assert result.data["patches"] == 3
    assert result.data["changed_area_m2"] == pytest.approx(3 * 140, rel=0.15)
    with rasterio.open(raster) as source:
        values = source.read(1, masked=True)
        assert source.crs.to_epsg() == 4547 and abs(float(np.ma.median(values))) < 0.02


def test_given_footprints_keep_their_keys(epochs: tuple[Path, Path], tmp_path: Path) -> None:
    from tim.sources.gpkg import write_table

    given = tmp_path / "轮廓.gpkg"
    shapes = shapely.transform(np.array(HOUSES), lambda places: places + OFFSET)
    write_table(given, "fw", "房屋", shapes, {"BSM": [str(number) for number in range(6)]}, "EPSG:4547")
    out = tmp_path / "变化.gpkg"
    points_change(before=[str(epochs[0])], after=[str(epochs[1])], footprints=str(given), out=str(out), job=Job())
    columns = read_layer(f"{out}|layername=change_building").columns
    states = dict(zip(columns["key"], columns["state_name"]))
    assert states == {"0": "新建", "1": "未变", "2": "未变", "3": "拆除", "4": "未变", "5": "加高"}


def test_m3c2_agrees_where_nothing_changed(epochs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "变化.gpkg"
    points_change(before=[str(epochs[0])], after=[str(epochs[1])], out=str(out), m3c2_spacing=2.0, job=Job())
    layer = read_layer(f"{out}|layername=change_point")
    distance = layer.columns["distance_m"]
    places = shapely.get_coordinates(layer.geometry) - OFFSET
    still = ~shapely.contains_xy(shapely.union_all(HOUSES).buffer(3), *places.T)
    assert still.sum() > 500 and abs(np.median(distance[still])) < 0.02
    raised = shapely.contains_xy(HOUSES[RAISED].buffer(-3), *places.T)
    assert np.median(np.abs(distance[raised])) == pytest.approx(3 * np.cos(np.arctan(0.6)), abs=0.3)
    assert layer.columns["significant"][raised].all()


def test_without_m3c2_one_is_told_what_to_do(
    epochs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "py4dgeo", None)
    with pytest.raises(Exception, match="pip install py4dgeo"):
        points_change(
            before=[str(epochs[0])],
            after=[str(epochs[1])],
            out=str(tmp_path / "变化.gpkg"),
            m3c2_spacing=2.0,
            job=Job(),
        )
    assert list(tmp_path.iterdir()) == []


def test_epochs_that_do_not_belong_together(epochs: tuple[Path, Path], tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    far = np.column_stack([random.uniform(5000, 5050, (4000, 2)) + OFFSET, random.uniform(0, 0.1, 4000)])
    for path, message in (
        (_write(tmp_path / "远.laz", far), "没有重叠"),
        (_write(tmp_path / "别系.laz", far, "EPSG:4548"), "坐标系不同"),
    ):
        with pytest.raises(UnusableInput, match=message):
            points_change(before=[str(epochs[0])], after=[str(path)], out=str(tmp_path / "变化.gpkg"), job=Job())


@pytest.mark.data
def test_feet_in_height_come_out_as_metres(data_folder: Path, tmp_path: Path) -> None:
    """Autzen: x and y in metres, z in US survey feet; medians differ by 0.79 ft."""
    folder = data_folder / "lidar" / "autzen_two_epochs"
    raster = tmp_path / "高差.tif"
    points_change(
        before=[str(folder / "autzen-bmx-2010.las")], after=[str(folder / "autzen-bmx-2023.las")],
        register="none", out=str(tmp_path / "变化.gpkg"), raster=str(raster), job=Job(),
    )  # fmt: skip
    with rasterio.open(raster) as source:
        middle = float(np.ma.median(source.read(1, masked=True)))
    assert middle == pytest.approx(0.79 * 0.3048, abs=0.15)


@pytest.mark.parametrize("mode", ["full", "vertical", "none"])
def test_registration_finds_a_known_shift(mode: str) -> None:
    y, x = np.mgrid[60:0:-0.5, 0:60:0.5]

    def hills(east: float, north: float) -> np.ndarray:
        return 3 * np.sin((x - east) / 6) * np.cos((y - north) / 7)

    noise = np.random.default_rng(1).normal(0, 0.02, (2, *x.shape))
    shift = register(hills(0, 0) + noise[0], hills(0.2, -0.1) + 0.3 + noise[1], np.ones(x.shape, bool), 0.5, mode)
    expected = {"full": [-0.2, 0.1, -0.3], "vertical": [0, 0, -0.3], "none": [0, 0, 0]}[mode]
    assert [shift.east, shift.north, shift.up] == pytest.approx(expected, abs=0.03)
    assert nmad(np.random.default_rng(2).normal(0, 2, 20_000)) == pytest.approx(2, rel=0.03)


def test_footprints_and_roofs_without_a_model(epochs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "建筑.gpkg"
    result = points_buildings(points=[str(epochs[0])], out=str(out), lod="2", job=Job())
    assert result.data["buildings"] == 5 and result.data["lods"] == {"2.2": 5} and result.data["fit_rmse"] < 0.06
    layer = read_layer(f"{out}|layername=footprint")
    truth = shapely.transform(np.array(HOUSES), lambda places: places + OFFSET)
    for shape, planes in zip(layer.geometry, layer.columns["planes"]):
        shared = shapely.area(shapely.intersection(truth, shape)) / shapely.area(shapely.union(truth, shape))
        assert shared.max() > 0.85 and planes == 2
    assert len(read_layer(f"{out}|layername=solid")) == 5


def test_trees_stand_where_they_were_planted(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    stems = np.array([(x, y) for x in range(10, 90, 12) for y in range(10, 60, 12)], float)
    tall = random.uniform(6, 20, len(stems))
    x, y = random.uniform((0, 0), (96, 66), (12 * 96 * 66, 2)).T
    away = np.hypot(x[:, None] - stems[:, 0], y[:, None] - stems[:, 1])
    crown = tall * (1 - away / (2.0 + 0.15 * tall)) + 0.0
    z = np.maximum(crown.max(axis=1), 0.0)
    leaves = (z > 2) & (random.random(len(x)) < 0.85)
    z = np.where(leaves, z - random.uniform(0, 1.2, len(x)), random.normal(0, 0.02, len(x)))
    path = _write(tmp_path / "林.laz", np.column_stack([x + EAST, y + NORTH, z + 30]), returns=1 + leaves)
    out = tmp_path / "单木.gpkg"
    result = points_trees(points=[str(path)], out=str(out), job=Job())
    layer = read_layer(f"{out}|layername=tree")
    places = shapely.get_coordinates(layer.geometry) - OFFSET
    nearest = np.hypot(*(places[:, None] - stems).T).T.argmin(axis=1)
    assert result.data["trees"] == len(stems) and sorted(nearest) == list(range(len(stems)))
    highest = np.array([z[np.hypot(x - stem[0], y - stem[1]) < 2.0].max() for stem in stems])
    off = np.abs(layer.columns["height"] - highest[nearest])
    assert np.median(off) < 0.5 and off.max() < 1.5
    assert np.hypot(*(places - stems[nearest]).T).max() < 1.0
    assert np.abs(layer.columns["ground_z"] - 30).max() < 0.2
    assert np.all(layer.columns["crown_diameter"] < 2 * (2.0 + 0.15 * tall[nearest]) + 0.5)


@pytest.mark.data
def test_trees_of_a_real_forest(data_folder: Path, tmp_path: Path) -> None:
    """lidR's mixed conifers carry trees that others outlined (`treeID`): the tall ones are found."""
    path = data_folder / "lidar" / "forest_tiles" / "lidR_MixedConifer.laz"
    las = laspy.read(path)
    tree, z = np.asarray(las["treeID"], float), np.asarray(las.z)
    x, y = np.asarray(las.x), np.asarray(las.y)
    chosen = np.isfinite(tree) & (tree > 0) & (tree < 1e6)
    order = np.flatnonzero(chosen)[np.lexsort((-z[chosen], tree[chosen]))]
    tops = order[np.unique(tree[order], return_index=True)[1]]
    tops = tops[z[tops] > 15]
    out = tmp_path / "单木.gpkg"
    points_trees(points=[str(path)], out=str(out), job=Job())
    layer = read_layer(f"{out}|layername=tree")
    places = shapely.get_coordinates(layer.geometry)
    near = np.hypot(places[:, 0][:, None] - x[tops], places[:, 1][:, None] - y[tops])
    assert np.mean(near.min(axis=0) < 2.5) > 0.8
    assert layer.columns["height"].max() == pytest.approx(z.max(), abs=1.0)
