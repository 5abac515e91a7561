"""The surface stages: terrain from the ground points, gaps, edges; the surface's small holes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pointcloud.plan import Plan, grown
from pointcloud.surface.cells import with_small_holes_filled
from pointcloud.surface.triangles import HALO, LARGEST_RADIUS, boxes, circumradius, rasterise, triangulate
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, box_around
from pointcloud.tiles.store import TileKey

EDGE_CELLS = 3  # terrain reaches at most so far beyond the outermost ground points
HOLE_CELLS = 2
FOLDERS = ("terrain_raw", "terrain_bridged", "terrain", "surface")
_GAPS = "gaps.npz"


@dataclass(frozen=True)
class SurfaceJob:
    """One tile of a plan."""

    plan: Plan
    tile: TileKey


@dataclass(frozen=True)
class GapJob:
    """One tile of a plan. The triangles over the gaps in the ground of the whole area are in the scratch folder."""

    plan: Plan
    tile: TileKey


def terrain_tile(job: SurfaceJob, task: Task) -> np.ndarray:
    """Write the tile's part of "terrain_raw" where triangles are small; return the corners (n, 3) of the large ones."""
    plan = job.plan
    points = _ground_around(plan, job.tile)
    vertices, triangles = triangulate(points, task)
    if len(triangles) == 0:
        return points
    radius = circumradius(vertices, triangles)
    small = radius <= LARGEST_RADIUS
    frame = plan.tile_frame(job.tile)
    if min(frame.shape) > 0:
        heights = rasterise(vertices, triangles[small], frame, task)
        heights[~_covered(plan, frame)] = np.nan
        plan.write_part("terrain_raw", job.tile, heights)
    return vertices[np.unique(triangles[~small])]


def gap_triangles(plan: Plan, rims: list[np.ndarray], task: Task) -> None:
    """Put one triangulation over the rims of all gaps into the scratch folder: vertices, large triangles."""
    vertices, triangles = np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    rims = [rim for rim in rims if len(rim)]
    if rims:
        vertices, triangles = triangulate(np.unique(np.concatenate(rims), axis=0), task, shift=False)
        triangles = triangles[circumradius(vertices, triangles) > LARGEST_RADIUS]
    np.savez(plan.scratch / _GAPS, vertices=vertices, triangles=triangles)


def fill_gaps_of_tile(job: GapJob, task: Task) -> None:
    """Give the tile's still unknown cells inside the data's area the heights of the large triangles."""
    plan = job.plan
    frame = plan.tile_frame(job.tile)
    part = plan.read_parts("terrain_raw", frame)
    unknown = np.isnan(part) & _covered(plan, frame)
    if unknown.any():
        gaps = np.load(plan.scratch / _GAPS)
        box = frame.part(box_around(unknown))
        triangles = _over(unknown[box.within(frame)], gaps["vertices"], gaps["triangles"], box)
        if len(triangles):
            heights = rasterise(gaps["vertices"], triangles, box, task)
            window = box.within(frame)
            part[window] = np.where(unknown[window], heights, part[window])
    plan.write_part("terrain_bridged", job.tile, part)


def _over(unknown: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, frame: Frame) -> np.ndarray:
    """The triangles with an unknown cell in their box, by a table of sums."""
    sums = np.pad(unknown.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    first, size = boxes(vertices[triangles], frame)
    some = (size > 0).all(axis=1)
    left, bottom = first[some].T
    right, top = (first[some] + size[some]).T
    left, right = left - frame.left, right - frame.left
    upper, lower = frame.top - top, frame.top - bottom
    held = sums[lower, right] - sums[upper, right] - sums[lower, left] + sums[upper, left]
    return triangles[some][held > 0]


def finish_tile(job: SurfaceJob, task: Task) -> int:
    """Write the tile's part of "terrain" and "surface": the raw ones with their edges and small holes filled.

    Returns the number of cells whose terrain is known.
    """
    plan = job.plan
    frame = plan.tile_frame(job.tile)
    around = frame.grown(EDGE_CELLS).clipped(plan.frame)
    known = {}
    for raw, name, reach in (("terrain_bridged", "terrain", EDGE_CELLS), ("surface_raw", "surface", HOLE_CELLS)):
        task.check()
        filled = with_small_holes_filled(plan.read_parts(raw, around), reach)
        part = filled[frame.within(around)]
        part[~_covered(plan, frame)] = np.nan
        plan.write_part(name, job.tile, part)
        known[name] = int((~np.isnan(part)).sum())
    return known["terrain"]


def _covered(plan: Plan, frame: Frame) -> np.ndarray:
    x, y = frame.centres()
    return plan.occupancy.covers(*np.meshgrid(x, y))


def _ground_around(plan: Plan, tile: TileKey) -> np.ndarray:
    """Mean ground points of the tile's cells and of those within the halo."""
    x_min, y_min, x_max, y_max = grown(plan.store.bounds(tile), HALO + 2 * plan.frame.cell)
    size = plan.store.size
    parts = [np.empty((0, 3))]
    for row in range(math.floor(y_min / size), math.ceil(y_max / size)):
        for column in range(math.floor(x_min / size), math.ceil(x_max / size)):
            path = plan.ground_path((column, row))
            if path.is_file():
                points = np.load(path)
                x, y = points[:, 0], points[:, 1]
                parts.append(points[(x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)])
    return np.concatenate(parts)
