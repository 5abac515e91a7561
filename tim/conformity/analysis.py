"""What is measured of control lines, projects and versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

import numpy as np
import pyproj
import shapely

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.landuse.transition import Transition, compare
from tim.overlay.closure import rounded
from tim.overlay.pieces import intersect, polygonal
from tim.sources.vector import VectorLayer

PROJECTS = "项目"
_CLASS_FIELDS = {"城镇开发边界": ("GHFQMC", "规划分区名称"), "生态保护红线": ("LHLX", "红线类型")}
_KIND_FIELDS = ("XMLB", "项目类别", "类别", "LB")
_DOUBLED = 0.01  # m²
Measure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Overlap:
    """A feature of one line and one of another on common ground: numbers in their files, m², shape."""

    one: str
    other: str
    one_fid: int
    other_fid: int
    area: Decimal
    geometry: shapely.Geometry


@dataclass(frozen=True)
class ProjectState:
    """m² of a project inside each line."""

    name: str
    kind: str
    area: Decimal
    inside: dict[str, Decimal]
    geometry: shapely.Geometry

    def outside(self, line: str) -> Decimal:
        """m² beyond a line."""
        return max(Decimal(0), self.area - self.inside[line])


@dataclass
class Change:
    """A line in two versions; `went[name]` m² of what left it that lies in the line `name` now."""

    line: str
    transition: Transition
    went: dict[str, Decimal] = field(default_factory=dict)
    removed: Decimal = Decimal(0)


@dataclass
class Conformity:
    """Everything measured. `totals[(line, class)]` m²; class "" is the whole line, ground counted once."""

    crs: pyproj.CRS
    totals: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    overlaps: list[Overlap] = field(default_factory=list)
    projects: list[ProjectState] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def shared(self, one: str, other: str) -> Decimal:
        """m² that two lines share."""
        return sum((item.area for item in self.overlaps if {item.one, item.other} == {one, other}), Decimal(0))


def analyse(
    lines: Mapping[str, VectorLayer],
    before: Mapping[str, VectorLayer],
    projects: VectorLayer | None,
    fields: Mapping[str, str],
    crs: pyproj.CRS,
    measure: Measure,
    job: Job,
) -> Conformity:
    """Measure all. `fields`: line → field of its classes. Raises `UsageError`, `UnusableInput`."""
    found = Conformity(crs)
    shapes = {name: _polygons(name, layer) for name, layer in lines.items()}
    for name, layer in lines.items():
        _totals(found, name, shapes[name], classes_of(name, layer, fields), measure, job)
    pairs = list(combinations(lines, 2))
    for number, (one, other) in enumerate(pairs):
        job.progress(0.3 + 0.2 * number / len(pairs), f"{one}与{other}")
        found.overlaps += _overlaps(one, other, lines, shapes, measure, job)
    if projects is not None:
        job.progress(0.5, "项目在哪些控制线里")
        found.projects = _projects(projects, shapes, fields, measure, job)
    for number, (name, old) in enumerate(before.items()):
        job.progress(0.6 + 0.2 * number / len(before), f"{name}的变化")
        found.changes.append(_change(name, old, lines, shapes, fields, measure, job))
    return found


def classes_of(name: str, layer: VectorLayer, fields: Mapping[str, str]) -> list[str]:
    """The class of each feature: a field that is given or usual, else the name of the line."""
    chosen = fields.get(name)
    if chosen and chosen not in layer.columns:
        raise UsageError(f"图层“{name}”没有字段“{chosen}”；它的字段有 {'、'.join(layer.columns)}")
    chosen = chosen or next((item for item in _CLASS_FIELDS.get(name, ()) if item in layer.columns), None)
    if chosen is None:
        return [name] * len(layer)
    return ["没有填写" if value is None else str(value) for value in layer.columns[chosen]]


def _polygons(name: str, layer: VectorLayer) -> np.ndarray:
    shapes = polygonal(layer.geometry)
    if len(layer) and shapely.is_missing(shapes).all():
        raise UnusableInput(f"图层“{name}”里没有面要素")
    return shapes


def _totals(found: Conformity, name: str, shapes: np.ndarray, classes: list[str], measure: Measure, job: Job) -> None:
    areas = np.nan_to_num(measure(shapes))
    for kind in dict.fromkeys(classes):
        chosen = np.array([item == kind for item in classes], dtype=bool)
        if kind != name:
            found.totals[name, kind] = rounded(areas[chosen].sum())
    found.totals[name, ""] = rounded(areas.sum())
    doubled = float(shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes)))
    if doubled > _DOUBLED:
        job.warn(f"图层“{name}”的要素互相重叠约 {doubled:.2f} 平方米，合计里算了两次；请先处理")


def _overlaps(
    one: str,
    other: str,
    lines: Mapping[str, VectorLayer],
    shapes: Mapping[str, np.ndarray],
    measure: Measure,
    job: Job,
) -> list[Overlap]:
    pieces = intersect(shapes[one], shapes[other], job)
    first, second = lines[one].fids[pieces.project], lines[other].fids[pieces.feature]
    return [
        Overlap(one, other, int(a), int(b), rounded(area), shape)
        for a, b, area, shape in zip(first, second, np.nan_to_num(measure(pieces.geometry)), pieces.geometry)
    ]


def _projects(
    layer: VectorLayer, shapes: Mapping[str, np.ndarray], fields: Mapping[str, str], measure: Measure, job: Job
) -> list[ProjectState]:
    from tim.overlay.command import project_names

    own = _polygons(PROJECTS, layer)
    names = project_names(layer, None)
    kind = fields.get(PROJECTS) or next((item for item in _KIND_FIELDS if item in layer.columns), None)
    kinds = [None] * len(layer) if kind is None else classes_of(PROJECTS, layer, {PROJECTS: kind})
    areas = [rounded(area) for area in np.nan_to_num(measure(own))]
    inside: dict[str, np.ndarray] = {}
    for name, features in shapes.items():
        pieces = intersect(own, features, job)
        covered = np.full(len(own), None, dtype=object)
        for project in np.unique(pieces.project):  # ground that several features cover counts once
            covered[project] = shapely.union_all(pieces.geometry[pieces.project == project])
        inside[name] = np.nan_to_num(measure(polygonal(covered)))
    return [
        ProjectState(
            names[i],
            kinds[i] or "",
            areas[i],
            {name: min(areas[i], rounded(inside[name][i])) for name in shapes},
            own[i],
        )
        for i in range(len(own))
        if own[i] is not None
    ]


def _change(
    name: str,
    old: VectorLayer,
    lines: Mapping[str, VectorLayer],
    shapes: Mapping[str, np.ndarray],
    fields: Mapping[str, str],
    measure: Measure,
    job: Job,
) -> Change:
    before, after = classes_of(name, old, fields), classes_of(name, lines[name], fields)
    change = Change(name, compare(_polygons(name, old), shapes[name], before, after, measure, job))
    gone = np.array([shape for _, now, _, shape in change.transition.pieces if not now], dtype=object)
    change.removed = sum((area for _, now, area, _ in change.transition.pieces if not now), Decimal(0))
    for other, features in shapes.items():
        if other != name and len(gone):
            pieces = intersect(polygonal(gone), features, job)
            change.went[other] = rounded(float(np.nan_to_num(measure(pieces.geometry)).sum()))
    return change
