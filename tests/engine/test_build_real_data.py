"""`tim build` on real surveys, against figures computed here on another way."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest
import rasterio
import shapely

from tim.assembly.pipeline import build_model
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.model.validate import validate_model
from tim.result import Result
from tim.sources.vector import VectorLayer, read_layer

pytestmark = pytest.mark.data
DUTCH = "EPSG:28992+5709"


@pytest.fixture(scope="session")
def delft(data_folder: Path) -> dict[str, str]:
    folder = data_folder / "lidar" / "delft_3dfier"
    return {
        "points": str(folder / "ahn3" / "ahn3_cropped_2.laz"),
        "footprints": str(folder / "bgt" / "bgt_pand.sqlite"),
        "roads": str(folder / "bgt" / "bgt_wegdeel.sqlite"),
        "empty": str(folder / "bgt" / "bgt_tunneldeel.sqlite"),
    }


@pytest.fixture(scope="session")
def delft_points(delft: dict[str, str]) -> laspy.LasData:
    return laspy.read(delft["points"])


@pytest.fixture(scope="session")
def delft_model(delft: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    path = tmp_path_factory.mktemp("代尔夫特 模型") / "城区.gpkg"
    result = build_model(
        points=[delft["points"]],
        footprints=delft["footprints"],
        layers={"道路": delft["roads"]},
        crs=DUTCH,
        out=str(path),
        job=Job(),
    )
    return path, result


def _layer(path: Path, name: str) -> VectorLayer:
    return read_layer(f"{path}|layername={name}")


def _inside(points: laspy.LasData, area: shapely.Geometry) -> np.ndarray:
    shapely.prepare(area)
    return shapely.contains_xy(area, np.asarray(points.x), np.asarray(points.y))


def _built(tmp_path: Path, **parameters: Any) -> Result:
    return build_model(out=str(tmp_path / "模型.gpkg"), job=Job(), **parameters)


def test_every_footprint_with_points_becomes_one_building(
    delft: dict[str, str], delft_model: tuple[Path, Result], delft_points: laspy.LasData
) -> None:
    path, result = delft_model
    given = read_layer(delft["footprints"])
    built = _layer(path, "building")
    status = dict(zip(built.columns["gml_id"], built.columns["status"]))
    assert len(built) == len(status) == len(given) == 160
    with_points = {
        key for key, shape in zip(given.columns["gml_id"], given.geometry) if _inside(delft_points, shape).any()
    }
    assert {key for key, value in status.items() if value == "modelled"} == with_points
    assert result.data["entities"]["building"] == len(with_points) == 28
    assert result.data["entities"]["building_footprint"] == 132
    heights = built.columns["height"][built.columns["status"] == "no-data"]
    assert np.isnan(heights).all()


def test_heights_agree_with_ground_and_roof_points(
    delft_model: tuple[Path, Result], delft_points: laspy.LasData
) -> None:
    """Class 2 around and class 6 inside each footprint that lies in the scan."""
    built = _layer(delft_model[0], "building")
    kinds, z = np.asarray(delft_points.classification), np.asarray(delft_points.z)
    scan = shapely.box(85000.0, 447412.8, 85072.3, 447641.3)
    ground_off, roof_off = [], []
    for place in np.flatnonzero(built.columns["status"] == "modelled"):
        shape = built.geometry[place]
        around = _inside(delft_points, shapely.buffer(shape, 3.0).difference(shape)) & (kinds == 2)
        roof = _inside(delft_points, shape) & (kinds == 6)
        if not scan.covers(shape) or around.sum() < 20 or roof.sum() < 50:
            continue
        low, high = np.percentile(z[around], [1, 99])
        ground = built.columns["ground_z"][place]
        assert low - 0.3 <= ground <= high + 0.3
        assert np.percentile(z[roof], 5) - 0.5 <= built.columns["roof_z"][place] <= z[roof].max() + 0.1
        ground_off.append(ground - np.percentile(z[around], 10))
        roof_off.append(built.columns["roof_z"][place] - np.percentile(z[roof], 70))
    assert len(ground_off) >= 15
    assert abs(np.median(ground_off)) < 0.3
    assert abs(np.median(roof_off)) < 0.5


def test_the_terrain_lies_on_the_ground_points(delft_model: tuple[Path, Result], delft_points: laspy.LasData) -> None:
    ground = np.asarray(delft_points.classification) == 2
    x, y, z = (np.asarray(getattr(delft_points, axis))[ground] for axis in "xyz")
    with rasterio.open(f"GPKG:{delft_model[0]}:terrain") as source:
        terrain = source.read(1, masked=True).filled(np.nan)
        rows, columns = rasterio.transform.rowcol(source.transform, x, y)
    off = z - terrain[np.array(rows), np.array(columns)]
    assert np.isfinite(off).all()
    assert np.percentile(np.abs(off), 95) < 0.15
    assert abs(np.median(off)) < 0.02


def test_the_model_is_sound_complete_and_alone(delft_model: tuple[Path, Result], delft: dict[str, str]) -> None:
    path, result = delft_model
    checked = validate_model(str(path), job=Job())
    assert checked.status == "ok" and checked.data["errors"] == []
    assert checked.data["checked"]["solids"] == 28
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert result.data["crs"] == DUTCH
    assert result.data["vertical"] == "NAP height"
    assert result.data["lods"] == ["0", "1"]
    with closing(sqlite3.connect(path)) as connection:
        metadata = dict(connection.execute("SELECT key, value FROM tim_metadata"))
        styled = {
            name for (name,) in connection.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault = 1")
        }
    manifest = json.loads(metadata["manifest"])
    assert manifest["parameters"]["crs"] == DUTCH
    assert {item["kind"] for item in manifest["inputs"]} == {"points", "footprints", "layer:道路"}
    assert styled == {"building", "building_solid"}
    digests = {item["path"]: item["sha256"] for item in manifest["inputs"]}
    assert digests["ahn3_cropped_2.laz"] == hashlib.sha256(Path(delft["points"]).read_bytes()).hexdigest()


def test_codes_survive_a_rebuild_and_inputs_stay_untouched(
    delft: dict[str, str], delft_model: tuple[Path, Result], tmp_path: Path
) -> None:
    folder = Path(delft["footprints"]).parent
    before = sorted((entry.name, entry.stat().st_mtime_ns) for entry in folder.iterdir())
    _built(tmp_path, points=[delft["points"]], footprints=delft["footprints"], crs="EPSG:28992")
    assert sorted((entry.name, entry.stat().st_mtime_ns) for entry in folder.iterdir()) == before
    first, again = _layer(delft_model[0], "building"), _layer(tmp_path / "模型.gpkg", "building")
    assert dict(zip(first.columns["gml_id"], first.columns["id"])) == dict(
        zip(again.columns["gml_id"], again.columns["id"])
    )
    assert len(set(first.columns["id"])) == len(first)


def test_footprints_in_another_crs_are_reprojected(delft: dict[str, str], tmp_path: Path) -> None:
    import pyogrio.raw
    import pyproj

    given = read_layer(delft["footprints"], target_crs=pyproj.CRS(4326))
    path = tmp_path / "轮廓.gpkg"
    pyogrio.raw.write(
        path, shapely.to_wkb(given.geometry), [given.columns["gml_id"]], ["gml_id"],
        geometry_type="Polygon", crs="EPSG:4326", driver="GPKG",
    )  # fmt: skip
    told: list[str] = []
    result = build_model(
        points=[delft["points"]], footprints=str(path), crs="EPSG:28992", out=str(tmp_path / "a.gpkg"),
        job=Job(lambda event, data: told.append(data["text"]) if event == "log" else None),
    )  # fmt: skip
    assert result.data["entities"]["building"] == 28
    assert any("EPSG:4326" in text and "EPSG:28992" in text for text in told)


def test_three_tiles_make_one_seamless_model(data_folder: Path, tmp_path: Path) -> None:
    folder = data_folder / "lidar" / "ign_urban_6tiles"
    result = _built(tmp_path, points=[str(folder)])
    path = tmp_path / "模型.gpkg"
    assert result.data["crs"] == "EPSG:2154"
    assert result.data["extent"] == [770500.0, 6277500.0, 770650.0, 6277550.0]
    assert len([source for source in result.data["sources"] if source["kind"] == "points"]) == 3
    with rasterio.open(f"GPKG:{path}:terrain") as source:
        terrain = source.read(1, masked=True).filled(np.nan)
        seam = int((770600.0 - source.transform.c) / source.transform.a)
    steps = np.abs(np.diff(terrain, axis=1))
    at_seam, elsewhere = steps[:, seam - 1], np.delete(steps, seam - 1, axis=1)
    assert np.isfinite(terrain).mean() > 0.9
    assert np.nanpercentile(at_seam, 95) <= 1.5 * np.nanpercentile(elsewhere, 95) + 0.05
    buildings = _layer(path, "building")
    modelled = buildings.geometry[buildings.columns["status"] == "modelled"]
    assert len(modelled) > 0
    line = shapely.LineString([(770600.0, 6277500.0), (770600.0, 6277550.0)])
    for shape in modelled:  # a building cut at a seam would have an edge on it
        on_seam = shapely.length(shapely.intersection(shapely.boundary(shape), line))
        assert on_seam < 1.0


def _copc(folder: Path) -> Path:
    return folder / "lidar" / "copc_ept" / "extrabytes-dataset.copc.laz"


def _ept(folder: Path) -> Path:
    return folder / "lidar" / "copc_ept" / "ept-extrabytes" / "ept.json"


def test_copc_and_ept_of_one_cloud_give_one_terrain(data_folder: Path, tmp_path: Path) -> None:
    terrains = []
    for name, source in (("copc", _copc(data_folder)), ("ept", _ept(data_folder))):
        result = build_model(points=[str(source)], crs="EPSG:32756", out=str(tmp_path / f"{name}.gpkg"), job=Job())
        assert result.data["entities"]["terrain"] == 1
        assert result.data["sources"][0]["details"] | {"bounds": None} == {
            "points": 105_972, "format": name, "bounds": None,
        }  # fmt: skip
        with rasterio.open(f"GPKG:{tmp_path / name}.gpkg:terrain") as raster:
            terrains.append(raster.read(1, masked=True).filled(np.nan))
    assert terrains[0].shape == terrains[1].shape
    np.testing.assert_allclose(terrains[0], terrains[1], atol=0.011, equal_nan=True)


@pytest.mark.parametrize("source", [_copc, _ept], ids=["copc", "ept"])
def test_a_missing_crs_is_asked_for(source: Callable[[Path], Path], data_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="--crs") as caught:
        _built(tmp_path, points=[str(source(data_folder))])
    assert source(data_folder).name in caught.value.message or "ept" in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_bad_requests_leave_nothing(delft: dict[str, str], data_folder: Path, tmp_path: Path) -> None:
    far = str(data_folder / "dem" / "qgis_somerset_2m" / "buildings.shp")
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"crs": "EPSG:4326"}, UnusableInput, "度"),
        ({"crs": "EPSG:2272"}, UnusableInput, "米"),
        ({"crs": "nonsense"}, UsageError, "nonsense"),
        ({"crs": "EPSG:28992", "footprints": far}, UnusableInput, "没有重叠.*X .*点云在 X 85000"),
        ({"crs": "EPSG:28992", "footprints": delft["empty"]}, UnusableInput, "没有要素"),
        ({"crs": "EPSG:28992", "footprints": delft["points"]}, UnusableInput, "ahn3_cropped_2.laz"),
        ({"crs": "EPSG:28992", "landuse": delft["roads"]}, UnusableInput, "地类编码"),
        ({"crs": "EPSG:28992", "layers": {"building": delft["roads"]}}, UsageError, "building"),
    ]
    for parameters, kind, words in cases:
        with pytest.raises(kind, match=words) as caught:
            _built(tmp_path, points=[delft["points"]], **parameters)
        assert "\n" not in str(caught.value)
        assert list(tmp_path.iterdir()) == []


def test_a_crs_that_contradicts_the_file_is_refused(data_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="不一致") as caught:
        _built(tmp_path, points=[str(data_folder / "lidar" / "ign_urban_6tiles")], crs="EPSG:28992")
    assert caught.value.exit_status == 2  # type: ignore[attr-defined]


def test_an_existing_result_is_kept(delft: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "模型.gpkg"
    target.write_text("mine")
    with pytest.raises(UsageError, match="overwrite"):
        _built(tmp_path, points=[delft["points"]], crs="EPSG:28992")
    assert target.read_text() == "mine"
    _built(tmp_path, points=[delft["points"]], crs="EPSG:28992", overwrite=True)
    assert target.read_bytes().startswith(b"SQLite")


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of its own. Needs root; in CI its absence is a failure."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.name == "posix" and os.geteuid() == 0
    command = ["mount", "-t", "tmpfs", "-o", "size=260m", "tmpfs", str(folder)]
    mounted = mounted and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must be able to mount a small disk")
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [20, 900])
def test_a_disk_that_fills_while_writing_leaves_nothing(
    kilobytes: int, delft: dict[str, str], small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """900 kB is where the raster driver loses tiles on closing without an error."""
    from tim.assembly import pipeline
    from tim.errors import describe

    write = pipeline.write_model

    def fill_and_write(*arguments: Any) -> None:
        state = os.statvfs(small_disk)
        with (small_disk / "others").open("wb") as stream:
            stream.write(b"x" * (state.f_bavail * state.f_bsize - kilobytes * 1024))
        write(*arguments)

    monkeypatch.setattr(pipeline, "write_model", fill_and_write)
    with pytest.raises(OSError) as caught:
        build_model(points=[delft["points"]], crs="EPSG:28992", out=str(small_disk / "模型.gpkg"), job=Job())
    assert "磁盘已满" in describe(caught.value).message
    assert [entry.name for entry in small_disk.iterdir()] == ["others"]


def test_a_read_only_target_is_refused_at_once(delft: dict[str, str], small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Exception, match="不能写入") as caught:
        build_model(points=[delft["points"]], crs="EPSG:28992", out=str(small_disk / "模型.gpkg"), job=Job())
    assert caught.value.exit_status == 1  # type: ignore[attr-defined]


def test_the_command_line(delft: dict[str, str], tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("tim")), "build", "--points", delft["points"]]
    command += ["--footprints", delft["footprints"], "--crs", DUTCH, "--out", str(tmp_path / "城区.gpkg"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "ok"
    assert result["entities"]["building"] == 28
    assert result["outputs"] == [str(tmp_path / "城区.gpkg")]
    assert {"crs", "extent", "lods", "sources", "versions", "seconds", "warnings"} <= result.keys()
