"""Measures and relations of shapes: with a layer by its index, between shapes in bulk."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ...units import AREA, LENGTH, Dimension
from ..bulk import MEASURES, Pairs, areas, line_lengths, pairwise, pieces
from ..space import BUFFER_SEGMENTS
from .columns import KNOWN, LOOK, NULL, UNKNOWN, Column, nothing
from .frame import Frame
from .operators import Element, LayerOf, Operator

VERTICES = 50_000  # that one call of GEOS works on
_DIMENSIONS: dict[str, Dimension] = {"相交面积": AREA, "相交长度": LENGTH, "距离": LENGTH}
_SORTS = {"相交部分": "shape", "差异部分": "shape", "合并部分": "shape", "所在": "feature"}
OF_SHAPE = frozenset({"面积", "总面积", "周长", "长度", "中心点", "形状", "边界", "节点数"})
_CONDITIONS = frozenset({"相交", "相离", "相邻", "重叠", "位于"})


def shapes_of(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """The shapes of features or shapes, None where `Space.shape` refuses them, and their states."""
    if column.kind == "feature" and column.layer is not None and len(column.layer):
        known = column.state == KNOWN
        usable = known & column.layer.usable[column.values]
        shapes = np.full(len(column), None, dtype=object)
        shapes[usable] = column.layer.shapes[column.values[usable]]
        state: np.ndarray = np.where(known & ~usable, UNKNOWN, column.state)
    elif column.kind == "shape":
        shapes, state = _blanked(column.values, column.state == KNOWN), column.state
    else:
        shapes = np.full(len(column), None, dtype=object)
        state = np.where(column.state == KNOWN, LOOK, column.state)
    return shapes, np.where(state == NULL, UNKNOWN, state).astype(np.uint8)


def _blanked(shapes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The shapes that are known, None elsewhere."""
    result = np.full(len(shapes), None, dtype=object)
    result[known] = shapes[known]
    return result


def measured(word: str, values: np.ndarray, state: np.ndarray, layer: Any = None) -> Column:
    """A column of the results of a measure or relation."""
    sort = _SORTS.get(word)
    if sort == "shape":
        state = np.where((state == KNOWN) & shapely.is_missing(values), LOOK, state)
        return Column("shape", _blanked(values, state == KNOWN), state)
    if sort == "feature":
        return Column("feature", values, np.where((state == KNOWN) & (values < 0), NULL, state), layer=layer)
    if word in _CONDITIONS:
        return Column("boolean", values.astype(bool), state)
    return Column("number", np.where(state == KNOWN, values, 0.0), state, dimension=_DIMENSIONS[word])


class WithLayer(Operator):
    """What features or shapes have to do with a whole layer (其他 L: without the feature checked).

    `word`: 相交 相离 相邻 重叠 位于 所在 相交部分 相交面积 相交长度 差异部分 距离.
    """

    fatal = False

    def __init__(self, node: Any, word: str, base: Operator, layer: LayerOf) -> None:
        super().__init__(node)
        self.word = word
        self.target = layer
        self.children = (base,)
        self.sort = _SORTS.get(word, "condition" if word in _CONDITIONS else "value")
        self.layer = layer.layer if word == "所在" else ""

    @property
    def joined(self) -> bool:
        """Whether the results are kept where looking at a feature finds them."""
        base = self.children[0]
        return isinstance(base, Element) or (base.sort == "feature" and not self.target.others)

    def prepare(self, frame: Frame) -> None:
        super().prepare(frame)
        if self.joined:
            self.column(frame)

    def compute(self, frame: Frame) -> Column:
        layer = frame.chunk.evaluator.layers[self.target.layer]
        base = self.children[0]
        if isinstance(base, Element):
            join = frame.chunk.join(layer, self.target.others)
            values, unknown = join.measure(self.word, frame.rows)
            return measured(self.word, values, np.where(unknown, UNKNOWN, KNOWN), layer)
        column = base.column(frame)
        if column.kind == "feature" and not self.target.others and column.layer is not None:
            return self._of_features(frame, column, layer)
        return self._of_shapes(frame, column, layer)

    def _of_features(self, frame: Frame, column: Column, layer: Any) -> Column:
        known = column.state == KNOWN
        join = frame.chunk.space.join(column.layer, layer, False, 0, len(column.layer))  # type: ignore[arg-type]
        places, back = np.unique(column.values[known], return_inverse=True)
        values, unknown = join.measure(self.word, places)
        state = np.where(column.state == NULL, UNKNOWN, column.state)
        state[known] = np.where(unknown, UNKNOWN, KNOWN)[back]
        spread = np.full(len(column), None if values.dtype == object else 0, dtype=values.dtype)
        spread[known] = values[back]
        return measured(self.word, spread, state, layer)

    def _of_shapes(self, frame: Frame, column: Column, layer: Any) -> Column:
        shapes, state = shapes_of(column)
        own = frame.places if self.target.others else None
        space = frame.chunk.space
        if self.word == "距离":
            values = space.distances(shapes, layer, own)
            finite = np.isfinite(values)
            unknown = ~finite | space.invalid_near(shapes, layer, own, np.where(finite, values, 0.0))
        else:
            values, unknown = MEASURES[self.word](space.pairs(shapes, layer, own))
            unknown = unknown | space.invalid_near(shapes, layer, own)
            if self.word == "所在":
                unknown |= shapely.is_empty(shapes)
        return measured(self.word, values, np.where((state == KNOWN) & unknown, UNKNOWN, state), layer)


