"""Tables of an overlay as an Excel file."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from tim.overlay.record import LayerOverlay, Overlay, hectares, mu
from tim.report.spreadsheet import safe_text


def write_workbook(found: Overlay, path: Path) -> None:
    """An Excel file: a summary, then for each layer a sheet of classes and one of pieces."""
    book = Workbook()
    sheet = book.active
    heads = [f"{layer.name}（平方米）" for layer in found.layers]
    _fill(sheet, "汇总", ("项目", "面积（平方米）", "面积（公顷）", "面积（亩）", *heads), _summary_rows(found))
    for layer in found.layers:
        columns = ("项目", "代码", "名称", "面积（平方米）", "面积（公顷）", "面积（亩）")
        _fill(book.create_sheet(), _sheet_name(f"{layer.name}分类", book), columns, _class_rows(found, layer))
        columns = ("项目", "要素", "代码", "名称", "面积（平方米）", "面积（亩）")
        _fill(book.create_sheet(), _sheet_name(f"{layer.name}明细", book), columns, _piece_rows(found, layer))
    book.save(path)


def _summary_rows(found: Overlay) -> Iterable[tuple[Any, ...]]:
    for index, (name, area) in enumerate(zip(found.names, found.areas)):
        covered = [layer.covered(index) for layer in found.layers]
        yield (name, area, Decimal(hectares(area)), Decimal(mu(area)), *covered)
    total = sum(found.areas, Decimal(0))
    sums = [layer.covered_by_all for layer in found.layers]
    yield ("合计", total, Decimal(hectares(total)), Decimal(mu(total)), *sums)


def _class_rows(found: Overlay, layer: LayerOverlay) -> Iterable[tuple[Any, ...]]:
    for index, project in enumerate(found.names):
        for code, name, area in layer.by_class(index):
            yield project, code, name, area, Decimal(hectares(area)), Decimal(mu(area))
    for code, name, area in layer.by_class():
        yield "合计", code, name, area, Decimal(hectares(area)), Decimal(mu(area))


def _piece_rows(found: Overlay, layer: LayerOverlay) -> Iterable[tuple[Any, ...]]:
    for piece in layer.pieces:
        feature = piece.feature if piece.feature >= 0 else None
        yield found.names[piece.project], feature, piece.code, piece.name, piece.area, Decimal(mu(piece.area))


def _fill(sheet: Any, title: str, heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    sheet.title = title
    sheet.append(heads)
    for row in rows:
        sheet.append([_cell(value) for value in row])
    for number, cell in enumerate(sheet[1], 1):
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(number)].width = max(14, 2 * len(heads[number - 1]) + 2)
    sheet.freeze_panes = "B2"


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return safe_text(value) if isinstance(value, str) else value


def _sheet_name(text: str, book: Any) -> str:
    """A name that Excel takes: at most 31 characters, without its marks, not twice."""
    clean = "".join(character for character in text if character not in "[]:*?/\\'")[:28] or "表"
    names = {name.casefold() for name in book.sheetnames}
    return next(name for name in (clean, *(f"{clean}{n}" for n in range(2, 100))) if name.casefold() not in names)
