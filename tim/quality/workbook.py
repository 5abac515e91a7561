"""The result of a check as an Excel file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tim.quality.record import EXCEPTION, NOTE, STATES, UNDECIDED, WRONG, QualityCheck
from tim.quality.report import clauses_not_checked
from tim.report.spreadsheet import fill_sheet

_MOST = 1_000_000  # rows of a sheet


def write_workbook(check: QualityCheck, path: Path) -> None:
    """Sheets: rules with counts, defects, what was not checked, parameters."""
    book = Workbook()
    counts = check.counts()
    heads: tuple[str, ...] = (
        "编号",
        "规则",
        "分组",
        "缺陷类别",
        "等级",
        "检查数",
        *STATES,
        "依据",
        "可信度",
        "没有检查的原因",
    )
    rows = (
        (
            rule.number, rule.title, rule.group, rule.defect_class, rule.level, rule.checked,
            *(counts[rule.number][state] for state in STATES), rule.basis, rule.confidence, rule.note,
        )
        for rule in check.rules
    )  # fmt: skip
    fill_sheet(book.active, "规则汇总", heads, rows)
    heads = (
        "编号",
        "规则",
        "图层",
        "要素号",
        "要素",
        "对方",
        "说明",
        "面积（平方米）",
        "状态",
        "例外理由",
        "首次发现",
        "最近检查",
    )
    fill_sheet(book.create_sheet(), "问题", heads, _defects(check))
    fill_sheet(book.create_sheet(), "没有检查", ("内容", "原因"), clauses_not_checked(check))
    fill_sheet(book.create_sheet(), "参数", ("参数", "取值", "依据"), check.parameters)
    book.save(path)


def _defects(check: QualityCheck) -> Iterable[tuple[Any, ...]]:
    titles = {rule.number: rule.title for rule in check.rules}
    order = {state: number for number, state in enumerate((WRONG, UNDECIDED, EXCEPTION, NOTE))}
    listed = sorted(check.defects, key=lambda row: order.get(row.state, len(order)))
    for row in listed[:_MOST]:
        yield (
            row.rule, titles[row.rule], row.layer, row.fid if row.fid >= 0 else None, row.feature, row.other,
            row.message, row.area, row.state, row.reason, row.first, row.last,
        )  # fmt: skip
