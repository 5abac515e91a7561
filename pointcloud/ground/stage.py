"""The ground stages over tiles: lowest points, openings, labels. Between them, presets are chosen for the whole area.

What a stage needs from around a tile are cells that the stage before has written, so points are read from their own
tile alone (noise: from a few metres around).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointcloud.ground.choice import GROUND_CLASS
from pointcloud.ground.classify import confidence, first_pass, second_pass
from pointcloud.ground.noise import isolated
from pointcloud.ground.presets import COARSE_REACH, Block, BlockStatistics, block_statistics, choose_presets, shares
from pointcloud.ground.smrf import Openings, lowest_surface, margins, open_surface
from pointcloud.plan import GROUND, NOISE, NOT_GROUND, Plan, grown
from pointcloud.surface.cells import cell_means, highest
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, box_around
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import Columns, TileKey

FOLDERS = ("labels", "confidence", "ground", "lowest", "opened", "surface_raw")
_EDGE = 1e-6  # metres
_SURE = 97  # confidence (percent) of labels that a file brings along: about what published ground labels reach


@dataclass(frozen=True)
class GroundJob:
    """One tile of a plan, and the presets of the blocks once they are chosen."""

    plan: Plan
    tile: TileKey
    presets: dict[Block, str] | None = None


@dataclass(frozen=True)
class GroundCounts:
    """Points of one tile by what became of them."""

    ground: int
    noise: int


def label_ground(plan: Plan, tiles: Sequence[TileKey], task: Task) -> tuple[list[GroundCounts], dict[str, float]]:
    """Label the points of all tiles; (counts, share of the area by preset: none where the file's labels are taken).

    Writes labels, confidence, mean ground points and the raster "surface_raw".
    """
    plan.make_folders(*FOLDERS)
    points = [float(plan.store.count(tile)) for tile in tiles]
    jobs = [GroundJob(plan, tile) for tile in tiles]
    run_tiles(lowest_tile, jobs, task.part(0, 0.3), "寻找噪声和最低点", points, stage="lowest")
    chosen: dict[Block, str] = {}
    spread: dict[str, float] = {}
    if plan.ground == "smrf":
        statistics = BlockStatistics()
        for part in run_tiles(open_tile, jobs, task.part(0.3, 0.6), "识别地物", [], stage="opened"):
            statistics += part
        chosen = dict.fromkeys(statistics.cells, plan.preset)
        if plan.preset == "auto":
            chosen = choose_presets(statistics)
        spread = shares(chosen, statistics)
    jobs = [GroundJob(plan, tile, chosen) for tile in tiles]
    return run_tiles(label_tile, jobs, task.part(0.6, 1), "分类地面点", points, stage="labels"), spread


def lowest_tile(job: GroundJob, task: Task) -> None:
    """Label the tile's noise, and write the lowest of its other points per cell of the filter."""
    plan, tile = job.plan, job.tile
    points = plan.store.columns(tile)
    if not len(points):
        return
    noise = _noise(plan, tile, points)
    task.check()
    if plan.ground == "file":
        noise &= points.attributes["classification"] != GROUND_CLASS
    np.save(plan.labels_path(tile), np.where(noise, np.uint8(NOISE), np.uint8(NOT_GROUND)))
    frame = plan.tile_frame(tile, plan.smrf.cell, plan.smrf_frame)
    if plan.ground == "smrf" and min(frame.shape) > 0:
        x, y, z = (values[~noise] if noise.any() else values for values in (points.x, points.y, points.z))
        plan.write_part("lowest", tile, lowest_surface(x, y, z, frame))


def _noise(plan: Plan, tile: TileKey, points: Columns) -> np.ndarray:
    """Isolated points and those far from the body. Neighbours in other tiles are only read where they may matter."""
    noise = isolated(points.x, points.y, points.z, plan.voxel)
    left, bottom, right, top = grown(plan.store.bounds(tile), -2 * plan.voxel)
    lonely = np.flatnonzero(noise)
    x, y = points.x[lonely], points.y[lonely]
    if ((x < left) | (x > right) | (y < bottom) | (y > top)).any():
        _look_beyond(plan, tile, points, noise)
    noise |= ~plan.occupancy.contains(points.x, points.y)
    return noise


def _look_beyond(plan: Plan, tile: TileKey, points: Columns, noise: np.ndarray) -> None:
    """Correct `noise` within two voxels of the tile's edge by the neighbours in other tiles."""
    left, bottom, right, top = grown(plan.store.bounds(tile), -4 * plan.voxel)
    rim = np.flatnonzero((points.x < left) | (points.x > right) | (points.y < bottom) | (points.y > top))
    around = plan.store.columns_around(tile, 2 * plan.voxel)
    x, y, z = (np.concatenate([getattr(points, name)[rim], getattr(around, name)]) for name in "xyz")
    lonely = isolated(x, y, z, plan.voxel)[: len(rim)]
    noise[rim] &= lonely


def open_tile(job: GroundJob, task: Task) -> BlockStatistics:
    """Open the lowest surface around the tile, and count what the choice of presets needs."""
    plan, tile = job.plan, job.tile
    own = plan.tile_frame(tile, plan.smrf.cell, plan.smrf_frame)
    if min(own.shape) <= 0 or not plan.part_path("lowest", tile).is_file():
        return BlockStatistics()
    held = ~np.isnan(np.load(plan.part_path("lowest", tile), mmap_mode="r"))
    if not held.any():
        return BlockStatistics()
    own = own.part(box_around(held))
    frame = _around(plan, own)
    lowest = plan.read_parts("lowest", frame, plan.smrf_frame)
    openings = open_surface(lowest, plan.smrf, task)
    coarse, _ = first_pass(openings, frame)
    np.savez(plan.scratch / "opened" / f"{tile[0]}_{tile[1]}.npz",
             lowest=openings.lowest, steepness=openings.steepness, coarse=coarse,
             frame=[frame.left, frame.bottom, frame.right, frame.top])  # fmt: skip
    part = own.within(frame)
    return block_statistics(openings.cut(part), coarse[part], own)


def label_tile(job: GroundJob, task: Task) -> GroundCounts:
    """Label the tile's points; write labels, confidence, ground means and the tile's part of "surface_raw"."""
    plan, tile = job.plan, job.tile
    frame = plan.tile_frame(tile)
    if not plan.store.count(tile):
        return GroundCounts(0, 0)
    points = plan.store.columns(tile)
    labels = np.load(plan.labels_path(tile))
    if plan.ground == "file":
        labels[points.attributes["classification"] == GROUND_CLASS] = GROUND
        sure = np.full(len(labels), _SURE, np.uint8)
    else:
        sure = _decide(job, points, labels, task)
    np.save(plan.labels_path(tile), labels)
    np.save(plan.confidence_path(tile), sure)
    ground, noise = labels == GROUND, labels == NOISE
    if min(frame.shape) > 0:
        _move_inside(points.x, points.y, plan.store.bounds(tile), plan.frame)
        chosen = np.flatnonzero(ground)
        np.save(plan.ground_path(tile), cell_means(points.x[chosen], points.y[chosen], points.z[chosen], frame))
        x, y, z = (values[~noise] if noise.any() else values for values in (points.x, points.y, points.z))
        plan.write_part("surface_raw", tile, highest(x, y, z, frame))
    return GroundCounts(int(ground.sum()), int(noise.sum()))


def _decide(job: GroundJob, points: Columns, labels: np.ndarray, task: Task) -> np.ndarray:
    """Set GROUND in `labels` (noise keeps its label) and return the confidence in percent."""
    plan, tile = job.plan, job.tile
    path = plan.scratch / "opened" / f"{tile[0]}_{tile[1]}.npz"
    if not path.is_file():  # nothing but noise
        return np.full(len(points), 50, np.uint8)
    stored = np.load(path)
    frame = Frame(plan.smrf.cell, *stored["frame"].tolist())
    openings = Openings(stored["lowest"], stored["steepness"], stored["steepness"])
    surface, allowed = second_pass(openings, stored["coarse"], job.presets or {}, frame)
    margin = margins(points.x, points.y, points.z, surface, allowed, frame, task)
    labels[(margin >= 0.0) & (labels != NOISE)] = GROUND
    return confidence(margin)


def _around(plan: Plan, own: Frame) -> Frame:
    """The cells that decide about those of a tile."""
    around = own.grown(plan.smrf.reach + COARSE_REACH).snapped(32)
    return around.clipped(plan.smrf_frame)


def _move_inside(x: np.ndarray, y: np.ndarray, tile: tuple[float, float, float, float], frame: Frame) -> None:
    """Move points on the outer edges of the rasters into their outermost cells, by two micrometres at most."""
    left, bottom, right, top = frame.bounds
    edges = ((x, left, right, tile[0], tile[2]), (y, bottom, top, tile[1], tile[3]))
    for values, low, high, first, last in edges:
        if first <= low <= last:
            values[(values < low + _EDGE) & (values > low - _EDGE)] = low + _EDGE
        if first <= high <= last:
            values[(values > high - _EDGE) & (values < high + _EDGE)] = high - _EDGE
