"""Geometry in bulk: the measures of `engine.space` for many shapes at once, bit for bit the same numbers.

GEOS cannot be interrupted, so work is cut into pieces and the cancel flag is looked at between them.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterator

import numpy as np
import shapely

from .space import EMPTY, line_length

VERTICES = 50_000  # that one call of GEOS works on at most
LONG = 0.05  # seconds that one call should take at most; a cancel is seen within 0.2 s
AreaFunction = Callable[[np.ndarray], np.ndarray]
Check = Callable[[], None]


def pieces(weights: np.ndarray, limit: int) -> Iterator[slice]:
    """Slices whose weights add up to `limit` at most, of one item at least; smaller ones where the work takes long."""
    total = np.cumsum(weights)
    start, size = 0, limit / 8
    while start < len(total):
        before = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, before + size, side="right")))
        began = time.perf_counter()
        yield slice(start, stop)
        size = max(size / 4, 1) if time.perf_counter() - began > LONG else min(size * 2, limit)
        start = stop


def pairwise(function: Any, left: np.ndarray, right: np.ndarray, check: Check) -> tuple[np.ndarray, np.ndarray]:
    """`function` of shapes in pairs, and where GEOS failed (the result is then None or False)."""
    weights = shapely.get_num_coordinates(left) + shapely.get_num_coordinates(right)
    results, failed = [], np.zeros(len(left), dtype=bool)
    for piece in pieces(weights, VERTICES):
        check()
        try:
            results.append(function(left[piece], right[piece]))
        except shapely.errors.ShapelyError:
            one_by_one = [_tried(function, *pair) for pair in zip(left[piece], right[piece])]
            failed[piece] = [item is None for item in one_by_one]
            results.append(np.array(one_by_one, dtype=object))
    return (np.concatenate(results) if results else np.zeros(0, dtype=object)), failed


def _tried(function: Any, *shapes: Any) -> Any:
    try:
        return function(*shapes)
    except shapely.errors.ShapelyError:
        return None


def areas(shapes: np.ndarray, area: AreaFunction) -> np.ndarray:
    """The area of each shape as `Space.area` has it: the sum of its parts, without loss."""
    plain = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    result = np.zeros(len(shapes))
    if plain.any():
        result[plain] = area(shapes[plain])
    others = np.flatnonzero(~plain & (shapely.get_dimensions(shapes) == 2))
    if len(others):
        parts, owners = shapely.get_parts(shapes[others], return_index=True)
        flat = shapely.get_dimensions(parts) == 2
        sizes = np.split(area(parts[flat]), np.searchsorted(owners[flat], np.arange(1, len(others))))
        result[others] = [math.fsum(group) for group in sizes]
    return result


def line_lengths(shapes: np.ndarray) -> np.ndarray:
    """The length of the lines in each shape."""
    plain = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    result = np.where(plain, shapely.length(shapes), 0.0)
    for place in np.flatnonzero(~plain & (shapely.get_num_geometries(shapes) > 0)):
        result[place] = line_length(shapes[place])
    return result


def unions(shapes: np.ndarray, counts: np.ndarray, check: Check) -> tuple[np.ndarray, np.ndarray]:
    """The union of each group of `counts` consecutive shapes, and where GEOS failed. One shape stays as it is."""
    result = np.full(len(counts), EMPTY, dtype=object)
    failed = np.zeros(len(counts), dtype=bool)
    starts = np.cumsum(counts) - counts
    single = counts == 1
    result[single] = shapes[starts[single]]
    for count in np.unique(counts[counts > 1]):
        rows = np.flatnonzero(counts == count)
        groups = shapes[starts[rows][:, None] + np.arange(count)]
        weights = shapely.get_num_coordinates(groups).sum(axis=1)
        for piece in pieces(weights, VERTICES):
            check()
            try:
                result[rows[piece]] = shapely.union_all(groups[piece], axis=1)
            except shapely.errors.ShapelyError:
                for row, group in zip(rows[piece], groups[piece]):
                    union = _tried(shapely.union_all, group)
                    failed[row] = union is None
                    result[row] = EMPTY if union is None else union
    return result, failed


@dataclass
class Pairs:
    """Shapes (n,) and what they meet among `others`: pairs of `sources` and `places`, sorted by both.

    Each measure is an array (n,), followed by a mask of the rows where GEOS failed.
    """

    shapes: np.ndarray
    others: np.ndarray
    sources: np.ndarray
    places: np.ndarray
    area: AreaFunction
    check: Check

    @property
    def counts(self) -> np.ndarray:
        """How many others each shape meets."""
        return np.bincount(self.sources, minlength=len(self.shapes))

    def _each(self, function: Any) -> tuple[np.ndarray, np.ndarray]:
        results, bad = pairwise(function, self.shapes[self.sources], self.others[self.places], self.check)
        failed = np.zeros(len(self.shapes), dtype=bool)
        failed[self.sources[bad]] = True
        return results, failed

    def _any(self, hits: np.ndarray) -> np.ndarray:
        found = np.zeros(len(self.shapes), dtype=bool)
        found[self.sources[hits.astype(bool)]] = True
        return found

    def meeting(self) -> tuple[np.ndarray, np.ndarray]:
        """相交."""
        return self.counts > 0, np.zeros(len(self.shapes), dtype=bool)

    def parted(self) -> tuple[np.ndarray, np.ndarray]:
        """相离."""
        return self.counts == 0, np.zeros(len(self.shapes), dtype=bool)

    def overlapping(self) -> tuple[np.ndarray, np.ndarray]:
        """重叠: something meets more than the boundary."""
        only_boundaries, failed = self._each(shapely.touches)
        return self._any(~only_boundaries.astype(bool)), failed

    def adjoining(self) -> tuple[np.ndarray, np.ndarray]:
        """相邻: all that meet meet the boundary only."""
        overlapping, failed = self.overlapping()
        return (self.counts > 0) & ~overlapping, failed

    def inside(self) -> tuple[np.ndarray, np.ndarray]:
        """位于: no point outside of the union of the others."""
        covered, failed = self._each(shapely.covered_by)
        result, counts = self._any(covered), self.counts
        open_rows = np.flatnonzero(~result & (counts > 1) & ~failed)
        mine = np.isin(self.sources, open_rows)
        regions, bad = unions(self.others[self.places[mine]], counts[open_rows], self.check)
        covered, worse = pairwise(shapely.covered_by, self.shapes[open_rows], regions, self.check)
        result[open_rows], failed[open_rows] = covered.astype(bool), bad | worse
        return result, failed

    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """相交部分."""
        parts, failed = self._each(shapely.intersection)
        result, worse = unions(parts, self.counts, self.check)
        return result, failed | worse

    def areas(self) -> tuple[np.ndarray, np.ndarray]:
        """相交面积."""
        parts, failed = self.parts()
        return areas(parts, self.area), failed

    def lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """相交长度."""
        parts, failed = self.parts()
        return line_lengths(parts), failed

    def remainders(self) -> tuple[np.ndarray, np.ndarray]:
        """差异部分."""
        regions, failed = unions(self.others[self.places], self.counts, self.check)
        result = self.shapes.copy()
        some = np.flatnonzero((self.counts > 0) & ~failed)
        result[some], bad = pairwise(shapely.difference, self.shapes[some], regions[some], self.check)
        failed[some] |= bad
        return result, failed

    def located(self) -> tuple[np.ndarray, np.ndarray]:
        """所在: the place of the other that a point lies in, or that shares most of it; −1 for none. Ties fail."""
        dimensions = shapely.get_dimensions(self.shapes)[self.sources]
        sizes, failed = np.ones(len(self.sources)), np.zeros(len(self.shapes), dtype=bool)
        wide = dimensions > 0
        if wide.any():
            mine = Pairs(self.shapes, self.others, self.sources[wide], self.places[wide], self.area, self.check)
            parts, failed = mine._each(shapely.intersection)
            flat = dimensions[wide] == 2
            sizes[wide] = np.where(flat, areas(parts, self.area), line_lengths(parts))
        largest = np.zeros(len(self.shapes))
        np.maximum.at(largest, self.sources, sizes)
        best = (sizes == largest[self.sources]) & (sizes > 0)
        result = np.full(len(self.shapes), -1)
        result[self.sources[best]] = self.places[best]
        ties = np.bincount(self.sources[best], minlength=len(self.shapes)) > 1
        return result, failed | ties


# by the word of the language; the values are truths unless `TYPES` has another sort
MEASURES: dict[str, Callable[[Pairs], tuple[np.ndarray, np.ndarray]]] = {
    "相交": Pairs.meeting,
    "相离": Pairs.parted,
    "相邻": Pairs.adjoining,
    "重叠": Pairs.overlapping,
    "位于": Pairs.inside,
    "所在": Pairs.located,
    "相交部分": Pairs.parts,
    "相交面积": Pairs.areas,
    "相交长度": Pairs.lengths,
    "差异部分": Pairs.remainders,
}
TYPES: dict[str, type] = {
    "所在": np.int64,
    "相交部分": object,
    "相交面积": np.float64,
    "相交长度": np.float64,
    "差异部分": object,
    "距离": np.float64,
}
