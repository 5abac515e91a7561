"""Writes what a script saves: workbooks, CSV, layers, texts, filled templates."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from tim.errors import TimError, UnusableInput, UsageError

DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
MAXIMUM_ROWS = 1_048_575  # of an Excel sheet, without its header
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SHAPEFILE_NAME = 10  # bytes
_LONGEST_CELL = 32_767  # characters
_RESERVED = frozenset({"fid", "ogc_fid", "geom", "geometry"})  # columns that the file itself has
_TYPES = {0: "MultiPoint", 1: "MultiLineString", 2: "MultiPolygon"}

Columns = Mapping[str, Sequence[Any]]


def write_workbook(path: Path, sheets: Mapping[str, Columns]) -> None:
    """An Excel workbook. Texts are texts, whatever they begin with: nothing becomes a formula."""
    from openpyxl import Workbook

    from tim.report.spreadsheet import text_cell

    for columns in sheets.values():
        if any(
            isinstance(value, str) and len(value) > _LONGEST_CELL for values in columns.values() for value in values
        ):
            raise UsageError(f"有一格文字超过 {_LONGEST_CELL} 字，Excel 放不下；请保存为 .csv")
    workbook = Workbook(write_only=True)

    def cell(sheet: Any, value: Any) -> Any:
        return text_cell(sheet, value) if isinstance(value, str) else value

    for name, columns in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([cell(sheet, title) for title in columns])
        for row in zip(*columns.values()):
            sheet.append([cell(sheet, _shown(value)) for value in row])
    workbook.save(path)


def check_sheet(name: str, rows: int) -> None:
    """Raise `UsageError` for a sheet that Excel could not open."""
    if not name.strip() or len(name) > 31 or re.search(r"[\[\]:*?/\\]", name):
        raise UsageError(f"工作表名“{name}”不能用：最多 31 字，不能含有 [ ] : * ? / \\")
    if rows > MAXIMUM_ROWS:
        raise UsageError(f"有 {rows} 行，Excel 最多 {MAXIMUM_ROWS} 行；请保存为 .csv")


def _shown(value: Any) -> Any:
    """是 and 否 for truth values; numbers, dates and texts stay."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int) and abs(value) >= 10**15:
        return str(value)  # Excel keeps 15 digits
    return value


def write_csv(path: Path, columns: Columns) -> None:
    """A CSV file that Excel and WPS open rightly: UTF-8 with its mark; texts that look like formulas get a '."""
    from tim.report.spreadsheet import FORMULA

    def cell(value: Any) -> Any:
        value = _shown(value)
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([cell(title) for title in columns])
        for row in zip(*columns.values()):
            writer.writerow(["" if value is None else cell(value) for value in row])


