"""`tim points change`: what changed between two epochs of points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from rasterio.transform import from_origin

from pointcloud.buildings.detect import find_footprints
from pointcloud.changes import buildings as states
from pointcloud.changes.difference import Difference, Epoch, Patch, difference, patches
from pointcloud.changes.m3c2 import M3C2, m3c2, py4dgeo
from pointcloud.classes.cells import find_cells
from pointcloud.plan import NOISE, Plan
from pointcloud.prepared import prepare
from pointcloud.sources import open_sources, with_metric_heights
from pointcloud.steps import Start
from tim.assembly.inputs import polygons_only, read_features
from tim.errors import UnusableInput
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.result import Result
from tim.sources.crs import describe, horizontal, same_horizontal
from tim.sources.gpkg import write_table

STATES = {
    states.NEW: "新建",
    states.GONE: "拆除",
    states.HIGHER: "加高",
    states.LOWER: "降低",
    states.UNCHANGED: "未变",
    states.UNKNOWN: "无法判断",
}
CHANGED = (states.NEW, states.GONE, states.HIGHER, states.LOWER, states.UNKNOWN)
KINDS = {"building": "建筑", "object": "植被或其他地物", "ground": "地面"}
_NODATA = -9999.0


def points_change(
    *,
    before: Sequence[str],
    after: Sequence[str],
    out: str,
    raster: str | None = None,
    footprints: str | None = None,
    crs: str | None = None,
    ground: str = "auto",
    register: str = "full",
    threshold: float = 0.5,
    smallest: float = 20.0,
    m3c2_spacing: float | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Compare two epochs; layers `change_patch`, `change_building` and, with `m3c2_spacing` (m), `change_point`.

    `threshold`: smallest change (m); `smallest`: area of a patch (m²); `raster`: GeoTIFF of the difference (m). Result
    keys: `changed_area_m2`, `patches`, `buildings` (state → count), `lod_m`, `shift_m` [east, north, up],
    `stable_cells`.
    Raises `UnusableInput` when the epochs do not overlap or differ in CRS.
    """
    if m3c2_spacing is not None:
        py4dgeo()
    if raster is not None:
        check_target(raster, overwrite=overwrite)
    with atomic_output(out, job, overwrite=overwrite) as working:
        starts = [
            prepare(open_sources([Path(p) for p in paths], job), crs, ground, working.parent / name, job.part(*share))
            for paths, name, share in ((before, "before", (0.0, 0.3)), (after, "after", (0.3, 0.6)))
        ]
        _check_together(starts)
        epochs = [_epoch(begun, job.part(0.6, 0.7)) for begun in starts]
        found = difference(epochs[0], epochs[1], register, job.part(0.7, 0.8))
        if not found.shift.known:
            job.warn("两期之间没有足够的未变地面和屋顶，不能配准，也不能估计检测限；结果只按给定的阈值")
        changed = patches(found, threshold, smallest, job.part(0.8, 0.85))
        shapes, keys = _footprints(footprints, starts, [epoch.plan for epoch in epochs], job)
        compared = states.compare(found, shapes, keys, threshold)
        near = m3c2_spacing and _m3c2(epochs, found, m3c2_spacing, job)
        scale = 1.0 / starts[0].factors[0]
        system = horizontal(with_metric_heights(starts[0].crs))
        _write_layers(working, changed, compared, near or None, system, scale)
        if raster is not None:
            with atomic_output(raster, job, overwrite=overwrite) as picture:
                _write_raster(picture, found, system, scale)
    return _result(found, changed, compared, [out, *([raster] if raster else [])])


def _check_together(starts: list[Start]) -> None:
    one, other = (begun.crs for begun in starts)
    if not same_horizontal(horizontal(one), horizontal(other)):
        raise UnusableInput(f"两期点云的坐标系不同：{describe(one)} 与 {describe(other)}；请先转换到同一坐标系")
    boxes = [shapely.box(*begun.plan.frame.bounds) for begun in starts]
    if shapely.area(shapely.intersection(*boxes)) <= 0:
        raise UnusableInput("两期点云的范围没有重叠，不能比较；请检查文件")


def _epoch(begun: Start, job: Any) -> Epoch:
    plan = replace(begun.plan, has_buildings=False)
    return Epoch(plan, find_cells(plan, job))


