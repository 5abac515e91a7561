"""Elevation rasters as the terrain of a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from rasterio.errors import RasterioError
from rasterio.warp import Resampling, calculate_default_transform, reproject

from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.importing.checks import check_place, chosen_crs
from tim.importing.target import Target
from tim.model import schema
from tim.model.identity import identity_code
from tim.sources.crs import describe, horizontal, same_horizontal

_MOST_CELLS = 400_000_000
_READ_SECONDS = 600.0


def add_grid(
    target: Target,
    path: Path,
    given: pyproj.CRS | None,
    override: bool,
    task: Task,
    source_row: Callable[..., dict[str, Any]],
) -> dict[str, int]:
    """Write a raster of heights as the model's terrain. Raises when the model has one already."""
    if target.has(schema.TERRAIN):
        raise UsageError(f"模型已有地形，“{path.name}”没有导入；一个模型只有一个地形")
    with task.watch(_READ_SECONDS, f"读取 {path.name}"):
        values, transform, own = _read(path)
    crs = chosen_crs(own, given, override, path.name, task)
    if target.crs is None:
        target.crs = crs
    west, south, east, north = rasterio.transform.array_bounds(*values.shape, transform)
    check_place(np.array([west, south]), np.array([east, north]), crs, path.name, task)
    if not same_horizontal(crs, target.crs):
        values, transform = _warped(values, transform, crs, target.crs)
        task.log(f"“{path.name}”已从 {describe(crs)} 转换到 {describe(target.crs)}（双线性重采样）")
    if not np.isfinite(values).any():
        raise UnusableInput(f"“{path.name}”没有有效的高程值")
    row = source_row(path, "dem", crs, {"width": values.shape[1], "height": values.shape[0]}, task)
    target.source(row)
    entity = {
        "id": target.claim(identity_code(schema.TERRAIN, row["id"]), path.name, path.name),
        "class": schema.TERRAIN,
        "name": None,
        "source_id": row["id"],
        "source_key": None,
        "version": target.version,
        "parent_id": None,
        "lods": None,
    }
    task.progress(0.6, "写出地形")
    target.grid(schema.TERRAIN, values, transform, entity)
    return {schema.TERRAIN: 1}


def _read(path: Path) -> tuple[np.ndarray, Any, pyproj.CRS | None]:
    """Heights (float32, NaN where unknown), transform, CRS."""
    try:
        with rasterio.open(path) as source:
            if source.count != 1:
                raise UnusableInput(f"“{path.name}”有 {source.count} 个波段，不是高程栅格；请给出单波段的高程")
            if source.width * source.height > _MOST_CELLS:
                raise UnusableInput(f"“{path.name}”超过 {_MOST_CELLS // 10**8} 亿像元；请分幅或降低分辨率")
            if source.transform.is_identity or source.transform.b or source.transform.d:
                raise UnusableInput(f"“{path.name}”没有地理配准，或是旋转的栅格；请先配准")
            band = source.read(1, masked=True).astype("float32").filled(np.nan)
            crs = pyproj.CRS.from_wkt(source.crs.to_wkt()) if source.crs else None
            return band, source.transform, crs
    except RasterioError as error:
        raise UnusableInput(f"不能读取栅格“{path.name}”；文件损坏或不是栅格", detail=str(error)) from error


def _warped(values: np.ndarray, transform: Any, crs: pyproj.CRS, goal: pyproj.CRS) -> tuple[np.ndarray, Any]:
    source, target = horizontal(crs).to_wkt(), horizontal(goal).to_wkt()
    rows, columns = values.shape
    bounds = rasterio.transform.array_bounds(rows, columns, transform)
    affine, width, height = calculate_default_transform(source, target, columns, rows, *bounds)
    result = np.full((height, width), np.nan, dtype="float32")
    reproject(
        values, result, src_transform=transform, src_crs=source, dst_transform=affine, dst_crs=target,
        src_nodata=np.nan, dst_nodata=np.nan, resampling=Resampling.bilinear,
    )  # fmt: skip
    return result, affine
