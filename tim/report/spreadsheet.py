"""Texts and sheets of workbooks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

FORMULA = tuple("=+-@\t\r")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # characters that a workbook cannot hold


def put_text(cell: Any, text: str) -> Any:
    """Give a cell a text that stays one whatever it begins with: unchanged, and marked by Excel's prefix for texts."""
    cell.value = _FORBIDDEN.sub("", text)
    cell.data_type = "s"
    cell.quotePrefix = cell.value.startswith(FORMULA)
    return cell


def text_cell(sheet: Any, text: str) -> Any:
    """What to append to a sheet for a text."""
    return put_text(WriteOnlyCell(sheet), text)


def fill_sheet(sheet: Any, title: str, heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Heads and rows on an empty sheet; texts stay texts, decimals become numbers."""
    sheet.title = title
    sheet.append(heads)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    style_heads(sheet)


def style_heads(sheet: Any, freeze: str = "B2") -> None:
    """The look of the first row: bold, centred, columns as wide as their heads, fixed when the sheet is scrolled."""
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[cell.column_letter].width = max(14, 2 * len(str(cell.value)) + 2)
    sheet.freeze_panes = freeze


def sheet_name(text: str, book: Any) -> str:
    """A name that Excel takes: at most 31 characters, without its marks, not twice."""
    clean = "".join(character for character in text if character not in "[]:*?/\\'")[:28] or "表"
    names = {name.casefold() for name in book.sheetnames}
    return next(name for name in (clean, *(f"{clean}{n}" for n in range(2, 100))) if name.casefold() not in names)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return text_cell(sheet, value) if isinstance(value, str) else value
