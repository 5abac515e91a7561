"""`tim warnings`: what the ledger of figures warns of now, and a watch over a folder that new data arrives in."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tim.errors import TimError, UsageError
from tim.files import atomic_output, check_target
from tim.indicators import history as ledger
from tim.indicators.command import indicators
from tim.indicators.levels import NORMAL, load_levels
from tim.job import Job
from tim.report.document import Column, Document, Heading, Paragraph, Signatures, Table
from tim.report.write import check_report, write_report
from tim.result import Result
from tim.review.digest import digests

_SUFFIXES = (".gpkg", ".gdb", ".fgb", ".shp")
_SETTLE = 2.0  # seconds a file must keep its size before it counts as complete
_LOOK = 0.2  # seconds between looks for a cancel


def list_warnings(
    *,
    history: str,
    levels: str | None = None,
    report: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The latest figure of each indicator and district in the ledger that is not normal, worst first.

    `change` tells what the level was at the epoch before. Result keys: `warnings_found` (list of {level, code, name,
    district, epoch, value, unit, target, reason, change}), `levels` (counts).
    """
    check_report(report, template)
    if report:
        check_target(report, overwrite=overwrite)
    if not Path(history).exists():
        raise UsageError(f"找不到指标台账“{history}”；先用 tim indicators --history 计算")
    rules = load_levels(levels)
    records = ledger.read(history)
    latest, before = _latest(records)
    found = []
    for key, record in latest.items():
        old = before.get(key)
        change = "" if old is None or old.level == record.level else f"{rules.titles.get(old.level, '未判断')} → "
        change += rules.titles.get(record.level, "未判断") if change else ""
        if record.level not in ("", NORMAL):
            found.append(
                {
                    "level": record.level,
                    "code": record.code,
                    "name": record.name,
                    "district": record.district,
                    "epoch": record.epoch,
                    "value": record.value,
                    "unit": record.unit,
                    "target": record.target,
                    "reason": record.reason,
                    "change": change,
                }
            )
    order = list(rules.titles)
    found.sort(key=lambda item: (order.index(str(item["level"])), item["code"], item["district"]))
    counts = {level: sum(record.level == level for record in latest.values()) for level in rules.titles}
    if report:
        with atomic_output(report, job, overwrite=overwrite) as working:
            write_report(_document(found, rules.titles, rules.source, Path(history).name), working, template)
    told = "，".join(f"{title}{counts[level]} 项" for level, title in rules.titles.items() if counts[level])
    outputs = [report] if report else []
    message = f"台账里 {len(latest)} 项指标：{told or '没有判断等级'}"
    return Result(message, outputs=outputs, data={"warnings_found": found, "levels": counts})


def _latest(records: Sequence[ledger.Record]) -> tuple[dict[Any, ledger.Record], dict[Any, ledger.Record]]:
    """By code and district: the record of the newest epoch (of its last run), and of the epoch before it."""
    by_epoch: dict[tuple[str, str], dict[str, ledger.Record]] = {}
    for record in records:
        by_epoch.setdefault((record.code, record.district), {})[record.epoch] = record
    latest, before = {}, {}
    for key, epochs in by_epoch.items():
        order = sorted(epochs)
        latest[key] = epochs[order[-1]]
        if len(order) > 1:
            before[key] = epochs[order[-2]]
    return latest, before


def _document(found: Sequence[Mapping[str, Any]], titles: Mapping[str, str], source: str, name: str) -> Document:
    document = Document("预警清单", f"台账“{name}”", datetime.now())
    document.add(Heading("一、预警"))
    columns = (
        Column("等级", 0.6),
        Column("指标", 2),
        Column("范围", 1),
        Column("时期", 0.7),
        Column("现值", 1, numeric=True),
        Column("目标值", 1, numeric=True),
        Column("单位", 0.7),
        Column("原因", 2.2),
        Column("变化", 1),
    )
    rows: list[tuple[str, ...]] = [
        (
            titles[item["level"]],
            item["name"],
            item["district"] or "全域",
            item["epoch"] or "—",
            "—" if item["value"] is None else f"{item['value']:g}",
            "—" if item["target"] is None else f"{item['target']:g}",
            item["unit"],
            item["reason"],
            item["change"] or "—",
        )
        for item in found
    ]
    document.add(Table("预警清单", columns, rows) if rows else Paragraph("没有预警。"))
    document.add(Paragraph(f"预警规则：{source}。", "note"), Signatures(("编制", "审核", "日期")))
    return document


def watch(
    *,
    folder: str,
    history: str,
    layer: Mapping[str, str] | None = None,
    statistics: str | None = None,
    districts: str | None = None,
    district_field: str | None = None,
    catalogue: str | None = None,
    only: Sequence[str] | None = None,
    targets: str | None = None,
    levels: str | None = None,
    confirm_ambiguous: bool = False,
    area: str = "auto",
    every: float = 0.0,
    job: Job,
) -> Result:
    """Compute the indicators of each new file in `folder`, and add them to the ledger `history`.

    A file is new when its digest is not in the ledger; its epoch is the first year in its name, else today's date.
    `every`: minutes between looks; 0 looks once. A damaged file is told and passed over, the others go on.
    Result keys: `processed` (list of {file, epoch, message}), `refused` (list of {file, reason}).
    """
    place = Path(folder)
    if not place.is_dir():
        raise UsageError(f"“{folder}”不是文件夹；请检查路径")
    done: list[dict[str, str]] = []
    refused: list[dict[str, str]] = []
    failed: set[str] = set()
    options = {
        "layer": layer,
        "statistics": statistics,
        "districts": districts,
        "district_field": district_field,
        "catalogue": catalogue,
        "only": only,
        "targets": targets,
        "levels": levels,
        "confirm_ambiguous": confirm_ambiguous,
        "area": area,
        "history": history,
    }
    while True:
        for path, digest in _new_files(place, history, failed, job):
            epoch = _epoch(path)
            try:
                result = indicators(data=str(path), epoch=epoch, job=job, **options)  # type: ignore[arg-type]
            except TimError as error:
                failed.add(digest)
                refused.append({"file": path.name, "reason": error.message})
                job.warn(f"“{path.name}”没有处理：{error.message}")
                continue
            done.append({"file": path.name, "epoch": epoch, "message": result.message})
            job.log(f"{path.name}（{epoch}）：{result.message}")
        if every <= 0:
            break
        _wait(every * 60, job)
    message = f"处理了 {len(done)} 个新文件" + (f"，{len(refused)} 个没有处理" if refused else "")
    outputs = [history] if done else []
    return Result(message, outputs=outputs, data={"processed": done, "refused": refused})


def _new_files(folder: Path, history: str, failed: set[str], job: Job) -> list[tuple[Path, str]]:
    """Complete files that no run has used, by name, each with its digest."""
    known = ledger.source_digests(history) | failed
    sizes = {path: path.stat().st_size for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES}
    fresh = [path for path in sizes if time.time() - path.stat().st_mtime < _SETTLE]
    if fresh:  # perhaps still being copied
        _wait(_SETTLE, job)
    found = []
    for path, size in sizes.items():
        if path.exists() and path.stat().st_size == size:
            digest = digests(path, job)[0][1]
            if digest not in known:
                found.append((path, digest))
    return found


def _epoch(path: Path) -> str:
    match = re.search(r"(?<!\d)(19|20)\d\d(?!\d)", path.stem)
    return match[0] if match else datetime.now().date().isoformat()


def _wait(seconds: float, job: Job) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job.check()
        time.sleep(min(_LOOK, max(0.0, end - time.monotonic())))
