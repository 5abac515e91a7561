"""Rules over real layers: counts of verdicts against computations with geopandas."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from tim.assembly.pipeline import build_model
from tim.job import Job
from tim.review.check import check_rules

pytestmark = pytest.mark.data


@pytest.fixture
def verdicts(tmp_path: Path):
    """Verdict counts (checked, passed, violations, undecided) of each rule by its name."""

    def run(rules: str, **layers: str) -> dict[str, tuple[int, int, int, int]]:
        path = tmp_path / "规则.zh"
        path.write_text(rules, "utf-8")
        data = check_rules(str(path), layer=layers, job=Job()).data
        return {
            rule["name"]: (rule["checked"], rule["passed"], rule["violations"], rule["undecided"])
            for rule in data["rules"]
        }

    return run


def counts(fails: pd.Series) -> tuple[int, int, int, int]:
    """The counts for features that fail or pass."""
    return len(fails), int((~fails).sum()), int(fails.sum()), 0


def repaired(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    valid = shapely.make_valid(shapely.force_2d(frame.geometry.values), method="structure", keep_collapsed=False)
    return frame.set_geometry(geopandas.GeoSeries(valid, index=frame.index, crs=frame.crs))


def shared_area(left: geopandas.GeoDataFrame, right: geopandas.GeoDataFrame, own: bool = False) -> pd.Series:
    """The area of each left shape that the union of the right ones covers; `own`: without itself."""
    pairs = geopandas.sjoin(left[["geometry"]], right[["geometry"]], predicate="intersects")
    if own:
        pairs = pairs[pairs.index != pairs["index_right"]]
    unions = geopandas.GeoSeries(right.geometry.loc[pairs["index_right"]].values, crs=left.crs)
    unions = unions.groupby(pairs.index.values).apply(lambda shapes: shapes.union_all())
    return left.geometry.intersection(geopandas.GeoSeries(unions, crs=left.crs), align=True).area.fillna(0)


XINWU = """规则集 新吴
图层 地类 来自“land_use”，字段 类别 来自“Class”、面积值（平方米）来自“area_m2”
图层 道路 来自“road_centerlines”，字段 等级名 来自“highway”
图层 格网 来自“grid_250m”，字段 编号 来自“grid_id_main”
规则“图斑不得重叠”
依据“对照”
检查 地类 中的每个 块：
    要求 块 与 其他 地类 的相交面积 不大于 1平方米
结束
结束
规则“大图斑应当临路”
依据“对照”
检查 地类 中的每个 块，其中 块的面积值 大于 1公顷：
    要求 块 到 道路 的距离 不大于 5米，否则报告“离路{块 到 道路 的距离：米，一位小数}”
结束
结束
规则“格网内路网长度”
依据“对照”
检查 格网 中的每个 格：
    设定 路长 为 格 与 道路 的相交长度
    如果 格 与 道路 相离，那么 跳过
    要求 路长 不小于 500米
结束
结束
规则“格网中心的类别”
依据“对照”
检查 格网 中的每个 格：
    设定 归属 为 格 的中心点 所在的 地类
    如果 没有 归属，那么 跳过
    要求 归属的类别 等于 10，或者 归属的面积值 小于 5公顷
结束
结束
规则“干路穿过的图斑”
依据“对照”
检查 地类 中的每个 块：
    要求 （道路 中的每个 路，其中 路 与 块 相交，且 路的等级名 等于“primary”） 的个数 不大于 2
