"""The terrain raster as a triangulated surface of a size that viewers bear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioIOError
from rasterio.windows import Window
from scipy.spatial import cKDTree

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.simplify import simplify
from tim.model import schema

MOST_VERTICES = 20_000
TOLERANCE = 0.1  # metres between the surface and the raster's cells, unless the most vertices are reached before
_MOST_CELLS = 200_000


@dataclass
class Cells:
    """Centres of cells and their heights; `z` (rows, columns) is NaN where nothing is known."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray

    @property
    def points(self) -> np.ndarray:
        """The known cells as (n, 3)."""
        row, column = np.nonzero(~np.isnan(self.z))
        return np.column_stack([self.x[column], self.y[row], self.z[row, column]])

    def known(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether the cell at each place has a height."""
        column = np.abs(np.rint((x - self.x[0]) / (self.x[-1] - self.x[0]) * (len(self.x) - 1))).astype(int)
        row = np.abs(np.rint((y - self.y[0]) / (self.y[-1] - self.y[0]) * (len(self.y) - 1))).astype(int)
        return ~np.isnan(self.z[row, column])


@dataclass
class Terrain:
    """`points` (n, 3) float64 in the CRS; `triangles` (m, 3) indices, counter-clockwise seen from above.

    `error`: the largest vertical distance (m) between the surface and the cells that were looked at.
    """

    cells: Cells
    points: np.ndarray
    triangles: np.ndarray
    error: float

    def heights(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Heights (n,) of places (n, 2) from the nearest known cell, and whether that is the place's own cell."""
        distance, nearest = self._tree.query(places)
        reach = max(abs(self.cells.x[1] - self.cells.x[0]), abs(self.cells.y[1] - self.cells.y[0]))
        return self._known[nearest, 2], distance <= reach

    @cached_property
    def _known(self) -> np.ndarray:
        return self.cells.points

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._known[:, :2])


def read_terrain(path: Path, job: Task) -> Terrain | None:
    """The terrain of a model, simplified to `TOLERANCE` or `MOST_VERTICES`; None when it has no area."""
    cells = _read_cells(path)
    done = simplify(cells.z, TOLERANCE, MOST_VERTICES, lambda part: job.progress(0.3 + 0.5 * part, "简化地形"))
    if done is None:
        return None
    (column, row), triangles, error = done[0].T, done[1], done[2]
    points = np.column_stack([cells.x[column], cells.y[row], cells.z[row, column]])
    return Terrain(cells, points, _covered(triangles, points, cells), error)


def _read_cells(path: Path) -> Cells:
    """Every n-th cell, n such that they are not too many, read row by row to keep big rasters out of memory."""
    with _opened(path) as source:
        step = max(1, int(np.ceil(np.sqrt(source.width * source.height / _MOST_CELLS))))
        rows = range(0, source.height, step)
        lines = [
            source.read(1, window=Window(0, row, source.width, 1), masked=True)[0, ::step].astype(float).filled(np.nan)
            for row in rows
        ]
        columns = np.arange(0, source.width, step)
        x = source.transform.c + (columns + 0.5) * source.transform.a
        y = source.transform.f + (np.array(rows) + 0.5) * source.transform.e
    return Cells(x, y, np.array(lines))


def _opened(path: Path) -> rasterio.DatasetReader:
    try:
        return rasterio.open(path, driver="GPKG", TABLE=schema.TERRAIN)
    except RasterioIOError as error:
        message = f"模型“{path.name}”的地形表缺失或损坏，不能导出；请重新建立模型"
        raise UnusableInput(message, detail=str(error)) from error


def _covered(triangles: np.ndarray, points: np.ndarray, cells: Cells) -> np.ndarray:
    """The triangles that lie over known cells, turned counter-clockwise; those across gaps fall away."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    kept = area != 0
    for place in ((a + b) / 2, (b + c) / 2, (c + a) / 2, (a + b + c) / 3):
        kept &= cells.known(place[:, 0], place[:, 1])
    turned = np.where((area < 0)[:, None], triangles[:, ::-1], triangles)
    return turned[kept]
