"""Cells of grid codes as areas: bounds, neighbours, the cells that cover a polygon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from tim.codes.angle import UNITS_PER_DEGREE
from tim.codes.grid import HALF_TURN, POLAR, Cell2D, Grid, Level
from tim.codes.height import height_of_units
from tim.errors import UsageError
from tim.job import Job

MOST_CELLS = 1_000_000
_AROUND = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


@dataclass(frozen=True)
class Cell:
    """Bounds in units of 1/2048″ (west and south negative); `bottom` and `top` in metres, None in the plane."""

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


def cell_of(grid: Grid, code: str) -> Cell:
    """The bounds of a code's cell. Raises `UsageError` for a code that is none."""
    found = grid.decode(code)
    level = grid.levels[found.level - 1]
    west, east = _signed(found.x, level.width, found.west)
    south, north = _signed(found.y, level.depth, found.south)
    if found.height is None:
        return Cell(west, south, east, north)
    start, size, below = found.height
    limits = sorted((height_of_units(start, below), height_of_units(start + size, below)))
    return Cell(west, south, east, north, *limits)


def neighbours(grid: Grid, code: str) -> list[str]:
    """The codes around a cell on the same level, clockwise from the north; for a solid cell those above and below, too.

    Across 180° the other side's cells are given; beyond 88° there are none. Raises `UsageError` for what is no code.
    """
    found = grid.decode(code)
    level = grid.levels[found.level - 1]
    cell = cell_of(grid, code)
    around = [_at(grid, cell.west + a * level.width, cell.south + b * level.depth, found) for a, b in _AROUND]
    codes = [item for item in around if item is not None]
    if found.height is not None:
        start, size, below = found.height
        index = -(start // size) - 1 if below else start // size
        for other in (index + 1, index - 1):
            moved = Cell2D(found.west, found.south, found.x, found.y, found.level, _height(other, size))
            codes.append(_write(grid, moved))
    return codes


def cover(
    grid: Grid, polygon: shapely.Geometry, level: int, *, most: int = MOST_CELLS, job: Job | None = None
) -> list[str]:
    """Codes of the cells of a level that share an area with a polygon in degrees (CGCS2000), sorted.

    Cells are divided from the largest down, so the work grows with the border. Raises `UsageError` when there would be
    more than `most` cells.
    """
    if not 1 <= level <= len(grid.levels):
        raise UsageError(f"{grid.title}有 1 至 {len(grid.levels)} 级，没有第 {level} 级")
    if not shapely.is_valid(polygon) or shapely.get_dimensions(polygon) != 2:
        raise UsageError("求覆盖的网格要有效的面；请先修复图形")
    shapely.prepare(polygon)
    whole = np.empty((0, 2), dtype=np.int64)
    edge = _first(grid, polygon)
    for number in range(1, level + 1):
        item = grid.levels[number - 1]
        if number > 1:
            above = grid.levels[number - 2]
            whole, edge = (_divide(cells, above, item) for cells in (whole, edge))
        if job:
            job.check()
        boxes = _boxes(edge, item)
        inside = shapely.contains_properly(polygon, boxes)
        touching = shapely.intersects(polygon, boxes) & ~inside
        touching[touching] = ~shapely.touches(polygon, boxes[touching])
        whole, edge = np.concatenate([whole, edge[inside]]), edge[touching]
        if len(whole) + len(edge) > most:
            raise UsageError(f"第 {number} 级就有 {len(whole) + len(edge)} 个网格，超过 {most} 个；请用较粗的级别")
    return sorted(_codes(grid, np.concatenate([whole, edge]), level))


def _signed(start: int, size: int, negative: bool) -> tuple[int, int]:
    return (-start - size, -start) if negative else (start, start + size)


def _height(index: int, size: int) -> tuple[int, int, bool]:
    return ((-index - 1) * size, size, True) if index < 0 else (index * size, size, False)


def _at(grid: Grid, west: int, south: int, like: Cell2D) -> str | None:
    """The code of the cell with this lower left corner."""
    level = grid.levels[like.level - 1]
    west = (west + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN
    if not -POLAR <= south < POLAR:
        return None
    x = -west - level.width if west < 0 else west
    y = -south - level.depth if south < 0 else south
    return _write(grid, Cell2D(west < 0, south < 0, x, y, like.level, like.height))


def _write(grid: Grid, cell: Cell2D) -> str:
    heights = None
    if cell.height is not None:
        start, _, below = cell.height
        heights = np.array([start]), np.array([below])
    sides = np.array([cell.west]), np.array([cell.south])
    return str(grid.encode_units(*sides, np.array([cell.x]), np.array([cell.y]), cell.level, heights)[0])


def _first(grid: Grid, polygon: shapely.Geometry) -> np.ndarray:
    """Lower left corners (N×2, units) of the first level's cells over the bounds."""
    west, south, east, north = (int(np.floor(value * UNITS_PER_DEGREE)) for value in polygon.bounds)
    if west < -HALF_TURN or east > HALF_TURN or south <= -POLAR or north >= POLAR:
        raise UsageError("图形超出网格的范围（经度 ±180°，纬度 ±88°）；请确认坐标是经纬度")
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