class OfTwo(Operator):
    """What two shapes have to do with each other, row by row."""

    fatal = False

    def __init__(self, node: Any, word: str, left: Operator, right: Operator) -> None:
        super().__init__(node)
        self.word = word
        self.children = (left, right)
        self.sort = _SORTS.get(word, "condition" if word in _CONDITIONS else "value")

    def compute(self, frame: Frame) -> Column:
        (left, one), (right, two) = (shapes_of(child.column(frame)) for child in self.children)
        state = np.maximum(one, two)
        rows = np.flatnonzero(state == KNOWN)
        values, failed = self._results(frame, left[rows], right[rows])
        state[rows[failed]] = UNKNOWN
        result = np.full(len(frame), None if values.dtype == object else 0, dtype=values.dtype)
        result[rows] = values
        return measured(self.word, result, state)

    def _results(self, frame: Frame, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        check, area = frame.chunk.space.check, frame.chunk.space.area_of
        if self.word == "距离":
            metres, failed = pairwise(shapely.distance, left, right, check)
            metres = np.where(failed, np.nan, metres).astype(float)
            return metres, ~np.isfinite(metres)
        if self.word in _FUNCTIONS:
            return pairwise(_FUNCTIONS[self.word], left, right, check)
        if self.word in ("相交面积", "相交长度"):
            parts, failed = pairwise(shapely.intersection, left, right, check)
            return (areas(parts, area) if self.word == "相交面积" else line_lengths(parts)), failed
        meeting, failed = pairwise(shapely.intersects, left, right, check)
        some = np.flatnonzero(meeting.astype(bool))
        pairs = Pairs(left, right, some, some, area, check)
        values, worse = MEASURES[self.word](pairs)
        return values, failed | worse


_FUNCTIONS: dict[str, Any] = {
    "相交部分": shapely.intersection,
    "合并部分": shapely.union,
    "差异部分": shapely.difference,
    "位于": shapely.covered_by,
}


class OfShape(Operator):
    """面积 周长 长度 中心点 形状 边界 节点数 of features or shapes."""

    fatal = False

    def __init__(self, node: Any, word: str, base: Operator) -> None:
        super().__init__(node)
        self.word = word
        self.children = (base,)
        self.sort = "shape" if word in ("中心点", "形状", "边界") else "value"

    def compute(self, frame: Frame) -> Column:
        shapes, state = shapes_of(self.children[0].column(frame))
        if self.word in ("面积", "总面积"):
            values = areas(shapes, frame.chunk.space.area_of)
            return Column("number", values, state, dimension=AREA)
        if self.word in ("周长", "长度"):
            lengths = np.nan_to_num(shapely.length(shapes))
            return Column("number", lengths, state, dimension=LENGTH)
        if self.word == "节点数":
            counts = shapely.get_num_coordinates(shapes).astype(float)
            return Column("number", counts, state, integer=True)
        if self.word == "中心点":
            state = np.where((state == KNOWN) & shapely.is_empty(shapes), UNKNOWN, state)
            return Column("shape", _blanked(shapely.centroid(shapes), state == KNOWN), state)
        if self.word == "边界":
            shapes = shapely.boundary(shapes)
            state = np.where((state == KNOWN) & shapely.is_missing(shapes), NULL, state)
        return Column("shape", shapes, state)


class Buffer(Operator):
    """g 的500米缓冲区, 外扩范围, 内缩范围."""

    sort = "shape"
    fatal = False

    def __init__(self, node: Any, base: Operator, metres: float) -> None:
        super().__init__(node)
        self.children = (base,)
        self._metres = metres

    def compute(self, frame: Frame) -> Column:
        shapes, state = shapes_of(self.children[0].column(frame))
        result = np.full(len(shapes), None, dtype=object)
        for piece in pieces(shapely.get_num_coordinates(shapes), VERTICES // 8):
            frame.chunk.space.check()
            result[piece] = _buffered(shapes[piece], self._metres)
        return Column("shape", result, np.where((state == KNOWN) & shapely.is_missing(result), UNKNOWN, state))


def _buffered(shapes: np.ndarray, metres: float) -> Any:
    try:
        return shapely.buffer(shapes, metres, quad_segs=BUFFER_SEGMENTS)
    except shapely.errors.ShapelyError:
        return None


class Unique(Operator):
    """x 的 f 在 L 中唯一."""

    sort = "condition"
    fatal = False

    def __init__(self, node: Any, base: Operator, name: str) -> None:
        super().__init__(node)
        self.name = name
        self.children = (base,)

    def compute(self, frame: Frame) -> Column:
        features = self.children[0].column(frame)
        layer = features.layer
        if layer is None or not len(layer):
            return nothing(len(frame))
        values, counter = layer.columns[self.name], frame.chunk.space.counter(layer, self.name)
        known = features.state == KNOWN
        single = np.zeros(len(frame), dtype=bool)
        state = np.where(known, KNOWN, LOOK).astype(np.uint8)
        for row in np.flatnonzero(known):
            value = values[features.values[row]]
            if value is None:
                state[row] = UNKNOWN
            else:
                single[row] = counter[value] == 1
        return Column("boolean", single, state)
