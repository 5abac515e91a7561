"""Cells of grid codes as areas: bounds, neighbours, the cells that cover a polygon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely

from tim.codes.angle import UNITS_PER_DEGREE
from tim.codes.grid import HALF_TURN, Cell2D, Grid, Level
from tim.codes.height import height_of_units
from tim.codes.polar import POLAR
from tim.errors import UsageError
from tim.job import Job

MOST_CELLS = 1_000_000
_AROUND = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


@dataclass(frozen=True)
class Cell:
    """Bounds in units of 1/2048″ (west and south negative); `bottom` and `top` in metres, None in the plane.

    West lies from -180° to 180°; a polar cell across 180° has its east beyond.
    """

    west: int
    south: int
    east: int
    north: int
    bottom: float | None = None
    top: float | None = None

    @property
    def degrees(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees."""
        west, south, east, north = (n / UNITS_PER_DEGREE for n in (self.west, self.south, self.east, self.north))
        return west, south, east, north

    @property
    def polygon(self) -> shapely.Polygon:
        """The cell in degrees of longitude and latitude."""
        return shapely.box(*self.degrees)


def cell_of(grid: Grid, code: str, solid: bool | None = None) -> Cell:
    """The bounds of a code's cell; `solid` as in `Grid.decode`. Raises `UsageError` for a code that is none."""
    return _bounds(grid.decode(code, solid))


def _bounds(found: Cell2D) -> Cell:
    west, east = _signed(found.x, found.width, found.west)
    south, north = _signed(found.y, found.depth, found.south)
    if east - west == 2 * HALF_TURN:
        west, east = -HALF_TURN, HALF_TURN
    elif west >= HALF_TURN:
        west, east = west - 2 * HALF_TURN, east - 2 * HALF_TURN
    if found.height is None:
        return Cell(west, south, east, north)
    start, size, below = found.height
    limits = sorted((height_of_units(start, below), height_of_units(start + size, below)))
    return Cell(west, south, east, north, *limits)


