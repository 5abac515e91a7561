"""The class of each point of a tile, from its ground label, its height above ground and the cells around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from pointcloud.classes import codes
from pointcloud.classes.cells import DECK, LOWEST_WIRE, ROOF, Cells
from pointcloud.classes.codes import VegetationHeights
from pointcloud.plan import GROUND, NOISE, Plan, grown
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame
from pointcloud.tiles.store import TileKey

_HALO = 3.0  # metres
_LOWEST_PART = 0.3  # metres above ground: lower points under a roof are not of the building
_NEIGHBOURS = 12
_RIM, _NEAR = 1.2, 4.0  # cells from a roof: what may belong to it, where smooth patches are taken for roofs
_SHARE = 0.25  # of a point's neighbours, those on roofs
_EVEN, _WALL_DEPTH = 0.03, 0.10  # metres: thickness of a neighbourhood on roofs and walls
_WALL = 0.3  # upward part of a wall's normal


@dataclass(frozen=True)
class ClassJob:
    """One tile of a plan, what its cells hold, and where its classes go."""

    plan: Plan
    tile: TileKey
    cells: Cells
    heights: VegetationHeights
    folder: Path


def classify_tile(job: ClassJob, task: Task) -> np.ndarray:
    """Write the class of each of the tile's points beside a number that tells the point; counts (256,) by class."""
    plan, bounds = job.plan, job.plan.store.bounds(job.tile)
    around, labels = plan.read_labelled(grown(bounds, _HALO))
    x, y, z = (np.ascontiguousarray(around[name]) for name in "xyz")
    task.check()
    terrain = plan.window("terrain", grown(bounds, _HALO))
    classes = _classes(x, y, z, labels, z - terrain.sample(x, y), job.cells, job.heights, task)
    if plan.ground == "file":
        classes[(around["classification"] == codes.WATER) & (labels != NOISE)] = codes.WATER
    own = (x >= bounds[0]) & (y >= bounds[1]) & (x < bounds[2]) & (y < bounds[3])
    names = fingerprint(x[own], y[own], z[own])
    order = np.argsort(names, kind="stable")
    np.savez(job.folder / f"{job.tile[0]}_{job.tile[1]}.npz", names=names[order], classes=classes[own][order])
    return np.bincount(classes[own], minlength=256)


def fingerprint(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """A number (uint64) for each place, the same for the same place."""
    result = np.zeros(len(x), np.uint64)
    for values, factor in zip((x, y, z), (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)):
        result = (result ^ (values + 0.0).view(np.uint64)) * np.uint64(factor)
        result ^= result >> np.uint64(29)
    return result


def _classes(
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    labels: np.ndarray,
    above: np.ndarray,
    cells: Cells,
    heights: VegetationHeights,
    task: Task,
) -> np.ndarray:
    result = np.full(len(x), codes.UNCLASSIFIED, np.uint8)
    lifted = (labels != GROUND) & (labels != NOISE)
    result[lifted & (above > 0)] = codes.LOW
    result[lifted & (above >= heights.medium)] = codes.MEDIUM
    result[lifted & (above >= heights.high)] = codes.HIGH
    result[lifted & _in(cells.wires, cells.wire_frame, x, y, 1) & (above > LOWEST_WIRE)] = codes.WIRE
    result[labels == GROUND] = codes.GROUND
    result[(labels == GROUND) & _in(cells.water, cells.water_frame, x, y, 1)] = codes.WATER
    raised = lifted & (above > _LOWEST_PART)
    roof = raised & _in(cells.roofs, cells.roof_frame, x, y, ROOF)
    roof |= _joining(x, y, z, raised & (above > heights.high), roof, cells, task)
    result[roof] = codes.BUILDING
    result[raised & _in(cells.roofs, cells.roof_frame, x, y, DECK)] = codes.BRIDGE
    result[labels == NOISE] = codes.NOISE
    return result


def _joining(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, high: np.ndarray, roof: np.ndarray, cells: Cells, task: Task
) -> np.ndarray:
    """Points beside roofs that are of the building: with roof points around, on walls, or in smooth patches."""
    result = np.zeros(len(x), bool)
    if not roof.any() or not high.any():
        return result
    frame = Frame.around((x.min(), y.min(), x.max(), y.max()), cells.roof_frame.cell).grown(6).clipped(cells.roof_frame)
    if min(frame.shape) <= 0:
        return result
    away = ndimage.distance_transform_edt(cells.roofs[frame.within(cells.roof_frame)] != ROOF)
    row, column, inside = frame.locate(x, y)
    near = np.full(len(x), np.inf)
    near[inside] = away[row[inside], column[inside]]
    doubtful = np.flatnonzero(high & ~roof & (near <= _NEAR))
    pool = np.flatnonzero(high & (near <= 2 * _NEAR))
    if not len(doubtful) or len(pool) <= _NEIGHBOURS:
        return result
    task.check()
    places = np.column_stack([x - x[0], y - y[0], z])
    _, neighbour = cKDTree(places[pool]).query(places[doubtful], k=_NEIGHBOURS)
    task.check()
    around = places[pool][neighbour]
    around = around - around.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around) / _NEIGHBOURS)
    thickness, upward = np.sqrt(np.maximum(values[:, 0], 0.0)), np.abs(vectors[:, 2, 0])
    share = roof[pool][neighbour].mean(axis=1)
    rim = near[doubtful] <= _RIM
    wall = (upward < _WALL) & (thickness < _WALL_DEPTH)
    patch = (thickness < _EVEN) & (upward > _WALL)
    result[doubtful[(rim & ((share > _SHARE) | wall)) | patch]] = True
    return result


def _in(picture: np.ndarray, frame: Frame, x: np.ndarray, y: np.ndarray, value: int) -> np.ndarray:
    row, column, inside = frame.locate(x, y)
    result = np.zeros(len(x), bool)
    result[inside] = picture[row[inside], column[inside]] == value
    return result