def _footprints(
    given: str | None, starts: list[Start], plans: list[Plan], job: Job
) -> tuple[np.ndarray, list[str | None]]:
    """Footprints in metres: those given, else those found in both epochs."""
    if given is None:
        found = states.paired(*(find_footprints(plan, job.part(0.85, 0.9)) for plan in plans))
        return found, [None] * len(found)
    factor = starts[0].factors[0]
    bounds = tuple(value / factor for value in plans[0].frame.bounds)
    read = read_features(given, "建筑轮廓", "building", horizontal(starts[0].crs), bounds, job)  # type: ignore[arg-type]
    features = polygons_only(read, "建筑轮廓", job)
    return shapely.transform(features.geometry, lambda places: places * factor), list(features.keys)


def _m3c2(epochs: list[Epoch], found: Difference, spacing: float, job: Job) -> M3C2:
    clouds = []
    for epoch in epochs:
        points, labels = epoch.plan.read_labelled(found.frame.bounds)
        points = points[labels != NOISE]
        clouds.append(np.column_stack([points[axis] for axis in "xyz"]))
    shift = found.shift
    clouds[1] = clouds[1] + [shift.east, shift.north, shift.up]
    job.progress(0.9, "M3C2 距离")
    return m3c2(clouds[0], clouds[1], spacing, shift.errors[2], job)


def _write_layers(
    path: Path,
    changed: list[Patch],
    compared: list[states.BuildingChange],
    near: M3C2 | None,
    system: pyproj.CRS,
    scale: float,
) -> None:
    def shown(shapes: Sequence[shapely.Geometry]) -> np.ndarray:
        return shapely.transform(np.array(shapes, dtype=object), lambda places: places * scale)

    columns: dict[str, Any] = {
        "kind": [KINDS[patch.kind] for patch in changed],
        "area_m2": np.array([patch.area for patch in changed]).round(1),
        "mean_m": np.array([patch.mean for patch in changed]).round(2),
        "volume_m3": np.array([patch.volume for patch in changed]).round(1),
    }
    write_table(path, "change_patch", "变化图斑", shown([p.shape for p in changed]), columns, system.to_wkt())
    numbers = {
        name: np.array([np.nan if (value := getattr(item, name)) is None else value for item in compared], dtype=float)
        for name in ("change", "uncertainty", "changed_share")
    }
    columns = {
        "key": [item.key for item in compared],
        "state": [item.state for item in compared],
        "state_name": [STATES[item.state] for item in compared],
        "change_m": numbers["change"].round(2),
        "uncertainty_m": numbers["uncertainty"].round(3),
        "changed_share": numbers["changed_share"].round(3),
    }
    write_table(path, "change_building", "建筑变化", shown([c.footprint for c in compared]), columns, system.to_wkt())
    if near is not None:
        known = np.isfinite(near.distance)
        places = near.cores[known] * [scale, scale, 1.0]
        columns = {
            "distance_m": near.distance[known].round(3),
            "lod_m": near.lod[known].round(3),
            "significant": (np.abs(near.distance[known]) > near.lod[known]).astype(np.int64),
        }
        write_table(path, "change_point", "M3C2 距离", shapely.points(places), columns, system.to_wkt(), "Point Z")


def _write_raster(path: Path, found: Difference, system: pyproj.CRS, scale: float) -> None:
    frame = found.frame
    rows, columns = frame.shape
    cell = frame.cell * scale
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "nodata": _NODATA,
        "crs": system.to_wkt(), "transform": from_origin(frame.left * cell, frame.top * cell, cell, cell),
        "compress": "deflate", "predictor": 3, "tiled": True,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.where(np.isfinite(found.height), found.height, _NODATA).astype(np.float32), 1)


def _result(
    found: Difference, changed: list[Patch], compared: list[states.BuildingChange], outputs: list[str]
) -> Result:
    counts = {state: sum(item.state == state for item in compared) for state in STATES}
    area = sum(patch.area for patch in changed)
    shift = found.shift
    data = {
        "changed_area_m2": round(area, 1),
        "patches": len(changed),
        "buildings": {state: count for state, count in counts.items() if count},
        "lod_m": round(found.lod, 3) if np.isfinite(found.lod) else None,
        "shift_m": [round(value, 3) for value in (shift.east, shift.north, shift.up)],
        "stable_cells": shift.cells,
    }
    shown = "、".join(f"{STATES[state]} {count}" for state, count in counts.items() if count and state in CHANGED)
    message = f"变化图斑 {len(changed)} 个、{area:,.0f} 平方米；建筑：{shown or '没有变化'}"
    return Result(message, [str(Path(path).absolute()) for path in outputs], data=data)