def write_layer(path: Path, name: str, columns: Columns, geometry: np.ndarray | None, crs: str) -> None:
    """A layer in a new file; geometries as multi-geometries where all have one dimension.

    Columns that the file itself has become source_<name>. Raises `UsageError` and `TimError`.
    """
    driver = DRIVERS[path.suffix.lower()]
    columns = {f"source_{title}" if title.lower() in _RESERVED else title: values for title, values in columns.items()}
    titles = [title.casefold() for title in columns]
    twice = [title for title in columns if titles.count(title.casefold()) > 1]
    if twice:
        raise UsageError(f"字段 {'、'.join(twice[:5])} 只差大小写，文件里放不下；请改名")
    if driver == "ESRI Shapefile":
        long = [title for title in columns if len(title.encode()) > _SHAPEFILE_NAME]
        if long:
            names = "、".join(long[:5])
            raise UsageError(f"shp 的字段名最多 10 个字节（3 个汉字），放不下 {names}；请保存为 .gpkg")
    arrays = [_array(values) for values in columns.values()]
    kind = _geometry_type(geometry)
    try:
        pyogrio.raw.write(
            str(path),
            None if geometry is None else shapely.to_wkb(geometry),
            [values for values, _ in arrays],
            list(columns),
            [mask for _, mask in arrays],
            layer=name,
            driver=driver,
            geometry_type=kind,
            promote_to_multi=kind is not None and kind.startswith("Multi"),
            crs=crs or None if geometry is not None else None,
            **({"dataset_options": {"VERSION": "1.2"}} if driver == "GPKG" else {}),
            **({"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {}),
        )
    except (DataSourceError, DataLayerError) as error:
        raise TimError(
            f"“{path.name}”没有写完：磁盘可能已满，或有字段名不能用；请换一个位置或改名", detail=str(error)
        ) from error


def _geometry_type(geometry: np.ndarray | None) -> str | None:
    if geometry is None:
        return None
    shapes = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    dimensions = set(shapely.get_dimensions(shapes).tolist())
    collections = (shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION).any()
    if len(dimensions) != 1 or collections:
        return "Unknown" if len(shapes) else "MultiPolygon"
    return _TYPES[dimensions.pop()] + (" Z" if shapely.has_z(shapes).any() else "")


def _array(values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """A column as an array of one type, and which values are missing."""
    plain = values.tolist() if isinstance(values, np.ndarray) and values.dtype != object else list(values)
    if isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.datetime64):
        return values, np.isnat(values)
    missing = np.array([value is None or value != value for value in plain], dtype=bool)
    known = [value for value, gone in zip(plain, missing) if not gone]
    if all(isinstance(value, bool) for value in known) and known:
        return np.array([bool(value) if not gone else False for value, gone in zip(plain, missing)]), missing
    if all(isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 for value in known) and known:
        return np.array([0 if gone else value for value, gone in zip(plain, missing)], dtype=np.int64), missing
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known) and known:
        return np.array([0.0 if gone else value for value, gone in zip(plain, missing)], dtype=float), missing
    if all(isinstance(value, date) for value in known) and known:
        return np.array([None if gone else value for value, gone in zip(plain, missing)], "datetime64[D]"), missing
    texts = [None if gone else value if isinstance(value, str) else str(value) for value, gone in zip(plain, missing)]
    return np.array(texts, dtype=object), missing


# -- templates

_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
_TEXT = re.compile(r"(<w:t(?: [^>]*)?>)(.*?)(</w:t>)", re.DOTALL)
_HOLE = re.compile(r"\{([^{}<>]{1,80})\}")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}


def fill_document(template: Path, values: Mapping[str, str], path: Path) -> None:
    """A copy of a Word document or text in which every {名} is the value of that name.

    Raises `UnusableInput` for holes without a value, naming them, and for files that are no such document.
    """
    if template.suffix.lower() == ".txt":
        from tim.sources.sheets import decode

        path.write_text(_filled(decode(template, None)[0], values, template), encoding="utf-8")
        return
    if template.suffix.lower() != ".docx":
        raise UsageError(f"模板“{template.name}”要是 .docx 或 .txt")
    try:
        with zipfile.ZipFile(template) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as result:
            for part in source.infolist():
                content = source.read(part)
                if re.fullmatch(r"word/(document|header\d*|footer\d*|footnotes)\.xml", part.filename):
                    content = _fill_part(content.decode("utf-8"), values, template).encode("utf-8")
                result.writestr(part, content)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise UnusableInput(f"模板“{template.name}”不是能读的 Word 文件；请另存为 .docx", detail=str(error)) from error


def _fill_part(xml: str, values: Mapping[str, str], template: Path) -> str:
    return _PARAGRAPH.sub(lambda found: _fill_paragraph(found.group(), values, template), xml)


def _fill_paragraph(xml: str, values: Mapping[str, str], template: Path) -> str:
    """Word cuts a text into runs anywhere; the filled text goes into the first one that has a part of the hole."""
    pieces = [_unescaped(found.group(2)) for found in _TEXT.finditer(xml)]
    whole = "".join(pieces)
    for hole in reversed(list(_HOLE.finditer(whole))):
        value = _filled(hole.group(), values, template)
        start, first = 0, True
        for index, piece in enumerate(pieces):
            end = start + len(piece)
            low, high = max(hole.start() - start, 0), min(hole.end() - start, len(piece))
            if low < high:
                pieces[index] = piece[:low] + (value if first else "") + piece[high:]
                first = False
            start = end
    texts = iter(pieces)
    return _TEXT.sub(lambda found: f'<w:t xml:space="preserve">{_escaped(next(texts))}{found.group(3)}', xml)


def _filled(text: str, values: Mapping[str, str], template: Path) -> str:
    def fill(found: re.Match[str]) -> str:
        name = re.sub(r"\s+", "", found.group(1))
        if name not in values:
            raise UnusableInput(f"模板“{template.name}”里的 {{{name}}} 没有给值；给了：{'、'.join(values)}")
        return _ILLEGAL.sub("", values[name])

    return _HOLE.sub(fill, text)


def _unescaped(text: str) -> str:
    return re.sub("&(?:amp|lt|gt|quot|apos);", lambda found: _ENTITIES[found.group()], text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
