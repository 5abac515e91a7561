"""The tables of a model's file. Names are English, titles Chinese."""

from __future__ import annotations

from importlib import resources

from tim.data import read_table

VERSION = 1
BUILDING, SOLID, LAND_USE, TERRAIN, SURFACE = "building", "building_solid", "land_use", "terrain", "surface"
STYLES = "layer_styles"

ATTRIBUTE_TABLES = {
    "entity": "实体",
    "source": "数据来源",
    "process": "处理过程",
    "relation": "关系",
    "model_version": "模型版本",
    "tim_metadata": "模型元数据",
    STYLES: "图层样式",
}
LAYER_TITLES = {
    BUILDING: "建筑",
    SOLID: "建筑体块",
    LAND_USE: "土地利用",
    TERRAIN: "地形",
    SURFACE: "地表",
}
CLASS_TITLES = {
    "building": "建筑",
    "building_footprint": "无高度的建筑轮廓",
    "terrain": "地形",
    "surface": "地表",
    "land_use": "土地利用图斑",
}
REQUIRED_TABLES = (*ATTRIBUTE_TABLES, BUILDING, SOLID, TERRAIN, SURFACE)
RESERVED = frozenset({*ATTRIBUTE_TABLES, *LAYER_TITLES})
GEOMETRY_COLUMN, FID_COLUMN = "geom", "fid"
MODELLED, NO_DATA = "modelled", "no-data"


def layer_title(name: str) -> str:
    """The title of a layer named by a code of the table of layers (YJJBNTTB → 永久基本农田图斑), else the name."""
    titles = {row["code"].upper(): row["title"] for row in read_table("layers.csv")}
    return titles.get(name.upper(), name)


def class_title(entity_class: str) -> str:
    """An entity class in Chinese: one of the model's own, or the title of the layer that gave it its name."""
    return CLASS_TITLES.get(entity_class) or layer_title(entity_class)


def create_statements() -> str:
    """The SQL that makes the attribute tables."""
    return resources.files(__package__).joinpath("schema.sql").read_text("utf-8")
