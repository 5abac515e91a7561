"""Library functions that make geometries of numbers and texts. Coordinates are those of the program's system."""

from __future__ import annotations

from typing import Any, Callable

import shapely

from ..units import LENGTH
from .arguments import items, known, plain, text
from .errors import Mistake
from .values import sort, split

CIRCLE_SEGMENTS = 32  # per quarter: the area is within 0.04 %


def _rectangle(*corners: Any) -> Any:
    left, bottom, right, top = (float(plain(corner)) for corner in corners)
    if not (left < right and bottom < top):
        raise Mistake("矩形要写（左，下，右，上），左小于右，下小于上")
    return shapely.box(left, bottom, right, top)


def _place(value: Any) -> tuple[float, float]:
    """The coordinates of a point."""
    if not isinstance(value, shapely.Point) or value.is_empty:
        raise Mistake(f"这里要点，例如 点（500，600），现在是“{sort(value)}”")
    return value.x, value.y


def _line(points: Any) -> Any:
    places = [_place(point) for point in items(points)]
    if len(set(places)) < 2:
        raise Mistake("线至少要两个不同的点")
    return shapely.LineString(places)


def _polygon(points: Any) -> Any:
    places = [_place(point) for point in items(points)]
    if len(set(places)) < 3:
        raise Mistake("面至少要三个不同的点")
    shape = shapely.Polygon(places)
    if not shape.is_valid or not shape.area:
        raise Mistake("这些点围成的面不规范（自相交，或都在一条线上）")
    return shape


def _circle(x: Any, y: Any, radius: Any) -> Any:
    metres, dimension = split(known(radius, "半径"))
    if dimension != LENGTH or not metres > 0:
        raise Mistake("圆要写（横坐标，纵坐标，半径），半径是大于零的长度，例如 500米")
    return shapely.Point(float(plain(x)), float(plain(y))).buffer(float(metres), quad_segs=CIRCLE_SEGMENTS)


def _from_wkt(wkt: Any) -> Any:
    try:
        shape = shapely.from_wkt(text(wkt))
    except (shapely.errors.ShapelyError, NotImplementedError) as error:
        raise Mistake("这段文字不是图形的 WKT（点、线、面及它们的组合；不能有曲线）") from error
    if shapely.get_type_id(shape) not in range(8):  # curves
        raise Mistake("图形里有曲线，不能计算；请先化为折线")
    return shapely.force_2d(shape)


SHAPES: dict[str, Callable[..., Any]] = {
    "矩形": _rectangle,
    "点": lambda x, y: shapely.Point(float(plain(x)), float(plain(y))),
    "线": _line,
    "面": _polygon,
    "圆": _circle,
    "由WKT": _from_wkt,
}
