"""Standing water in a terrain: every water polygon gets one level, that of its banks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import rasterio.features
import shapely
from rasterio.transform import from_origin

from pointcloud.plan import Plan, grown
from pointcloud.tiles.grid import Frame
from tim.job import Job
from tim.points.raster import Reader

_MOST_RISE = 1.0  # metres along the banks; beyond it the water is no standing one
_LOW = 10.0  # percent: banks rise from the water, so its level is among the lowest of their heights


@dataclass(frozen=True)
class Water:
    """Polygons in metres of the frame, and the level (m) of each."""

    polygons: np.ndarray
    levels: np.ndarray

    def flattened(self, read: Reader) -> Reader:
        """A reader in which the cells whose centres lie in water have its level."""

        def read_flat(frame: Frame) -> np.ndarray:
            heights = read(frame)
            touched = np.flatnonzero(shapely.intersects(self.polygons, shapely.box(*frame.bounds)))
            if len(touched):
                left, _, _, top = frame.bounds
                shapes = [(self.polygons[place], self.levels[place]) for place in touched]
                rasterio.features.rasterize(
                    shapes, out=heights, transform=from_origin(left, top, frame.cell, frame.cell), dtype="float32"
                )
            return heights

        return read_flat


def water_levels(plan: Plan, polygons: np.ndarray, job: Job) -> Water:
    """The levels of water polygons (metres of the frame) by the terrain along their banks.

    Left out, with a warning: those outside the terrain, and those whose banks fall by more than a metre (rivers).
    """
    polygons = shapely.get_parts(polygons)
    polygons = polygons[shapely.intersects(polygons, shapely.box(*plan.frame.bounds))]
    levels = np.full(len(polygons), np.nan)
    flowing = 0
    for place, polygon in enumerate(polygons):
        job.check()
        banks = shapely.get_coordinates(shapely.segmentize(shapely.boundary(polygon), plan.frame.cell))
        box = grown(tuple(shapely.bounds(polygon)), 2 * plan.frame.cell)  # type: ignore[arg-type]
        heights = plan.window("terrain", box).sample(*banks.T)
        heights = heights[np.isfinite(heights)]
        if len(heights) == 0:
            continue
        low, high = np.percentile(heights, [_LOW, 100 - _LOW])
        if high - low > _MOST_RISE:
            flowing += 1
            continue
        levels[place] = low
    if flowing:
        job.warn(f"{flowing} 个水面的岸边高差超过 {_MOST_RISE:g} 米，不像静止水面，没有压平")
    known = np.isfinite(levels)
    return Water(polygons[known], levels[known])
