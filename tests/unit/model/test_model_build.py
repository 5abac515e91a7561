"""A model of a small scene: what is in it must be what was scanned."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from small_scene import BUILDINGS, GROUND, PLAIN, placed

from tim.assembly.pipeline import build_model
from tim.assembly.write import _upright
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.model.info import model_info
from tim.model.writer import ModelWriter
from tim.sources.vector import read_layer


def test_buildings_have_the_heights_of_the_scene(small_model: Path) -> None:
    layer = read_layer(f"{small_model}|layername=building")
    rows = {key: place for place, key in enumerate(layer.columns["BSM"])}
    for key, (shape, height) in BUILDINGS.items():
        place = rows[key]
        assert shapely.equals_exact(
            shapely.normalize(layer.geometry[place]), shapely.normalize(shapely.multipolygons([placed(shape)]))
            if shape.geom_type == "Polygon" else shapely.normalize(placed(shape)), 1e-6,
        )  # fmt: skip
        assert layer.columns["area_m2"][place] == pytest.approx(shape.area, abs=1e-6)
        if height is None:
            assert layer.columns["status"][place] == "no-data"
            assert np.isnan(layer.columns["height"][place]) and layer.columns["reason"][place]
        else:
            assert layer.columns["ground_z"][place] == pytest.approx(GROUND, abs=0.02)
            assert layer.columns["height"][place] == pytest.approx(height, abs=0.02)


def test_a_source_column_with_one_of_our_names_is_kept_apart(small_model: Path) -> None:
    columns = read_layer(f"{small_model}|layername=building").columns
    assert list(columns["source_height"]) == ["a", "b", "c", None]
    assert columns["height"].dtype.kind == "f"


def test_land_use_has_codes_names_and_version(small_model: Path) -> None:
    layer = read_layer(f"{small_model}|layername=land_use")
    assert list(layer.columns["code"]) == ["0701", "1003", "9999"]
    assert list(layer.columns["name"]) == ["城镇住宅用地", "公路用地", None]
    assert set(layer.columns["code_version"]) == {"三调工作分类"}
    assert list(layer.columns["TBBH"]) == ["1", "2", "3"]


def test_rasters_say_where_nothing_is_known(small_model: Path) -> None:
    with (
        rasterio.open(f"GPKG:{small_model}:terrain") as terrain,
        rasterio.open(f"GPKG:{small_model}:surface") as surface,
    ):
        assert terrain.nodata == surface.nodata == -9999
        ground, top = terrain.read(1, masked=True), surface.read(1, masked=True)
        row, column = surface.index(500_050.0, 3_400_036.0)
    assert np.allclose(ground.compressed(), GROUND, atol=0.02)
    assert top[row, column] == pytest.approx(GROUND + 15.5, abs=0.02)


def test_overviews_leave_out_cells_without_data(tmp_path: Path) -> None:
    from pyproj import CRS
    from rasterio.transform import from_origin

    values = np.full((600, 700), 5.0, dtype="float32")
    values[:301, :333] = np.nan
    writer = ModelWriter(tmp_path / "r.gpkg")
    writer.grid("terrain", "地形", values, from_origin(500_000, 3_400_000, 0.5, 0.5), CRS(4547))
    with rasterio.open(f"GPKG:{tmp_path / 'r.gpkg'}:terrain") as source:
        assert source.overviews(1)
        small = source.read(1, masked=True, out_shape=(150, 175))
        whole = source.read(1, masked=True)
    assert set(np.unique(small.compressed())) == {5.0}
    assert np.array_equal(whole.mask, np.isnan(values))


def test_info_and_manifest(small_model: Path) -> None:
    result = model_info(str(small_model), job=Job())
    assert result.data["entities"] == {
        "building": 3, "building_footprint": 1, "land_use": 3, "surface": 1, "terrain": 1, "永久基本农田": 3,
    }  # fmt: skip
    assert result.data["crs"] == "EPSG:4547+5737"
    assert result.data["extent"] == [500_000.0, 3_400_000.0, 500_070.0, 3_400_050.0]
    assert [source["path"] for source in result.data["sources"]] == ["点云.laz", "轮廓.gpkg", "用地.gpkg", "用地.gpkg"]
    assert all(len(source["sha256"]) == 64 for source in result.data["sources"])
    with closing(sqlite3.connect(small_model)) as connection:
        manifest = json.loads(connection.execute("SELECT value FROM tim_metadata WHERE key = 'manifest'").fetchone()[0])
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert manifest["parameters"]["footprints"] == "轮廓.gpkg"
    assert {"territory-tim", "python", "numpy", "geos"} <= manifest["software"].keys()
    assert manifest["started"] <= manifest["ended"]


def test_codes_do_not_depend_on_file_names(scene: dict[str, Path], small_model: Path, tmp_path: Path) -> None:
    other = tmp_path / "改名.gpkg"
    other.write_bytes(scene["footprints"].read_bytes())
    build_model(
        points=[str(scene["points"])], footprints=str(other), crs="EPSG:4547", out=str(tmp_path / "b.gpkg"), job=Job()
    )
    first, second = (read_layer(f"{path}|layername=building") for path in (small_model, tmp_path / "b.gpkg"))
    assert list(first.columns["id"]) == list(second.columns["id"])


def test_buildings_are_found_without_footprints(scene: dict[str, Path], tmp_path: Path) -> None:
    result = build_model(points=[str(scene["points"])], crs="EPSG:4547", out=str(tmp_path / "c.gpkg"), job=Job())
    assert result.data["entities"]["building"] == 4  # the court, both halves of the pair, the plain one
    found = read_layer(f"{tmp_path / 'c.gpkg'}|layername=building")
    expected = shapely.union_all([placed(shape) for shape, height in BUILDINGS.values() if height is not None])
    built = shapely.union_all(found.geometry)
    assert shapely.area(shapely.intersection(built, expected)) / shapely.area(shapely.union(built, expected)) > 0.85


def test_repairs_are_told_with_the_feature(scene: dict[str, Path], tmp_path: Path) -> None:
    import pyogrio.raw

    bow = placed(shapely.Polygon([(40, 30), (60, 42), (60, 30), (40, 42)]))
    shapes = np.array([bow, placed(shapely.LineString([(0, 0), (9, 9)])), None])
    pyogrio.raw.write(
        tmp_path / "坏.gpkg", shapely.to_wkb(shapes), [np.array(["甲", "乙", "丙"], object)], ["BSM"],
        geometry_type="Unknown", crs="EPSG:4547", driver="GPKG",
    )  # fmt: skip
    job = Job()
    result = build_model(
        points=[str(scene["points"])], footprints=str(tmp_path / "坏.gpkg"), crs="EPSG:4547",
        out=str(tmp_path / "d.gpkg"), job=job,
    )  # fmt: skip
    assert result.data["entities"]["building"] == 1
    assert any("BSM=甲" in text and "修复" in text for text in job.warnings)
    assert any("不是面" in text for text in job.warnings) and any("没有图形" in text for text in job.warnings)
    area = read_layer(f"{tmp_path / 'd.gpkg'}|layername=building").columns["area_m2"][0]
    assert area == pytest.approx(120.0, abs=1e-6)


def test_a_source_with_several_layers_asks_for_one(scene: dict[str, Path], small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"building、.*layername") as caught:
        build_model(
            points=[str(scene["points"])], footprints=str(small_model), crs="EPSG:4547",
            out=str(tmp_path / "e.gpkg"), job=Job(),
        )  # fmt: skip
    assert caught.value.exit_status == 2  # type: ignore[attr-defined]


def test_land_use_without_codes_is_refused(scene: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"地类编码.*BSM"):
        build_model(
            points=[str(scene["points"])], landuse=str(scene["footprints"]), crs="EPSG:4547",
            out=str(tmp_path / "f.gpkg"), job=Job(),
        )  # fmt: skip


def test_layers_of_one_source_have_codes_of_their_own(scene: dict[str, Path], tmp_path: Path) -> None:
    source = str(scene["landuse"])
    path = tmp_path / "g.gpkg"
    result = build_model(
        points=[str(scene["points"])], layers={"甲": source, "乙": source}, landuse=source, crs="EPSG:4547",
        out=str(path), job=Job(),
    )  # fmt: skip
    assert [result.data["entities"][name] for name in ("甲", "乙", "land_use")] == [3, 3, 3]
    with closing(sqlite3.connect(path)) as connection:
        kinds = dict(
            connection.execute("SELECT DISTINCT class, kind FROM entity JOIN source ON source.id = entity.source_id")
        )
    assert kinds["甲"] == "layer:甲" and kinds["乙"] == "layer:乙" and kinds["land_use"] == "landuse"


@pytest.mark.parametrize("name", ["building", "Entity", "建筑", "实体", "gpkg_x", " "])
def test_names_of_the_model_itself_are_refused_for_layers(name: str, scene: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="图层名"):
        build_model(
            points=[str(scene["points"])], layers={name: str(scene["landuse"])}, crs="EPSG:4547",
            out=str(tmp_path / "h.gpkg"), job=Job(),
        )  # fmt: skip


def test_a_model_in_use_is_not_replaced(scene: dict[str, Path], small_model: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(small_model, tmp_path / "打开.gpkg"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE model_version SET note = '改'")
        connection.commit()
        with pytest.raises(UsageError, match="QGIS"):
            build_model(points=[str(scene["points"])], crs="EPSG:4547", out=str(path), overwrite=True, job=Job())


def test_a_roof_below_the_ground_makes_no_block() -> None:
    from pointcloud.buildings.building import Building

    sunken = Building("k", PLAIN, 12.0, 11.5, -0.5, 40, 0.1, "modelled", "", "class 6")
    assert _upright(sunken).status == "no-data" and _upright(sunken).height is None
    assert "-0.50" in _upright(sunken).reason
    raised = dataclasses.replace(sunken, roof_z=13.0, height=1.0)
    assert _upright(raised) is raised
