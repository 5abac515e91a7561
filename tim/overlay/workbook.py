"""Tables of an overlay as an Excel file."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tim.overlay.record import LayerOverlay, Overlay, hectares, mu
from tim.report.spreadsheet import fill_sheet, sheet_name


def write_workbook(found: Overlay, path: Path) -> None:
    """An Excel file: a summary, then for each layer a sheet of classes and one of pieces."""
    book = Workbook()
    sheet = book.active
    heads = [f"{layer.name}（平方米）" for layer in found.layers]
    fill_sheet(sheet, "汇总", ("项目", "面积（平方米）", "面积（公顷）", "面积（亩）", *heads), _summary_rows(found))
    for layer in found.layers:
        columns = ("项目", "代码", "名称", "面积（平方米）", "面积（公顷）", "面积（亩）")
        fill_sheet(book.create_sheet(), sheet_name(f"{layer.name}分类", book), columns, _class_rows(found, layer))
        columns = ("项目", "要素", "代码", "名称", "面积（平方米）", "面积（亩）")
        fill_sheet(book.create_sheet(), sheet_name(f"{layer.name}明细", book), columns, _piece_rows(found, layer))
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
