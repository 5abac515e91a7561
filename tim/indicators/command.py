"""`tim indicators`: indicators of a catalogue from layers and statistics, with warnings, ledger, trace and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.indicators import history as ledger
from tim.indicators.amounts import Amounts
from tim.indicators.catalogue import Catalogue, Indicator, Term, load_catalogue
from tim.indicators.compute import Districts, Figure, compute
from tim.indicators.layers import Layers
from tim.indicators.levels import Levels, judge, load_levels
from tim.indicators.statistics import Statistics, Target, read_statistics, read_targets
from tim.job import Job
from tim.overlay.pieces import polygonal
from tim.report.write import check_report, write_report
from tim.result import Result
from tim.review.check import AREA_BASES
from tim.review.fields import find_field
from tim.review.names import normal
from tim.review.record import LayerUse

DISTRICTS = "统计区"
_DISTRICT_NAMES = ("XZQMC", "行政区名称", "名称", "MC", "name", "XZQDM", "grid_id_main")


@dataclass
class Assessment:
    """Everything a run found, as every output tells it."""

    catalogue: Catalogue
    levels: Levels
    created: datetime
    figures: list[Figure]
    amounts: dict[str, dict[Term, Amounts]]
    districts: Districts
    area: str
    crs: pyproj.CRS | None
    uses: list[LayerUse]
    statistics: Statistics
    warnings: list[str]
    confirmed: bool
    past: list[ledger.Record] = field(default_factory=list)


def indicators(
    *,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    epoch: str = "",
    epochs: Mapping[str, str] | None = None,
    statistics: str | None = None,
    districts: str | None = None,
    district_field: str | None = None,
    catalogue: str | None = None,
    only: Sequence[str] | None = None,
    targets: str | None = None,
    levels: str | None = None,
    confirm_ambiguous: bool = False,
    area: str = "auto",
    crs: str | None = None,
    history: str | None = None,
    trace: str | None = None,
    report: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Compute the indicators of a catalogue from `data` (its layers found by name, code or alias) and `layer`.

    `epochs`: year → data, for several dates. `statistics`, `targets`: tables of a bureau. Areas: the survey's
    ellipsoidal area by feature where the data are CGCS2000 ("auto"), rounded to 0.01 m² before they are added up. What
    lacks an input is "not computable" with the missing name, never 0. Figures with ambiguous formulas (flag A) get no
    level and stand apart in the report until `confirm_ambiguous`. Result key `indicators`: list of {code, name, value,
    unit, target, level, confidence, flag, district, epoch, note, formula, terms}.
    """
    check_report(report, template)
    for path in (trace, report):
        if path:
            check_target(path, overwrite=overwrite)
    if data and epochs:
        raise UsageError("数据（--data）和多期数据（--epochs）只能给一种")
    chosen = load_catalogue(catalogue)
    chosen = replace(chosen, indicators=_only(chosen, only or ()))
    rules, wanted = load_levels(levels), read_targets(targets)
    _refuse_unknown_targets(chosen, wanted, job)
    figures = read_statistics(statistics)
    dates: Mapping[str, str | None] = dict(epochs) if epochs else {epoch: data}
    found = Assessment(
        chosen, rules, datetime.now(), [], {}, Districts(), area, None, [], figures, job.warnings, confirm_ambiguous
    )
    found.past = ledger.read(history) if history else []
    for number, (date, source) in enumerate(sorted(dates.items())):
        part = job.part(0.8 * number / len(dates), 0.8 * (number + 1) / len(dates))
        layers = Layers(source, layer or {}, area, crs, job)
        found.districts = _districts(layers, districts, district_field)
        made, amounts = compute(chosen.indicators, layers, figures, found.districts, date, part)
        found.figures += made
        found.amounts[date] = amounts
        found.uses += layers.uses
        found.area, found.crs = layers.area, layers.crs
    _judge(found, wanted)
    job.progress(0.85, "写出结果")
    _write(found, trace, report, template, overwrite, job)
    if history:
        parameters = {"epochs": sorted(dates), "area": found.area}
        used = [{"layer": use.name, "files": use.files} for use in found.uses]
        ledger.append(history, found.figures, chosen.name, chosen.digest, used, parameters)
    outputs = [path for path in (trace, report, history) if path]
    return Result(_message(found), outputs=outputs, data=summary(found))


def _only(catalogue: Catalogue, only: Sequence[str]) -> tuple[Indicator, ...]:
    """The indicators that codes or names choose, all without any."""
    if not only:
        return catalogue.indicators
    found = []
    for text in only:
        same = [item for item in catalogue.indicators if normal(text) in (normal(item.code), normal(item.name))]
        if not same:
            close = [item.name for item in catalogue.indicators if normal(text) in normal(item.name)][:5]
            hint = f"；名称相近的有：{'、'.join(close)}" if close else ""
            raise UsageError(f"指标目录“{catalogue.name}”里没有指标“{text}”{hint}")
        found += same
    return tuple(dict.fromkeys(found))


