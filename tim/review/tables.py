"""The tables that a program declares: sheets of workbooks and CSV files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.script.paths import Folders
from tim.sources.sheets import ErrorCell, Sheet, read_sheet
from tim.sources.vector import split_spec

if TYPE_CHECKING:
    from zhscript import LayerDeclaration, Program
    from zhscript.engine import Table

TABLES = (".xlsx", ".xlsm", ".csv", ".xls", ".et")
LAYERS = (".gpkg", ".shp", ".geojson", ".gml", ".kml")
_KEY = "\0row"  # no column of a real table is called so


def declared_files(
    declarations: Sequence[LayerDeclaration], given: Mapping[str, str], folders: Folders
) -> tuple[dict[str, Path], dict[str, str]]:
    """(tables by name, sources of layers by name) that are files: named by `given`, otherwise beside the program.

    Raises `UsageError` for files that are not there or not allowed.
    """
    tables: dict[str, Path] = {}
    layers: dict[str, str] = {}
    for item in declarations:
        named = given.get(item.name) or given.get(item.source)
        source = Path(named or item.source)
        if item.kind == "table" and source.suffix.lower() in TABLES:
            tables[item.name] = source if named else _beside(item, folders)
        elif named is None and source.suffix.lower() in LAYERS:
            options = dict(item.options)
            layers[item.name] = f"{_beside(item, folders)}" + (
                f"|layername={options['图层']}" if "图层" in options else ""
            )
    return tables, layers


def _beside(item: LayerDeclaration, folders: Folders) -> Path:
    from zhscript.engine.host import Refused, Unreadable

    try:
        return folders.existing(item.source)
    except (Refused, Unreadable) as error:
        what = "表格" if item.kind == "table" else "图层"
        raise UsageError(f"{what}“{item.name}”：{error.message}；也可以用 --layer {item.name}=文件 指定") from error


def open_tables(program: Program, files: Mapping[str, Path], job: Job) -> dict[str, Sheet]:
    """Read the files of declared tables. Raises `UsageError` and `UnusableInput`."""
    tables = {}
    for item in program.layers:
        if item.name not in files:
            continue
        path = files[item.name]
        split_spec(path)
        options = dict(item.options)
        with job.watch(600.0, f"读取 {path.name}"):
            try:
                sheet = read_sheet(path, options.get("工作表"), options.get("表头", 1), options.get("编码"))
            except UnusableInput as error:
                raise UnusableInput(f"表格“{item.name}”：{error.message}", detail=error.detail) from error
        for note in sheet.notes:
            job.log(note)
        tables[item.name] = sheet
    return tables


def sheet_table(sheet: Sheet) -> Table:
    """A sheet as the language reads it; rows are called by their place, 指标!5."""
    from zhscript.engine import Table
    from zhscript.engine.table import BadCell

    columns: dict[str, Any] = {
        title: [BadCell(value.text) if isinstance(value, ErrorCell) else value for value in values]
        for title, values in sheet.columns.items()
    }
    columns[_KEY] = [f"{sheet.name}!{row}" for row in sheet.rows]
    return Table(sheet.name, columns, None, "", _KEY, place=sheet.place, textual=sheet.textual)
