"""The table of boundary points and the four sides of plots, as Excel sheets."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import shapely
from openpyxl import Workbook

from tim.boundary.plots import rings_of
from tim.job import Job
from tim.report.spreadsheet import style_heads, text_cell
from tim.sources.vector import VectorLayer

_HEAD = ("地块", "圈号", "点号", "X（北，米）", "Y（东，米）", "边长（米）", "坐标方位角", "至点号")
_SIDES = ("北", "东", "南", "西")
_NEAR = 0.1  # m: parcels of one survey share points, digitised ones nearly


def write_point_table(
    path: Path,
    source: VectorLayer,
    names: list[str],
    around: VectorLayer | None,
    field: str | None,
    decimals: int,
    job: Job,
) -> tuple[int, int]:
    """Write the workbook; returns how many plots and points it has. Lengths and bearings are of the points shown."""
    book = Workbook(write_only=False)
    sheet = book.active
    sheet.title = "界址点成果表"
    sheet.append(_HEAD)
    plots = points = 0
    for index, shape in enumerate(source.geometry):
        job.check()
        if shape is None or shapely.get_dimensions(shape) != 2 or shape.is_empty:
            continue
        plots += 1
        first = 1
        for number, ring in enumerate(rings_of(shape, decimals), 1):
            count = len(ring) - 1
            for place in range(count):
                step = ring[place + 1] - ring[place]
                row = (
                    text_cell(sheet, names[index]),
                    number,
                    f"J{first + place}",
                    round(float(ring[place][0]), decimals),
                    round(float(ring[place][1]), decimals),
                    round(float(np.hypot(*step)), 2),
                    bearing(*step),
                    f"J{first + (place + 1) % count}",
                )
                sheet.append(row)
            first += count
            points += count
    _format(sheet, decimals)
    if around is not None:
        _four_sides(book.create_sheet("四至"), source, names, around, field, job)
    book.save(path)
    return plots, points


def bearing(north: float, east: float) -> str:
    """The grid bearing of a step, clockwise from north, in degrees, minutes and seconds."""
    seconds = round(math.degrees(math.atan2(east, north)) % 360 * 3600) % (360 * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}′{seconds % 60:02d}″"


def sides_of(shape: shapely.Geometry, others: np.ndarray) -> dict[str, list[tuple[int, float]]]:
    """For north, east, south, west: (index in `others`, metres of common border), the longest first.

    A border counts for the side on which its middle lies, seen from the centroid of the plot.
    """
    result: dict[str, list[tuple[int, float]]] = {side: [] for side in _SIDES}
    edge = shapely.boundary(shape)
    centre = shapely.centroid(shape)
    near = shapely.buffer(others, _NEAR)
    for index, common in enumerate(shapely.intersection(edge, near)):
        length = shapely.length(common)
        if length <= 4 * _NEAR:  # corners only
            continue
        middle = shapely.centroid(common)
        turn = math.degrees(math.atan2(middle.x - centre.x, middle.y - centre.y)) % 360
        result[_SIDES[int((turn + 45) // 90) % 4]].append((index, float(length)))
    for found in result.values():
        found.sort(key=lambda item: -item[1])
    return result


def _four_sides(
    sheet: object, source: VectorLayer, names: list[str], around: VectorLayer, field: str | None, job: Job
) -> None:
    sheet.append(("地块", *(f"{side}至" for side in _SIDES)))  # type: ignore[attr-defined]
    titles = [str(value) for value in (around.columns[field] if field else around.fids)]
    tree = shapely.STRtree(around.geometry)
    for index, shape in enumerate(source.geometry):
        job.check()
        if shape is None or shapely.get_dimensions(shape) != 2:
            continue
        found = tree.query(shape, predicate="dwithin", distance=_NEAR)
        overlap = shapely.area(shapely.intersection(around.geometry[found], shape))
        others = found[overlap < 0.5 * shapely.area(around.geometry[found])]  # the plot itself is no neighbour
        sides = sides_of(shape, around.geometry[others])
        row = ["、".join(dict.fromkeys(titles[others[place]] for place, _ in sides[side])) for side in _SIDES]
        sheet.append([text_cell(sheet, text) for text in (names[index], *row)])  # type: ignore[attr-defined]
    _format(sheet, 0)


def _format(sheet: object, decimals: int) -> None:
    style_heads(sheet, "A2")
    for row in sheet.iter_rows(min_row=2, min_col=4, max_col=5):  # type: ignore[attr-defined]
        for cell in row:
            if isinstance(cell.value, float):
                cell.number_format = "0." + "0" * decimals
