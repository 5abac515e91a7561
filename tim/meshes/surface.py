"""`tim mesh dsm`: the surface of a mesh as a raster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window

from pointcloud.meshes.dataset import Tile
from pointcloud.meshes.placement import Placement, placement
from pointcloud.meshes.raster import raise_cells
from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.meshes.source import open_mesh, target_crs
from tim.result import Result
from tim.sources.crs import describe

_BLOCK = 2048  # cells along a side that are in memory at once
_MOST_CELLS = 4_000_000_000
_NODATA = -9999.0


def mesh_dsm(
    *,
    mesh: str,
    out: str,
    resolution: float,
    crs: str | None = None,
    source_crs: str | None = None,
    source_origin: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Write the highest surface of the finest level as a GeoTIFF (float32 metres, nodata −9999).

    A cell holds the height at its centre; edges of cells are multiples of `resolution` (m). Result keys: `crs`,
    `extent` [xmin, ymin, xmax, ymax], `cells`, `covered` (share of cells with a height), `lowest`, `highest`.
    """
    dataset = open_mesh(mesh, job.part(0.0, 0.4), source_crs=source_crs, source_origin=source_origin)  # type: ignore[arg-type]
    place = placement(dataset, target_crs(crs))
    tiles = [tile for tile in dataset.finest() if tile.triangles]
    if not tiles:
        raise UsageError(f"“{dataset.path.name}”里没有三角形，不能生成表面")
    boxes = np.array([_plan(tile, place) for tile in tiles]) + np.tile(place.origin[:2], 2)
    low = np.floor(boxes[:, :2].min(axis=0) / resolution) * resolution
    high = np.ceil(boxes[:, 2:].max(axis=0) / resolution) * resolution
    columns, rows = (max(1, round(float(span) / resolution)) for span in high - low)
    if columns * rows > _MOST_CELLS:
        raise UsageError(f"栅格有 {columns * rows / 1e8:.0f} 亿个像元，太多；请用较大的分辨率")
    transform = Affine(resolution, 0.0, low[0], 0.0, -resolution, high[1])
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "nodata": _NODATA,
        "crs": place.system, "transform": transform, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 3, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    covered, lowest, highest = 0, np.inf, -np.inf
    with atomic_output(out, job, overwrite=overwrite) as working, rasterio.open(working, "w", **profile) as target:
        windows = list(_windows(rows, columns))
        for number, window in enumerate(windows):
            job.progress(0.4 + 0.6 * number / len(windows), "生成表面")
            heights = _block(tiles, boxes, place, transform, window, job)
            known = np.isfinite(heights)
            covered += int(known.sum())
            if known.any():
                lowest, highest = min(lowest, float(heights[known].min())), max(highest, float(heights[known].max()))
            target.write(np.where(known, heights, _NODATA).astype(np.float32), 1, window=window)
    data = {
        "crs": None if place.system is None else describe(place.system),
        "extent": [float(low[0]), float(low[1]), float(high[0]), float(high[1])],
        "cells": columns * rows,
        "covered": round(covered / (columns * rows), 4),
        "lowest": round(lowest, 3) if covered else None,
        "highest": round(highest, 3) if covered else None,
    }
    return Result(f"已生成表面模型：{columns} × {rows} 个像元", [str(Path(out).absolute())], data=data)


def _plan(tile: Tile, place: Placement) -> list[float]:
    """The box of a tile in the written coordinates, west, south, east, north."""
    assert tile.box is not None
    corners = np.array([[x, y, z] for x in tile.box[:, 0] for y in tile.box[:, 1] for z in tile.box[:, 2]])
    placed = place.positions(corners)[:, :2]
    return [*placed.min(axis=0), *placed.max(axis=0)]


def _windows(rows: int, columns: int) -> Iterator[Window]:
    for top in range(0, rows, _BLOCK):
        for left in range(0, columns, _BLOCK):
            yield Window(left, top, min(_BLOCK, columns - left), min(_BLOCK, rows - top))  # type: ignore[call-arg]


def _block(
    tiles: list[Tile],
    boxes: np.ndarray,
    place: Placement,
    transform: Affine,
    window: Window,
    job: Job,
) -> np.ndarray:
    """The heights of one window, −inf where nothing is."""
    heights = np.full((int(window.height), int(window.width)), -np.inf)
    west, north = transform * (window.col_off, window.row_off)
    east, south = west + window.width * transform.a, north + window.height * transform.e
    near = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    for number in np.flatnonzero(near):
        job.check()
        for mesh in tiles[number].load():
            positions = place.positions(mesh.positions) + place.origin
            raise_cells(heights, positions[mesh.triangles], west, north, transform.a)
    return heights
