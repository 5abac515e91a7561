"""Features without shape or with NaN, web maps, scales beyond the Earth, models whose tables were damaged."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import laspy
import numpy as np
import pyogrio
import pytest
import shapely

from pointcloud.errors import UnusableSource
from pointcloud.sources.checks import check_las
from tim.assembly.inputs import read_features
from tim.assembly.pipeline import build_model
from tim.errors import UnusableInput
from tim.exchange.export import export_model
from tim.job import Job
from tim.model.info import model_info
from tim.sources.crs import parse_crs, require_metres

EXTENT = (500_000.0, 3_400_000.0, 500_100.0, 3_400_100.0)


def layer(path: Path, shapes: list[shapely.Geometry | None]) -> str:
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    names = np.array(["甲"] * len(shapes), dtype=object)
    pyogrio.raw.write(path, wkb, [names], ["名称"], geometry_type="Polygon", crs="EPSG:4547")
    return str(path)


def test_no_feature_has_a_shape(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="都没有图形"):
        read_features(
            layer(tmp_path / "空.gpkg", [None, None]), "建筑轮廓", "building", parse_crs("4547"), EXTENT, Job()
        )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_coordinates_that_are_no_numbers(tmp_path: Path) -> None:
    ring = np.array([(500_010, 3_400_010), (500_030, np.nan), (500_030, 3_400_020), (500_010, 3_400_010)])
    with pytest.raises(UnusableInput, match="第 1 号要素有坐标不是有效数值"):
        read_features(
            layer(tmp_path / "nan.gpkg", [shapely.Polygon(ring)]), "轮廓", "building", parse_crs("4547"), EXTENT, Job()
        )


@pytest.mark.parametrize("code", ["EPSG:3857", "ESRI:102100"])
def test_web_maps_are_no_plane_to_measure_in(code: str) -> None:
    with pytest.raises(UnusableInput, match="网络地图投影"):
        require_metres(parse_crs(code))


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    las = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
    las.header.scales, las.header.offsets = [0.01] * 3, [500_000.0, 3_400_000.0, 0.0]
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(20.0), np.arange(20.0)))
    las.x, las.y, las.z = x + 500_000, y + 3_400_000, np.full(len(x), 12.0)
    las.write(tmp_path / "点.las")
    return tmp_path / "点.las"


def test_scale_beyond_the_earth(cloud: Path) -> None:
    content = bytearray(cloud.read_bytes())
    struct.pack_into("<3d", content, 131, 1e300, 1e300, 1e300)
    cloud.write_bytes(content)
    with pytest.raises(UnusableSource, match="坐标比例"):
        check_las(cloud)


def test_damaged_models_are_told(cloud: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.gpkg"
    build_model(points=[str(cloud)], out=str(model), crs="EPSG:4547", job=Job())
    with closing(sqlite3.connect(model)) as connection, connection:
        connection.execute("DROP TABLE terrain")
    with pytest.raises(UnusableInput, match="地形表缺失或损坏"):
        export_model(model=str(model), to=str(tmp_path / "x.obj"), job=Job())
    with closing(sqlite3.connect(model)) as connection, connection:
        connection.execute("UPDATE tim_metadata SET value = 'zzz' WHERE key = 'crs'")
    with pytest.raises(UnusableInput, match="已损坏"):
        model_info(str(model), job=Job())
