"""The same searches as in `engine.space`, with spatial indexes and in bulk.

What a stretch of features of one layer has to do with another layer is a `Join`: worked out in bulk for the rows asked
for, once, so that rules, plans and scripts share it.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import shapely

from .bulk import MEASURES, TYPES, Pairs, areas, line_lengths, pieces
from .space import Space
from .table import Feature, Layer, View

CHUNK = 512  # features of a loop that are searched at once
ROWS = 2048  # at most in one search
VERTICES = 100_000  # the same, of the shapes
PAIRS = 1 << 20  # found at once; searches grow or shrink towards it

_RELATIONS = ("相交部分", "相交面积", "相交长度", "差异部分")


class IndexedSpace(Space):
    """Space with an STR tree per layer.

    Trees, joins and counts are kept in the memory of the layer, which ends with it and when it is changed.
    """

    # -- indexes

    def tree(self, layer: Layer) -> tuple[shapely.STRtree, np.ndarray]:
        """The index of the usable features of a layer, and their places."""
        if "tree" not in layer.memory:
            places = np.flatnonzero(layer.usable)
            layer.memory["tree"] = (shapely.STRtree(layer.shapes[places]), places)
        return layer.memory["tree"]

    def pairs(self, shapes: np.ndarray, layer: Layer, own: np.ndarray | None = None) -> Pairs:
        """What `shapes` (None for those to leave out) meet in a layer, without the places `own` of themselves."""
        tree, places = self.tree(layer)
        sources, found = [], []
        start, rows = 0, 64
        while start < len(shapes):
            here = shapes[start : start + rows]
            first = next(pieces(shapely.get_num_coordinates(here), VERTICES))
            here = here[first]
            self.check()
            one, two = tree.query(here, predicate="intersects")
            sources.append(one + start)
            found.append(two)
            start += len(here)
            rows = min(rows * 2, ROWS) if len(one) < PAIRS else max(rows // 2, 1)
        source = np.concatenate(sources) if sources else np.zeros(0, dtype=np.int64)
        place = places[np.concatenate(found)] if found else source
        if own is not None:
            others = own[source] != place
            source, place = source[others], place[others]
        order = np.lexsort((place, source))
        return Pairs(shapes, layer.shapes, source[order], place[order], self.area_of, self.check)

    def invalid_near(self, shapes: np.ndarray, layer: Layer, own: np.ndarray | None, reach: Any = 0.0) -> np.ndarray:
        """Where `Space` refuses to answer because an invalid feature is near by."""
        near = np.zeros(len(shapes), dtype=bool)
        if not len(layer.invalid):
            return near
        boxes = shapely.bounds(layer.shapes[layer.invalid])
        if np.isnan(boxes).any():
            return ~near
        if "boxes" not in layer.memory:
            layer.memory["boxes"] = shapely.STRtree(shapely.box(*boxes.T))
        left, bottom, right, top = shapely.bounds(shapes).T
        known = ~np.isnan(left)
        around = np.full(len(shapes), None, dtype=object)
        reach = np.broadcast_to(reach, len(shapes))[known]
        around[known] = shapely.box(
            left[known] - reach, bottom[known] - reach, right[known] + reach, top[known] + reach
        )
        sources, found = layer.memory["boxes"].query(around)
        if own is not None:
            sources = sources[own[sources] != layer.invalid[found]]
        near[sources] = True
        return near

    def distances(self, shapes: np.ndarray, layer: Layer, own: np.ndarray | None = None) -> np.ndarray:
        """The least distance of each shape to a usable feature of the layer (NaN for None, infinite for no feature)."""
        tree, places = self.tree(layer)
        missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        result = np.where(missing, math.nan, math.inf)
        todo = np.flatnonzero(~missing)
        for piece in pieces(shapely.get_num_coordinates(shapes[todo]), VERTICES):
            self.check()
            rows = todo[piece]
            if own is None:
                sources, found = tree.query_nearest(shapes[rows]) if len(places) else (rows[:0], rows[:0])
                self._least(result, shapes, layer, rows[sources], places[found])
            else:
                self._others(result, shapes, layer, rows, own)
        return result

    def _least(
        self, result: np.ndarray, shapes: np.ndarray, layer: Layer, rows: np.ndarray, places: np.ndarray
    ) -> None:
        np.minimum.at(result, rows, shapely.distance(shapes[rows], layer.shapes[places]))

    def _others(self, result: np.ndarray, shapes: np.ndarray, layer: Layer, rows: np.ndarray, own: np.ndarray) -> None:
        """Within a growing radius, because the nearest feature may be the one left out."""
        tree, places = self.tree(layer)
        rows = rows[len(places) > layer.usable[own[rows]].astype(int)]
        left, bottom, right, top = shapely.bounds(shapes[rows]).T
        radius = np.maximum(np.maximum(right - left, top - bottom), 1.0)
        while len(rows):
            self.check()
            sources, found = tree.query(shapes[rows], predicate="dwithin", distance=radius)
            other = places[found] != own[rows[sources]]
            sources, found = sources[other], found[other]
            self._least(result, shapes, layer, rows[sources], places[found])
            lonely = np.bincount(sources, minlength=len(rows)) == 0
            rows, radius = rows[lonely], radius[lonely] * 4

    # -- joins

    def join(self, origin: Layer, layer: Layer, others: bool, start: int, stop: int) -> Join:
        """What the features start … stop of one layer have to do with another layer (or the others of their own)."""
        joins: dict[tuple[int, bool], Join] = origin.memory.setdefault("joins", {})
        key = (id(layer), others)
        join = joins.get(key)
        # the tree tells a layer that was changed
        if join is None or start < join.start or stop > join.stop or join.tree is not self.tree(layer)[0]:
            join = joins[key] = Join(self, origin, layer, others, start, stop)
        return join

    def forget(self, origin: Layer) -> int:
        """Drop the joins of a layer whose features have been dealt with; tells how many pairs they held."""
        joins = origin.memory.pop("joins", {})
        return sum(len(places) for join in joins.values() for places in join.hits if places is not None)

    def _joined(self, left: Any, right: Any) -> Join | None:
        """The join that knows about a feature and a layer."""
        if not (isinstance(left, Feature) and isinstance(right, View)):
            return None
        others = right.without >= 0
        if others and (right.without != left.index or right.layer is not left.layer):
            return None
        known = left.layer.memory.get("joins", {}).get((id(right.layer), others))
        if known is not None and known.start <= left.index < known.stop and known.tree is self.tree(right.layer)[0]:
            return known
        start = left.index // CHUNK * CHUNK
        stop = min(start + CHUNK, len(left.layer))
        return self.join(left.layer, right.layer, others, start, stop)

    def _measured(self, left: Any, right: Any, word: str) -> Any:
        """A measure from the joins; None where only the slow way can say what is the matter."""
        join = self._joined(left, right)
        return None if join is None else join.one(word, left.index - join.start)

    # -- what `Space` asks for

    def hits(self, shape: Any, view: View, origin: Feature | None) -> np.ndarray:
        join = self._joined(origin, view)
        if join is not None and origin is not None:
            join.search(np.arange(join.stop - join.start))
            return join.hits[origin.index - join.start]
        tree, places = self.tree(view.layer)
        return self._without(np.sort(places[tree.query(shape, predicate="intersects")]), view)

    def nearest(self, shape: Any, view: View) -> float:
        shapes = np.array([shape], dtype=object)
        own = None if view.without < 0 else np.array([view.without])
        return float(self.distances(shapes, view.layer, own)[0])

    def relation(self, left: Any, right: Any, word: str) -> Any:
        if isinstance(left, View) and not isinstance(right, View) and word != "差异部分":
            left, right = right, left
        value = self._measured(left, right, word) if word in _RELATIONS else None
        if value is None:
            return super().relation(left, right, word)
        return float(value) if word in ("相交面积", "相交长度") else value

    def touching(self, left: Any, right: Any, word: str) -> bool:
        if isinstance(left, View) and not isinstance(right, View):
            left, right = right, left
        value = self._measured(left, right, word)
        return super().touching(left, right, word) if value is None else bool(value)

    def inside(self, left: Any, right: Any) -> bool:
        value = self._measured(left, right, "位于")
        return super().inside(left, right) if value is None else bool(value)

    def distance(self, left: Any, right: Any) -> float:
        if isinstance(left, View) and not isinstance(right, View):
            left, right = right, left
        value = self._measured(left, right, "距离")
        return super().distance(left, right) if value is None else float(value)

    def located(self, value: Any, view: View) -> Feature | None:
        place = self._measured(value, view, "所在")
        if place is None:
            return super().located(value, view)
        return Feature(view.layer, int(place)) if place >= 0 else None

    def count(self, layer: Layer, field: str, value: Any) -> int:
        return self.counter(layer, field)[value]

    def counter(self, layer: Layer, field: str) -> Counter[Any]:
        """How often each value stands in a field."""
        key = ("count", field)
        if key not in layer.memory:
            layer.memory[key] = Counter(layer.columns[field])
        return layer.memory[key]


class Join:
    """What the features start … stop of a layer have to do with another one. Rows count from `start`.

    With `others` the layer is the features' own, and each leaves itself out.
    """

    def __init__(self, space: IndexedSpace, origin: Layer, layer: Layer, others: bool, start: int, stop: int) -> None:
        self.space, self.origin, self.layer, self.others = space, origin, layer, others
        self.start, self.stop = start, stop
        self.tree = space.tree(layer)[0]
        count = stop - start
        self.hits = np.empty(count, dtype=object)
        self._searched = np.zeros(count, dtype=bool)
        self._unknown = ~origin.usable[start:stop]
        self._measures: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def _own(self, rows: np.ndarray) -> np.ndarray | None:
        return rows + self.start if self.others else None

    def _shapes(self, rows: np.ndarray) -> np.ndarray:
        shapes = self.origin.shapes[rows + self.start]
        shapes[self._unknown[rows]] = None
        return shapes

    def search(self, rows: np.ndarray) -> None:
        """Find what the features of these rows meet."""
        todo = rows[~self._searched[rows]]
        if not len(todo):
            return
        shapes = self._shapes(todo)
        pairs = self.space.pairs(shapes, self.layer, self._own(todo))
        cuts = np.searchsorted(pairs.sources, np.arange(1, len(todo)))
        self.hits[todo] = _listed(np.split(pairs.places, cuts))
        self._unknown[todo] |= self.space.invalid_near(shapes, self.layer, self._own(todo))
        self._searched[todo] = True

    def pairs(self, rows: np.ndarray) -> Pairs:
        """The pairs of these rows, in their order."""
        self.search(rows)
        hits = self.hits[rows]
        counts = np.fromiter(map(len, hits), dtype=np.int64, count=len(rows))
        places = np.concatenate(hits) if len(rows) else np.zeros(0, dtype=np.int64)
        shapes = self._shapes(rows)
        sources = np.repeat(np.arange(len(rows)), counts)
        return Pairs(shapes, self.layer.shapes, sources, places, self.space.area_of, self.space.check)

    def measure(self, word: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """相交面积, 距离, 所在 … of these rows, and which of them cannot be known."""
        if word not in self._measures:
            count = self.stop - self.start
            values: np.ndarray = np.empty(count, dtype=TYPES.get(word, bool))
            self._measures[word] = (values, np.zeros(count, dtype=bool), np.zeros(count, dtype=bool))
        values, unknown, done = self._measures[word]
        todo = rows[~done[rows]]
        if len(todo):
            found, failed = self._measured(word, todo)
            values[todo], unknown[todo], done[todo] = found, failed | self._unknown[todo], True
        return values[rows], unknown[rows]

    def one(self, word: str, row: int) -> Any:
        """A measure of one row, None when it cannot be known."""
        known = self._measures.get(word)
        if known is None or not known[2][row]:
            self.measure(word, np.array([row]))
            known = self._measures[word]
        return None if known[1][row] else known[0][row]

    def _distances(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shapes, own = self._shapes(rows), self._own(rows)
        metres = self.space.distances(shapes, self.layer, own)
        reach = np.where(np.isfinite(metres), metres, 0.0)
        return metres, ~np.isfinite(metres) | self.space.invalid_near(shapes, self.layer, own, reach)

    def _measured(self, word: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What has not been worked out yet; areas and lengths are those of the parts, which are kept."""
        if word == "距离":
            return self._distances(rows)
        if word in ("相交面积", "相交长度"):
            parts, unknown = self.measure("相交部分", rows)
            return (areas(parts, self.space.area_of) if word == "相交面积" else line_lengths(parts)), unknown
        return MEASURES[word](self.pairs(rows))


def _listed(arrays: list[np.ndarray]) -> np.ndarray:
    """Arrays of different lengths as an array of objects."""
    result = np.empty(len(arrays), dtype=object)
    result[:] = arrays
    return result
