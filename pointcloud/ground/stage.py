"""The ground stage: labels for the points of each tile, mean ground points and highest points for its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pointcloud.ground.choice import GROUND_CLASS
from pointcloud.ground.noise import isolated
from pointcloud.ground.smrf import classify_ground
from pointcloud.plan import GROUND, NOISE, NOT_GROUND, Plan, grown
from pointcloud.surface.cells import cell_means, highest
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame
from pointcloud.tiles.store import TileKey

_EDGE = 1e-6  # metres
_PYRAMID = 32  # cells; the coarse cells with which gaps are bridged are then the same in every tile


@dataclass(frozen=True)
class GroundJob:
    """One tile of a plan."""

    plan: Plan
    tile: TileKey


@dataclass(frozen=True)
class GroundCounts:
    """Points of one tile by what became of them."""

    ground: int
    noise: int


def label_tile(job: GroundJob, task: Task) -> GroundCounts:
    """Label the tile's points and write labels, ground means and the tile's part of the raster "surface_raw"."""
    plan, tile = job.plan, job.tile
    bounds = plan.store.bounds(tile)
    if len(plan.store.read_tile(tile)) == 0 and len(plan.store.read(grown(bounds, plan.frame.cell))) == 0:
        return GroundCounts(0, 0)
    points = plan.store.read(grown(bounds, _halo(plan)))
    task.check()
    labels = label_points(points, bounds, plan, task)
    own = _inside(points, bounds)
    np.save(plan.labels_path(tile), labels[own])
    frame = plan.tile_frame(tile)
    if min(frame.shape) > 0:
        _move_inside(points, plan.frame)
        np.save(plan.ground_path(tile), cell_means(points[labels == GROUND], frame))
        kept = points[labels != NOISE]
        plan.raster("surface_raw")[frame.within(plan.frame)] = highest(kept["x"], kept["y"], kept["z"], frame)
    return GroundCounts(int((labels[own] == GROUND).sum()), int((labels[own] == NOISE).sum()))


def label_points(points: np.ndarray, bounds: tuple[float, float, float, float], plan: Plan, task: Task) -> np.ndarray:
    """NOT_GROUND, GROUND or NOISE for each of `points`, right for those inside `bounds`."""
    x, y, z = (np.ascontiguousarray(points[name]) for name in "xyz")
    filed = points["classification"] == GROUND_CLASS
    noise = ~plan.occupancy.contains(x, y) | isolated(x, y, z, plan.voxel)
    task.check()
    labels = np.full(len(points), NOT_GROUND, dtype=np.uint8)
    if plan.ground == "file":
        noise &= ~filed
        labels[filed] = GROUND
    else:
        clean = np.flatnonzero(~noise)
        around, data = (
            Frame.around(box, plan.smrf.cell).grown(1).snapped(_PYRAMID)
            for box in (grown(bounds, _halo(plan)), plan.frame.bounds)
        )
        frame = around.clipped(data)
        if min(frame.shape) > 0:  # else a tile that holds nothing but far outliers
            labels[clean[classify_ground(x[clean], y[clean], z[clean], frame, plan.smrf, task)]] = GROUND
    labels[noise] = NOISE
    return labels


def _halo(plan: Plan) -> float:
    """Twice the window of the openings, and enough for the voxels around a point (measured: more changes nothing)."""
    window = 2 * plan.smrf.window if plan.ground == "smrf" else 0.0
    return max(window + 4 * plan.smrf.cell, 2 * plan.voxel)


def _move_inside(points: np.ndarray, frame: Frame) -> None:
    """Move points on the outer edges of the rasters into their outermost cells, by two micrometres at most."""
    left, bottom, right, top = frame.bounds
    for name, low, high in (("x", left, right), ("y", bottom, top)):
        values = points[name]
        values[(values < low + _EDGE) & (values > low - _EDGE)] = low + _EDGE
        values[(values > high - _EDGE) & (values < high + _EDGE)] = high - _EDGE


def _inside(points: np.ndarray, bounds: tuple[float, float, float, float]) -> np.ndarray:
    x, y = points["x"], points["y"]
    return (x >= bounds[0]) & (y >= bounds[1]) & (x < bounds[2]) & (y < bounds[3])
