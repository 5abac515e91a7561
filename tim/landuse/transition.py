"""Change of land use between two dates: the transition matrix, new construction land, farmland lost and won."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tim.area import ellipsoidal_area
from tim.data import read_table
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.landuse.codes import SANDIAO, find_class, find_codes
from tim.overlay.closure import closed, rounded
from tim.overlay.pieces import Pieces, intersect, polygonal, remainders
from tim.overlay.record import UNCOVERED, mu
from tim.report.write import check_report, write_report
from tim.result import Result
from tim.review.inputs import Frame, open_layers
from tim.sources.gpkg import write_table
from tim.sources.vector import VectorLayer

BEFORE, AFTER = "前期", "后期"
_DOUBLED = 0.01  # m²
_FARMLAND = "01"
_MISSING = "没有填写"
_FULL = 4  # characters of a class below level 1, whose group of land is known
Key = tuple[str, str]


@dataclass
class Transition:
    """`matrix[(code before, code after)]` m², exact sums: a row adds up to the area before. "" stands for no patch.

    `before`: m² of the earlier layer.
    """

    matrix: dict[Key, Decimal] = field(default_factory=dict)
    pieces: list[tuple[str, str, Decimal, object]] = field(default_factory=list)
    before: Decimal = Decimal(0)

    def add(self, before: str, after: str, area: Decimal, shape: object) -> None:
        """One piece."""
        self.matrix[before, after] = self.matrix.get((before, after), Decimal(0)) + area
        if before != after:
            self.pieces.append((before, after, area, shape))

    def total(self, before: Iterable[str] | None = None, after: Iterable[str] | None = None) -> Decimal:
        """m² of what went from these codes to those; None stands for all."""
        one, other = (None if codes is None else set(codes) for codes in (before, after))
        chosen = (
            area for (a, b), area in self.matrix.items() if (one is None or a in one) and (other is None or b in other)
        )
        return sum(chosen, Decimal(0))


def land_use_change(
    before: str,
    after: str,
    *,
    before_field: str | None = None,
    after_field: str | None = None,
    digits: int = 0,
    area: str = "ellipsoid",
    crs: str | None = None,
    out: str | None = None,
    table: str | None = None,
    report: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The transition between two layers of land use with codes of one classification.

    The first `digits` of the codes are compared (2: level 1; 0: all). Each patch of the earlier date is divided without
    rest: what the later layer does not cover is 未覆盖. Result keys: `matrix` (list of {`before`, `after`, `area_m2`})
    and, for full codes of the third survey, `new_construction_m2`, `farmland_lost_m2`, `farmland_won_m2`. Raises
    `UsageError` and `UnusableInput`.
    """
    targets = [path for path in (out, table, report) if path]
    for path in targets:
        check_target(path, overwrite=overwrite)
    check_report(report, template)
    inputs = open_layers({BEFORE: before, AFTER: after}, Frame(crs, area == "ellipsoid", True), job)
    if inputs.crs is None:
        raise UnusableInput("图层没有图形，不能比较")
    one, two = inputs.layers[BEFORE], inputs.layers[AFTER]
    (codes_before, version), (codes_after, later) = _codes(one, before_field, digits), _codes(two, after_field, digits)
    if version != later:
        raise UsageError(f"两期的分类不同：{version}，{later}；请先用 tim landuse convert 转成同一版")
    system = inputs.crs
    measure = shapely.area if area == "plane" else lambda shapes: ellipsoidal_area(shapes, system)
    change = compare(polygonal(one.geometry), polygonal(two.geometry), codes_before, codes_after, measure, job)
    names = {code: _name(version, code) for key in change.matrix for code in key}
    job.progress(0.9, "写出结果")
    if out:
        with atomic_output(out, job, overwrite=overwrite) as working:
            _write_pieces(change, names, working, inputs.crs)
    if table:
        from tim.landuse.workbook import write_workbook

        with atomic_output(table, job, overwrite=overwrite) as working:
            write_workbook(change, names, version, working)
    if report:
        from tim.landuse.report import make_report

        basis = "平面面积" if area == "plane" else "椭球面积"
        document = make_report(change, names, version, basis, inputs.uses, job.warnings)
        with atomic_output(report, job, overwrite=overwrite) as working:
            write_report(document, working, template)
    return Result(message(change), outputs=targets, data=_data(change, names, version))


def compare(
    before: np.ndarray, after: np.ndarray, codes_before: list[str], codes_after: list[str], measure: Any, job: Job
) -> Transition:
    """What became of what: polygons (one CRS) of two dates, a code for each, `measure` shapes → m²."""
    change = Transition()
    found = intersect(before, after, job)
    rest, doubled = remainders(before, found, after, job)
    areas, left, whole = (np.nan_to_num(measure(shapes)) for shapes in (found.geometry, rest, before))
    starts = np.searchsorted(found.project, np.arange(len(before) + 1))
    for index in range(len(before)):
        if index % 1000 == 0:
            job.check()
        own = slice(starts[index], starts[index + 1])
        uncovered = rest[index] is not None
        values = np.append(areas[own], [left[index]] if uncovered else [])
        told = [rounded(v) for v in values] if doubled[index] > _DOUBLED else closed(values, rounded(whole[index]))[0]
        for feature, value, shape in zip(found.feature[own], told, found.geometry[own]):
            change.add(codes_before[index], codes_after[feature], value, shape)
        if uncovered:
            change.add(codes_before[index], "", told[-1], rest[index])
    change.before = sum((rounded(value) for value in whole), Decimal(0))
    if (doubled > _DOUBLED).any():
        job.warn(
            f"后期图斑互相重叠，重复 {doubled.sum():.2f} 平方米，转移矩阵和变化面积里算了两次；请先处理后期数据的重叠"
        )
    twice = _overlap(before)
    if twice > _DOUBLED:
        job.warn(f"前期图斑互相重叠，重复约 {twice:.2f} 平方米，转移矩阵和变化面积里算了两次；请先处理前期数据的重叠")
    _only_after(change, before, after, found, codes_after, measure, job)
    return change