def _refuse_unknown_targets(catalogue: Catalogue, targets: Mapping[str, Target], job: Job) -> None:
    known = {normal(text) for item in catalogue.indicators for text in (item.code, item.name)}
    for name, target in targets.items():
        if name not in known:
            job.warn(f"目标表 {target.place} 的指标“{name}”不在要计算的指标里，没有用到")


def _districts(layers: Layers, source: str | None, field_name: str | None) -> Districts:
    if source is None:
        return Districts()
    layers.give(DISTRICTS, source)
    layer = layers.open(DISTRICTS)
    shapes = polygonal(layer.geometry)
    kept = np.flatnonzero(~shapely.is_missing(shapes))
    if not len(kept):
        raise UnusableInput(f"统计区图层“{layer.name}”里没有面，不能分区统计")
    candidates = [field_name] if field_name else [name for name in _DISTRICT_NAMES if name in layer.columns]
    if not candidates:
        listed = "、".join(layer.columns) or "无"
        raise UsageError(f"统计区图层没有名称字段；请用 --district-field 指明，它的字段有：{listed}")
    column = layer.columns[find_field(layer, candidates[0])]
    names = [str(column[index]) for index in kept]
    groups: dict[str, list[int]] = {}
    for index, name in zip(kept, names):
        groups.setdefault(name, []).append(int(index))
    merged = [shapes[items[0]] if len(items) == 1 else shapely.union_all(shapes[items]) for items in groups.values()]
    return Districts(list(groups), np.array(merged, dtype=object))


def _judge(found: Assessment, targets: Mapping[str, Target]) -> None:
    """Targets and levels. Ambiguous figures are not judged before somebody has confirmed them."""
    now: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for figure in found.figures:
        indicator = figure.indicator
        figure.target = targets.get(normal(indicator.code)) or targets.get(normal(indicator.name))
        if figure.target is None or figure.value is None:
            continue
        direction = figure.target.direction or indicator.direction
        if not direction:
            figure.reason = "没有写明不低于还是不高于目标值，不能判断等级"
        elif indicator.flag == "A" and not found.confirmed:
            figure.reason = "公式有歧义，确认口径之前不判断等级"
        else:
            key = (indicator.code, figure.district)
            year = int(figure.epoch[:4]) if figure.epoch[:4].isdigit() else None
            past = [*ledger.series(found.past, *key), *now.get(key, [])]
            figure.level, figure.reason = judge(figure.value, figure.target, direction, year, found.levels, past)
            if year is not None:
                now.setdefault(key, []).append((year, figure.value))


def _write(
    found: Assessment, trace: str | None, report: str | None, template: str | None, overwrite: bool, job: Job
) -> None:
    if trace:
        from tim.indicators.trace import write_trace

        with atomic_output(trace, job, overwrite=overwrite) as working:
            write_trace(found, working)
    if report:
        from tim.indicators.report import make_report

        document = make_report(found)
        with atomic_output(report, job, overwrite=overwrite) as working:
            write_report(document, working, template)


def summary(found: Assessment) -> dict[str, Any]:
    """The keys of the result object."""
    listed = []
    for figure in found.figures:
        indicator = figure.indicator
        terms = [
            {
                "name": item.term.name,
                "value": item.value,
                "from": str(item.term),
                "features": item.features,
                "place": item.place,
            }
            for item in figure.terms
        ]
        listed.append(
            {
                "code": indicator.code,
                "name": indicator.name,
                "value": figure.value,
                "unit": indicator.unit,
                "target": figure.target.value if figure.target else None,
                "level": figure.level or None,
                "confidence": indicator.confidence,
                "flag": indicator.flag,
                "district": figure.district,
                "epoch": figure.epoch,
                "note": figure.note or figure.reason,
                "formula": indicator.formula,
                "terms": terms,
            }
        )
    counts = {level: sum(figure.level == level for figure in found.figures) for level in found.levels.titles}
    return {
        "indicators": listed,
        "levels": counts,
        "area_basis": AREA_BASES.get(found.area, "没有量算面积"),
        "catalogue": {"name": found.catalogue.name, "sha256": found.catalogue.digest},
    }


def _message(found: Assessment) -> str:
    done = [figure for figure in found.figures if figure.value is not None]
    text = f"{len(found.figures)} 项指标算出 {len(done)} 项，{len(found.figures) - len(done)} 项缺少数据"
    for level, title in found.levels.titles.items():
        count = sum(figure.level == level for figure in found.figures)
        if count:
            text += f"；{title}{count} 项"
    return text
