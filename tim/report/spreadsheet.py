"""Texts and sheets of workbooks."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

_UNSAFE = ("=", "+", "-", "@")
_FORBIDDEN = frozenset(range(32)) - {9, 10, 13}


def safe_text(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_UNSAFE) else text


def fill_sheet(sheet: Any, title: str, heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Heads and rows on an empty sheet; texts are made safe, decimals become numbers."""
    sheet.title = title
    sheet.append(heads)
    for row in rows:
        sheet.append([_cell(value) for value in row])
    for number, cell in enumerate(sheet[1], 1):
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(number)].width = max(14, 2 * len(heads[number - 1]) + 2)
    sheet.freeze_panes = "B2"


def sheet_name(text: str, book: Any) -> str:
    """A name that Excel takes: at most 31 characters, without its marks, not twice."""
    clean = "".join(character for character in text if character not in "[]:*?/\\'")[:28] or "表"
    names = {name.casefold() for name in book.sheetnames}
    return next(name for name in (clean, *(f"{clean}{n}" for n in range(2, 100))) if name.casefold() not in names)


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):  # control characters cannot stand in a workbook
        return safe_text("".join(mark for mark in value if ord(mark) not in _FORBIDDEN))
    return value
