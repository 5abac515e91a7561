"""GeoSOT cells that cover a polygon."""

from __future__ import annotations

import numpy as np
import shapely

from tim.codes.angle import UNITS_PER_DEGREE
from tim.codes.cells import MOST_CELLS, require_coverable, sift
from tim.codes.geosot import GEOSOT
from tim.errors import UsageError
from tim.job import Job

_MINUTE, _SECOND = 122_880, 2048


def cover(polygon: shapely.Geometry, level: int, *, most: int = MOST_CELLS, job: Job | None = None) -> list[str]:
    """Codes of the cells of a level that share an area with a polygon in degrees (CGCS2000), sorted.

    Raises `UsageError` off the globe and when there would be more than `most` cells.
    """
    require_coverable(polygon, level, GEOSOT.title, GEOSOT.deepest)
    west, south, east, north = polygon.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise UsageError("图形超出经度 ±180°、纬度 ±90°；请确认坐标是经纬度")
    sign = np.int64(1) << 31
    quadrants = np.array([[x, y] for x in (0, sign) for y in (0, sign)], dtype=np.int64)
    cells = sift(polygon, quadrants, _divide, _boxes, level, most, job)
    if not len(cells):
        return []
    (x, _), (y, _) = (_extents(cells[:, axis], level) for axis in (0, 1))
    sides = [(start, cells[:, axis] >= sign) for axis, start in enumerate((x, y))]
    return sorted(map(str, GEOSOT.encode_units(sides[0], sides[1], level)))


def _divide(cells: np.ndarray, level: int) -> np.ndarray:
    """Words of the children that exist: minutes and seconds below 60, degrees on the globe."""
    half = np.int64(1) << (32 - level)
    steps = np.array([[x, y] for x in (0, half) for y in (0, half)], dtype=np.int64)
    children = (cells[:, None] + steps[None]).reshape(-1, 2)
    keep = np.ones(len(children), dtype=bool)
    for axis, limit in ((0, 180), (1, 90)):
        word = children[:, axis] & 0x7FFFFFFF
        keep &= ((word >> 17 & 63) < 60) & ((word >> 11 & 63) < 60) & (word >> 23 < limit)
    return children[keep]


def _extents(words: np.ndarray, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Start and end in units away from zero; an end in the unused slots lies at the next whole minute or degree."""
    start = words & 0x7FFFFFFF
    return _units(start), _units(start + (np.int64(1) << (32 - level)))


def _units(magnitude: np.ndarray) -> np.ndarray:
    rest = np.minimum((magnitude >> 11 & 63) * _SECOND + (magnitude & 2047), _MINUTE)
    minutes = np.minimum((magnitude >> 17 & 63) * _MINUTE + rest, UNITS_PER_DEGREE)
    return np.asarray((magnitude >> 23) * UNITS_PER_DEGREE + minutes)


def _boxes(cells: np.ndarray, level: int) -> np.ndarray:
    limits = []
    for axis, most in ((0, 180), (1, 90)):
        start, end = (np.minimum(n / UNITS_PER_DEGREE, most) for n in _extents(cells[:, axis], level))
        negative = cells[:, axis] >> 31 == 1
        limits.append((np.where(negative, -end, start), np.where(negative, -start, end)))
    (west, east), (south, north) = limits
    return np.asarray(shapely.box(west, south, east, north))
