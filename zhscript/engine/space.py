"""Spatial measures and relations. A layer as an operand stands for the union of its features.

`Space` looks at every feature of a layer; `engine.index` finds the same features with a spatial index.
"""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np
import shapely

from .errors import Mistake, Undetermined
from .table import Feature, Layer, View

AreaFunction = Callable[[np.ndarray], np.ndarray]
EMPTY = shapely.Polygon()
BUFFER_SEGMENTS = 32  # per quarter circle: radius within 0.03 %
_REASONS = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "孔在外环之外",
    "Holes are nested": "孔套孔",
    "Interior is disconnected": "内部不连通",
    "Nested shells": "面套面",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "点太少",
    "Invalid Coordinate": "坐标不是数",
    "Ring is not closed": "环没有闭合",
}


def invalid_reason(shape: Any) -> str:
    """Why a shape is invalid, in Chinese."""
    reason = shapely.is_valid_reason(shape).partition("[")
    place = reason[2].strip("]")
    return _REASONS.get(reason[0].strip(), "不符合几何规范") + (f"，位置 {place}" if place else "")


class Space:
    """Geometry by exhaustive search: the oracle of the indexed one."""

    def __init__(self, area: AreaFunction, check: Callable[[], None]) -> None:
        self.area_of = area
        self.check = check

    # -- search, overridden by the index

    def hits(self, shape: Any, view: View, _origin: Feature | None) -> np.ndarray:
        """Places of the usable features of `view` that intersect `shape`, ascending."""
        found = shapely.intersects(shape, view.layer.shapes) & view.layer.usable
        return self._without(np.flatnonzero(found), view)

    def nearest(self, shape: Any, view: View) -> float:
        """The least distance from `shape` to a usable feature of `view`; infinite when there is none."""
        places = self._without(np.flatnonzero(view.layer.usable), view)
        return float(shapely.distance(shape, view.layer.shapes[places]).min()) if len(places) else math.inf

    def count(self, layer: Layer, field: str, value: Any) -> int:
        """How many features have this value in a field."""
        return sum(1 for other in layer.columns[field] if other == value)

    def _without(self, places: np.ndarray, view: View) -> np.ndarray:
        return places[places != view.without] if view.without >= 0 else places

    # -- operands

    def shape(self, value: Any) -> Any:
        """The geometry of a feature or shape; 空, empty and invalid ones cannot be judged."""
        if isinstance(value, Feature):
            shape = value.layer.shapes[value.index]
            if shape is None or shape.is_empty:
                raise Undetermined(f"图层“{value.layer.name}”的要素 {value.key} 没有图形")
            if not value.layer.usable[value.index]:
                reason = invalid_reason(shape)
                raise Undetermined(f"图层“{value.layer.name}”的要素 {value.key} 图形无效（{reason}），请先修复")
            return shape
        if isinstance(value, View):
            return self.region(value)
        if value is None:
            raise Undetermined("图形为空")
        if not isinstance(value, shapely.Geometry):
            raise Mistake("这里要图形")
        if not shapely.is_valid(value):
            raise Undetermined(f"图形无效（{invalid_reason(value)}），不能量算，请先修复")
        return value

    def region(self, view: View) -> Any:
        """The union of all features of a layer."""
        layer = view.layer
        if len(layer.invalid):
            first = layer.invalid[0]
            raise Undetermined(f"图层“{layer.name}”的要素 {layer.keys[first]} 图形无效，不能合并整个图层，请先修复")
        if view.without >= 0 or "region" not in layer.memory:
            self.check()
            places = self._without(np.flatnonzero(layer.usable), view)
            region = shapely.union_all(layer.shapes[places]) if len(places) else EMPTY
            if view.without >= 0:
                return region
            shapely.prepare(region)
            layer.memory["region"] = region
        return layer.memory["region"]

    def _refuse_invalid(self, shape: Any, view: View, reach: float = 0.0) -> None:
        """An invalid feature near by makes the answer unknown."""
        layer = view.layer
        if not len(layer.invalid):
            return
        left, bottom, right, top = shapely.bounds(shape)
        boxes = shapely.bounds(layer.shapes[layer.invalid])
        near = (
            (boxes[:, 0] <= right + reach)
            & (boxes[:, 2] >= left - reach)
            & (boxes[:, 1] <= top + reach)
            & (boxes[:, 3] >= bottom - reach)
        )
        # bounds of shapes with NaN coordinates are NaN: where they lie is not known
        near |= np.isnan(boxes).any(axis=1)
        places = self._without(layer.invalid[near], view)
        if len(places):
            reason = invalid_reason(layer.shapes[places[0]])
            raise Undetermined(
                f"附近有图形无效的要素：图层“{layer.name}”的 {layer.keys[places[0]]}（{reason}），请先修复"
            )

    def _found(self, value: Any, view: View) -> tuple[Any, np.ndarray]:
        """The shape of `value` and the shapes of `view` that intersect it."""
        shape = self.shape(value)
        if shape.is_empty:
            return shape, view.layer.shapes[:0]
        self._refuse_invalid(shape, view)
        places = self.hits(shape, view, value if isinstance(value, Feature) else None)
        return shape, view.layer.shapes[places]

    # -- measures

    def area(self, value: Any, area_of: AreaFunction | None = None) -> float:
        """The area in m², by the basis of the program unless `area_of` is given."""
        shape = self.shape(value)
        parts = shapely.get_parts(shape)
        parts = parts[shapely.get_dimensions(parts) == 2]
        return math.fsum((area_of or self.area_of)(parts)) if len(parts) else 0.0

    def perimeter(self, value: Any) -> float:
        """The length of lines, or of the boundary of areas, in m."""
        return float(shapely.length(self.shape(value)))

    def buffer(self, value: Any, distance: float) -> Any:
        """The shape widened (or narrowed when negative) by a distance; layers once for all."""
        if not isinstance(value, View) or value.without >= 0:
            return shapely.buffer(self.shape(value), distance, quad_segs=BUFFER_SEGMENTS)
        memory, key = value.layer.memory, ("buffer", distance)
        if key not in memory:
            shape = shapely.buffer(self.region(value), distance, quad_segs=BUFFER_SEGMENTS)
            shapely.prepare(shape)
            memory[key] = shape
        return memory[key]

    # -- relations

    def relation(self, left: Any, right: Any, word: str) -> Any:
        """相交部分 相交面积 相交长度 合并部分 差异部分."""
        if word in ("相交部分", "相交面积", "相交长度"):
            part = self._intersection(left, right)
            if word == "相交部分":
                return part
            return self.area(part) if word == "相交面积" else line_length(part)
        if word == "合并部分":
            return shapely.union(self.shape(left), self.shape(right))
        if isinstance(right, View) and not isinstance(left, View):
            shape, others = self._found(left, right)
            return shapely.difference(shape, shapely.union_all(others)) if len(others) else shape
        return shapely.difference(self.shape(left), self.shape(right))

    def _intersection(self, left: Any, right: Any) -> Any:
        if isinstance(left, View) and not isinstance(right, View):
            left, right = right, left
        if isinstance(right, View) and not isinstance(left, View):
            shape, others = self._found(left, right)
            parts = shapely.intersection(shape, others)
            if len(parts) == 0:
                return EMPTY
            return parts[0] if len(parts) == 1 else shapely.union_all(parts)
        return shapely.intersection(self.shape(left), self.shape(right))

    def touching(self, left: Any, right: Any, word: str) -> bool:
        """相交 相邻 重叠 相离. 相邻: only boundaries meet; 重叠: the insides meet."""
        if isinstance(left, View) and not isinstance(right, View):
            left, right = right, left
        if isinstance(right, View) and not isinstance(left, View):
            shape, others = self._found(left, right)
        else:
            shape, others = self.shape(left), np.array([self.shape(right)], dtype=object)
            others = others[shapely.intersects(shape, others)]
        if word in ("相交", "相离"):
            return (len(others) > 0) == (word == "相交")
        only_boundaries = shapely.touches(shape, others)
        if word == "相邻":
            return len(others) > 0 and bool(only_boundaries.all())
        return len(others) > 0 and not bool(only_boundaries.all())

    def inside(self, left: Any, right: Any) -> bool:
        """Whether no point of `left` lies outside `right`."""
        if isinstance(right, View) and not isinstance(left, View):
            shape, others = self._found(left, right)
            if len(others) == 0:
                return False
            if shapely.covered_by(shape, others).any():
                return True
            return len(others) > 1 and bool(shapely.covered_by(shape, shapely.union_all(others)))
        return bool(shapely.covered_by(self.shape(left), self.shape(right)))

    def distance(self, left: Any, right: Any) -> float:
        """The least distance in m; to an empty layer there is none."""
        if isinstance(left, View) and not isinstance(right, View):
            left, right = right, left
        if not isinstance(right, View) or isinstance(left, View):
            result = float(shapely.distance(self.shape(left), self.shape(right)))
        else:
            shape = self.shape(left)
            result = math.nan if shape.is_empty else self.nearest(shape, right)
            if result == result:
                self._refuse_invalid(shape, right, result)
        if not math.isfinite(result):
            name = right.layer.name if isinstance(right, View) else ""
            raise Undetermined(f"图层“{name}”里没有可以量距离的图形" if name else "图形为空，不能量距离")
        return result

    def located(self, value: Any, view: View) -> Feature | None:
        """The feature in which a point lies, or which shares most of an area or line. Ties cannot be judged."""
        shape = self.shape(value)
        if shape.is_empty:
            raise Undetermined("图形为空")
        self._refuse_invalid(shape, view)
        places = self.hits(shape, view, value if isinstance(value, Feature) else None)
        dimension = int(shapely.get_dimensions(shape))
        if dimension > 0 and len(places):
            parts = shapely.intersection(shape, view.layer.shapes[places])
            sizes = [self.area(part) if dimension == 2 else line_length(part) for part in parts]
            largest = max(sizes)
            places = places[np.array(sizes) == largest] if largest > 0 else places[:0]
        if len(places) > 1:
            names = "、".join(view.layer.keys[place] for place in places[:3])
            raise Undetermined(f"同时位于图层“{view.layer.name}”的几个要素（{names}），分不出属于哪一个")
        return Feature(view.layer, int(places[0])) if len(places) else None


def line_length(shape: Any) -> float:
    """The length of the lines in a shape, in m."""
    parts = shapely.get_parts(shape)
    return float(shapely.length(parts[shapely.get_dimensions(parts) == 1]).sum())
