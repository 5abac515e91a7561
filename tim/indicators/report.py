"""The report of indicators as a document: warnings, figures, what could not be computed, and on what it all rests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from tim.indicators import history as ledger
from tim.indicators.catalogue import FLAG_TITLES
from tim.indicators.compute import Figure, TermValue
from tim.indicators.layers import AREA_TITLES
from tim.indicators.levels import NORMAL
from tim.picture.chart import bars, lines
from tim.picture.theme import Theme, draw_themes
from tim.report.document import Block, Column, Document, Heading, Paragraph, Signatures, Table
from tim.report.document import Figure as Picture
from tim.report.sources import source_blocks
from tim.sources.crs import describe

if TYPE_CHECKING:
    from tim.indicators.command import Assessment

_MOST_CHARTS = 12
_MOST_BARS = 40
_MOST_PARTS = 600  # rows; Word becomes unusable with many more


def make_report(found: Assessment) -> Document:
    """The report; a Word template may name each figure by the indicator's name or code."""
    created = found.created
    subtitle = f"{found.catalogue.title}　计算时间 {created.year}年{created.month}月{created.day}日 {created:%H:%M}"
    document = Document("指标监测报告", subtitle, created)
    document.add(*_overview(found), *_warnings(found), *_figures(found), *_trends(found), *_missing(found))
    document.add(*_grounds(found), *source_blocks(found.uses, "六、数据来源"), Signatures(("编制", "审核", "日期")))
    for figure in found.figures:
        if figure.value is not None and not figure.district:
            told = f"{_value(figure)} {figure.indicator.unit}".strip()
            document.fields[figure.indicator.name] = document.fields[figure.indicator.code] = told
    return document


def _value(figure: Figure) -> str:
    return "—" if figure.value is None else f"{figure.value:.{figure.indicator.decimals}f}"


def _place(figure: Figure) -> str:
    return "　".join(part for part in (figure.district, figure.epoch) if part) or "全域"


def _overview(found: Assessment) -> Iterable[Block]:
    yield Heading("一、概况")
    done = sum(figure.value is not None for figure in found.figures)
    yield Paragraph(
        f"共 {len(found.figures)} 项指标值，算出 {done} 项，{len(found.figures) - done} 项因缺少数据没有算出"
        "（列在第五章，不作 0 处理）。"
    )
    for warning in found.warnings:
        yield Paragraph(f"注意：{warning}。", "alert")
    counts = [
        (title, str(sum(figure.level == level for figure in found.figures)))
        for level, title in found.levels.titles.items()
    ]
    if any(figure.level for figure in found.figures):
        yield Table("各等级的指标数", (Column("等级"), Column("项数", numeric=True)), counts)


def _warnings(found: Assessment) -> Iterable[Block]:
    yield Heading("二、预警")
    raised = [figure for figure in found.figures if figure.level not in ("", NORMAL)]
    order = list(found.levels.titles)
    raised.sort(key=lambda figure: order.index(figure.level))
    if not raised:
        judged = sum(bool(figure.level) for figure in found.figures)
        yield Paragraph(f"有目标值的 {judged} 项指标没有预警。" if judged else "没有给出目标值，未作预警判断。")
    else:
        columns = (
            Column("等级", 0.6),
            Column("指标", 2),
            Column("范围", 1),
            Column("现值", 1, numeric=True),
            Column("目标值", 1, numeric=True),
            Column("单位", 0.7),
            Column("原因", 2.4),
        )
        rows = [
            (
                found.levels.titles[figure.level],
                figure.indicator.name,
                _place(figure),
                _value(figure),
                f"{figure.target.value:g}" if figure.target else "—",
                figure.indicator.unit,
                figure.reason,
            )
            for figure in raised
        ]
        yield Table("预警清单", columns, rows)
    yield Paragraph(f"预警规则：{found.levels.source}；可信度 {found.levels.confidence}。", "note")
    picture = _level_map(found)
    if picture is not None:
        yield Picture("各统计区的预警等级（取最重的一项）", picture, "按统计区着色的预警等级地图")


def _level_map(found: Assessment) -> bytes | None:
    """Districts by their worst level; None without districts or levels."""
    shapes = found.districts.shapes
    last = max((figure.epoch for figure in found.figures), default="")
    if not len(shapes) or not any(figure.level for figure in found.figures):
        return None
    worst = [
        found.levels.worst([f.level for f in found.figures if f.district == name and f.epoch == last and f.level])
        for name in found.districts.names
    ]
    themes = []
    for level, title in reversed(list(found.levels.titles.items())):
        chosen = [index for index, item in enumerate(worst) if item == level]
        if chosen:
            texts = [found.districts.names[index] for index in chosen] if len(shapes) <= 60 else ()
            themes.append(Theme(title, shapes[chosen], found.levels.colours[level], 0.75, texts))
    stream = BytesIO()
    draw_themes(themes, stream, crs=found.crs, title="预警等级图")
    return stream.getvalue()


def _figures(found: Assessment) -> Iterable[Block]:
    yield Heading("三、指标值")
    done = [figure for figure in found.figures if figure.value is not None]
    sure = [figure for figure in done if found.confirmed or figure.indicator.flag != "A"]
    doubtful = [figure for figure in done if figure not in sure]
    if sure:
        yield _value_table("指标值", sure, found)
    if doubtful:
        yield Paragraph(
            "下列指标的公式有歧义，数值仅供核对：确认口径后以“确认有歧义的公式”重新计算，才列入指标值。", "alert"
        )
        yield _value_table("口径待确认的指标值", doubtful, found)
    yield from _by_district(found, sure)


