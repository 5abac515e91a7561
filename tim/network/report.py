"""The report of a service-area analysis as a document."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import matplotlib
import numpy as np

from tim.network.coverage import REFERENCE, Coverage, Served
from tim.picture.theme import Theme, draw_themes
from tim.report.document import Block, Column, Document, Figure, Heading, Paragraph, Signatures, Table
from tim.report.sources import source_blocks
from tim.sources.crs import describe


def make_report(found: Served) -> Document:
    """Coverage, map, method and sources."""
    created = found.created
    subtitle = f"分析时间 {created.year}年{created.month}月{created.day}日 {created:%H:%M}"
    document = Document("设施服务范围分析报告", subtitle, created)
    document.add(*_summary(found), *_method(found), *source_blocks(found.inputs.uses))
    document.add(Signatures(("编制", "审核", "日期")))
    for item in found.coverage:
        if item.ratio is not None:
            document.fields[f"{item.minutes:g}分钟覆盖率"] = f"{item.ratio:.2f}%"
    return document


def _summary(found: Served) -> Iterable[Block]:
    yield Heading("一、结果")
    for warning in found.warnings:
        yield Paragraph(f"注意：{warning}。", "alert")
    heads = (
        "时间（分钟）",
        "服务范围（公顷）",
        "服务对象（公顷）",
        "其中覆盖（公顷）",
        "覆盖率（%）",
        "覆盖人口",
        "人口覆盖率（%）",
    )
    columns = tuple(Column(head, 1, numeric=True) for head in heads)
    yield Table("服务范围与覆盖率", columns, [_row(item) for item in found.coverage])
    yield Figure("服务范围", _map(found), "设施、服务范围和服务对象的地图")


def _row(item: Coverage) -> tuple[str, ...]:
    areas = (item.service_m2, item.reference_m2, item.covered_m2)
    hectares = ["—" if area is None else f"{area / 1e4:.4f}" for area in areas]
    people = "—" if item.covered_population is None else f"{item.covered_population:.0f}"
    shares = ["—" if share is None else f"{share:.2f}" for share in (item.ratio, item.population_ratio)]
    return f"{item.minutes:g}", *hectares, shares[0], people, shares[1]


def _method(found: Served) -> Iterable[Block]:
    walk = found.service.walk
    speed = f"{walk.speed * 3.6:g} 千米/小时"
    yield Heading("二、方法与参数")
    if found.service.roads is None:
        yield Paragraph(f"没有给出路网：服务范围是设施周围的圆，半径为时间乘以步行速度 {speed}。", "alert")
    else:
        yield Paragraph(
            f"沿路网计算最短路程，步行速度 {speed}；道路在共有的节点处相通，只是交叉而没有共有节点的不相通。"
            f"可达道路两侧各 {walk.beside:g} 米算作服务范围；离最近的道路超过 {walk.snap:g} 米的设施和地点不可达。"
        )
    yield Paragraph(
        f"在 {describe(found.crs)} 中计算，面积为平面面积。覆盖率 = 服务对象落在服务范围内的面积 ÷ 服务对象的面积；"
        "重叠的服务对象只算一次。人口覆盖率中，面状对象按落在范围内的面积比例计人口，点状对象按到达时间计。"
    )
    yield Paragraph(
        "步行速度、服务对象（分母）和道路两侧宽度各地口径不同，均为本次分析的参数，不是标准规定的数值。", "note"
    )


def _map(found: Served) -> bytes:
    themes = []
    if found.reference is not None:
        themes.append(Theme("服务对象", found.inputs.layers[REFERENCE].geometry[found.reference], "#b0a890", 0.5))
    for minutes, area in reversed(list(zip(found.minutes, found.areas))):
        share = found.minutes.index(minutes) / max(len(found.minutes) - 1, 1)
        colour = matplotlib.colors.to_hex(matplotlib.colormaps["YlGnBu"](0.75 - 0.45 * share))
        themes.append(Theme(f"{minutes:g} 分钟", np.array([area], dtype=object), colour, 0.6))
    themes.append(Theme("设施", found.service.facilities, "#c00000", 1.0))
    stream = BytesIO()
    draw_themes(themes, stream, crs=found.crs, title="设施服务范围")
    return stream.getvalue()