结束
结束
"""


def test_wuxi_xinwu(data_folder: Path, verdicts) -> None:
    folder = data_folder / "vector" / "wuxi_xinwu"
    sources = {
        "地类": folder / "xinwu_land_use.gpkg",
        "道路": folder / "xinwu_road_centerlines.gpkg",
        "格网": folder / "xinwu_grid_250m.gpkg",
    }
    land, roads, grid = (repaired(geopandas.read_file(path)) for path in sources.values())
    found = verdicts(XINWU, **{name: str(path) for name, path in sources.items()})

    assert found["图斑不得重叠"] == counts(shared_area(land, land, own=True) > 1)

    large = land[land["area_m2"] > 10_000]
    near = geopandas.sjoin_nearest(large, roads[["geometry"]], distance_col="metres")
    metres = near.groupby(level=0)["metres"].min()
    assert found["大图斑应当临路"] == counts(metres > 5)
    assert 20 < (metres > 5).sum() < len(metres)

    network = geopandas.GeoSeries([roads.union_all()], crs=roads.crs)
    inside = geopandas.overlay(
        grid[["geometry"]].reset_index(), geopandas.GeoDataFrame(geometry=network), keep_geom_type=False
    )
    length = inside.set_index("index").geometry.length.groupby(level=0).sum().reindex(grid.index, fill_value=0)
    meets = grid.index.isin(geopandas.sjoin(grid, roads[["geometry"]], predicate="intersects").index)
    assert found["格网内路网长度"] == counts(meets & (length < 500))

    centres = geopandas.GeoDataFrame(geometry=grid.centroid, crs=grid.crs)
    within = geopandas.sjoin(centres, land, predicate="intersects", how="inner")
    assert within.index.is_unique
    wrong = within[(within["Class"].astype(float) != 10) & (within["area_m2"] >= 50_000)].index
    assert found["格网中心的类别"] == counts(pd.Series(grid.index.isin(wrong)))

    primary = roads[roads["highway"] == "primary"]
    crossing = geopandas.sjoin(land, primary[["geometry"]], predicate="intersects").groupby(level=0).size()
    assert found["干路穿过的图斑"] == counts(crossing.reindex(land.index, fill_value=0) > 2)


NUMAZU = """规则集 沼津
坐标系 “EPSG:6676”
图层 用途地域 来自“UseDistrict”，字段 用途 来自“function”、容积率 来自“floorAreaRate”
图层 风致地区 来自“ScenicDistrict”
图层 土地利用 来自“LandUse”，字段 类别 来自“class”
规则“用途地域不得压占风致地区”
依据“对照”
检查 用途地域 中的每个 区：
    要求 区 与 风致地区 的相交面积 不大于 1平方米，否则报告“压占{区 与 风致地区 的相交面积：公顷，两位小数}”
结束
结束
规则“土地利用图斑面积”
依据“对照”
检查 土地利用 中的每个 块，其中 块的类别 属于（219、202）：
    要求 块 的面积 不小于 1000平方米
结束
结束
规则“土地利用与用途地域的距离”
依据“对照”
检查 土地利用 中的每个 块：
    要求 块 到 用途地域 的距离 不大于 10千米
结束
结束
规则“容积率”
依据“对照”
检查 用途地域 中的每个 区：
    要求 区的容积率 介于 0.8 至 2
结束
结束
"""


def test_numazu(data_folder: Path, verdicts) -> None:
    folder = data_folder / "vector" / "plateau" / "numazu-shi" / "udx"
    zoning, land = folder / "urf" / "523857_urf_6668_op.gml", folder / "luse" / "523836_luse_6668_op.gml"
    names = {"用途地域": "UseDistrict", "风致地区": "ScenicDistrict"}
    found = verdicts(
        NUMAZU,
        **{name: f"{zoning}|layername={layer}" for name, layer in names.items()},
        土地利用=f"{land}|layername=LandUse",
    )
    read = [(zoning, "UseDistrict"), (zoning, "ScenicDistrict"), (land, "LandUse")]
    use, scenic, patches = (
        repaired(geopandas.read_file(file, layer=layer).to_crs("EPSG:6676")) for file, layer in read
    )
    assert found["用途地域不得压占风致地区"] == counts(shared_area(use, scenic) > 1)
    chosen = patches[patches["class"].astype(str).isin(["219", "202"])]
    assert found["土地利用图斑面积"] == counts(chosen.area < 1000)
    gap = patches.distance(use.union_all())
    assert found["土地利用与用途地域的距离"] == counts(gap > 10_000)
    assert 0 < (gap > 10_000).sum() < len(patches)
    rate = use["floorAreaRate"]
    assert found["容积率"] == (
        len(use),
        int(rate.between(0.8, 2).sum()),
        int(((rate < 0.8) | (rate > 2)).sum()),
        int(rate.isna().sum()),
    )


WUHAN = """规则集 光谷
坐标系 “EPSG:32650”
图层 建筑 来自“wuhan_buildings”，字段 编号 来自“id”、高度 来自“height”
图层 道路 来自“wuhan_roads”
规则“高度不超过八十米”
依据“对照”
检查 建筑 中的每个 楼：
    要求 楼的高度 不大于 80
