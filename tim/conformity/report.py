"""The report of an examination."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import numpy as np

from tim.conformity.analysis import Change
from tim.conformity.command import Examination, message
from tim.overlay.record import hectares, mu
from tim.report.document import Block, Column, Document, Figure, Heading, Paragraph, Signatures, Table
from tim.report.sources import source_blocks
from tim.review.record import FAILS, RuleOutcome
from tim.sources.crs import describe

_MOST = 300  # rows of a table; the layers hold all
_AREAS = (
    Column("面积（平方米）", 1.4, numeric=True),
    Column("面积（公顷）", 1.2, numeric=True),
    Column("面积（亩）", 1.2, numeric=True),
)


def make_report(made: Examination) -> Document:
    """Lines, overlaps, projects, changes, rules, sources."""
    created = made.created
    subtitle = f"检查时间 {created.year}年{created.month}月{created.day}日 {created:%H:%M}"
    document = Document("三线与规划符合性报告", subtitle, created)
    document.add(Heading("一、概况"), Paragraph(message(made) + "。"))
    document.add(*(Paragraph(f"注意：{warning}。", "alert") for warning in made.warnings))
    rows: list[tuple[str, ...]] = [
        (line, kind or "合计", *_areas(area)) for (line, kind), area in made.found.totals.items()
    ]
    document.add(Table("各控制线的面积", (Column("控制线", 1.5), Column("类别", 1.5), *_AREAS), rows))
    picture = _map(made)
    if picture is not None:
        document.add(Figure("问题的位置", picture, "控制线和问题部位的地图"))
    document.add(*_overlaps(made), *_projects(made), *_changes(made), *_rules(made), *_grounds(made))
    document.add(Signatures(("编制", "审核", "日期")))
    return document


def _overlaps(made: Examination) -> Iterable[Block]:
    yield Heading("二、控制线之间的重叠")
    pairs = list(combinations(made.lines, 2))
    if not pairs:
        yield Paragraph("只给出一条控制线，没有比较重叠。")
        return
    rows: list[tuple[str, ...]] = [
        (
            one,
            other,
            str(sum({item.one, item.other} == {one, other} for item in made.found.overlaps)),
            *_areas(made.found.shared(one, other)),
        )
        for one, other in pairs
    ]
    yield Table(
        "控制线两两重叠",
        (Column("控制线", 1.5), Column("控制线", 1.5), Column("处数", 0.7, numeric=True), *_AREAS),
        rows,
    )
    yield Paragraph("面积大于零的公共部分都计入，只贴边的不算重叠；小于容差的见规则检查。", "note")


def _projects(made: Examination) -> Iterable[Block]:
    yield Heading("三、项目与控制线")
    rows = made.found.projects
    if not rows:
        yield Paragraph("没有给出项目图层。")
        return
    columns = [Column("项目", 2), Column("面积（平方米）", 1.3, numeric=True)]
    for line in made.lines:
        columns += [Column(f"在{line}内", 1.3, numeric=True), Column(f"在{line}外", 1.3, numeric=True)]
    cells: list[tuple[str, ...]] = []
    for item in rows[:_MOST]:
        parts = [text for line in made.lines for text in (str(item.inside[line]), str(item.outside(line)))]
        cells.append((item.name, str(item.area), *parts))
    yield Table("各项目在控制线内外的面积（平方米）", tuple(columns), cells)
    if len(rows) > _MOST:
        yield Paragraph(f"项目较多，这里列前 {_MOST} 个，共 {len(rows)} 个；其余见图层。", "note")


def _changes(made: Examination) -> Iterable[Block]:
    yield Heading("四、版本之间的变化")
    if not made.found.changes:
        yield Paragraph("没有给出前期图层。")
    for change in made.found.changes:
        yield from _change(change)


def _change(change: Change) -> Iterable[Block]:
    yield Heading(change.line, 2)
    rows: list[tuple[str, ...]] = [
        (one or "（无）", other or "（无）", _kind(one, other), *_areas(area))
        for (one, other), area in sorted(change.transition.matrix.items())
    ]
    yield Table(
        f"{change.line}：什么变成了什么", (Column("原为", 1.5), Column("现为", 1.5), Column("变化", 0.8), *_AREAS), rows
    )
    if change.removed:
        went: list[tuple[str, ...]] = [(name, *_areas(area)) for name, area in change.went.items()]
        if went:
            yield Table(f"调出{change.line}的部分现在在哪", (Column("控制线", 1.5), *_AREAS), went)
        yield Paragraph(f"共调出 {change.removed} 平方米；各控制线可能重叠，去向之和不一定等于调出面积。", "note")


def _kind(one: str, other: str) -> str:
    return "调入" if not one else "调出" if not other else "不变" if one == other else "类别变更"


def _rules(made: Examination) -> Iterable[Block]:
    yield Heading("五、规则检查")
    columns = (
        Column("编号", 0.9), Column("规则", 3), Column("等级", 0.7), Column("违反", 0.7, numeric=True),
        Column("提示", 0.7, numeric=True), Column("没有检查的原因", 1.6),
    )  # fmt: skip
    missing = made.judged.missing
    rows: list[tuple[str, ...]] = []
    for rule in made.judged.rules:
        why = missing.get(rule.number or rule.name, "")
        counts = ("—", "—") if why else (str(rule.violations), str(rule.hints))
        rows.append((rule.number, rule.name, rule.level, *counts, why))
    yield Table("规则检查结果", columns, rows)
    for rule in made.judged.rules:
        if rule.findings:
            yield from _findings(rule)
    yield Paragraph(
        "本报告只说明所列规则在所列数据上的结果，不是“符合规划”的结论；没有列出的规定没有检查，结论由主管部门作出。",
        "alert",
    )


def _findings(rule: RuleOutcome) -> Iterable[Block]:
    yield Paragraph(f"{rule.number} {rule.name}。依据：{rule.basis}。")
    rows: list[tuple[str, ...]] = [(item.verdict, item.message) for item in rule.findings[:_MOST]]
    yield Table(f"“{rule.name}”的情况", (Column("结论", 0.7), Column("说明", 4)), rows)
    if len(rule.findings) > _MOST:
        yield Paragraph(f"本表列前 {_MOST} 处，共 {len(rule.findings)} 处；其余见图层。", "note")


def _grounds(made: Examination) -> Iterable[Block]:
    yield from source_blocks(made.inputs.uses, "六、数据、规则和参数")
    rows: list[tuple[str, ...]] = list(made.parameters)
    yield Table("规则中的参数", (Column("参数", 1.2), Column("取值", 1.6), Column("依据", 2.4)), rows)
    yield Paragraph(
        f"在 {describe(made.found.crs)} 中叠加，面积口径为{made.basis}，取两位小数，亩按平方米乘以 0.0015。"
        f"规则文件 {made.rules_file}（SHA-256 {made.rules_digest}）；软件 {made.software}。",
        "note",
    )


def _areas(area: Decimal) -> tuple[str, str, str]:
    return str(area), hectares(area), mu(area)


def _map(made: Examination) -> bytes | None:
    """The lines and where mandatory rules are violated; None when none is."""
    from tim.picture.map import draw_findings

    marked = [item.geometry for rule in made.judged.rules for item in rule.findings if item.verdict == FAILS]
    marked = [shape for shape in marked if shape is not None][:200]
    if not marked:
        return None
    layers = {line: np.asarray(made.inputs.layers[line].geometry, dtype=object) for line in made.lines}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.png"
        draw_findings(layers, marked, path, crs=made.found.crs, title="三线符合性问题位置图")
        return path.read_bytes()
