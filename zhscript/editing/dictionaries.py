"""Layers, fields and land-use codes as bureaus name them: YJJBNTTB ↔ 永久基本农田图斑, DLBM ↔ 地类编码, 0101 ↔ 水田."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple, Optional, Sequence

from ..data import read_table

_CLASSIFICATIONS = (
    ("landuse_ydyh_2023.csv", "用地用海分类（2023）"),
    ("landuse_sandiao.csv", "三调工作分类"),
    ("landuse_ydyh_2020_trial.csv", "用地用海分类（2020 试行）"),
)
# fields, by code or title, whose values are land-use codes
_CODE_FIELDS = frozenset(
    [
        *("dlbm", "dldm", "ydyhfldm", "ydyhdm", "yddm", "zdldm", "地类编码", "地类代码", "地类"),
        *("用地性质", "用地代码", "用地用海", "用地用海代码", "用地用海分类代码"),
    ]
)
_SURE = frozenset(["H", "own"])


class LayerEntry(NamedTuple):
    """A layer in use at bureaus."""

    code: str
    title: str
    aliases: tuple[str, ...]
    geometry: str
    group: str
    confidence: str


class FieldEntry(NamedTuple):
    """A field of a layer; `layer` is "" for one of the general list. `type` and `unit` are words of the language."""

    layer: str
    code: str
    title: str
    type: str
    unit: str
    domain: str
    confidence: str


class LandUse(NamedTuple):
    """A land-use class of one classification."""

    code: str
    name: str
    classification: str
    confidence: str


def doubt(confidence: str) -> str:
    """What is told of an entry that has not been checked against its source."""
    return "" if confidence in _SURE else "（未核实）"


def key(name: str) -> str:
    """A name as it is compared: compatibility forms folded, blanks gone, case ignored."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


@lru_cache(maxsize=1)
def layers() -> tuple[LayerEntry, ...]:
    """All layers."""
    geometry = {"Polygon": "面", "Table": "表格", "Line": "线", "Point": "点"}
    return tuple(
        LayerEntry(
            row["code"],
            row["title"],
            tuple(filter(None, row["aliases"].split(";"))),
            geometry.get(row["geometry"], ""),
            row["group"],
            row["confidence"],
        )
        for row in read_table("layers.csv")
    )


@lru_cache(maxsize=1)
def _layers_by_name() -> dict[str, LayerEntry]:
    return {key(name): entry for entry in layers() for name in (*entry.aliases, entry.title, entry.code)}


def find_layer(*names: str) -> Optional[LayerEntry]:
    """The layer that one of the names denotes: code, title or another spelling."""
    table = _layers_by_name()
    return next((table[key(name)] for name in names if key(name) in table), None)


@lru_cache(maxsize=1)
def fields() -> tuple[FieldEntry, ...]:
    """All fields: those of known layers, then the general list."""
    own = [
        FieldEntry(r["layer"], r["code"], r["title"], r["type"], r["unit"], r["domain"], r["confidence"])
        for r in read_table("layer_fields.csv")
    ]
    known = {(entry.code, entry.title) for entry in own}
    general = [
        FieldEntry("", row["code"], row["title"], "", "", "", row["confidence"])
        for row in read_table("field_aliases.csv")
        if (row["code"], row["title"]) not in known
    ]
    return (*own, *general)


@lru_cache(maxsize=64)
def fields_of(layer: str) -> tuple[FieldEntry, ...]:
    """The fields of a layer by its code, or none."""
    return tuple(entry for entry in fields() if entry.layer == layer)


@lru_cache(maxsize=1)
def _fields_by_name() -> dict[str, list[FieldEntry]]:
    table: dict[str, list[FieldEntry]] = {}
    for entry in fields():
        for name in {key(entry.code), key(entry.title)}:
            table.setdefault(name, []).append(entry)
    return table


def find_field(layer: Sequence[str], *names: str) -> Optional[FieldEntry]:
    """The field that one of the names denotes: first of the layer with one of the names `layer`, then of any."""
    found = [entry for name in names for entry in _fields_by_name().get(key(name), ())]
    standard = find_layer(*layer)
    codes = {key(name) for name in layer} | ({key(standard.code)} if standard else set())
    return next((entry for entry in found if key(entry.layer) in codes), next(iter(found), None))


def holds_land_use(*names: str) -> bool:
    """Whether a field of one of these names holds land-use codes."""
    return any(key(name) in _CODE_FIELDS for name in names)


@lru_cache(maxsize=1)
def land_use() -> dict[str, tuple[LandUse, ...]]:
    """The land-use classes by code; a code may stand for different classes in different classifications."""
    table: dict[str, list[LandUse]] = {}
    for file, title in _CLASSIFICATIONS:
        for row in read_table(file):
            if row.get("code_kind", "DLBM") == "DLBM":
                table.setdefault(row["code"], []).append(LandUse(row["code"], row["name"], title, row["confidence"]))
    return {code: tuple(classes) for code, classes in table.items()}
