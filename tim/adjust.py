"""Control-area adjustment (平差): areas of pieces that add up to a control area exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.area import ellipsoidal_area, round_area
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.measure import crs_of
from tim.result import Result
from tim.sheets import find_sheet
from tim.sources.gpkg import write_table
from tim.sources.vector import VectorLayer, read_layer

# unit → title, m² of one
UNITS = {"hectare": ("公顷", Decimal(10_000)), "m2": ("平方米", Decimal(1)), "mu": ("亩", Decimal(2000) / Decimal(3))}
_DOUBTFUL = Decimal("0.01")  # of the control area, from which pieces probably do not fill it


@dataclass(frozen=True)
class Group:
    """The pieces (places) of one control area. `measured`, `control`: in the unit."""

    name: str
    places: np.ndarray
    measured: Decimal
    control: Decimal
    adjusted: list[Decimal]


def adjust(areas: Sequence[Decimal], control: Decimal, step: Decimal) -> list[Decimal]:
    """Areas in whole steps that add up to `control` exactly.

    Prorated, rounded half up to the step; the residual goes in single steps to the pieces in descending order of area,
    as the survey does; none falls below zero. `control` is taken in whole steps. Raises `ValueError` without an area.
    """
    total = sum(areas, Decimal(0))
    if total <= 0:
        raise ValueError("no area to prorate")
    whole = _steps(control, step)
    shares = [_steps(area * control / total, step) for area in areas]
    order = sorted(range(len(areas)), key=lambda place: (-areas[place], place))
    left, turn = whole - sum(shares), 0
    while left:
        place = order[turn % len(order)]
        if left > 0 or shares[place] > 0:
            shares[place] += 1 if left > 0 else -1
            left += -1 if left > 0 else 1
        turn += 1
    return [share * step for share in shares]


def area_adjust(
    layer: str,
    *,
    by: str | None = None,
    control: str | None = None,
    control_by: str | None = None,
    control_field: str | None = None,
    unit: str = "hectare",
    decimals: int = 1,
    crs: str | None = None,
    out: str | None = None,
    table: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Adjust the ellipsoidal areas of polygons to control areas.

    Pieces belong together by the field `by`; without a `control` layer its values are numbers of standard map sheets,
    whose theoretical area counts. With one, pieces belong to the polygon whose field `control_by` (default: `by`) has
    the same value, or without `by` to the polygon they lie in; its area is the field `control_field` (m²) or computed.
    Result keys: `groups` (list of {`group`, `pieces`, `measured`, `control`, `deviation`}), `unit`, `adjusted`. Raises
    `UsageError`, `UnusableInput`.
    """
    targets = [path for path in (out, table) if path]
    for path in targets:
        check_target(path, overwrite=overwrite)
    if control is None and by is None:
        raise UsageError("要给出 --control（控制区图层），或 --by（写有标准图幅号的字段）")
    source = read_layer(layer, task=job)
    system = crs_of(source, crs)
    areas = ellipsoidal_area(source.geometry, system)
    title, size = UNITS[unit]
    step = Decimal(1).scaleb(-decimals)
    groups = []
    for name, places, known in _grouped(source, system, by, control, control_by, control_field, job):
        parts = [Decimal(repr(float(areas[place]))) / size for place in places]
        if sum(parts) <= 0:
            raise UnusableInput(f"控制区“{name}”里的图斑没有面积，不能平差")
        limit = _steps(Decimal(repr(float(known))) / size, step) * step
        groups.append(Group(name, places, sum(parts, Decimal(0)), limit, adjust(parts, limit, step)))
    told = _tell(groups, len(source), title, step, job)
    if out:
        with atomic_output(out, job, overwrite=overwrite) as working:
            _write_layer(source, areas, groups, unit, system, working)
    if table:
        with atomic_output(table, job, overwrite=overwrite) as working:
            _write_workbook(source, areas, groups, title, working)
    return Result(told, targets, data=_data(groups, title))


