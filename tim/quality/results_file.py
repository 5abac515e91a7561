"""The result of a check as a GeoPackage: defects by type of geometry, the record, what was looked at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pyproj
import shapely

from tim.quality.data import Data
from tim.quality.record import CORRECTED, EXCEPTION, NOTE, STATES, UNDECIDED, WRONG, Defect, QualityCheck
from tim.review.findings import flatten
from tim.review.style import symbol_layer
from tim.sources.crs import horizontal, same_horizontal
from tim.sources.gpkg import write_table

# table → title, geometry type, dimension, kind of symbol
_TABLES = {
    "error_polygon": ("质检问题（面）", "MultiPolygon", 2, "fill"),
    "error_line": ("质检问题（线）", "MultiLineString", 1, "line"),
    "error_point": ("质检问题（点）", "MultiPoint", 0, "marker"),
}
_WITHOUT = ("error_without_geometry", "质检问题（无图形）")
_COLOURS = {
    WRONG: "215,25,28", EXCEPTION: "44,123,182", CORRECTED: "26,150,65", UNDECIDED: "253,141,20", NOTE: "120,120,120",
}  # fmt: skip
_ALIASES = {
    "error_id": "问题编号", "rule": "规则编号", "rule_title": "规则", "category": "分组", "defect_class": "缺陷类别",
    "level": "等级", "layer": "图层", "feature_id": "要素号", "feature": "要素", "other": "对方", "message": "说明",
    "area_m2": "面积（平方米）", "state": "状态", "reason": "例外理由",
    "first_found": "首次发现", "last_found": "最近检查",
}  # fmt: skip


def write_results(check: QualityCheck, data: Data, path: Path) -> None:
    """A new GeoPackage at `path`."""
    shapes = np.array([_placed(defect, check.crs, data) for defect in check.defects], dtype=object)
    dimensions = np.array([-1 if shape is None else shapely.get_dimensions(shape) for shape in shapes], dtype=int)
    crs = check.crs.to_wkt() if check.crs is not None else None
    styled = []
    for table, (title, geometry_type, dimension, _) in _TABLES.items():
        chosen = np.flatnonzero(dimensions == dimension)
        if len(chosen) or dimension == 2:  # a file without any layer would not open
            write_table(path, table, title, shapes[chosen], _columns(check, chosen), crs, geometry_type)
            styled.append(table)
    rest = np.flatnonzero(dimensions < 0)
    if len(rest):
        write_table(path, *_WITHOUT, None, _columns(check, rest), None)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        connection.executemany("INSERT INTO check_record VALUES (?, ?)", list(_record(check)))
        connection.executemany(
            "INSERT INTO check_rule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", list(_rules(check))
        )
        connection.executemany("INSERT INTO checked_feature VALUES (?, ?, ?)", _features(data))
        for table in styled:
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, 1, '', '')",
                (table, _TABLES[table][0], _style(_TABLES[table][3])),
            )
        for table, title in (
            ("check_record", "检查记录"),
            ("check_rule", "检查规则"),
            ("checked_feature", "检查过的要素"),
        ):
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
                (table, title),
            )


def _placed(defect: Defect, crs: pyproj.CRS | None, data: Data) -> Any:
    """The shape of a defect, flat, in the CRS of the file."""
    shape = flatten(defect.geometry)
    layer = data.layers.get(defect.layer)
    if shape is None or crs is None or layer is None or layer.source.crs is None or defect.kept:
        return shape
    if same_horizontal(crs, layer.source.crs):
        return shape
    transformer = pyproj.Transformer.from_crs(horizontal(layer.source.crs), horizontal(crs), always_xy=True)
    return shapely.transform(shape, transformer.transform, interleaved=False)


def _columns(check: QualityCheck, chosen: np.ndarray) -> dict[str, Any]:
    rules = {rule.number: rule for rule in check.rules}
    rows = [check.defects[index] for index in chosen]
    return {
        "error_id": [row.key for row in rows],
        "rule": [row.rule for row in rows],
        "rule_title": [rules[row.rule].title for row in rows],
        "category": [rules[row.rule].group for row in rows],
        "defect_class": [rules[row.rule].defect_class for row in rows],
        "level": [rules[row.rule].level for row in rows],
        "layer": [row.layer for row in rows],
        "feature_id": np.array([row.fid for row in rows], dtype=np.int64),
        "feature": [row.feature for row in rows],
        "other": [row.other for row in rows],
        "message": [row.message for row in rows],
        "area_m2": np.array([np.nan if row.area is None else row.area for row in rows], dtype=float),
        "state": [row.state for row in rows],
        "reason": [row.reason for row in rows],
        "first_found": [row.first for row in rows],
        "last_found": [row.last for row in rows],
    }


def _record(check: QualityCheck) -> Iterator[tuple[str, str]]:
    """What a reader needs to repeat the check."""
    yield "数据", check.title
    yield "标准", check.standard
    yield "检查时间", check.created.isoformat(timespec="seconds")
    yield "软件", check.software
    yield "字段表", check.field_table
    yield "判断依据", check.basis
    yield "上一次结果", check.previous
    for name, digest in check.rule_files:
        yield f"规则文件 SHA-256：{name}", digest
    for name, value, basis in check.parameters:
        yield f"参数：{name}", f"{value}（{basis}）"
    for use in check.layers:
        told = {"图层": use.table, "坐标系": use.crs, "要素数": use.features, "SHA-256": dict(use.files)}
        yield f"数据：{use.name}", json.dumps(told, ensure_ascii=False)


def _rules(check: QualityCheck) -> Iterator[tuple[Any, ...]]:
    counts = check.counts()
    for rule in check.rules:
        yield (
            rule.number, rule.title, rule.basis, rule.level, rule.group, rule.defect_class, rule.confidence, rule.file,
            rule.checked, counts[rule.number][WRONG], counts[rule.number][EXCEPTION], rule.note,
        )  # fmt: skip


def _features(data: Data) -> Iterator[tuple[str, int, bytes]]:
    for code, layer in data.layers.items():
        yield from zip([code] * len(layer), layer.source.fids.tolist(), (item.tobytes() for item in layer.digests))


def _style(kind: str) -> str:
    """A QML style: a colour for each state, titles of fields, the state as a list to choose from."""
    categories = "".join(
        f'<category render="true" value="{state}" label="{state}" symbol="{number}"/>'
        for number, state in enumerate(STATES)
    )
    layers = [symbol_layer(kind, _COLOURS[state]) for state in STATES]
    symbols = "".join(
        f'<symbol type="{kind}" name="{number}" alpha="1" clip_to_extent="1">{layer}</symbol>'
        for number, layer in enumerate(layers)
    )
    aliases = "".join(
        f'<alias field="{name}" name={quoteattr(title)} index="{number}"/>'
        for number, (name, title) in enumerate(_ALIASES.items(), 1)
    )
    choices = "".join(
        f'<Option type="QString" name="{state}" value="{state}"/>' for state in (WRONG, EXCEPTION, CORRECTED)
    )
    editor = (
        '<field name="state"><editWidget type="ValueMap"><config><Option type="Map"><Option type="Map" name="map">'
        f"{choices}</Option></Option></config></editWidget></field>"
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22.0" styleCategories="Symbology|Fields|Forms|MapTips">'
        '<renderer-v2 type="categorizedSymbol" attr="state" symbollevels="0" enableorderby="0" forceraster="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
        f"<fieldConfiguration>{editor}</fieldConfiguration><aliases>{aliases}</aliases>"
        "<mapTip>[% rule_title %]&lt;br>[% message %]</mapTip></qgis>"
    )


_SCHEMA = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
CREATE TABLE check_record (key TEXT PRIMARY KEY NOT NULL, value TEXT);
CREATE TABLE check_rule (number TEXT PRIMARY KEY NOT NULL, title TEXT, basis TEXT, level TEXT, category TEXT,
  defect_class TEXT, confidence TEXT, file TEXT, checked INTEGER, errors INTEGER, exceptions INTEGER, not_checked TEXT);
CREATE TABLE checked_feature (layer TEXT NOT NULL, fid INTEGER NOT NULL, digest BLOB NOT NULL);
"""
