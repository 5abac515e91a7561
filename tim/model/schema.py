"""The tables of a model's file. Names are English, titles Chinese."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from importlib import resources

from tim.data import read_table
from tim.model.classes import attributes_of, entity_classes, kind_of

VERSION = 2
READABLE = (1, 2)
BUILDING, SOLID, LAND_USE, TERRAIN, SURFACE = "building", "building_solid", "land_use", "terrain", "surface"
LOWER_SOLID = "building_solid_lower"  # the levels below that of building_solid
SOLIDS = (SOLID, LOWER_SOLID)
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
ATTRIBUTE_TABLES_2 = {  # those that schema 2 brought
    "entity_history": "实体的历史状态",
    "entity_change": "实体的变化",
    "entity_class": "实体类",
    "entity_attribute": "属性说明",
    "code_list": "代码表",
}
LAYER_TITLES = {
    BUILDING: "建筑",
    SOLID: "建筑体块",
    LOWER_SOLID: "建筑体块（较低层次）",
    LAND_USE: "土地利用",
    TERRAIN: "地形",
    SURFACE: "地表",
}
RESERVED = frozenset({*ATTRIBUTE_TABLES, *ATTRIBUTE_TABLES_2, *LAYER_TITLES})
GEOMETRY_COLUMN, FID_COLUMN = "geom", "fid"
MODELLED, NO_DATA = "modelled", "no-data"


def required_tables(version: int) -> tuple[str, ...]:
    """The tables that every model of a schema version has."""
    return (*ATTRIBUTE_TABLES, *(ATTRIBUTE_TABLES_2 if version >= 2 else ()))


def layer_title(name: str) -> str:
    """The title of a layer named by a code of the table of layers (YJJBNTTB → 永久基本农田图斑), else the name."""
    titles = {row["code"].upper(): row["title"] for row in read_table("layers.csv")}
    return titles.get(name.upper(), name)


def class_title(entity_class: str) -> str:
    """An entity class in Chinese: one of the model's own, or the title of the layer that gave it its name."""
    known = entity_classes().get(entity_class)
    return known.title if known else city_titles().get(entity_class) or layer_title(entity_class)


@cache
def city_titles() -> dict[str, str]:
    """Chinese names of the classes that only city models (CityGML, CityJSON) have."""
    return {row["class"]: row["title"] for row in read_table("city_classes.csv")}


def layer_of(entity_class: str) -> str:
    """The table that holds the features of a class: its own name, but footprints stand among the buildings."""
    return BUILDING if entity_class == "building_footprint" else entity_class


def class_row(entity_class: str) -> dict[str, str]:
    """The row of the table of classes."""
    title = class_title(entity_class)
    return {"class": entity_class, "kind": kind_of(entity_class), "title": title, "layer": layer_of(entity_class)}


def attribute_rows(classes: Iterable[str]) -> list[dict[str, str]]:
    """The rows that document the attributes of classes."""
    kinds = {name: kind_of(name) for name in classes}
    return [{"class": name, **asdict(item)} for name, kind in kinds.items() for item in attributes_of(kind)]


def create_statements() -> str:
    """The SQL that makes the attribute tables."""
    return resources.files(__package__).joinpath("schema.sql").read_text("utf-8")
