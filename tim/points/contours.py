"""Contour lines of a terrain, seamless over the pieces that it is drawn in."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import contourpy
import numpy as np
import pyproj
import shapely

from pointcloud.tiles.grid import Frame
from tim.errors import UsageError
from tim.job import Job
from tim.points.raster import Reader, frames
from tim.sources.gpkg import write_table

_INDEX = 5  # every fifth line is an index contour (计曲线)
_MOST_LEVELS = 5000
_SMALLEST = 3  # cells: shorter closed lines are noise of the points


def contour_lines(read: Reader, whole: Frame, interval: float, job: Job) -> tuple[np.ndarray, np.ndarray]:
    """(lines, their heights) at multiples of `interval` (m), in metres of the frame.

    Pieces share the cell centres along their seams, so lines meet there exactly and are joined.
    """
    pieces: dict[int, list[shapely.Geometry]] = defaultdict(list)
    for frame in frames(whole):
        job.check()
        part = Frame(frame.cell, frame.left, frame.bottom - 1, frame.right + 1, frame.top)
        heights = read(part)
        if np.isnan(heights).all():
            continue
        low, high = np.ceil(np.nanmin(heights) / interval), np.floor(np.nanmax(heights) / interval)
        if high - low > _MOST_LEVELS:
            raise UsageError(f"等高距 {interval:g} 米太小：地形高差会有 {high - low:.0f} 条等高线；请加大等高距")
        x, y = part.centres()
        generator = contourpy.contour_generator(x, y, np.ma.masked_invalid(heights.astype(np.float64)))
        for number in range(int(low), int(high) + 1):
            pieces[number] += [shapely.LineString(line) for line in generator.lines(number * interval) if len(line) > 1]
    lines: list[shapely.Geometry] = []
    levels: list[int] = []
    for number in sorted(pieces):
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces[number])))
        kept = merged[~(shapely.is_closed(merged) & (shapely.length(merged) < _SMALLEST * whole.cell))]
        lines += list(kept)
        levels += [number] * len(kept)
    return np.array(lines, dtype=object), np.array(levels, dtype=np.int64)


def write_contours(
    path: Path, read: Reader, whole: Frame, interval: float, scale: float, crs: pyproj.CRS, job: Job
) -> int:
    """Write the lines to a GeoPackage with the fields 高程 and 计曲线; returns their number."""
    lines, levels = contour_lines(read, whole, interval, job)
    if scale != 1.0:
        lines = shapely.transform(lines, lambda places: places * scale)
    columns = {"高程": levels * interval, "计曲线": (levels % _INDEX == 0).astype(np.int32)}
    write_table(path, "contour", "等高线", lines, columns, crs.to_wkt(), "LineString")
    return len(lines)
