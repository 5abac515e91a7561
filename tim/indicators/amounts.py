"""What each feature contributes to a term of a formula, by district."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import shapely

from pointcloud.task import Task
from tim.area import round_area
from tim.errors import UsageError
from tim.indicators.catalogue import Term
from tim.indicators.formula import NotComputable
from tim.indicators.layers import Layers
from tim.overlay.pieces import intersect, polygonal
from tim.review.fields import find_field

MERGED = -1  # the feature of ground that was merged from several


@dataclass(frozen=True)
class Amounts:
    """Contributions to a term: `feature` ids (-1: merged ground), `district` indices, `amount` and `geometry`, (n,)."""

    term: Term
    layer: str
    feature: np.ndarray
    district: np.ndarray
    amount: np.ndarray
    geometry: np.ndarray

    def total(self, district: int) -> float:
        """The sum of one district: exact, of the rounded amounts of its features."""
        chosen = self.amount[self.district == district]
        return float(sum((Decimal(repr(float(value))) for value in chosen), Decimal(0)))

    def count(self, district: int) -> int:
        """How many features contribute in one district."""
        return int((self.district == district).sum())


def amounts_of(term: Term, layers: Layers, districts: np.ndarray, job: Task) -> Amounts:
    """Measure a term. `districts`: shapely polygons; without any there is one district, the whole.

    Areas and lengths are cut at the borders of districts; what is counted or summed belongs to the district of a point
    inside the feature. Areas are rounded to 0.01 m² by feature before they are added up (the survey's practice).
    Raises `NotComputable` when a layer or field is missing.
    """
    assert term.source is not None
    layer, chosen = layers.choose(term.source)
    shapes, fids = layer.geometry[chosen], layer.fids[chosen]
    values = _field_values(term, layer, chosen, job)
    limit = _limit(term, layers)
    if term.measure in ("count", "sum"):
        inside = np.ones(len(chosen), dtype=bool) if limit is None else shapely.intersects(shapes, limit)
        place, owner = _assigned(shapes[inside], districts)
        amount = np.ones(len(place)) if values is None else values[inside][place]
        return Amounts(term, layer.name, fids[inside][place], owner, amount, shapes[inside][place])
    if term.measure == "length":
        feature, owner, geometry = _cut_lines(shapes, limit, districts)
        amount = np.array([round_area(value, 3) for value in shapely.length(geometry)])
        return Amounts(term, layer.name, fids[feature], owner, amount, geometry)
    feature, owner, geometry = _cut_areas(shapes, limit, districts, term.union, job)
    amount = np.array([round_area(value) for value in layers.measure_areas(geometry)])
    ids = np.full(len(feature), MERGED) if term.union else fids[feature]
    return Amounts(term, layer.name, ids, owner, amount, geometry)


def _limit(term: Term, layers: Layers) -> shapely.Geometry | None:
    """The ground that the features count on; None for everywhere."""
    parts = []
    if term.within is not None:
        parts.append(layers.ground(term.within))
    if term.near is not None:
        parts.append(layers.around(*term.near))
    if term.reach is not None:
        parts.append(layers.reached(term.reach))
    return shapely.intersection_all(parts) if parts else None


def _field_values(term: Term, layer: Any, chosen: np.ndarray, job: Task) -> np.ndarray | None:
    if term.measure != "sum":
        return None
    try:
        column = layer.columns[find_field(layer, term.field)][chosen]
    except UsageError as error:
        raise NotComputable(error.message) from error
    numbers = np.array([_number(value) for value in column], dtype=float)
    empty = np.isnan(numbers)
    if empty.any():
        first = layer.fids[chosen][empty][0]
        where = f"图层“{layer.name}”的字段“{term.field}”"
        job.warn(f"{where}有 {int(empty.sum())} 个空值（如要素 {first}），没有计入“{term.name}”")
    return np.nan_to_num(numbers)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return float("nan")
    return number if np.isfinite(number) else float("nan")


def _assigned(shapes: np.ndarray, districts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of features and the district each belongs to; those in no district are left out."""
    if not len(districts):
        return np.arange(len(shapes)), np.zeros(len(shapes), dtype=np.int64)
    points = shapely.point_on_surface(shapes)
    feature, district = shapely.STRtree(districts).query(points, predicate="intersects")
    _, first = np.unique(feature, return_index=True)  # a point on a border belongs to one district only
    return feature[first], district[first]


def _cut_lines(
    shapes: np.ndarray, limit: shapely.Geometry | None, districts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    feature = np.flatnonzero(shapely.get_dimensions(shapes) == 1)
    geometry = shapes[feature]
    if limit is not None:
        geometry = shapely.intersection(geometry, limit)
    owner = np.zeros(len(feature), dtype=np.int64)
    if len(districts):
        place, owner = shapely.STRtree(districts).query(geometry, predicate="intersects")
        geometry, feature = shapely.intersection(geometry[place], districts[owner]), feature[place]
    kept = shapely.length(geometry) > 0
    return feature[kept], owner[kept], geometry[kept]


def _cut_areas(
    shapes: np.ndarray, limit: shapely.Geometry | None, districts: np.ndarray, union: bool, job: Task
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flat = polygonal(shapes)
    feature = np.flatnonzero(~shapely.is_missing(flat))
    flat = flat[feature]
    if union and len(flat):
        flat, feature = np.array([shapely.union_all(flat)], dtype=object), np.array([MERGED])
    if limit is not None:
        flat, feature = _within(flat, feature, limit, job)
    if not len(districts):
        return feature, np.zeros(len(feature), dtype=np.int64), flat
    pieces = intersect(districts, flat, job)
    return feature[pieces.feature], pieces.project, pieces.geometry


def _within(flat: np.ndarray, feature: np.ndarray, limit: shapely.Geometry, job: Task) -> tuple[np.ndarray, np.ndarray]:
    """The parts inside `limit`, cut piece by piece of it: many small polygons are indexed better than one large one."""
    parts = shapely.get_parts(limit)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(parts):
        return flat[:0], feature[:0]
    pieces = intersect(parts, flat, job)
    order = np.argsort(pieces.feature, kind="stable")
    owners, starts = np.unique(pieces.feature[order], return_index=True)
    groups = np.split(pieces.geometry[order], starts[1:]) if len(owners) else []
    joined = [group[0] if len(group) == 1 else shapely.union_all(group) for group in groups]
    return np.array(joined, dtype=object), feature[owners]
