"""Vector layers, rasters and meshes into a model; maps and meshes out of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import ezdxf
import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from small_city import small_city

from pointcloud.meshes.gltf_reader import read_gltf
from tim.errors import UnusableInput, UsageError
from tim.exchange.export import export_model
from tim.importing.command import import_sources
from tim.job import Job
from tim.model.info import summary
from tim.model.validate import validate_model
from tim.sources.vector import read_layer

_SHAPES = [shapely.box(500_000, 3_400_000, 500_010, 3_400_020), shapely.box(500_050, 3_400_000, 500_060, 3_400_010)]


def _layer(path: Path, encoding: str | None = None, crs: str | None = "EPSG:4547") -> Path:
    columns = {"楼名": ["甲楼", "乙楼"], "底高": [5.0, 6.0], "楼高": [12.5, 9.0]}
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(_SHAPES)),
        [np.array(values, dtype=object if isinstance(values[0], str) else float) for values in columns.values()],
        list(columns),
        geometry_type="Polygon",
        crs=crs,
        driver={".shp": "ESRI Shapefile", ".gpkg": "GPKG"}[path.suffix],
        **({"encoding": encoding} if encoding else {}),
    )
    return path


def test_fields_are_mapped_and_blocks_are_made(tmp_path: Path) -> None:
    model = tmp_path / "模型.gpkg"
    fields = ["ground_z=底高", "height=楼高"]
    import_sources([str(_layer(tmp_path / "楼.gpkg"))], out=str(model), kind="building", fields=fields, job=Job())
    layer = read_layer(f"{model}|layername=building")
    assert layer.columns["status"].tolist() == ["modelled"] * 2
    np.testing.assert_allclose(layer.columns["roof_z"], [17.5, 15.0])
    np.testing.assert_allclose(layer.columns["area_m2"], [200, 100])
    assert layer.columns["楼名"].tolist() == ["甲楼", "乙楼"]
    assert validate_model(str(model), job=Job()).data["errors"] == []
    table = tmp_path / "对应.csv"
    table.write_text("目标字段,源字段\nground_z,底高\nheight,楼高\n", encoding="utf-8")
    again = tmp_path / "又.gpkg"
    import_sources([str(tmp_path / "楼.gpkg")], out=str(again), kind="building", fields_file=str(table), job=Job())
    same = read_layer(f"{again}|layername=building")
    assert same.columns["id"].tolist() == layer.columns["id"].tolist()
    with pytest.raises(UsageError, match="没有字段"):
        import_sources([str(tmp_path / "楼.gpkg")], out=str(tmp_path / "c.gpkg"), fields=["height=高"], job=Job())


@pytest.mark.parametrize(("encoding", "other"), [("GBK", "UTF-8"), ("UTF-8", "GBK")])
def test_an_unknown_encoding_is_asked_for(encoding: str, other: str, tmp_path: Path) -> None:
    path = _layer(tmp_path / "楼.shp", encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    with path.with_suffix(".dbf").open("r+b") as stream:
        stream.seek(29)
        stream.write(b"\0")
    with pytest.raises(UnusableInput, match="--encoding"):
        import_sources([str(path)], out=str(tmp_path / "a.gpkg"), job=Job())
    import_sources([str(path)], out=str(tmp_path / "a.gpkg"), encoding=encoding, job=Job())
    assert read_layer(f"{tmp_path / 'a.gpkg'}|layername=楼").columns["楼名"].tolist() == ["甲楼", "乙楼"]
    if other == "UTF-8":
        with pytest.raises(UnusableInput, match="编码"):
            import_sources([str(path)], out=str(tmp_path / "b.gpkg"), encoding=other, job=Job())


def test_a_label_that_contradicts_the_definition_is_refused(tmp_path: Path) -> None:
    import sqlite3

    path = _layer(tmp_path / "楼.gpkg")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE gpkg_spatial_ref_sys SET definition = replace(definition, ',114,', ',113.37,')"
            " WHERE organization_coordsys_id = 4547"
        )
        text = connection.execute("SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = 4547").fetchone()[0]
        connection.execute(
            "UPDATE gpkg_spatial_ref_sys SET definition = ? WHERE srs_id = 4547", (text.replace("114]", "113.37]"),)
        )
    connection.close()
    with pytest.raises(UnusableInput, match=r"113\.37"):
        import_sources([str(path)], out=str(tmp_path / "a.gpkg"), job=Job())


def test_layers_without_a_crs_or_features_are_told(tmp_path: Path) -> None:
    path = _layer(tmp_path / "楼.gpkg", crs=None)
    with pytest.raises(UnusableInput, match="--crs"):
        import_sources([str(path)], out=str(tmp_path / "a.gpkg"), job=Job())
    geojson = tmp_path / "a.geojson"
    geojson.write_bytes('{"type":"FeatureCollection","features":[],"名":"中文"}'.encode("gbk"))
    with pytest.raises(UnusableInput, match="UTF-8"):
        import_sources([str(geojson)], out=str(tmp_path / "a.gpkg"), job=Job())


def test_a_raster_is_the_terrain(tmp_path: Path) -> None:
    path = tmp_path / "dem.tif"
    heights = np.linspace(10, 20, 600, dtype="float32").reshape(20, 30)
    with rasterio.open(path, "w", driver="GTiff", width=30, height=20, count=1, dtype="float32", crs="EPSG:4547",
                       transform=from_origin(499_990, 3_400_030, 5, 5)) as target:  # fmt: skip
        target.write(heights, 1)
    model, both = tmp_path / "地形.gpkg", tmp_path / "两.gpkg"
    import_sources([str(path)], out=str(model), job=Job())
    with rasterio.open(model, driver="GPKG", TABLE="terrain") as source:
        np.testing.assert_array_equal(source.read(1), heights)
    import_sources([str(_layer(tmp_path / "楼.gpkg"))], base=str(model), out=str(both), kind="building", job=Job())
    assert summary(both)["entities"] == {"building": 2, "terrain": 1}
    assert validate_model(str(both), job=Job()).data["errors"] == []
    with pytest.raises(UsageError, match="已有地形"):
        import_sources([str(path)], base=str(both), out=str(tmp_path / "三.gpkg"), job=Job())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("城")
    source, model = folder / "a.city.json", folder / "城.gpkg"
    source.write_text(json.dumps(small_city()), encoding="utf-8")
    import_sources([str(source)], out=str(model), job=Job())
    return model


def test_bodies_go_out_as_gltf_with_their_attributes_and_come_back(city: Path, tmp_path: Path) -> None:
    path = tmp_path / "城.glb"
    export_model(str(city), to=str(path), job=Job())
    found = read_gltf(path.read_bytes(), path.name, tmp_path)
    assert found.features is not None and found.features.columns["id"] == ["甲楼", "乙楼", "地块"]
    assert found.features.columns["名称"][0] == "甲"
    again = tmp_path / "回.gpkg"
    import_sources([str(path)], out=str(again), job=Job())
    layer = read_layer(f"{again}|layername=building")
    heights = dict(zip(layer.columns["source_id"], layer.columns["height"]))
    assert heights["甲楼"] == pytest.approx(10.5, abs=1e-3)
    assert heights["乙楼"] == pytest.approx(6.0, abs=1e-3)


def test_tiles_show_the_coarser_level_first(city: Path, tmp_path: Path) -> None:
    job = Job()
    export_model(str(city), to=str(tmp_path / "瓦片"), job=job)
    tileset = json.loads((tmp_path / "瓦片" / "tileset.json").read_text("utf-8"))
    assert tileset["asset"]["version"] == "1.1"
    (coarse,) = tileset["root"]["children"]
    (fine,) = coarse["children"]
    assert coarse["geometricError"] >= 1.5 > fine["geometricError"] == 0
    for tile in (coarse, fine):
        content = (tmp_path / "瓦片" / tile["content"]["uri"]).read_bytes()
        head = json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])
        assert {"EXT_mesh_features", "EXT_structural_metadata"} <= set(head["extensionsUsed"])
    assert any("--height-offset" in text for text in job.warnings)


def test_the_map_goes_out_as_dxf(city: Path, tmp_path: Path) -> None:
    result = export_model(str(city), to=str(tmp_path / "图.dxf"), job=Job())
    assert result.data["entities"] == {"building": 2, "building_part": 2, "land_use": 1}
    document = ezdxf.readfile(tmp_path / "图.dxf")
    assert document.dxfversion >= "AC1021"  # R2007 and later hold UTF-8
    assert {"建筑", "建筑部分", "土地利用"} <= {layer.dxf.name for layer in document.layers}
    rings = [line for line in document.modelspace().query("LWPOLYLINE") if line.dxf.layer == "土地利用"]
    area = [shapely.Polygon([point[:2] for point in line.get_points()]).area for line in rings]
    assert sorted(area) == pytest.approx([12.5, 400])
    assert [text.dxf.text for text in document.modelspace().query("TEXT")] == ["城镇住宅用地"]


def test_chosen_classes_and_the_project(city: Path, tmp_path: Path) -> None:
    export_model(str(city), to=str(tmp_path / "地.gpkg"), classes=["土地利用"], job=Job())
    assert [str(name) for name, _ in pyogrio.list_layers(tmp_path / "地.gpkg")] == ["land_use"]
    export_model(str(city), to=str(tmp_path / "项目.qgz"), job=Job())
    with zipfile.ZipFile(tmp_path / "项目.qgz") as archive:
        text = archive.read("项目.qgs").decode("utf-8")
    assert text.count("<maplayer ") == 3 and "RuleRenderer" in text and str(city.parent) not in text
    with pytest.raises(UsageError, match="没有类"):
        export_model(str(city), to=str(tmp_path / "x.gpkg"), classes=["铁路"], job=Job())
    with pytest.raises(UsageError, match="自己"):
        export_model(str(city), to=str(city), overwrite=True, job=Job())
