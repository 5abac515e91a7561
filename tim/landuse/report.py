"""The report of a change of land use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tim.landuse.accounts import Account, accounts
from tim.landuse.transition import Transition, message, totals
from tim.overlay.record import hectares, mu
from tim.report.document import Block, Column, Document, Heading, Paragraph, Signatures, Table
from tim.report.sources import source_blocks
from tim.review.record import LayerUse

TITLES = {
    "new_construction_m2": "新增建设用地",
    "farmland_lost_m2": "耕地流出",
    "farmland_won_m2": "耕地流入",
}
_MOST = 300  # rows of the matrix; the workbook holds all
_AREAS = (
    Column("面积（平方米）", 1.4, numeric=True),
    Column("面积（公顷）", 1.2, numeric=True),
    Column("面积（亩）", 1.2, numeric=True),
)


def make_report(
    change: Transition, names: dict[str, str], version: str, basis: str, uses: list[LayerUse], warnings: list[str]
) -> Document:
    """Summary, accounts, what became of what, sources."""
    created = datetime.now()
    subtitle = f"{created.year}年{created.month}月{created.day}日 {created:%H:%M}"
    document = Document("地类变化快报", subtitle, created)
    document.add(Heading("一、概况"), Paragraph(message(change) + "。"))
    document.add(*(Paragraph(f"注意：{warning}。", "alert") for warning in warnings))
    found = totals(change, version)
    if found:
        rows: list[tuple[str, ...]] = [(TITLES[key], *_areas(area)) for key, area in found.items()]
        net = found["farmland_won_m2"] - found["farmland_lost_m2"]
        rows.append(("耕地净变化（流入减流出）", *_areas(net)))
        document.add(Table("主要变化", (Column("项目", 2), *_AREAS), rows))
    else:
        document.add(Paragraph("编码不是三调工作分类的完整编码，没有分新增建设用地和耕地流入流出。", "note"))
    document.add(*(block for account in accounts(change, names, version) for block in _account(account)))
    document.add(*_matrix(change, names))
    document.add(*source_blocks(uses, "三、数据与方法"))
    document.add(
        Paragraph(
            f"分类：{version}；面积口径为{basis}，每个前期图斑的各部分之和等于它的面积；亩按平方米乘以 0.0015。"
            "建设用地按三大类认定，未核实（可信度 M），以当地规定为准；流入流出是两期叠加的结果，不判断合法与否。",
            "note",
        ),
        Signatures(("编制", "审核", "日期")),
    )
    return document


def _account(account: Account) -> Iterable[Block]:
    if not account.rows:
        yield Paragraph(f"{account.title}：没有。")
        return
    rows: list[tuple[str, ...]] = [(group, name, *_areas(area)) for group, name, area in account.rows]
    rows.append(("", "合计", *_areas(account.total)))
    yield Table(account.title, (Column("一级类", 1.2), Column(account.head, 2), *_AREAS), rows)


def _matrix(change: Transition, names: dict[str, str]) -> Iterable[Block]:
    yield Heading("二、什么变成了什么")
    changed = sorted(((pair, area) for pair, area in change.matrix.items() if pair[0] != pair[1]), key=lambda i: -i[1])
    rows: list[tuple[str, ...]] = [
        (f"{one} {names[one]}".strip(), f"{other} {names[other]}".strip(), *_areas(area))
        for (one, other), area in changed[:_MOST]
    ]
    yield Table("改变了的地类（按面积）", (Column("前期", 2), Column("后期", 2), *_AREAS), rows)
    if len(changed) > _MOST:
        yield Paragraph(f"这里列前 {_MOST} 种，共 {len(changed)} 种；其余见 Excel 表。", "note")


def _areas(area: Decimal) -> tuple[str, str, str]:
    return str(area), hectares(area), mu(area)