def _value_table(caption: str, figures: Sequence[Figure], found: Assessment) -> Table:
    columns = (
        Column("编号", 0.9),
        Column("指标", 2.2),
        Column("范围", 1),
        Column("数值", 1.2, numeric=True),
        Column("单位", 0.8),
        Column("目标值", 0.9, numeric=True),
        Column("等级", 0.6),
        Column("公式依据", 1.1),
    )
    rows = [
        (
            figure.indicator.code,
            figure.indicator.name,
            _place(figure),
            _value(figure),
            figure.indicator.unit,
            f"{figure.target.value:g}" if figure.target else "—",
            found.levels.titles.get(figure.level, "—"),
            f"{figure.indicator.flag} {FLAG_TITLES.get(figure.indicator.flag, '')}".strip(),
        )
        for figure in figures
    ]
    return Table(caption, columns, rows)


def _by_district(found: Assessment, figures: Sequence[Figure]) -> Iterable[Block]:
    """A chart for each indicator over the districts of the last epoch."""
    names = found.districts.names
    if len(names) < 2 or len(names) > _MOST_BARS:
        return
    last = max(figure.epoch for figure in figures) if figures else ""
    codes = list(dict.fromkeys(figure.indicator.code for figure in figures))[:_MOST_CHARTS]
    for code in codes:
        mine = [figure for figure in figures if figure.indicator.code == code and figure.epoch == last]
        colours = [found.levels.colours.get(figure.level, "#7aa6c2") for figure in mine]
        indicator = mine[0].indicator
        values = [float(figure.value or 0) for figure in mine]
        png = bars([f.district for f in mine], values, colours, title=indicator.name, unit=indicator.unit)
        yield Picture(f"{indicator.name}（分区）", png, f"{indicator.name}的分区条形图")


def _trends(found: Assessment) -> Iterable[Block]:
    """Lines through the years, of this run and of the ledger."""
    yield Heading("四、变化")
    drawn = 0
    for indicator in dict.fromkeys(figure.indicator for figure in found.figures):
        mine = [figure for figure in found.figures if figure.indicator is indicator]
        series = {}
        for district in found.districts.names:
            points = dict(ledger.series(found.past, indicator.code, district))
            for figure in mine:
                if figure.district == district and figure.value is not None and figure.epoch[:4].isdigit():
                    points[int(figure.epoch[:4])] = figure.value
            if len(points) > 1:
                series[district] = sorted(points.items())
        if series and drawn < _MOST_CHARTS and len(series) <= 12:
            drawn += 1
            target = mine[0].target.value if mine[0].target else None
            png = lines(series, title=indicator.name, unit=indicator.unit, target=target)
            yield Picture(f"{indicator.name}（历年）", png, f"{indicator.name}的历年折线图")
    if not drawn:
        yield Paragraph("只有一期数据，没有变化可比。")


def _missing(found: Assessment) -> Iterable[Block]:
    yield Heading("五、没有算出的指标")
    rows = dict.fromkeys(
        (figure.indicator.code, figure.indicator.name, figure.note) for figure in found.figures if figure.value is None
    )
    if not rows:
        yield Paragraph("全部指标都已算出。")
        return
    columns = (Column("编号", 0.8), Column("指标", 2), Column("原因", 3))
    yield Table("缺少数据的指标", columns, list(rows))


def _grounds(found: Assessment) -> Iterable[Block]:
    catalogue = found.catalogue
    yield Paragraph(
        f"指标目录：{catalogue.name}，{catalogue.title}，版本 {catalogue.version or '未注明'}，"
        f"SHA-256 {catalogue.digest}。{catalogue.source}。",
        "note",
    )
    where = f"坐标系 {describe(found.crs)}，" if found.crs is not None else ""
    yield Paragraph(
        f"{where}面积口径为{AREA_TITLES.get(found.area, '平面面积')}；每个要素的面积先取两位小数再相加。"
        "公式标记：S 出处写明，D 按名称推出，A 有歧义；都不是标准原文。",
        "note",
    )
    notes = dict.fromkeys(
        f"{figure.indicator.name}：{figure.indicator.note}"
        for figure in found.figures
        if figure.indicator.note and figure.value is not None
    )
    for note in notes:
        yield Paragraph(f"{note}。", "note")
    parts = [
        (figure.indicator.name, _place(figure), item.term.name, f"{item.value:.2f}", f"{item.term}{_where(item)}")
        for figure in found.figures
        if figure.value is not None
        for item in figure.terms
    ]
    columns = (
        Column("指标", 1.6),
        Column("范围", 0.9),
        Column("项", 1),
        Column("数值（基本单位）", 1.3, numeric=True),
        Column("怎么来的", 3),
    )
    if parts:
        yield Table("指标的构成", columns, parts[:_MOST_PARTS])
    if len(parts) > _MOST_PARTS:
        yield Paragraph(f"这里列前 {_MOST_PARTS} 项，全部见溯源文件。", "note")


def _where(item: TermValue) -> str:
    return f"，{item.features} 个要素" if item.features is not None else f"，{item.place}"
