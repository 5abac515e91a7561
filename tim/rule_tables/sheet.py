"""Sheets of a workbook as people see them: values of formulas, merged cells filled, every cell with its place."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from tim.errors import UnusableInput

MAXIMUM_ROWS, MAXIMUM_COLUMNS = 20_000, 200
_FULL_WIDTH = str.maketrans(
    {**{chr(0xFF10 + n): str(n) for n in range(10)}, "．": ".", "％": "%", "－": "-", "\u3000": " ", "\xa0": " "}
)


@dataclass(frozen=True)
class Cell:
    """A cell: its `place` (表名!C5), its text, its number (percent cells in percent) and what is wrong with it."""

    place: str
    text: str = ""
    number: float | int | None = None
    percent: bool = False
    wrong: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing stands there."""
        return not self.text and not self.wrong


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet, row by row from the first."""

    name: str
    rows: list[list[Cell]]


def plain(text: str) -> str:
    """A text with half-width digits and single blanks."""
    return " ".join(text.translate(_FULL_WIDTH).split())


def read_sheets(path: Path) -> list[Sheet]:
    """All visible sheets of a workbook. Raises `UnusableInput` for a file that is none."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise UnusableInput(f"“{path.name}”不是 .xlsx 文件；请用 Excel 或 WPS 另存为 .xlsx")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about features of Excel that do not matter here
            values = load_workbook(path, data_only=True)
            formulas = load_workbook(path)
    except FileNotFoundError:
        raise
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, EOFError) as error:
        raise UnusableInput(f"“{path.name}”打不开，可能已损坏或设了密码；请用 Excel 或 WPS 打开后另存一份") from error
    return [_sheet(sheet, formulas[sheet.title]) for sheet in values.worksheets if sheet.sheet_state == "visible"]


def _sheet(values: Any, formulas: Any) -> Sheet:
    if values.max_row > MAXIMUM_ROWS or values.max_column > MAXIMUM_COLUMNS:
        limit = f"{MAXIMUM_ROWS} 行、{MAXIMUM_COLUMNS} 列"
        raise UnusableInput(f"工作表“{values.title}”太大（最多 {limit}），不像指标表；请删去多余的行列")
    rows = []
    for row in range(1, values.max_row + 1):
        cells = []
        for column in range(1, values.max_column + 1):
            place = f"{values.title}!{get_column_letter(column)}{row}"
            cells.append(_cell(place, values.cell(row, column), formulas.cell(row, column)))
        rows.append(cells)
    for merged in values.merged_cells.ranges:
        first = rows[merged.min_row - 1][merged.min_col - 1]
        for row in range(merged.min_row - 1, min(merged.max_row, len(rows))):
            for column in range(merged.min_col - 1, min(merged.max_col, len(rows[row]))):
                rows[row][column] = first
    return Sheet(values.title, rows)


def _cell(place: str, cell: Any, formula: Any) -> Cell:
    value = cell.value
    if value is None and formula.data_type == "f":
        return Cell(place, wrong="公式没有算出结果；请用 Excel 或 WPS 打开表格，保存后再试")
    if cell.data_type == "e" or (isinstance(value, str) and value.startswith("#") and value[1:2].isupper()):
        return Cell(place, wrong=f"单元格是错误值 {value}；请改正公式")
    if isinstance(value, bool):
        return Cell(place, "是" if value else "否")
    if isinstance(value, (int, float)):
        return _number(place, value, "%" in (cell.number_format or ""))
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return Cell(place, wrong=f"这里是日期或时间（{value}），可能是 Excel 把“1-2”这样的文字改成了日期；请改成文字")
    return Cell(place, "" if value is None else plain(str(value)))


def _number(place: str, value: float | int, percent: bool) -> Cell:
    if percent:
        value = float(f"{value * 100:.13g}")
    if isinstance(value, float):
        value = float(f"{value:.15g}")  # what Excel shows of a number
        value = int(value) if value.is_integer() and abs(value) < 1e15 else value
    return Cell(place, f"{value}%" if percent else str(value), value, percent)
