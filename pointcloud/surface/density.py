"""Points per square metre, as a raster."""

from __future__ import annotations

import numpy as np

from pointcloud.plan import Plan
from pointcloud.surface.cells import counts_in
from pointcloud.surface.heights import TileJob
from pointcloud.task import Task
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
    task.check()
    density = (counts_in(points.x, points.y, frame) / frame.cell**2).astype(np.float32)
    x, y = np.meshgrid(*frame.centres())
    density[(density == 0) & ~plan.occupancy.covers(x, y)] = np.nan
    plan.write_part("density", job.tile, density)
