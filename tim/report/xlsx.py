"""A document as a workbook: its text on the first sheet, each table on a sheet of its own."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from tim.report.document import Document, Figure, Heading, Paragraph, Signatures, Table, clean
from tim.report.spreadsheet import put_text, text_cell

_GRID = Border(*(Side(style="thin", color="666666"),) * 4)
_SHADE = PatternFill("solid", fgColor="E8EEF4")
_MOST_WIDTH = 60
_PICTURE_WIDTH = 640  # pixels
_LONGEST = 31  # characters of a sheet's name


def write_xlsx(document: Document, path: Path) -> None:
    """Write the document to `path`. Numbers of numeric columns are numbers, everything else is text."""
    book = Workbook()
    cover = book.active
    cover.title = "说明"
    cover.column_dimensions["A"].width = 110
    _line(cover, document.title, Font(bold=True, size=16))
    _line(cover, document.subtitle, Font())
    for block, number in document.numbered():
        if isinstance(block, Heading):
            _line(cover, block.text, Font(bold=True, size=14 - block.level))
        elif isinstance(block, Paragraph):
            _line(cover, block.text, Font(bold=block.style == "alert"))
        elif isinstance(block, Table):
            name = _sheet_name(f"表{number} {block.caption}", book.sheetnames)
            _line(cover, f"表{number} {block.caption}（见工作表“{name}”）", Font(italic=True))
            _table(book.create_sheet(name), block)
        elif isinstance(block, Figure):
            _figure(book.create_sheet(_sheet_name(f"图{number} {block.caption}", book.sheetnames)), block)
        elif isinstance(block, Signatures):
            _line(cover, "　　".join(f"{label}：________" for label in block.labels), Font())
    book.properties.title, book.properties.creator = clean(document.title), ""
    book.properties.created = book.properties.modified = document.created.replace(tzinfo=None)
    book.save(path)


def _line(sheet: Any, text: str, font: Font) -> None:
    row = sheet.max_row + (sheet["A1"].value is not None)
    cell = put_text(sheet.cell(row, 1), clean(text))
    cell.font, cell.alignment = font, Alignment(wrap_text=True, vertical="top")


def _table(sheet: Any, table: Table) -> None:
    sheet.append([text_cell(sheet, clean(column.title)) for column in table.columns])
    for row in table.rows:
        sheet.append([_value(sheet, text, column.numeric) for text, column in zip(row, table.columns)])
    for cells in sheet.iter_rows():
        for cell, column in zip(cells, table.columns):
            cell.border = _GRID
            cell.alignment = Alignment(horizontal="right" if column.numeric else "left", wrap_text=True, vertical="top")
    for number, column in enumerate(table.columns, 1):
        head = sheet.cell(1, number)
        head.font, head.fill, head.alignment = Font(bold=True), _SHADE, Alignment(horizontal="center", wrap_text=True)
        texts = [column.title, *(row[number - 1] for row in table.rows)]
        sheet.column_dimensions[get_column_letter(number)].width = _width(texts)
    sheet.freeze_panes = "A2"


def _value(sheet: Any, text: str, numeric: bool) -> Any:
    """A figure as a number with the decimals that it is printed with; other texts as they are."""
    if numeric:
        try:
            value = Decimal(text.replace(",", ""))
            return value if value.is_finite() else clean(text)
        except InvalidOperation:
            pass
    return text_cell(sheet, clean(text))


def _figure(sheet: Any, figure: Figure) -> None:
    put_text(sheet["A1"], clean(figure.caption))
    picture = Image(BytesIO(figure.png))
    scale = _PICTURE_WIDTH / max(picture.width, 1)
    picture.width, picture.height = _PICTURE_WIDTH, int(picture.height * scale)
    sheet.add_image(picture, "A3")


def _width(texts: Iterable[str]) -> float:
    """A width in characters that shows the longest line; Chinese characters take two."""
    longest = max((sum(2 if ord(c) > 0x2E80 else 1 for c in line) for t in texts for line in t.split("\n")), default=8)
    return min(_MOST_WIDTH, max(8, longest + 2))


def _sheet_name(text: str, taken: Iterable[str]) -> str:
    """A name that Excel takes: at most 31 characters, without its marks, not twice."""
    plain = "".join(c for c in clean(text) if c not in "[]:*?/\\'").strip()[: _LONGEST - 3] or "表"
    names = {name.casefold() for name in taken}
    return next(name for name in (plain, *(f"{plain}{n}" for n in range(2, 1000))) if name.casefold() not in names)