def neighbours(grid: Grid, code: str, solid: bool | None = None) -> list[str]:
    """The codes around a cell on the same level; for a solid cell those above and below, too.

    Clockwise from the north, at the polar caps (whose rings have cells of their own widths) ring by ring. Across 180°
    the other side's cells are given; where the grid ends at 88° there are none beyond. Raises `UsageError` for what is
    no code.
    """
    found = grid.decode(code, solid)
    cell = _bounds(found)
    if grid.polar and found.y + found.depth >= POLAR:
        codes = _around_pole(grid, code, found, cell)
    else:
        corners = [(cell.west + a * found.width, cell.south + b * found.depth) for a, b in _AROUND]
        codes = [_at(grid, x, y, found) for x, y in corners if -POLAR <= y < POLAR]
    if found.height is not None:
        start, size, below = found.height
        index = -(start // size) - 1 if below else start // size
        moved = [replace(found, height=_height(other, size)) for other in (index + 1, index - 1)]
        codes += [_at(grid, cell.west, cell.south, other) for other in moved]
    return codes


def cover(
    grid: Grid, polygon: shapely.Geometry, level: int, *, most: int = MOST_CELLS, job: Job | None = None
) -> list[str]:
    """Codes of the cells of a level that share an area with a polygon in degrees (CGCS2000), sorted.

    Cells are divided from the largest down, so the work grows with the border. Raises `UsageError` when there would be
    more than `most` cells.
    """
    require_coverable(polygon, level, grid.title, len(grid.levels))
    first = _first(grid, polygon)

    def divide(cells: np.ndarray, number: int) -> np.ndarray:
        return _divide(cells, grid.levels[number - 2], grid.levels[number - 1])

    cells = sift(polygon, first, divide, lambda some, number: _boxes(some, grid.levels[number - 1]), level, most, job)
    return sorted(_codes(grid, cells, level))


def require_coverable(polygon: shapely.Geometry, level: int, title: str, deepest: int) -> None:
    """Raise `UsageError` for a level that a grid does not have, and for anything but a valid polygon."""
    if not 1 <= level <= deepest:
        raise UsageError(f"{title}有 1 至 {deepest} 级，没有第 {level} 级")
    if not shapely.is_valid(polygon) or shapely.get_dimensions(polygon) != 2:
        raise UsageError("求覆盖的网格要有效的面；请先修复图形")


def sift(
    polygon: shapely.Geometry,
    first: np.ndarray,
    divide: Callable[[np.ndarray, int], np.ndarray],
    boxes: Callable[[np.ndarray, int], np.ndarray],
    level: int,
    most: int,
    job: Job | None = None,
) -> np.ndarray:
    """The cells of a level that share an area with a polygon, from those of the first level down.

    `divide` gives the cells of a level in those above, `boxes` their shapes. Cells inside are not compared.
    """
    shapely.prepare(polygon)
    whole, edge = first[:0], first
    for number in range(1, level + 1):
        if number > 1:
            whole, edge = divide(whole, number), divide(edge, number)
        if job:
            job.check()
        shapes = boxes(edge, number)
        inside = shapely.contains_properly(polygon, shapes)
        touching = shapely.intersects(polygon, shapes) & ~inside
        touching[touching] = ~shapely.touches(polygon, shapes[touching])
        whole, edge = np.concatenate([whole, edge[inside]]), edge[touching]
        if len(whole) + len(edge) > most:
            raise UsageError(f"第 {number} 级就有 {len(whole) + len(edge)} 个网格，超过 {most} 个；请用较粗的级别")
    return np.concatenate([whole, edge])


def _signed(start: int, size: int, negative: bool) -> tuple[int, int]:
    return (-start - size, -start) if negative else (start, start + size)


def _height(index: int, size: int) -> tuple[int, int, bool]:
    return ((-index - 1) * size, size, True) if index < 0 else (index * size, size, False)


def _at(grid: Grid, west: int, south: int, like: Cell2D) -> str:
    """The code of the cell that holds the square of one unit with this lower left corner."""
    west = (west + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN
    sides = np.array([west < 0]), np.array([south < 0])
    x, y = (-value - 1 if value < 0 else value for value in (west, south))
    heights = None
    if like.height is not None:
        start, _, below = like.height
        heights = np.array([start]), np.array([below])
    return str(grid.encode_units(*sides, np.array([x]), np.array([y]), like.level, heights)[0])


def _around_pole(grid: Grid, code: str, found: Cell2D, cell: Cell) -> list[str]:
    """Cells that touch a cell of a polar cap or one just below it: the ring nearer to the pole, its own, the next."""
    codes: list[str] = []
    for y in (found.y + found.depth, found.y, found.y - 1):
        lon = cell.west - 1
        while y < 90 * UNITS_PER_DEGREE and lon <= cell.east:
            other = _at(grid, lon, -y - 1 if found.south else y, found)
            codes.append(other)
            bounds = cell_of(grid, other, found.height is not None)
            lon += (bounds.east - lon - 1) % (2 * HALF_TURN) + 1
    return [other for other in dict.fromkeys(codes) if other != code]


def _first(grid: Grid, polygon: shapely.Geometry) -> np.ndarray:
    """Lower left corners (N×2, units) of the first level's cells over the bounds."""
    west, south, east, north = (int(np.floor(value * UNITS_PER_DEGREE)) for value in polygon.bounds)
    if west < -HALF_TURN or east > HALF_TURN or south <= -POLAR or north >= POLAR:
        raise UsageError("只能求纬度 88° 以内的覆盖网格（经度 ±180°）；请确认图形的坐标是经纬度")
    level = grid.levels[0]
    columns = np.arange(west // level.width, east // level.width + 1, dtype=np.int64) * level.width
    rows = np.arange(south // level.depth, north // level.depth + 1, dtype=np.int64) * level.depth
    return np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)


def _divide(cells: np.ndarray, above: Level, level: Level) -> np.ndarray:
    columns, rows = above.width // level.width, above.depth // level.depth
    across, up = np.meshgrid(np.arange(columns) * level.width, np.arange(rows) * level.depth)
    steps = np.stack([across, up], axis=-1).reshape(-1, 2)
    return (cells[:, None] + steps[None]).reshape(-1, 2)


def _boxes(cells: np.ndarray, level: Level) -> np.ndarray:
    west, south = cells[:, 0], cells[:, 1]
    limits = west, south, west + level.width, south + level.depth
    return np.asarray(shapely.box(*(values / UNITS_PER_DEGREE for values in limits)))


def _codes(grid: Grid, cells: np.ndarray, level: int) -> list[str]:
    if not len(cells):
        return []
    item = grid.levels[level - 1]
    west, south = cells[:, 0], cells[:, 1]
    x = np.where(west < 0, -west - item.width, west)
    y = np.where(south < 0, -south - item.depth, south)
    return [str(code) for code in grid.encode_units(west < 0, south < 0, x, y, level)]
