"""`tim analyse service-area`: the area that facilities serve, and the share of homes and people within reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.area import round_area
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.network.graph import Roads
from tim.network.service import Service, Walk, serve
from tim.overlay.pieces import polygonal
from tim.report.write import check_report, write_report
from tim.result import Result
from tim.review.inputs import Frame, Inputs, open_layers
from tim.sources.gpkg import write_table
from tim.sources.where import parse_conditions, select

FACILITIES, ROADS, REFERENCE = "设施", "路网", "服务对象"


@dataclass(frozen=True)
class Coverage:
    """Within so many minutes: areas in m² (two decimals), shares in percent, None where there is nothing to compare."""

    minutes: float
    service_m2: float
    reference_m2: float | None = None
    covered_m2: float | None = None
    ratio: float | None = None
    population: float | None = None
    covered_population: float | None = None
    population_ratio: float | None = None


@dataclass
class Served:
    """What an analysis found, as every output tells it."""

    service: Service
    crs: pyproj.CRS
    minutes: list[float]
    areas: list[shapely.Geometry]
    coverage: list[Coverage]
    created: datetime
    inputs: Inputs
    reference: np.ndarray | None
    time: np.ndarray | None
    facility: np.ndarray | None
    names: list[str]
    warnings: list[str]


def service_area(
    facilities: str,
    *,
    network: str | None = None,
    minutes: Sequence[float] = (5, 10, 15),
    reference: str | None = None,
    population_field: str | None = None,
    facilities_where: Sequence[str] | None = None,
    network_where: Sequence[str] | None = None,
    reference_where: Sequence[str] | None = None,
    speed: float = 4.5,
    beside: float = 100.0,
    snap: float = 300.0,
    crs: str | None = None,
    out: str | None = None,
    report: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """What lies within `minutes` of the facilities along the roads at `speed` km/h; in a straight line without roads.

    `reference`: homes or places (polygons or points) whose share is asked: by plane area, and by `population_field`
    (people of a polygon by the share of its area, of a point by its time). `beside`: metres on both sides of a reached
    road that count as served. `snap`: metres to the nearest road beyond which there is no access. The walking speed of
    1.25 m/s and the denominator are conventions that differ between cities (domain confidence M): both are parameters.
    Result key `coverage`: list of {minutes, service_m2, reference_m2, covered_m2, ratio, population, …}.
    """
    for path in (out, report):
        if path:
            check_target(path, overwrite=overwrite)
    check_report(report, template)
    times = sorted({float(value) for value in minutes})
    if not times or times[0] <= 0:
        raise UsageError("时间要大于 0 分钟")
    if population_field and not reference:
        raise UsageError("给了人口字段就要给服务对象图层；请加 --reference")
    sources = {FACILITIES: facilities, ROADS: network, REFERENCE: reference}
    given = {name: source for name, source in sources.items() if source}
    inputs = open_layers(given, Frame(crs), job)
    if inputs.crs is None:
        raise UnusableInput(f"设施图层“{inputs.layers[FACILITIES].name}”没有图形，不能分析服务范围")
    wheres = {FACILITIES: facilities_where, ROADS: network_where, REFERENCE: reference_where}
    chosen = {name: _chosen(inputs, name, wheres[name]) for name in given}
    job.progress(0.35, "建立路网")
    walk = Walk(speed / 3.6, beside, snap)
    roads = _roads(inputs.layers[ROADS].geometry[chosen[ROADS]], walk, job) if network else None
    places = inputs.layers[FACILITIES].geometry[chosen[FACILITIES]]
    service = serve(places, roads, times, walk, job)
    if len(service.lost):
        job.warn(f"{len(service.lost)} 个设施离最近的道路超过 {snap:g} 米，按不可达处理")
    areas = []
    for number, time in enumerate(times):
        job.progress(0.5 + 0.2 * number / len(times), f"{time:g} 分钟服务范围")
        areas.append(service.area(time))
    found = Served(service, inputs.crs, times, areas, [], datetime.now(), inputs, None, None, None, [], job.warnings)
    found.names = _names(inputs, chosen[FACILITIES])
    _compare(found, chosen.get(REFERENCE), population_field, job)
    job.progress(0.85, "写出结果")
    if out:
        with atomic_output(out, job, overwrite=overwrite) as working:
            _write(found, working)
    if report:
        from tim.network.report import make_report

        document = make_report(found)
        with atomic_output(report, job, overwrite=overwrite) as working:
            write_report(document, working, template)
    data: dict[str, Any] = {
        "coverage": [asdict(item) for item in found.coverage],
        "facilities": len(places),
        "unreachable_facilities": len(service.lost),
        "method": "network" if network else "straight line",
    }
    return Result(_message(found), outputs=[path for path in (out, report) if path], data=data)


def _chosen(inputs: Inputs, name: str, where: Sequence[str] | None) -> np.ndarray:
    """Indices of the features that the conditions choose and that have a geometry."""
    layer = inputs.layers[name]
    kept = select(layer, parse_conditions(where or ())) & ~shapely.is_missing(layer.geometry)
    if not kept.any():
        why = "没有符合条件的要素" if where else "没有可用的图形"
        raise UnusableInput(f"{name}图层“{layer.name}”（{layer.path.name}）{why}")
    return np.flatnonzero(kept)


def _roads(lines: np.ndarray, walk: Walk, job: Job) -> Roads:
    roads = Roads.from_lines(lines)
    if not len(roads):
        raise UnusableInput("路网图层里没有线，不能计算步行时间")
    job.log(f"路网：{len(roads)} 段，共 {roads.length.sum() / 1000:.3f} 千米，步行速度 {walk.speed * 3.6:g} 千米/小时")
    return roads


def _compare(found: Served, chosen: np.ndarray | None, population_field: str | None, job: Job) -> None:
    """Shares of the reference layer within reach."""
    found.coverage = [Coverage(time, round_area(area.area)) for time, area in zip(found.minutes, found.areas)]
    if chosen is None:
        return
    layer = found.inputs.layers[REFERENCE]
    shapes = layer.geometry[chosen]
    found.reference = chosen
    found.time, found.facility = found.service.minutes_to(shapely.point_on_surface(shapes))
    people = _people(found, population_field, chosen, job)
    flat = polygonal(shapes)
    whole = np.nan_to_num(shapely.area(flat))
    union = _ground(flat)
    result = []
    for number, (time, area) in enumerate(zip(found.minutes, found.areas)):
        job.progress(0.7 + 0.15 * number / len(found.minutes), f"{time:g} 分钟覆盖率")
        shapely.prepare(area)
        inside = np.nan_to_num(shapely.area(shapely.intersection(flat, area)))
        share = np.where(whole > 0, inside / np.where(whole > 0, whole, 1), found.time <= time)
        reference, covered = (round_area(shape.area) for shape in (union, shapely.intersection(union, area)))
        served = float((people * share).sum()) if people is not None else None
        total = float(people.sum()) if people is not None else None
        result.append(
            Coverage(
                time,
                round_area(area.area),
                reference if reference else None,
                covered if reference else None,
                _percent(covered, reference),
                total,
                served,
                _percent(served, total),
            )
        )
        job.check()
    found.coverage = result


def _ground(shapes: np.ndarray) -> shapely.Geometry:
    """The ground under polygons, each spot once."""
    return shapely.union_all(shapes[~shapely.is_missing(shapes)])


def _percent(part: float | None, whole: float | None) -> float | None:
    return round_area(100 * part / whole, 2) if part is not None and whole else None


def _people(found: Served, field: str | None, chosen: np.ndarray, job: Job) -> np.ndarray | None:
    if not field:
        return None
    layer = found.inputs.layers[REFERENCE]
    if field not in layer.columns:
        raise UsageError(f"服务对象图层没有字段“{field}”；它的字段有：{'、'.join(layer.columns)}")
    numbers = []
    for value in layer.columns[field][chosen]:
        try:
            numbers.append(float(value))
        except (TypeError, ValueError):
            numbers.append(np.nan)
    people = np.array(numbers, dtype=float)
    bad = ~np.isfinite(people) | (people < 0)
    if bad.any():
        fid = layer.fids[chosen][bad][0]
        job.warn(f"服务对象的字段“{field}”有 {int(bad.sum())} 个空值或负数（如要素 {fid}），没有计入人口")
    return np.where(bad, 0.0, people)


def _names(inputs: Inputs, chosen: np.ndarray) -> list[str]:
    layer = inputs.layers[FACILITIES]
    lowered = {name.casefold(): name for name in layer.columns}
    field = next((lowered[name] for name in ("名称", "mc", "name", "xmmc") if name in lowered), None)
    values = layer.columns[field][chosen] if field else layer.fids[chosen]
    return [str(value) if value is not None else str(fid) for value, fid in zip(values, layer.fids[chosen])]


def _write(found: Served, path: Path) -> None:
    """A GeoPackage: `service_area`, `facility`, and `reference` with the minutes of each feature."""
    crs = found.crs.to_wkt()
    columns: dict[str, Any] = {
        "minutes": np.array(found.minutes),
        "area_m2": np.array([item.service_m2 for item in found.coverage]),
    }
    write_table(path, "service_area", "服务范围", np.array(found.areas, dtype=object), columns, crs)
    lost = np.isin(np.arange(len(found.names)), found.service.lost)
    columns = {"name": found.names, "reachable": (~lost).astype(np.int32)}
    write_table(path, "facility", "设施", found.service.facilities, columns, crs, "Point")
    if found.reference is None or found.time is None or found.facility is None:
        return
    layer = found.inputs.layers[REFERENCE]
    columns = {
        "feature": layer.fids[found.reference].astype(np.int64),
        "minutes": np.where(np.isinf(found.time), np.nan, found.time),
        "facility": [found.names[index] if index >= 0 else None for index in found.facility],
    }
    shapes = layer.geometry[found.reference]
    kind = "MultiPolygon" if (shapely.get_dimensions(shapes) == 2).all() else "Unknown"
    write_table(path, "reference", "服务对象", shapes, columns, crs, kind)


def _message(found: Served) -> str:
    parts = []
    for item in found.coverage:
        text = f"{item.minutes:g} 分钟服务范围 {item.service_m2 / 1e4:.2f} 公顷"
        if item.ratio is not None:
            text += f"，覆盖 {item.ratio:.2f}%"
        if item.population_ratio is not None:
            text += f"（人口 {item.population_ratio:.2f}%）"
        parts.append(text)
    way = "沿路网" if found.service.roads is not None else "按直线距离（没有给路网）"
    return f"{len(found.names)} 个设施{way}：" + "；".join(parts)
