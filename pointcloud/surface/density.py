"""Points per square metre, as a raster."""

from __future__ import annotations

import numpy as np

from pointcloud.plan import Plan
from pointcloud.surface.heights import TileJob
from pointcloud.task import Task
from pointcloud.tiles.grid import pieces
from pointcloud.tiles.runner import run_tiles


def count_points(plan: Plan, task: Task) -> None:
    """Write the raster "density": points per m² in each cell; NaN where the area of the data does not reach."""
    plan.make_folders("density")
    jobs = [TileJob(plan, tile) for tile in plan.frame_tiles()]
    run_tiles(density_of_tile, jobs, task, "统计点密度", [], stage="density")


def density_of_tile(job: TileJob, task: Task) -> None:
    """The cells of one tile."""
    plan = job.plan
    frame = plan.tile_frame(job.tile)
    points = plan.store.columns(job.tile)
    counts = np.zeros(frame.shape[0] * frame.shape[1])
    for part in pieces(len(points)):
        task.check()
        row, column, inside = frame.locate(points.x[part], points.y[part])
        np.add.at(counts, np.where(inside, row * frame.shape[1] + column, 0), inside)
    density = (counts / frame.cell**2).reshape(frame.shape).astype(np.float32)
    x, y = np.meshgrid(*frame.centres())
    density[(density == 0) & ~plan.occupancy.covers(x, y)] = np.nan
    plan.write_part("density", job.tile, density)
