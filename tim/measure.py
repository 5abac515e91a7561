"""Measuring of layers."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from tim.area import ellipsoidal_area, gauss_kruger, round_area
from tim.errors import UnusableInput
from tim.job import Job
from tim.result import Result
from tim.sources.crs import describe, parse_crs, same_horizontal
from tim.sources.vector import VectorLayer, read_layer

_MU_PER_M2 = 0.0015


def area_ellipsoid(layer: str, *, field: str | None = None, crs: str | None = None, job: Job) -> Result:
    """The survey's ellipsoidal areas (m², two decimals) of the polygons of a layer, in feature order.

    `total_m2` is the sum of the rounded areas, as tables of the survey add up. With `field`, `differences` lists the
    features whose field differs. `central_meridian` is in degrees, null for longitude and latitude.
    """
    source = read_layer(layer, columns=[field] if field else [], task=job)
    for note in source.notes:
        job.log(note)
    system = crs_of(source, crs)
    if not np.isin(shapely.get_dimensions(source.geometry), (2,)).any():
        raise UnusableInput(f"“{source.path.name}”的图层“{source.name}”里没有面要素，不能计算面积")
    skipped = int((shapely.get_dimensions(source.geometry) != 2).sum())
    if skipped:
        job.warn(f"有 {skipped} 个要素没有面图形，面积记为 0")
    areas = [round_area(area) for area in ellipsoidal_area(source.geometry, system)]
    total = round_area(sum(areas))
    meridian = gauss_kruger(system).central_meridian
    data: dict[str, object] = {"areas_m2": areas, "total_m2": total, "central_meridian": meridian}
    message = f"共 {len(areas)} 个图斑，椭球面积合计 {total:.2f} 平方米（{total * _MU_PER_M2:.2f} 亩）"
    if field:
        differences = _differences(source, field, areas)
        data["differences"] = differences
        message += f"；与字段“{field}”不一致的有 {len(differences)} 个"
    return Result(message, data=data)


def crs_of(source: VectorLayer, text: str | None) -> pyproj.CRS:
    """The CRS of a layer, or the one that is given for a layer without. Raises `UnusableInput`."""
    given = parse_crs(text) if text else None
    if source.crs is None:
        if given is None:
            raise UnusableInput(f"“{source.path.name}”没有坐标系；请用 --crs 指明，如 --crs EPSG:4525")
        return given
    if given is not None and not same_horizontal(source.crs, given):
        own, name = describe(source.crs), source.path.name
        raise UnusableInput(f"--crs 给出的 {describe(given)} 与“{name}”自带的 {own} 不一致；请去掉 --crs 或检查数据")
    return source.crs


def _differences(source: VectorLayer, field: str, areas: list[float]) -> list[dict[str, object]]:
    """Features whose field is missing or is not the computed area to two decimals."""
    result: list[dict[str, object]] = []
    for fid, stated, area in zip(source.fids, source.columns[field], areas):
        try:
            value = float(stated)
        except (TypeError, ValueError):
            value = float("nan")
        if not np.isfinite(value):
            result.append({"feature": int(fid), "field": None, "area_m2": area})
        elif round_area(value) != area:
            result.append({"feature": int(fid), "field": value, "area_m2": area})
    return result
