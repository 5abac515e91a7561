"""The transition matrix as an Excel file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tim.landuse.accounts import accounts
from tim.landuse.report import TITLES
from tim.landuse.transition import Transition, totals
from tim.overlay.record import hectares, mu
from tim.report.spreadsheet import style_heads


def write_workbook(change: Transition, names: dict[str, str], version: str, path: Path) -> None:
    """Sheets 转移矩阵 (m²; rows: before, columns: after, with sums), 明细, and for the third survey 主要变化."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "转移矩阵"
    rows = sorted({one for one, _ in change.matrix}, key=_last)
    columns = sorted({other for _, other in change.matrix}, key=_last)
    sheet.append(["前期＼后期（平方米）", *(_label(code, names) for code in columns), "合计"])
    for one in rows:
        values = [change.matrix.get((one, other), Decimal(0)) for other in columns]
        sheet.append([_label(one, names), *(float(value) for value in values), float(sum(values, Decimal(0)))])
    sums = [change.total(None, [other]) for other in columns]
    sheet.append(["合计", *(float(value) for value in sums), float(change.total())])
    style_heads(sheet)
    _details(book.create_sheet("明细"), change, names)
    found = totals(change, version)
    if found:
        summary: Any = book.create_sheet("主要变化")
        summary.append(["项目", "面积（平方米）", "面积（公顷）", "面积（亩）"])
        for key, area in found.items():
            summary.append([TITLES[key], float(area), float(hectares(area)), float(mu(area))])
        summary.append([f"分类：{version}；建设用地按三大类，口径未核实，以当地规定为准"])
        style_heads(summary)
    for account in accounts(change, names, version):
        sheet = book.create_sheet(account.title)
        sheet.append(["一级类", account.head, "面积（平方米）", "面积（公顷）", "面积（亩）"])
        for group, name, area in [*account.rows, ("", "合计", account.total)]:
            sheet.append([group, name, float(area), float(hectares(area)), float(mu(area))])
        style_heads(sheet)
    book.save(path)


def _details(sheet: Any, change: Transition, names: dict[str, str]) -> None:
    sheet.append(["前期代码", "前期地类", "后期代码", "后期地类", "面积（平方米）", "面积（亩）"])
    for (one, other), area in sorted(change.matrix.items()):
        sheet.append([one, names[one], other, names[other], float(area), float(mu(area))])
    style_heads(sheet)


def _last(code: str) -> tuple[bool, str]:
    return not code, code


def _label(code: str, names: dict[str, str]) -> str:
    return f"{code} {names[code]}".strip()
