"""The report of an overlay as a document."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import numpy as np
import shapely

from tim.overlay.record import LayerOverlay, Overlay, hectares, mu
from tim.report.document import Block, Column, Document, Figure, Heading, Paragraph, Signatures, Table
from tim.report.sources import source_blocks
from tim.sources.crs import describe

MOST_PROJECTS = 200  # told one by one; the workbook holds all
MOST_DRAWN = 30  # projects for which the map still shows something
_AREAS = (
    Column("面积（平方米）", 1.4, numeric=True),
    Column("面积（公顷）", 1.2, numeric=True),
    Column("面积（亩）", 1.2, numeric=True),
)


def make_report(found: Overlay) -> Document:
    """Summary, map, the tables of each layer, sources and limits."""
    created = found.created
    subtitle = f"“{found.title}”　分析时间 {created.year}年{created.month}月{created.day}日 {created:%H:%M}"
    document = Document("压占分析报告", subtitle, created)
    document.add(*_summary(found))
    document.add(Heading("二、各图层的压占情况"))
    for number, layer in enumerate(found.layers, 1):
        document.add(*_layer(number, layer, found))
    document.add(*_grounds(found), Signatures(("编制", "审核", "日期")))
    return document


def _summary(found: Overlay) -> Iterable[Block]:
    yield Heading("一、概况")
    total = sum(found.areas, Decimal(0))
    yield Paragraph(
        f"共 {len(found.areas)} 个项目，面积 {total} 平方米（{hectares(total)} 公顷，{mu(total)} 亩），"
        f"面积口径为{found.basis}。"
    )
    for warning in found.warnings:
        yield Paragraph(f"注意：{warning}。", "alert")
    columns = (
        Column("项目", 2.4),
        *_AREAS,
        *(Column(f"压占{layer.name}（平方米）", 1.4, numeric=True) for layer in found.layers),
    )
    shown = range(min(len(found.areas), MOST_PROJECTS))
    rows = [
        (found.names[i], *_areas(found.areas[i]), *(str(layer.covered(i)) for layer in found.layers)) for i in shown
    ]
    sums = (layer.covered_by_all for layer in found.layers)
    rows.append(("合计（全部项目）", *_areas(total), *map(str, sums)))
    yield Table("各项目压占情况", columns, rows)
    if len(found.areas) > MOST_PROJECTS:
        yield Paragraph(f"项目较多，这里列前 {MOST_PROJECTS} 个；全部项目见 Excel 表。", "note")
    picture = _map(found)
    if picture is not None:
        yield Figure("项目与所压图层的位置", picture, "项目范围与压占部分的地图")


def _layer(number: int, layer: LayerOverlay, found: Overlay) -> Iterable[Block]:
    yield Heading(f"（{number}）{layer.name}", 2)
    if layer.class_field:
        yield Paragraph(f"按字段 {layer.class_field} 分类。")
    columns: tuple[Column, ...] = (Column("代码", 0.8), Column("名称", 2), *_AREAS)
    rows: list[tuple[str, ...]] = [(code, name, *_areas(area)) for code, name, area in layer.by_class()]
    rows.append(("", "合计", *_areas(sum((area for _, _, area in layer.by_class()), Decimal(0)))))
    yield Table(f"全部项目压占{layer.name}的面积", columns, rows)
    adjusted = max((abs(value) for value in layer.adjusted), default=Decimal(0))
    if adjusted:
        yield Paragraph(
            f"各部分面积之和与项目面积的尾差已按面积比例配赋，单个项目最多 {adjusted} 平方米；各部分之和等于项目面积。",
            "note",
        )
    doubled = max(layer.doubled, default=0.0)
    if doubled > 0.01:
        yield Paragraph(
            f"该图层的要素互相重叠，单个项目内重复最多 {doubled:.2f} 平方米，各部分之和大于项目面积。", "alert"
        )
    if len(found.areas) == 1:
        return
    columns = (Column("项目", 2), *columns)
    each: list[tuple[str, ...]] = [
        (found.names[i], code, name, *_areas(area))
        for i in range(min(len(found.areas), MOST_PROJECTS))
        for code, name, area in layer.by_class(i)
    ]
    yield Table(f"各项目压占{layer.name}的面积", columns, each)


def _grounds(found: Overlay) -> Iterable[Block]:
    yield from source_blocks(found.uses, "三、数据与方法")
    yield Paragraph(
        f"在 {describe(found.crs)} 中叠加求相交部分；面积口径为{found.basis}，取两位小数，亩按平方米乘以 0.0015。"
    )
    yield Paragraph("无效图形只为本次计算作了修复，原数据没有改动。压占面积不代替勘测定界。", "note")


def _areas(area: Decimal) -> tuple[str, str, str]:
    return str(area), hectares(area), mu(area)


def _map(found: Overlay) -> bytes | None:
    """The projects and what they cover; None with too many projects for one sheet."""
    if len(found.areas) > MOST_DRAWN:
        return None
    from tim.picture.map import draw_findings

    layers: dict[str, np.ndarray] = {}
    for layer in found.layers:
        shapes = [piece.geometry for piece in layer.pieces if piece.feature >= 0]
        layers[f"压占{layer.name}"] = np.array(shapes, dtype=object)
    drawn = [shape for shape in found.shapes if shape is not None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.png"
        draw_findings(layers, [shapely.boundary(shape) for shape in drawn], path, crs=found.crs, title="压占分析图")
        return path.read_bytes()
