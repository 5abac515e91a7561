"""Differences between versions as a GeoPackage and as an Excel table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pyproj
import shapely
from openpyxl import Workbook
from openpyxl.styles import Font

from tim.model.schema import class_title
from tim.report.spreadsheet import text_cell
from tim.sources.gpkg import write_table
from tim.versions.diff import Difference, shapes_of

KINDS = {"created": "新增", "changed": "变化", "ended": "终止"}
_TABLES = {2: ("change_polygon", "变化（面）"), 1: ("change_line", "变化（线）"), 0: ("change_point", "变化（点）")}
_HEADS = ("类", "编码", "变化", "字段", "原值", "新值", "由此而来")


def write_layers(found: Sequence[Difference], crs: pyproj.CRS, path: Path) -> None:
    """Layers `change_polygon`, `change_line`, `change_point` as needed, and the table `change_field`."""
    shapes = shapely.force_2d(shapes_of(list(found)))
    dimensions = np.where(shapely.is_missing(shapes), -1, shapely.get_dimensions(shapes))
    code = crs.to_epsg()
    text = f"EPSG:{code}" if code else crs.to_wkt()
    for dimension, (table, title) in _TABLES.items():
        places = np.flatnonzero(dimensions == dimension)
        if len(places) or dimension == 2:
            some = [found[place] for place in places.tolist()]
            write_table(path, table, title, shapes[places], _columns(some), text, "Unknown")
    rows = list(table_rows(found))
    columns = [np.array([row[place] for row in rows], dtype=object) for place in range(len(_HEADS))]
    names = ("class", "id", "kind", "field", "before", "after", "origins")
    pyogrio.raw.write(
        str(path), None, [_texts(c) for c in columns], list(names), layer="change_field", driver="GPKG", append=True,
        geometry_type=None, crs=None, dataset_options={"VERSION": "1.2"}, layer_options={"IDENTIFIER": "变化明细"},
    )  # fmt: skip


def write_workbook(found: Sequence[Difference], path: Path) -> None:
    """One sheet, a row for each field that differs."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("变化明细")
    sheet.freeze_panes = "A2"
    sheet.append([_bold(sheet, text) for text in _HEADS])
    for row in table_rows(found):
        sheet.append([text_cell(sheet, value) if isinstance(value, str) else value for value in row])
    book.save(path)


def table_rows(found: Sequence[Difference]) -> Iterator[tuple[Any, ...]]:
    """(class, id, kind, field, before, after, origins) in Chinese; entities that came or went have one row."""
    for item in found:
        head = (class_title(item.entity_class), item.id, KINDS[item.kind])
        origins = "、".join(item.origins) or None
        for name, (before, after) in (item.fields or {"": (None, None)}).items():
            yield (*head, name or None, before, after, origins)


def _columns(found: Sequence[Difference]) -> dict[str, Sequence[Any]]:
    return {
        "id": [item.id for item in found],
        "class": [class_title(item.entity_class) for item in found],
        "kind": [KINDS[item.kind] for item in found],
        "fields": ["、".join(item.fields) or None for item in found],
        "origins": ["、".join(item.origins) or None for item in found],
    }


def _texts(values: np.ndarray) -> np.ndarray:
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def _bold(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell
