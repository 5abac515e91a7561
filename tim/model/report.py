"""`tim report`: what a model holds, for people: figures, map, view, sources, versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely

import tim
from tim.area import round_area
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.landuse import YDYH_2023, find_class
from tim.model.info import summary
from tim.model.schema import class_title
from tim.picture.content import ModelContent, read_content
from tim.picture.map import HEIGHT_CLASSES, draw_model
from tim.picture.scene import draw_scene
from tim.report.document import Block, Column, Document, Figure, Heading, Paragraph, Signatures, Table
from tim.report.write import check_report, write_report
from tim.result import Result

_KINDS = {"points": "点云", "footprints": "建筑轮廓", "land_use": "土地利用", "layer": "图层", "vector": "矢量"}
_MU = 0.0015  # 亩 of a square metre


def model_report(
    model: str, *, out: str, template: str | None = None, no_scene: bool = False, overwrite: bool = False, job: Job
) -> Result:
    """Write a report of a model (.docx, .pdf, .html or .xlsx). `no_scene`: the map only.

    Areas are plane, in the model's CRS, rounded to 0.01 m² by feature before they are added up. Raises `UnusableInput`.
    """
    check_report(out, template)
    check_target(out, overwrite=overwrite)
    job.progress(0.0, "读取模型")
    with job.watch(300.0, f"读取“{Path(model).name}”"):
        facts, content = summary(Path(model)), read_content(model)
    document = make_report(Path(model).name, facts, content, _pictures(content, not no_scene, job))
    with atomic_output(out, job, overwrite=overwrite) as working:
        write_report(document, working, template)
    count = sum(facts["entities"].values())
    return Result(
        f"已写出模型报告“{Path(out).name}”：{count} 个实体", outputs=[out], data={"entities": facts["entities"]}
    )


def make_report(name: str, facts: Mapping[str, Any], content: ModelContent, pictures: Mapping[str, bytes]) -> Document:
    """The report as a document; `pictures`: caption → PNG."""
    created = datetime.now()
    subtitle = f"“{name}”　{created.year}年{created.month}月{created.day}日 {created:%H:%M}"
    document = Document("国土空间信息模型报告", subtitle, created)
    document.add(*_overview(facts))
    document.add(*(Figure(caption, png, f"{caption}的图片") for caption, png in pictures.items()))
    chapters = [part for part in (_buildings(content), _land_use(content), _sources(facts)) if part]
    for number, (title, *blocks) in zip("二三四", chapters):
        document.add(Heading(f"{number}、{title}"), *blocks)
    document.add(Signatures(("编制", "审核", "日期")))
    document.fields.update({class_title(key): str(count) for key, count in facts["entities"].items()})
    return document


def _pictures(content: ModelContent, scene: bool, job: Job) -> dict[str, bytes]:
    pictures = {}
    with TemporaryDirectory(prefix="tim-") as folder:
        path = Path(folder) / "picture.png"
        job.progress(0.2, "绘制地图")
        draw_model(content, path)
        pictures["模型地图"] = path.read_bytes()
        if scene:
            draw_scene(content, path, job.part(0.4, 0.9))
            pictures["三维视图"] = path.read_bytes()
    return pictures


def _overview(facts: Mapping[str, Any]) -> Iterable[Block]:
    yield Heading("一、概况")
    extent = "、".join(f"{value:.2f}" for value in facts["extent"]) or "未知"
    yield Paragraph(
        f"坐标系 {facts['crs']}，高程基准 {facts['vertical'] or '未注明'}；范围（西、南、东、北）{extent}；"
        f"细节层次 {'、'.join(facts['lods']) or '无'}。"
    )
    rows = [(class_title(name), str(count)) for name, count in facts["entities"].items() if count]
    yield Table("各类实体的数量", (Column("类别", 2), Column("数量", 1, numeric=True)), rows)


def _buildings(content: ModelContent) -> list[Any]:
    """The title of the chapter and its blocks; nothing without buildings."""
    if not len(content.footprints):
        return []
    heights, areas = content.heights, np.nan_to_num(shapely.area(content.footprints))
    limits = (0.0, *HEIGHT_CLASSES, np.inf)
    rows = []
    for low, high in pairwise(limits):
        chosen = (heights >= low) & (heights < high)
        span = f"{low:g}—{high:g} 米" if np.isfinite(high) else f"{low:g} 米以上"
        rows.append((span, str(int(chosen.sum())), f"{_sum(areas[chosen]):.2f}"))
    unknown = ~np.isfinite(heights)
    rows.append(("没有高度（没有点云）", str(int(unknown.sum())), f"{_sum(areas[unknown]):.2f}"))
    rows.append(("合计", str(len(heights)), f"{_sum(areas):.2f}"))
    columns = (Column("高度"), Column("栋数", numeric=True), Column("基底面积（平方米）", numeric=True))
    blocks: list[Any] = ["建筑", Table("建筑按高度", columns, rows)]
    known = heights[~unknown]
    if len(known):
        told = f"最高 {known.max():.2f} 米，平均 {known.mean():.2f} 米，中位数 {np.median(known):.2f} 米。"
        blocks.append(Paragraph(told))
    return blocks


def _land_use(content: ModelContent) -> list[Any]:
    if not len(content.land_use):
        return []
    areas = np.nan_to_num(shapely.area(content.land_use))
    rows = []
    for code in sorted(set(content.land_codes)):
        total = _sum(areas[content.land_codes == code])
        known = find_class(YDYH_2023, code)
        rows.append((code or "—", known.name if known else "", f"{total:.2f}", f"{total * _MU:.2f}"))
    total = _sum(areas)
    rows.append(("", "合计", f"{total:.2f}", f"{total * _MU:.2f}"))
    heads = ("代码", "名称", "面积（平方米）", "面积（亩）")
    table = Table("土地利用面积", tuple(Column(head, numeric=index > 1) for index, head in enumerate(heads)), rows)
    return ["土地利用", table, Paragraph("平面面积；不代替国土调查的椭球面积。", "note")]


def _sum(areas: np.ndarray) -> float:
    return round_area(sum(round_area(float(area)) for area in areas))


def _sources(facts: Mapping[str, Any]) -> list[Any]:
    blocks: list[Any] = ["来源与版本"]
    rows = [
        (_KINDS.get(row["kind"], str(row["kind"])), str(row["path"]), str(row["crs"] or "—"), str(row["sha256"] or "—"))
        for row in facts["sources"]
    ]
    if rows:
        columns = (Column("种类", 0.9), Column("文件", 1.5), Column("坐标系", 1.2), Column("SHA-256", 2.5))
        blocks.append(Table("数据来源", columns, rows))
    versions = [(str(row["version"]), str(row["created"]), str(row["note"] or "—")) for row in facts["versions"]]
    if versions:
        blocks.append(Table("版本", (Column("版本", 0.6), Column("时间", 1.2), Column("说明", 3)), versions))
    blocks.append(Paragraph(f"软件：国土空间信息模型 {tim.__version__}。", "note"))
    return blocks