结束
结束
规则“编号应当唯一”
依据“对照”
检查 建筑 中的每个 楼：
    要求 楼的编号 在 建筑 中唯一
结束
结束
规则“建筑面不得压路”
依据“对照”
检查 建筑 中的每个 楼，其中 楼 的面积 大于 0平方米：
    要求 楼 与 道路 相离，且 楼 与 其他 建筑 的相交面积 等于 0平方米
结束
结束
"""


def test_wuhan_buildings(data_folder: Path, verdicts) -> None:
    folder = data_folder / "vector" / "china_cities_osm"
    sources = {"建筑": folder / "wuhan_buildings.geojson", "道路": folder / "wuhan_roads.geojson"}
    found = verdicts(WUHAN, **{name: str(path) for name, path in sources.items()})
    buildings, roads = (repaired(geopandas.read_file(path).to_crs("EPSG:32650")) for path in sources.values())
    height = buildings["height"]
    known = (len(buildings), int((height <= 80).sum()), int((height > 80).sum()), int(height.isna().sum()))
    assert found["高度不超过八十米"] == known
    raw = geopandas.read_file(sources["建筑"])["id"]
    assert found["编号应当唯一"] == counts(raw.duplicated(keep=False))
    solid = buildings[buildings.area > 0]
    over_road = solid.index.isin(geopandas.sjoin(solid, roads[["geometry"]], predicate="intersects").index)
    overlapping = shared_area(buildings, buildings, own=True).loc[solid.index] > 0
    assert found["建筑面不得压路"] == counts(pd.Series(over_road | overlapping))


MODEL = """规则集 模型
图层 建筑 来自“building”，字段 高度（米）来自“height”、状态 来自“status”、底面积（平方米）来自“area_m2”
图层 道路 来自“道路”
规则“限高”
依据“对照”
检查 建筑 中的每个 楼：
    要求 楼的高度 不大于 10米
结束
结束
规则“退界”
依据“对照”
检查 建筑 中的每个 楼，其中 楼的状态 等于“modelled”：
    要求 楼 到 道路 的距离 不小于 1米，或者 楼的高度 小于 4米
结束
结束
规则“底面积”
依据“对照”
检查 建筑 中的每个 楼：
    要求 楼 的面积 约等于 楼的底面积，误差不超过 0.01平方米
结束
结束
"""


@pytest.fixture(scope="session")
def delft_model(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = data_folder / "lidar" / "delft_3dfier"
    path = tmp_path_factory.mktemp("模型") / "代尔夫特.gpkg"
    build_model(
        points=[str(folder / "ahn3" / "ahn3_cropped_2.laz")],
        footprints=str(folder / "bgt" / "bgt_pand.sqlite"),
        layers={"道路": str(folder / "bgt" / "bgt_wegdeel.sqlite")},
        crs="EPSG:28992+5709",
        out=str(path),
        job=Job(),
    )
    return path


def test_a_model_built_from_lidar(delft_model: Path, verdicts) -> None:
    found = verdicts(MODEL, 建筑=f"{delft_model}|layername=building", 道路=f"{delft_model}|layername=道路")
    buildings, roads = (repaired(geopandas.read_file(delft_model, layer=layer)) for layer in ("building", "道路"))
    height = buildings["height"]
    known = (len(buildings), int((height <= 10).sum()), int((height > 10).sum()), int(height.isna().sum()))
    assert found["限高"] == known
    assert known[3] == 132  # footprints without a point
    modelled = buildings[buildings["status"] == "modelled"]
    near = modelled.distance(roads.union_all()) < 1
    assert found["退界"] == counts(near & ~(modelled["height"] < 4))
    assert found["底面积"] == counts(pd.Series(np.abs(buildings.area - buildings["area_m2"]) > 0.01))
