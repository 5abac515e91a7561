"""The plan of a survey: everything that a tile job has to know. Coordinates are metres throughout."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointcloud.ground.noise import voxel_size
from pointcloud.ground.smrf import SmrfParameters
from pointcloud.tiles.grid import Frame, Grid
from pointcloud.tiles.lattice import Occupancy
from pointcloud.tiles.store import TileKey, TileStore

RESOLUTIONS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_POINTS_PER_CELL = 2.0
_POINTS_PER_TILE = 2e6
_TILE_SIZES = (100.0, 500.0)  # metres; the upper one bounds memory where far outliers hide the density
NOT_GROUND, GROUND, NOISE = 0, 1, 2


def automatic_resolution(density: float) -> float:
    """The finest of `RESOLUTIONS` with two points a cell at `density` points/m²."""
    return next((cell for cell in RESOLUTIONS if density * cell * cell >= _POINTS_PER_CELL), RESOLUTIONS[-1])


def tile_size(density: float) -> float:
    """Edge (m) of tiles of some two million points; a whole number of metres."""
    return float(round(min(max(math.sqrt(_POINTS_PER_TILE / density), _TILE_SIZES[0]), _TILE_SIZES[1])))


@dataclass(frozen=True)
class Plan:
    """`store` holds the points, `scratch` everything else on disk; `frame` is that of both rasters.

    `ground`: "file" or "smrf"; `has_buildings`: whether the file's building class (6) can be relied upon.
    """

    store: TileStore
    scratch: Path
    frame: Frame
    occupancy: Occupancy
    density: float
    ground: str
    has_buildings: bool
    smrf: SmrfParameters = field(default_factory=SmrfParameters)

    @property
    def voxel(self) -> float:
        """Edge (m) of the voxels in which isolated points are sought."""
        return voxel_size(self.density)

    def tile_frame(self, tile: TileKey, cell: float | None = None) -> Frame:
        """The cells of the rasters (or of size `cell`) whose centres lie in a tile, within the rasters' area."""
        cell = cell or self.frame.cell
        x_min, y_min, x_max, y_max = self.store.bounds(tile)
        part = Frame(cell, *(math.ceil(value / cell - 0.5) for value in (x_min, y_min, x_max, y_max)))
        return part.clipped(Frame.around(self.frame.bounds, cell))

    def frame_tiles(self) -> list[TileKey]:
        """All tiles that the rasters touch, also those without points."""
        x_min, y_min, x_max, y_max = self.frame.bounds
        size = self.store.size
        columns = range(math.floor(x_min / size), math.ceil(x_max / size))
        rows = range(math.floor(y_min / size), math.ceil(y_max / size))
        tiles = [(column, row) for row in rows for column in columns]
        return [tile for tile in tiles if min(self.tile_frame(tile).shape) > 0]

    def raster(self, name: str, *, create: bool = False, dtype: str = "<f4", frame: Frame | None = None) -> np.ndarray:
        """A memory-mapped raster in scratch. New ones have the cells of `frame`, all NaN (whole numbers: 0)."""
        path = self.scratch / f"{name}.npy"
        if not create:
            return np.load(path, mmap_mode="r+")
        array = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=(frame or self.frame).shape)
        if array.dtype.kind == "f":
            array[:] = np.nan
        return array

    def labels_path(self, tile: TileKey) -> Path:
        """Labels (uint8: NOT_GROUND, GROUND, NOISE) of a tile's points, in the order of the store."""
        return self.scratch / "labels" / f"{tile[0]}_{tile[1]}.npy"

    def read_labelled(self, bounds: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Points in `bounds` and their labels; needs the ground stage done."""
        return self.store.read_beside(bounds, lambda tile: np.load(self.labels_path(tile)))

    def window(self, name: str, bounds: tuple[float, float, float, float]) -> Grid:
        """The part of a raster around `bounds` as a grid in memory; at least one cell."""
        part = Frame.around(bounds, self.frame.cell).grown(1).clipped(self.frame)
        if min(part.shape) <= 0:
            return Grid(np.full((1, 1), np.nan, np.float32), bounds[0], bounds[3], self.frame.cell)
        return part.grid(np.array(self.raster(name)[part.within(self.frame)]))

    def ground_path(self, tile: TileKey) -> Path:
        """Mean ground point per cell of a tile: float64 (n, 3)."""
        return self.scratch / "ground" / f"{tile[0]}_{tile[1]}.npy"


def grown(bounds: tuple[float, float, float, float], margin: float) -> tuple[float, float, float, float]:
    """`bounds` with `margin` more on each side."""
    return bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin
