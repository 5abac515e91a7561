"""Tables from Excel workbooks and CSV files, with the place of every cell."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tim.errors import UnusableInput, UsageError

LARGEST = 100_000_000  # bytes of a file
LARGEST_UNPACKED = 1_000_000_000  # bytes of a workbook's parts
LARGEST_CELLS = 20_000_000
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class ErrorCell:
    """A cell whose formula went wrong (#DIV/0! …)."""

    text: str


@dataclass
class Sheet:
    """A table. `columns`: title → values; `rows`: the row of each in the file, from 1; `letters`: title → its column.

    `textual` marks files that hold nothing but texts (CSV). `notes` tells in Chinese what reading did.
    """

    name: str
    path: Path
    columns: dict[str, list[Any]]
    rows: list[int]
    letters: dict[str, str]
    textual: bool = False
    notes: list[str] = field(default_factory=list)

    def place(self, row: int, title: str) -> str:
        """A cell as people name it: 指标!C5. `row` counts from 0."""
        return f"{self.name}!{self.letters.get(title, '')}{self.rows[row]}"


def read_sheet(path: Path, sheet: str | None = None, header: int = 1, encoding: str | None = None) -> Sheet:
    """Read the table below row `header` (from 1). Raises `UsageError` and `UnusableInput`."""
    if not path.is_file():
        raise UsageError(f"找不到文件“{path.name}”；请检查路径")
    if path.stat().st_size > LARGEST:
        raise UnusableInput(f"“{path.name}”太大（超过 {LARGEST // 1_000_000} MB）；请只留要用的表")
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        return _read_workbook(path, sheet, header)
    if suffix in (".csv", ".txt"):
        return _read_csv(path, header, encoding)
    if suffix in (".xls", ".et"):
        raise UnusableInput(f"“{path.name}”是旧格式；请在 Excel 或 WPS 里另存为 .xlsx")
    raise UnusableInput(f"“{path.name}”不是表格文件；可以读 .xlsx 和 .csv")


# -- workbooks


def _read_workbook(path: Path, sheet: str | None, header: int) -> Sheet:
    workbook = _open(path, values=True)
    try:
        names = workbook.sheetnames
        if sheet is not None and sheet not in names:
            raise UsageError(f"“{path.name}”里没有工作表“{sheet}”；有：{'、'.join(names[:10])}")
        if sheet is None and len(names) > 1:
            visible = [name for name in names if workbook[name].sheet_state == "visible"]
            if len(visible) != 1:
                listed = "、".join(names[:10])
                raise UsageError(f"“{path.name}”有 {len(names)} 个工作表（{listed}），请写明 工作表“…”")
            names = visible
        chosen = workbook[sheet or names[0]]
        if not hasattr(chosen, "merged_cells"):
            raise UnusableInput(f"“{path.name}”的“{chosen.title}”是图表，不是表格")
        grid, notes = _grid(chosen)
        _refuse_uncomputed(path, chosen.title, grid)
        result = _table(path, chosen.title, grid, header)
        result.notes += notes
        return result
    finally:
        workbook.close()


def _open(path: Path, *, values: bool) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise UnusableInput(f"“{path.name}”解开后太大；请只留要用的表")
        return openpyxl.load_workbook(path, data_only=values)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        raise UnusableInput(
            f"“{path.name}”不是能读的 Excel 文件（损坏、加密或后缀不对）；请重新保存", detail=str(error)
        ) from error


def _grid(sheet: Any) -> tuple[list[list[Any]], list[str]]:
    """Values by row and column, merged cells filled from their first one."""
    if sheet.max_row * sheet.max_column > LARGEST_CELLS:
        raise UnusableInput(f"工作表“{sheet.title}”太大（{sheet.max_row} 行 {sheet.max_column} 列）；请删去空行空列")
    grid = [[_value(cell) for cell in row] for row in sheet.iter_rows()]
    notes = []
    for area in sheet.merged_cells.ranges:
        value = grid[area.min_row - 1][area.min_col - 1]
        for row in range(area.min_row - 1, min(area.max_row, len(grid))):
            for column in range(area.min_col - 1, min(area.max_col, len(grid[row]))):
                grid[row][column] = value
    if sheet.merged_cells.ranges:
        notes.append(f"工作表“{sheet.title}”有合并单元格，每一格都按左上角的值读取")
    return grid, notes


def _value(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e":
        return ErrorCell(str(value))
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if value is None or isinstance(value, (str, bool, int, float, date)):
        return value
    return str(value)


def _refuse_uncomputed(path: Path, name: str, grid: list[list[Any]]) -> None:
    """Formulas that no spreadsheet program has computed yet would read as empty cells.

    Results that are empty texts look the same, so only a sheet without any result counts as not computed.
    """
    if not _has_formulas(path):
        return
    workbook = _open(path, values=False)
    try:
        formulas = [cell for row in workbook[name].iter_rows() for cell in row if cell.data_type == "f"]
    finally:
        workbook.close()
    if formulas and all(grid[cell.row - 1][cell.column - 1] is None for cell in formulas):
        raise UnusableInput(
            f"“{path.name}”的单元格 {name}!{formulas[0].coordinate} 是还没有计算的公式；"
            "请用 Excel 或 WPS 打开并保存一次"
        )


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/")]
        return any(b"<f>" in content or b"<f " in content for content in map(parts.read, sheets))


# -- CSV


def _read_csv(path: Path, header: int, encoding: str | None) -> Sheet:
    text, notes = decode(path, encoding)
    sample = text[:10_000].split("\n", 1)[0]
    delimiter = max(",\t;", key=sample.count)
    try:
        grid: list[list[Any]] = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UnusableInput(f"“{path.name}”不是能读的 CSV 文件：引号不成对或位置不对", detail=str(error)) from error
    width = len(grid[header - 1]) if 0 < header <= len(grid) else 0
    for number, row in enumerate(grid[header:], header + 1):
        if width and any(cell.strip() for cell in row[width:]):
            raise UnusableInput(
                f"“{path.name}”第 {number} 行有 {len(row)} 格，表头只有 {width} 列；数里的逗号要去掉，或给这一格加引号"
            )
    grid = [[cell if cell.strip() else None for cell in row] for row in grid]
    result = _table(path, path.stem, grid, header)
    result.textual = True
    result.notes += notes
    return result


def decode(path: Path, encoding: str | None) -> tuple[str, list[str]]:
    """The text of a file: in the given encoding, by its mark (UTF-8, UTF-16), UTF-8, otherwise GB18030."""
    content = path.read_bytes()
    if encoding is not None:
        try:
            return content.decode(encoding), []
        except LookupError:
            raise UsageError(f"不认识编码“{encoding}”；可以写 utf-8 或 gbk") from None
        except UnicodeDecodeError:
            raise UnusableInput(f"“{path.name}”不是 {encoding} 编码；请去掉编码让程序判断") from None
    marked = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else None
    for name in (marked,) if marked else ENCODINGS:
        try:
            text = content.decode(str(name))
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, [] if name == "utf-8-sig" else [f"“{path.name}”按 {str(name).upper()} 编码读取"]
    raise UnusableInput(f"“{path.name}”不是文字文件，或编码无法判断；请另存为 UTF-8")


# -- both


def _table(path: Path, name: str, grid: list[list[Any]], header: int) -> Sheet:
    from openpyxl.utils import get_column_letter

    if not any(value is not None for row in grid for value in row):
        raise UnusableInput(f"“{path.name}”的“{name}”是空的")
    if header > len(grid):
        raise UnusableInput(f"“{path.name}”的“{name}”只有 {len(grid)} 行，没有第 {header} 行表头")
    width = max(map(len, grid))
    titles = [*grid[header - 1], *[None] * (width - len(grid[header - 1]))]
    body = [(number, row) for number, row in enumerate(grid[header:], header + 1) if any(v is not None for v in row)]
    columns: dict[str, list[Any]] = {}
    letters: dict[str, str] = {}
    for index, title in enumerate(titles):
        values = [row[index] if index < len(row) else None for _, row in body]
        text = "" if title is None or isinstance(title, ErrorCell) else re.sub(r"\s+", "", str(title))
        letter = get_column_letter(index + 1)
        if not text and all(value is None for value in values):
            continue
        text = text or f"{letter}列"
        if text in columns:
            place = f"{name}!{letter}{header}"
            raise UnusableInput(f"“{path.name}”的表头“{text}”出现两次（{place}）；请改名，或检查表头是第几行")
        columns[text], letters[text] = values, letter
    if not columns:
        raise UnusableInput(f"“{path.name}”的“{name}”第 {header} 行是空的，不是表头")
    return Sheet(name, path, columns, [number for number, _ in body], letters)