def _steps(area: Decimal, step: Decimal) -> int:
    return int((area / step).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _grouped(
    source: VectorLayer,
    system: pyproj.CRS,
    by: str | None,
    control: str | None,
    control_by: str | None,
    control_field: str | None,
    job: Job,
) -> list[tuple[str, np.ndarray, float]]:
    """(name, places of the pieces, control area in m²) of each group."""
    values = _texts(source, by) if by else None
    if control is None:
        assert values is not None
        return [(name, np.flatnonzero(values == name), find_sheet(name).area) for name in np.unique(values) if name]
    areas = read_layer(control, target_crs=system, task=job)
    known = ellipsoidal_area(areas.geometry, system)
    if control_field:
        known = _numbers(areas, control_field)
    names = _texts(areas, control_by or by) if control_by or by else np.array([f"{fid} 号" for fid in areas.fids])
    if len(set(names)) < len(names):
        raise UnusableInput(f"控制区图层“{areas.name}”的字段“{control_by or by}”有重复的值，不能确定控制面积")
    if values is not None:
        return [
            (name, np.flatnonzero(values == name), known[i]) for i, name in enumerate(names) if (values == name).any()
        ]
    points = shapely.point_on_surface(source.geometry)
    piece, polygon = shapely.STRtree(areas.geometry).query(points, predicate="within")
    if len(np.unique(piece)) < len(piece):
        raise UnusableInput(f"控制区图层“{areas.name}”的面互相重叠，图斑落在几个控制区里；请先处理")
    return [(names[i], piece[polygon == i], known[i]) for i in np.unique(polygon)]


def _texts(source: VectorLayer, field: str | None) -> np.ndarray:
    if field not in source.columns:
        raise UsageError(f"图层“{source.name}”没有字段“{field}”；它的字段有 {'、'.join(source.columns)}")
    return np.array(["" if value is None else str(value).strip() for value in source.columns[field]], dtype=object)


def _numbers(source: VectorLayer, field: str) -> np.ndarray:
    if field not in source.columns:
        raise UsageError(f"控制区图层没有字段“{field}”；它的字段有 {'、'.join(source.columns)}")
    try:
        numbers = np.array([float(value) for value in source.columns[field]])
    except (TypeError, ValueError) as error:
        raise UnusableInput(f"控制区图层的字段“{field}”里有不是数的值") from error
    if not (numbers > 0).all():
        raise UnusableInput(f"控制区图层的字段“{field}”里有不大于 0 的面积")
    return numbers


def _tell(groups: list[Group], count: int, title: str, step: Decimal, job: Job) -> str:
    """The message; warnings for what is doubtful."""
    inside = sum(len(group.places) for group in groups)
    if not groups:
        raise UnusableInput("没有一个图斑属于控制区；请检查 --by 的字段或控制区的位置")
    if inside < count:
        job.warn(f"有 {count - inside} 个图斑不属于任何控制区，没有平差")
    for group in groups:
        deviation = abs(group.measured - group.control)
        if group.control and deviation > _DOUBTFUL * group.control:
            job.warn(
                f"控制区“{group.name}”的图斑合计 {group.measured:.4f} {title}，与控制面积 {group.control} 相差超过 1%，"
                "图斑可能没有铺满控制区"
            )
        zero = sum(1 for area in group.adjusted if not area)
        if zero:
            job.warn(f"控制区“{group.name}”有 {zero} 个图斑小于 {step} {title}的一半，平差后为 0；请改用更小的单位")
    return (
        f"{len(groups)} 个控制区、{inside} 个图斑，平差到 {step} {title}，各控制区的图斑面积之和等于控制面积。"
        "取位单位未核对标准原文（可信度 M），可用 --unit、--decimals 改"
    )


def _data(groups: list[Group], title: str) -> dict[str, Any]:
    rows = [
        {
            "group": group.name, "pieces": len(group.places), "measured": float(group.measured),
            "control": float(group.control), "deviation": float(group.measured - group.control),
        }
        for group in groups
    ]  # fmt: skip
    return {"groups": rows, "unit": title, "adjusted": float(sum((g.control for g in groups), Decimal(0)))}


def _write_layer(
    source: VectorLayer, areas: np.ndarray, groups: list[Group], unit: str, system: pyproj.CRS, path: Path
) -> None:
    """The layer with the columns `control_group`, `area_m2` and `adjusted_<unit>`."""
    names = np.full(len(source), None, dtype=object)
    adjusted = np.full(len(source), np.nan)
    for group in groups:
        names[group.places] = group.name
        adjusted[group.places] = [float(area) for area in group.adjusted]
    measured = np.array([round_area(area) for area in areas])
    added = {"control_group": names, "area_m2": measured, f"adjusted_{unit}": adjusted}
    kept = {f"source_{name}" if name.lower() in added else name: values for name, values in source.columns.items()}
    write_table(path, "adjusted", "平差结果", source.geometry, {**kept, **added}, system.to_wkt(), "Unknown")


def _write_workbook(source: VectorLayer, areas: np.ndarray, groups: list[Group], title: str, path: Path) -> None:
    from openpyxl import Workbook

    from tim.report.spreadsheet import fill_sheet

    book = Workbook()
    rows = [(g.name, len(g.places), g.measured, g.control, g.measured - g.control) for g in groups]
    heads = ("控制区", "图斑数", f"图斑合计（{title}）", f"控制面积（{title}）", "闭合差")
    fill_sheet(book.active, "控制区", heads, rows)
    pieces = (
        (group.name, int(source.fids[place]), round_area(areas[place]), area)
        for group in groups
        for place, area in zip(group.places, group.adjusted)
    )
    fill_sheet(book.create_sheet(), "图斑", ("控制区", "要素", "椭球面积（平方米）", f"平差后（{title}）"), pieces)
    book.save(path)
