"""The terrain raster as a triangulated surface of a size that viewers bear."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window
from scipy.spatial import ConvexHull, Delaunay, QhullError, cKDTree

from tim.job import Job
from tim.model import schema

MOST_VERTICES = 20_000
TOLERANCE = 0.1  # metres between the surface and the raster's cells, unless the most vertices are reached before
_MOST_CELLS = 200_000
_ROUNDS = 40


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
        known = self.cells.points
        distance, nearest = cKDTree(known[:, :2]).query(places)
        reach = max(abs(self.cells.x[1] - self.cells.x[0]), abs(self.cells.y[1] - self.cells.y[0]))
        return known[nearest, 2], distance <= reach


def read_terrain(path: Path, job: Job) -> Terrain | None:
    """The terrain of a model, simplified; None when it has no area.

    Greedy insertion (Garland & Heckbert 1995), a triangle's worst cell at a time, in all triangles at once: the cell
    farthest from its triangle becomes a vertex until all are within `TOLERANCE` or there are `MOST_VERTICES`.
    """
    cells = _read_cells(path)
    known = cells.points
    try:
        chosen = np.unique(ConvexHull(known[:, :2] - known[0, :2]).vertices)
    except (QhullError, ValueError, IndexError):
        return None
    local = known - [known[0, 0], known[0, 1], 0]
    error = np.inf
    for turn in range(_ROUNDS):
        job.progress(0.3 + 0.5 * turn / _ROUNDS, "简化地形")
        mesh = Delaunay(local[chosen, :2])
        worst, errors = _worst_cells(mesh, local, chosen)
        error = float(errors.max(initial=0.0))
        room = MOST_VERTICES - len(chosen)
        worst = worst[errors[worst] > TOLERANCE]
        if not len(worst) or room <= 0:
            break
        worst = worst[np.argsort(-errors[worst], kind="stable")[:room]]
        chosen = np.unique(np.concatenate([chosen, worst]))
    mesh = Delaunay(local[chosen, :2])
    return Terrain(cells, known[chosen], _covered(mesh.simplices, known[chosen], cells), error)


def _read_cells(path: Path) -> Cells:
    """Every n-th cell, n such that they are not too many, read row by row to keep big rasters out of memory."""
    with rasterio.open(f"GPKG:{path}:{schema.TERRAIN}") as source:
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


def _worst_cells(mesh: Delaunay, points: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(index of the worst point of each triangle, vertical errors of all points)."""
    triangle = mesh.find_simplex(points[:, :2])
    inside = triangle >= 0
    errors = np.zeros(len(points))
    frame = mesh.transform[triangle[inside]]
    first = np.einsum("nij,nj->ni", frame[:, :2], points[inside, :2] - frame[:, 2])
    weights = np.column_stack([first, 1 - first.sum(axis=1)])
    corners = points[chosen, 2][mesh.simplices[triangle[inside]]]
    errors[inside] = np.abs(points[inside, 2] - (weights * corners).sum(axis=1))
    errors[~np.isfinite(errors)] = 0.0
    order = np.lexsort((errors, triangle))
    last = np.r_[triangle[order][1:] != triangle[order][:-1], True]
    worst = order[last]
    return worst[triangle[worst] >= 0], errors


def _covered(triangles: np.ndarray, points: np.ndarray, cells: Cells) -> np.ndarray:
    """The triangles that lie over known cells, turned counter-clockwise; those across gaps fall away."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    kept = area != 0
    for place in ((a + b) / 2, (b + c) / 2, (c + a) / 2, (a + b + c) / 3):
        kept &= cells.known(place[:, 0], place[:, 1])
    turned = np.where((area < 0)[:, None], triangles[:, ::-1], triangles)
    return turned[kept]
