"""What is measured against the terrain: heights of points, the terrain's own error, points per square metre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointcloud.plan import GROUND, Plan, grown
from pointcloud.surface.cells import cell_means
from pointcloud.surface.triangles import HALO, LARGEST_RADIUS, circumradius, rasterise, triangulate
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, Grid, pieces
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import TileKey

_WITHHELD = 10  # one ground point in so many
_SAMPLE = 200.0  # metres: edge of the window in each tile, where points are densest, in which the error is measured
_MOST_SAMPLES = 400  # tiles


@dataclass(frozen=True)
class TileJob:
    """One tile of a plan."""

    plan: Plan
    tile: TileKey


@dataclass(frozen=True)
class TerrainError:
    """Terrain made without a tenth of the ground points, minus these (m): mean, root mean square, 95 % of its size."""

    points: int
    bias: float
    rmse: float
    p95: float


def heights_above(plan: Plan, task: Task) -> None:
    """Write the height of every point above the raster "terrain"."""
    plan.make_folders("heights")
    tiles = plan.store.tiles()
    shares = [float(plan.store.count(tile)) for tile in tiles]
    run_tiles(heights_of_tile, [TileJob(plan, tile) for tile in tiles], task, "计算相对高度", shares, stage="heights")


def heights_of_tile(job: TileJob, task: Task) -> None:
    """The heights of one tile's points; NaN where the terrain is not known."""
    points = job.plan.store.columns(job.tile)
    grid = job.plan.window("terrain", grown(job.plan.store.bounds(job.tile), 2 * job.plan.frame.cell))
    heights = np.empty(len(points), np.float32)
    for part in pieces(len(points)):
        task.check()
        heights[part] = points.z[part] - grid.sample(points.x[part], points.y[part])
    np.save(job.plan.heights_path(job.tile), heights)


def terrain_error(plan: Plan, task: Task) -> TerrainError | None:
    """The error of the terrain at withheld ground points, in a sample window of each tile; None without any."""
    tiles = plan.store.tiles()
    step = -(-len(tiles) // _MOST_SAMPLES)
    jobs = [TileJob(plan, tile) for tile in tiles[::step]]
    parts: Sequence[np.ndarray] = run_tiles(errors_of_tile, jobs, task, "检验地形", [], stage="error")
    errors = np.concatenate([*parts, np.empty(0)])
    if len(errors) == 0:
        return None
    return TerrainError(
        len(errors),
        float(errors.mean()),
        float(np.sqrt(np.mean(errors**2))),
        float(np.percentile(np.abs(errors), 95)),
    )


def errors_of_tile(job: TileJob, task: Task) -> np.ndarray:
    """Errors (m) at withheld ground points in a window of a tile."""
    plan = job.plan
    x_middle, y_middle = plan.store.busiest(job.tile)
    half = min(_SAMPLE, plan.store.size) / 2
    window = (x_middle - half, y_middle - half, x_middle + half, y_middle + half)
    points, labels = plan.read_labelled(grown(window, HALO))
    points = points[labels == GROUND]
    inside = (points["x"] >= window[0]) & (points["x"] < window[2])
    inside &= (points["y"] >= window[1]) & (points["y"] < window[3])
    held = inside & _tenth(points["x"], points["y"])
    frame = Frame.around(grown(window, HALO), plan.frame.cell).grown(1)
    rest = points[~held]
    x, y, z = (np.ascontiguousarray(rest[name]) for name in "xyz")
    means = cell_means(x, y, z, frame)
    vertices, triangles = triangulate(means, task)
    if len(triangles) == 0 or not held.any():
        return np.empty(0)
    triangles = triangles[circumradius(vertices, triangles) <= LARGEST_RADIUS]
    grid = _heights_at(vertices, triangles, points[held], frame, task)
    errors = grid - points["z"][held]
    return errors[np.isfinite(errors)]


def _heights_at(
    vertices: np.ndarray, triangles: np.ndarray, points: np.ndarray, frame: Frame, task: Task
) -> np.ndarray:
    """The terrain as its raster gives it at points: cell centres of the triangulation, linear between them."""

    heights = rasterise(vertices, triangles, frame, task)
    grid: Grid = frame.grid(heights)
    return grid.sample(points["x"], points["y"])


def _tenth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """One point in ten, told by its own coordinates so that neither order nor tiles matter."""
    code = np.floor(x * 100).astype(np.int64) * 73_856_093 ^ np.floor(y * 100).astype(np.int64) * 19_349_663
    return code % _WITHHELD == 0
