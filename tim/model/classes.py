"""The kinds of entities a model knows, their attributes and code lists: packaged tables, documented in docs/模型.md.

A layer may have any name; its kind is the class that its name stands for (`YJJBNTTB` is a control line).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tim.data import read_table

OTHER = "feature"
SHAPELESS = frozenset({"approval"})  # kinds whose entities need no shape


@dataclass(frozen=True)
class EntityClass:
    """`dimension`: "2" for polygons, "any"; `lods` the levels of detail it may have; `part_of` the class above it.

    `cityjson` is the type of CityJSON 2.0 that carries it, `layers` the codes of source layers that hold it.
    """

    name: str
    title: str
    prefix: str
    dimension: str
    lods: tuple[str, ...]
    part_of: str
    cityjson: str
    layers: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Attribute:
    """An attribute of a class. `type`: text, integer, number, date; `code_list` names the codes it takes."""

    name: str
    title: str
    type: str
    unit: str = ""
    code_list: str = ""
    source: str = ""


@cache
def entity_classes() -> dict[str, EntityClass]:
    """Every class by name, in the order of the table."""
    return {row["class"]: _entity_class(row) for row in read_table("entity_classes.csv")}


@cache
def attributes_of(entity_class: str) -> tuple[Attribute, ...]:
    """The documented attributes of a kind; sources bring further ones of their own."""
    kind = "building" if entity_class == "building_footprint" else entity_class
    return tuple(
        Attribute(row["name"], row["title"], row["type"], row["unit"], row["code_list"], row["source"])
        for row in read_table("entity_attributes.csv")
        if row["class"] == kind
    )


def kind_of(entity_class: str) -> str:
    """The kind of a layer's entities: a class of the table, or `feature` for what the table does not know."""
    known = entity_classes()
    return entity_class if entity_class in known else _by_layer().get(entity_class.upper(), OTHER)


def code_rows() -> list[dict[str, str]]:
    """Rows of the model's table of code lists: {list, code, title}, those of land use included."""
    from tim.landuse.codes import TABLES

    rows = [dict(row) for row in read_table("entity_codes.csv")]
    for version, table in TABLES.items():
        rows += [{"list": version, "code": row["code"], "title": row["name"]} for row in read_table(table)]
    return rows


@cache
def _by_layer() -> dict[str, str]:
    return {code.upper(): name for name, item in entity_classes().items() for code in item.layers}


def _entity_class(row: dict[str, str]) -> EntityClass:
    lods, layers = (tuple(filter(None, row[name].split(";"))) for name in ("lods", "layers"))
    return EntityClass(
        row["class"],
        row["title"],
        row["prefix"],
        row["dimension"],
        lods,
        row["part_of"],
        row["cityjson"],
        layers,
        row["note"],
    )
