"""Rasters of a point cloud as GeoTIFF: terrain, surface, and what is drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pyproj
import rasterio
import rasterio.shutil
from rasterio.transform import from_origin
from rasterio.windows import Window

from pointcloud.tiles.grid import Frame
from tim.job import Job

NODATA = -9999.0
_BLOCK = 512
_STRIPE = 2048  # cells: edge of the pieces that are in memory at once

Reader = Callable[[Frame], np.ndarray]


def frames(whole: Frame, edge: int = _STRIPE) -> Iterator[Frame]:
    """Pieces of a frame, at most `edge` cells wide and high, from north to south."""
    for top in range(whole.top, whole.bottom, -edge):
        for left in range(whole.left, whole.right, edge):
            yield Frame(whole.cell, left, max(top - edge, whole.bottom), min(left + edge, whole.right), top)


def write_raster(
    path: Path, read: Reader, whole: Frame, scale: float, crs: pyproj.CRS, job: Job, *, dtype: str = "float32"
) -> None:
    """Write a cloud-optimised GeoTIFF piece by piece. `scale`: units of the CRS in one metre of the frame.

    `read(frame)`: float32 heights, NaN where unknown; for "uint8" whole numbers with 0 for unknown.
    """
    plain = path.with_name(f"{path.stem}.plain.tif")
    bounds = whole.bounds
    nodata = NODATA if dtype == "float32" else 0
    profile: dict[str, Any] = {
        "driver": "GTiff", "dtype": dtype, "count": 1, "height": whole.shape[0], "width": whole.shape[1],
        "crs": crs.to_wkt(), "nodata": nodata, "tiled": True, "blockxsize": _BLOCK, "blockysize": _BLOCK,
        "transform": from_origin(bounds[0] * scale, bounds[3] * scale, whole.cell * scale, whole.cell * scale),
        "bigtiff": "if_safer",
    }  # fmt: skip
    with rasterio.Env(GDAL_NUM_THREADS="1"):
        with rasterio.open(plain, "w", **profile) as target:
            for frame in frames(whole):
                job.check()
                array = read(frame)
                array = np.where(np.isnan(array), NODATA, array) if dtype == "float32" else array
                rows, columns = frame.within(whole)
                window = Window(columns.start, rows.start, frame.shape[1], frame.shape[0])
                target.write(array.astype(dtype), 1, window=window)
        job.check()
        rasterio.shutil.copy(plain, path, driver="COG", COMPRESS="DEFLATE", PREDICTOR="YES", BIGTIFF="IF_SAFER")
    plain.unlink()


def hillshade(heights: np.ndarray, cell: float, azimuth: float = 315.0, altitude: float = 45.0) -> np.ndarray:
    """Grey values 1..255 (uint8; 0 unknown) of heights lit from `azimuth` at `altitude` (degrees).

    Slopes after Horn (1981), "Hill shading and the reflectance map", Proceedings of the IEEE 69, 14-47. The outermost
    cells of `heights` are only looked at: the result is two rows and columns smaller.
    """
    h = heights.astype(np.float64)
    across = (h[:-2, 2:] + 2 * h[1:-1, 2:] + h[2:, 2:]) - (h[:-2, :-2] + 2 * h[1:-1, :-2] + h[2:, :-2])
    up = (h[:-2, :-2] + 2 * h[:-2, 1:-1] + h[:-2, 2:]) - (h[2:, :-2] + 2 * h[2:, 1:-1] + h[2:, 2:])
    east, north = across / (8 * cell), up / (8 * cell)
    sun, high = np.radians(azimuth), np.radians(altitude)
    light = np.sin(high) - np.cos(high) * (east * np.sin(sun) + north * np.cos(sun))
    light /= np.sqrt(1 + east**2 + north**2)
    grey = 1 + 254 * np.clip(light, 0, 1)
    return np.where(np.isnan(grey), 0, np.rint(grey)).astype(np.uint8)


def hillshade_reader(heights_in: Reader) -> Reader:
    """Reads the hillshade of heights; a cell beside an unknown one takes that for as high as itself."""

    def read(frame: Frame) -> np.ndarray:
        heights = heights_in(frame.grown(1))
        middle = heights[1:-1, 1:-1]
        padded = np.pad(middle, 1, mode="edge")
        grey = hillshade(np.where(np.isnan(heights), _neighbour(heights, padded), heights), frame.cell)
        return np.where(np.isnan(middle), 0, grey)

    return read


def _neighbour(heights: np.ndarray, padded: np.ndarray) -> np.ndarray:
    """For unknown cells the mean of the known ones beside them."""
    total, count = np.zeros_like(heights), np.zeros_like(heights)
    known = np.nan_to_num(heights)
    held = (~np.isnan(heights)).astype(np.float32)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            total += np.roll(known, (down, across), (0, 1))
            count += np.roll(held, (down, across), (0, 1))
    return np.where(count > 0, total / np.maximum(count, 1), padded)
