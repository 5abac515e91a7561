"""`tim code`: codes made, checked and spread over layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.codes import BUSINESS_CODES, GEOSOT, GRIDS, Grid, Verdict, cell_of, check_code, cover, neighbours
from tim.codes.geosot import GeoSot
from tim.codes.geosot_cover import cover as cover_geosot
from tim.codes.identity import check_identity
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.result import OK, VIOLATIONS, Result
from tim.sources.gpkg import write_table
from tim.sources.vector import VectorLayer, read_layer

CGCS2000 = "EPSG:4490"
MOST_TOLD = 1000


def make_code(
    kind: str, lon: str, lat: str, *, height: float | None = None, level: int | None = None, job: Job
) -> Result:
    """The code of one point in degrees (CGCS2000, decimal texts), with the bounds of its cell.

    Result keys: `code`, `grid_level`, `bounds` (west, south, east, north in degrees), `heights` (metres),
    `note` (what of the rules is not published).
    """
    job.check()
    coder = _coder(kind)
    level = level or _deepest(coder)
    code = str(coder.encode(lon, lat, level, height)[0])
    data = {
        "code": code,
        "grid_level": level,
        **_bounds(coder, code, height is not None),
        "note": coder.check(code).note,
    }
    return Result(f"{coder.title}（第 {level} 级）：{code}", data=data)


def check_codes(
    codes: Sequence[str] | None = None,
    *,
    kind: str,
    layer: str | None = None,
    field: str | None = None,
    job: Job,
) -> Result:
    """Check codes given as words, or the values of a field.

    Result keys: `checked`, `invalid` (list of {`code`, `feature`, `segment`, `position`, `reason`}, at most 1,000),
    `note`. Status "violations" when one is wrong. A missing value counts as wrong.
    """
    given = [(str(code), "") for code in codes or ()]
    if layer is not None:
        if field is None:
            raise UsageError("检查图层时要用 --field 指明装编码的字段")
        source = read_layer(layer, columns=[field], task=job)
        given += [
            ("" if value is None else str(value), str(fid)) for value, fid in zip(source.columns[field], source.fids)
        ]
    if not given:
        raise UsageError("没有要检查的编码；请写出编码，或用 --layer 和 --field 指明图层的字段")
    wrong: list[dict[str, Any]] = []
    note = ""
    for code, feature in given:
        verdict = _verdict(kind, code)
        note = verdict.note or note
        if not verdict.valid:
            told = {"segment": verdict.segment, "position": verdict.position, "reason": verdict.reason}
            wrong.append({"code": code, "feature": feature, **told})
    message = f"检查了 {len(given)} 个{_title(kind)}，" + (f"{len(wrong)} 个不对" if wrong else "全部正确")
    if wrong:
        message += f"；第一个“{wrong[0]['code']}”：{wrong[0]['reason']}"
    data = {"checked": len(given), "wrong": len(wrong), "invalid": wrong[:MOST_TOLD], "note": note}
    return Result(message, status=VIOLATIONS if wrong else OK, data=data)


def code_neighbours(code: str, *, kind: str, job: Job) -> Result:
    """The cell of a code and the codes around it. Result keys: `bounds`, `heights`, `neighbours`."""
    job.check()
    coder = _coder(kind)
    around = coder.neighbours(code) if isinstance(coder, GeoSot) else neighbours(coder, code)
    return Result(f"{code} 有 {len(around)} 个相邻网格", data={**_bounds(coder, code), "neighbours": around})


def cover_layer(layer: str, out: str, *, kind: str, level: int, overwrite: bool = False, job: Job) -> Result:
    """Cells of a level that share an area with the polygons of a layer, as a GeoPackage (CGCS2000 degrees).

    Table `cell`: `code` and the polygon. Result key: `cells`.
    """
    coder = _coder(kind)
    source = read_layer(layer, target_crs=pyproj.CRS(CGCS2000), columns=[], task=job)
    shapes = [shape for shape in source.geometry if shape is not None and shapely.get_dimensions(shape) == 2]
    if not shapes:
        raise UnusableInput(f"“{source.path.name}”的图层“{source.name}”里没有面要素，不能求覆盖的网格")
    job.progress(0.2, "合并图形")
    area = shapely.union_all(shapely.make_valid(shapes))
    if isinstance(coder, GeoSot):
        codes = cover_geosot(area, level, job=job)
        polygons = np.array([shapely.box(*coder.bounds(code)) for code in codes], dtype=object)
    else:
        codes = cover(coder, area, level, job=job)
        polygons = np.array([cell_of(coder, code).polygon for code in codes], dtype=object)
    job.progress(0.7, "写出网格")
    _write(out, polygons, {"code": np.array(codes, dtype=object)}, "cell", f"{coder.title}第{level}级", overwrite, job)
    return Result(f"第 {level} 级网格 {len(codes)} 个", outputs=[out], data={"cells": len(codes)})


def code_layer(
    layer: str,
    out: str,
    *,
    kind: str,
    level: int | None = None,
    height_field: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """A copy of a layer with a code for each feature, of a point inside it, and the level's note.

    The field is called `grid_code`. Heights (metres above the ellipsoid) come from `height_field`. Features without a
    geometry get none. Result keys: `coded`, `without`.
    """
    coder = _coder(kind)
    source = read_layer(layer, task=job)
    degrees = read_layer(layer, target_crs=pyproj.CRS(CGCS2000), columns=[], task=job)
    if height_field and height_field not in source.columns:
        raise UsageError(f"图层没有字段“{height_field}”；请改 --height-field")
    points = shapely.point_on_surface(degrees.geometry)
    there = ~(shapely.is_missing(points) | shapely.is_empty(points))
    codes = np.full(len(source), None, dtype=object)
    job.progress(0.5, "编码")
    if there.any():
        codes[there] = _codes(coder, points[there], level or _deepest(coder), _heights(source, height_field, there))
    columns = {name: values for name, values in source.columns.items() if name.casefold() != "grid_code"}
    crs = source.crs.to_wkt() if source.crs is not None else CGCS2000
    _write(out, source.geometry, {**columns, "grid_code": codes}, "coded", source.name, overwrite, job, crs)
    coded = int(there.sum())
    message = f"{coded} 个要素有了{coder.title}" + (
        f"，{len(source) - coded} 个没有图形" if coded < len(source) else ""
    )
    return Result(message, outputs=[out], data={"coded": coded, "without": len(source) - coded})


def _codes(coder: Grid | GeoSot, points: np.ndarray, level: int, heights: np.ndarray | None) -> np.ndarray:
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    return coder.encode(lon, lat, level, heights).astype(object)


def _heights(source: VectorLayer, field: str | None, there: np.ndarray) -> np.ndarray | None:
    if field is None:
        return None
    try:
        return np.array([np.nan if value is None else float(value) for value in source.columns[field]])[there]
    except ValueError as error:
        raise UnusableInput(f"字段“{field}”里有不是数的值，不能当高程") from error


def _write(
    out: str,
    shapes: np.ndarray,
    columns: dict[str, np.ndarray],
    table: str,
    title: str,
    overwrite: bool,
    job: Job,
    crs: str = CGCS2000,
) -> None:
    with atomic_output(out, job, overwrite=overwrite) as working:
        write_table(working, table, title, shapes, columns, crs, "Unknown")


def _coder(kind: str) -> Grid | GeoSot:
    return GEOSOT if kind == "geosot" else GRIDS[kind]


def _deepest(coder: Grid | GeoSot) -> int:
    return coder.deepest if isinstance(coder, GeoSot) else len(coder.levels)


def _bounds(coder: Grid | GeoSot, code: str, solid: bool | None = None) -> dict[str, Any]:
    if isinstance(coder, GeoSot):
        tall = coder.heights(code)
        return {"bounds": list(coder.bounds(code)), "heights": None if tall is None else list(tall)}
    cell = cell_of(coder, code, solid)
    heights = None if cell.bottom is None else [cell.bottom, cell.top]
    return {"bounds": list(cell.degrees), "heights": heights}


def _title(kind: str) -> str:
    if kind in BUSINESS_CODES:
        return BUSINESS_CODES[kind].title
    return "空间身份编码" if kind == "identity" else _coder(kind).title


def _verdict(kind: str, code: str) -> Verdict:
    if kind in BUSINESS_CODES:
        return check_code(kind, code)
    return check_identity(code) if kind == "identity" else _coder(kind).check(code)