def _overlap(shapes: np.ndarray) -> float:
    """Plane m² that patches of one layer share, summed over pairs."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first = one < other
    return float(shapely.area(shapely.intersection(shapes[one[first]], shapes[other[first]])).sum())


def _only_after(
    change: Transition, before: np.ndarray, after: np.ndarray, found: Pieces, codes: list[str], measure: Any, job: Job
) -> None:
    """What the later layer has where the earlier one has nothing."""
    turned = np.lexsort((found.project, found.feature))
    mirrored = Pieces(found.feature[turned], found.project[turned], found.geometry[turned])
    rest, _ = remainders(after, mirrored, before, job)
    areas = np.nan_to_num(measure(rest))
    for index in np.flatnonzero(areas > _DOUBLED):
        change.add("", codes[index], rounded(areas[index]), rest[index])


def _codes(layer: VectorLayer, field: str | None, digits: int) -> tuple[list[str], str]:
    where = f"“{layer.path.name}”"
    if field and field not in layer.columns:
        raise UsageError(f"{where}没有字段“{field}”；它的字段有 {'、'.join(layer.columns)}")
    found = find_codes({"DLBM": layer.columns[field]} if field else layer.columns)
    if found is None:
        raise UnusableInput(f"{where}里没有地类编码字段（DLBM 等）；请用 --before-field、--after-field 指明")
    return [_MISSING if code is None else str(code)[: digits or None] for code in found.codes], found.version


def _name(version: str, code: str) -> str:
    if not code:
        return UNCOVERED
    if code == _MISSING:
        return ""
    known = find_class(version, code)
    return known.name if known else "分类表里没有"


def construction(codes: Iterable[str]) -> list[str]:
    """The codes of construction land of the third survey (三大类 as in the packaged table, mark M)."""
    major = {row["code"]: row["three_major_class"] for row in read_table("landuse_sandiao.csv")}
    return [code for code in codes if major.get(code) == "建设用地"]


def farmland(codes: Iterable[str]) -> list[str]:
    """The codes of 耕地."""
    return [code for code in codes if code.startswith(_FARMLAND)]


def full_codes(change: Transition, version: str) -> list[str]:
    """The codes of a change; none unless they are full ones of the third survey, whose group of land is known."""
    codes = sorted({code for key in change.matrix for code in key if code and code != _MISSING})
    return codes if version == SANDIAO and all(len(code) >= _FULL for code in codes) else []


def totals(change: Transition, version: str) -> dict[str, Decimal]:
    """New construction land, farmland lost and won, m²; empty unless the codes are full ones of the third survey."""
    codes = full_codes(change, version)
    if not codes:
        return {}
    built, tilled = construction(codes), farmland(codes)
    unbuilt = [code for code in codes if code not in built]
    untilled = [code for code in codes if code not in tilled]
    return {
        "new_construction_m2": change.total(unbuilt, built),
        "farmland_lost_m2": change.total(tilled, untilled),
        "farmland_won_m2": change.total(untilled, tilled),
    }


def message(change: Transition) -> str:
    """What changed between two known classes, and apart from it what cannot be compared."""
    moved = gone = come = unknown = Decimal(0)
    for (one, other), area in change.matrix.items():
        if not other:
            gone += area
        elif not one:
            come += area
        elif _MISSING in (one, other):
            unknown += area
        elif one != other:
            moved += area
    told = f"前期 {change.before} 平方米；地类改变 {moved} 平方米（{mu(moved)} 亩）"
    for area, what in ((gone, "后期没有覆盖"), (come, "前期没有覆盖"), (unknown, "没有填写地类")):
        if area:
            told += f"；{what} {area} 平方米，没有计入"
    return told


def _data(change: Transition, names: dict[str, str], version: str) -> dict[str, Any]:
    rows = [
        {"before": f"{one} {names[one]}".strip(), "after": f"{other} {names[other]}".strip(), "area_m2": float(area)}
        for (one, other), area in sorted(change.matrix.items())
    ]
    return {"version": version, "matrix": rows, **{key: float(area) for key, area in totals(change, version).items()}}


def _write_pieces(change: Transition, names: dict[str, str], path: Path, crs: Any) -> None:
    """The pieces that changed."""
    rows = change.pieces
    texts = {
        "before": [one for one, _, _, _ in rows],
        "before_name": [names[one] for one, _, _, _ in rows],
        "after": [other for _, other, _, _ in rows],
        "after_name": [names[other] for _, other, _, _ in rows],
    }
    areas = np.array([float(area) for _, _, area, _ in rows], dtype=float)
    shapes = np.array([shape for _, _, _, shape in rows], dtype=object)
    write_table(path, "change", "地类变化", shapes, {**texts, "area_m2": areas}, crs.to_wkt())
