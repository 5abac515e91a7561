"""Which thing of a new epoch is which of the present one: by code, by key of the source, by shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from pointcloud.task import Task

NEAR = 1.0  # m: lines and points count as areas of this reach
WITHIN = 0.8  # share of a part that must lie in the whole for a split or a merge
TOGETHER = 0.5  # share of the whole that its parts must cover
_SLIVER = 1e-6  # m²
_CHUNK = 5_000


@dataclass(frozen=True)
class Side:
    """The features of one epoch. `keys`: what the source tells them apart by, None where it is not known."""

    ids: np.ndarray
    keys: Sequence[str | None]
    geometry: np.ndarray


@dataclass
class Matches:
    """`pairs`: place in the old epoch → (place in the new one, confidence); `splits`, `merges`: (old, new, share)."""

    pairs: dict[int, tuple[int, float]] = field(default_factory=dict)
    splits: list[tuple[int, int, float]] = field(default_factory=list)
    merges: list[tuple[int, int, float]] = field(default_factory=list)


@dataclass(frozen=True)
class _Overlap:
    old: int
    new: int
    of_old: float
    of_new: float

    @property
    def of_union(self) -> float:
        return 1 / (1 / self.of_old + 1 / self.of_new - 1)


def match(old: Side, new: Side, overlap: float, task: Task) -> Matches:
    """Match two epochs of a layer in one CRS (metres).

    The code decides first, then the source's key, then the shape: an old thing of which two or more new ones are parts
    is split, a new one made of two or more old ones is a merge, and of what is left those are the same that are each
    other's best with a common area of at least `overlap` of their union.
    """
    result = Matches()
    _by_text(result, list(old.ids), list(new.ids))
    _by_text(result, list(old.keys), list(new.keys))
    matched_new = {place for place, _ in result.pairs.values()}
    pairs = _overlaps(old, new, result, matched_new, task)
    _splits_and_merges(result, pairs, matched_new)
    _by_shape(result, pairs, matched_new, overlap)
    return result


def _by_text(result: Matches, old: Sequence[str | None], new: Sequence[str | None]) -> None:
    taken = {place for place, _ in result.pairs.values()}
    places = {text: place for place, text in enumerate(new) if text is not None and place not in taken}
    for place, text in enumerate(old):
        if place not in result.pairs and text in places:
            result.pairs[place] = (places.pop(text), 1.0)


def _overlaps(old: Side, new: Side, result: Matches, matched: set[int], task: Task) -> list[_Overlap]:
    """Pairs with a common area of which one side at least has no partner yet."""
    lonely_old = np.array([place for place in range(len(old.ids)) if place not in result.pairs], dtype=np.intp)
    lonely_new = np.array([place for place in range(len(new.ids)) if place not in matched], dtype=np.intp)
    if not len(lonely_old) and not len(lonely_new):
        return []
    before, after = as_areas(old.geometry), as_areas(new.geometry)
    first = _meeting(before, lonely_old, after, task)
    second = _meeting(after, lonely_new, before, task)[:, ::-1]
    pairs = np.unique(np.concatenate([first, second]), axis=0)
    areas, before_m2, after_m2 = np.zeros(len(pairs)), shapely.area(before), shapely.area(after)
    for start in range(0, len(pairs), _CHUNK):
        task.check()
        some = pairs[start : start + _CHUNK]
        areas[start : start + _CHUNK] = shapely.area(shapely.intersection(before[some[:, 0]], after[some[:, 1]]))
    kept = areas > _SLIVER
    return [
        _Overlap(int(o), int(n), min(1.0, m2 / before_m2[o]), min(1.0, m2 / after_m2[n]))
        for (o, n), m2 in zip(pairs[kept], areas[kept])
    ]


def _meeting(shapes: np.ndarray, chosen: np.ndarray, others: np.ndarray, task: Task) -> np.ndarray:
    """(place, place) of the chosen shapes and the others that they meet."""
    if not len(chosen) or not len(others):
        return np.empty((0, 2), dtype=np.intp)
    tree = shapely.STRtree(others)
    parts = []
    for start in range(0, len(chosen), _CHUNK):
        task.check()
        some = chosen[start : start + _CHUNK]
        one, other = tree.query(shapes[some], predicate="intersects")
        parts.append(np.column_stack([some[one], other]))
    return np.concatenate(parts)


def _splits_and_merges(result: Matches, pairs: list[_Overlap], matched: set[int]) -> None:
    children, parents = defaultdict(list), defaultdict(list)
    partner = {place: old for old, (place, _) in result.pairs.items()}
    for pair in pairs:
        free_new, free_old = pair.new not in matched, pair.old not in result.pairs
        if pair.of_new >= WITHIN and (free_new or partner[pair.new] == pair.old):
            children[pair.old].append(pair)
        if pair.of_old >= WITHIN and (free_old or result.pairs[pair.old][0] == pair.new):
            parents[pair.new].append(pair)
    for parts in children.values():
        if len(parts) > 1 and sum(part.of_old for part in parts) >= TOGETHER:
            result.splits += [(p.old, p.new, round(p.of_new, 4)) for p in parts if p.new not in matched]
    for parts in parents.values():
        if len(parts) > 1 and sum(part.of_new for part in parts) >= TOGETHER:
            result.merges += [(p.old, p.new, round(p.of_old, 4)) for p in parts if p.old not in result.pairs]


def _by_shape(result: Matches, pairs: list[_Overlap], matched: set[int], overlap: float) -> None:
    """Each other's best among what neither split nor merged."""
    used_old = {old for old, _, _ in (*result.splits, *result.merges)}
    used_new = {new for _, new, _ in (*result.splits, *result.merges)}
    left = [
        pair
        for pair in pairs
        if pair.old not in result.pairs and pair.new not in matched
        if pair.old not in used_old and pair.new not in used_new and pair.of_union >= overlap
    ]
    for pair in sorted(left, key=lambda item: (-item.of_union, item.old, item.new)):
        if pair.old not in result.pairs and pair.new not in matched:
            result.pairs[pair.old] = (pair.new, round(pair.of_union, 4))
            matched.add(pair.new)


def as_areas(geometry: np.ndarray) -> np.ndarray:
    """Shapes as valid areas in the plane: lines and points widened by `NEAR`, empty ones None."""
    shapes = shapely.force_2d(geometry)
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    thin = shapely.get_dimensions(shapes) < 2
    shapes[thin] = shapely.buffer(shapes[thin], NEAR)
    shapes[shapely.is_empty(shapes)] = None
    return shapes
