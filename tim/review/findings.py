"""The findings of a review as a GeoPackage: one table for each type of geometry, styled, with where it came from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from tim.errors import TimError
from tim.review.record import Finding, Review, RuleOutcome
from tim.review.style import findings_qml
from tim.review.wording import area_value, mu, value_text

# table → title, geometry type, dimension of its parts, kind of symbol
_TABLES = {
    "finding_polygon": ("审查问题（面）", "MultiPolygon", 2, "fill"),
    "finding_line": ("审查问题（线）", "MultiLineString", 1, "line"),
    "finding_point": ("审查问题（点）", "MultiPoint", 0, "marker"),
}
_WITHOUT = ("finding_without_geometry", "审查问题（无图形）")
_MULTI = {0: shapely.multipoints, 1: shapely.multilinestrings, 2: shapely.multipolygons}

Row = tuple[RuleOutcome, Finding]


def write_findings(review: Review, path: Path) -> None:
    """Write all findings and the record of the review to a new GeoPackage at `path`, in the CRS of the review.

    Raises `TimError` when the file cannot be written to its end.
    """
    try:
        _write_all(review, path)
    except (DataSourceError, DataLayerError, sqlite3.Error) as error:
        raise TimError(
            f"问题图层“{path.name}”没有写完，多半是磁盘已满；请清理空间或换一个输出位置", detail=str(error)
        ) from error


def _write_all(review: Review, path: Path) -> None:
    rows = [(rule, finding) for rule in review.rules for finding in rule.findings]
    shapes = np.array([flatten(finding.geometry) for _, finding in rows], dtype=object)
    dimensions = np.array([-1 if shape is None else shapely.get_dimensions(shape) for shape in shapes], dtype=int)
    written = []
    for table, (title, geometry_type, dimension, _) in _TABLES.items():
        chosen = np.flatnonzero(dimensions == dimension)
        # an empty polygon table stands for "no findings": a file without any layer would not open
        if len(chosen) or (table == "finding_polygon" and review.crs is not None):
            _write(path, table, title, [rows[i] for i in chosen], shapes[chosen], geometry_type, review)
            written.append(table)
    others = np.flatnonzero(dimensions < 0)
    if len(others) or not written:
        _write(path, *_WITHOUT, [rows[i] for i in others], None, None, review)
    _add_tables(path, written, review)


def flatten(geometry: shapely.Geometry | None) -> Any:
    """A geometry as one flat multi-geometry of its highest dimension; None when there is nothing to draw."""
    if geometry is None or geometry.is_empty:
        return None
    parts = shapely.get_parts(shapely.get_parts(shapely.force_2d(geometry)))  # collections may hold multi-geometries
    dimension = int(shapely.get_dimensions(parts).max())
    return _MULTI[dimension](parts[shapely.get_dimensions(parts) == dimension])


def _write(
    path: Path, table: str, title: str, rows: list[Row], shapes: Any, geometry_type: str | None, review: Review
) -> None:
    columns = _columns(rows)
    pyogrio.raw.write(
        str(path),
        None if shapes is None else shapely.to_wkb(shapes),
        [np.array(values, dtype=object if name not in ("area_m2", "area_mu") else float) for name, values in columns],
        [name for name, _ in columns],
        layer=table,
        driver="GPKG",
        geometry_type=geometry_type,
        crs=None if shapes is None or review.crs is None else review.crs.to_wkt(),
        append=path.exists(),
        dataset_options={"VERSION": "1.2"},  # later ones make older GDAL warn
        layer_options={"IDENTIFIER": title},
    )


def _columns(rows: list[Row]) -> list[tuple[str, list[Any]]]:
    """The fields of a findings table; `area_m2` is the area that the rule computed, NaN where it computed none."""
    areas = [area_value(finding) for _, finding in rows]
    return [
        ("rule", [rule.name for rule, _ in rows]),
        ("basis", [rule.basis for rule, _ in rows]),
        ("level", [rule.level for rule, _ in rows]),
        ("layer", [finding.layer for _, finding in rows]),
        ("feature", [finding.feature for _, finding in rows]),
        ("verdict", [finding.verdict for _, finding in rows]),
        ("message", [finding.message for _, finding in rows]),
        ("details", ["；".join(value_text(value) for value in finding.values) for _, finding in rows]),
        ("area_m2", [np.nan if area is None else area for area in areas]),
        ("area_mu", [np.nan if area is None else mu(area) for area in areas]),
    ]


def _add_tables(path: Path, tables: list[str], review: Review) -> None:
    """Default styles for QGIS and the record of the review."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table in tables:
            title, _, _, symbol = _TABLES[table]
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, 1, '', '')",
                (table, title, findings_qml(symbol)),
            )
        connection.executemany("INSERT INTO review VALUES (?, ?)", list(_record(review)))
        for table, title in (("review", "审查记录"), ("layer_styles", "图层样式")):
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
                (table, title),
            )


def _record(review: Review) -> Iterator[tuple[str, str]]:
    """Where the findings come from: what a reader needs to repeat the review."""
    yield "规则集", review.title
    yield "规则文件", review.rules_file.name
    yield "规则文件 SHA-256", review.rules_digest
    yield "规则版本", review.rules_version
    yield "面积口径", review.area_basis
    yield "坐标系", review.crs_name
    yield "参数日期", review.reference_date.isoformat()
    yield "审查时间", review.created.isoformat(timespec="seconds")
    yield "软件", review.software
    for layer in review.layers:
        yield (
            f"数据：{layer.name}",
            json.dumps(
                {"图层": layer.table, "要素数": layer.features, "SHA-256": dict(layer.files)}, ensure_ascii=False
            ),
        )


_SCHEMA = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
CREATE TABLE review (key TEXT PRIMARY KEY NOT NULL, value TEXT);
"""
