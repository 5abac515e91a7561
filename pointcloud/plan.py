"""The plan of a survey: everything that a tile job has to know. Coordinates are metres throughout."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointcloud.ground.noise import voxel_size
from pointcloud.ground.smrf import SmrfParameters
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, Grid
from pointcloud.tiles.lattice import Occupancy
from pointcloud.tiles.store import TileKey, TileStore

RESOLUTIONS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_POINTS_PER_CELL = 2.0
_POINTS_PER_TILE = 4e6
_TILE_SIZES = (100.0, 500.0)  # metres; the upper one bounds memory where far outliers hide the density
_PYRAMID = 32  # cells
NOT_GROUND, GROUND, NOISE = 0, 1, 2


def automatic_resolution(density: float) -> float:
    """The finest of `RESOLUTIONS` with two points a cell at `density` points/m²."""
    return next((cell for cell in RESOLUTIONS if density * cell * cell >= _POINTS_PER_CELL), RESOLUTIONS[-1])


def tile_size(density: float) -> float:
    """Edge (m) of tiles of some four million points."""
    return float(min(max(math.sqrt(_POINTS_PER_TILE / density), _TILE_SIZES[0]), _TILE_SIZES[1]))


def tile_unit(resolution: float | None) -> tuple[float, float]:
    """(m: tiles are multiples of it, so that cells belong to one tile each; cell of the ground filter).

    `resolution` of the rasters, None for one of `RESOLUTIONS`. The filter's cell is 1 m wherever whole metres come out.
    """
    if resolution is None:
        return RESOLUTIONS[-1], 1.0
    for count in range(1, math.floor(_TILE_SIZES[1] / resolution) + 1):
        if abs(count * resolution - round(count * resolution)) < 1e-9 and round(count * resolution) > 0:
            return float(round(count * resolution)), 1.0
    return resolution, resolution * round(1 / resolution) if resolution < 1 else resolution / round(resolution)


@dataclass(frozen=True)
class Plan:
    """`store` holds the points, `scratch` everything else on disk; `frame` is that of both rasters.

    `ground`: "file" or "smrf"; `preset`: "auto" or one of the filter's presets; `has_buildings`: whether the file's
    building class (6) can be relied upon.
    """

    store: TileStore
    scratch: Path
    frame: Frame
    occupancy: Occupancy
    density: float
    ground: str
    has_buildings: bool
    preset: str = "auto"
    smrf: SmrfParameters = field(default_factory=SmrfParameters)

    @property
    def voxel(self) -> float:
        """Edge (m) of the voxels in which isolated points are sought."""
        return voxel_size(self.density)

    @property
    def smrf_frame(self) -> Frame:
        """The cells of the ground filter over the whole area; the coarse cells over them are the same in every tile."""
        return Frame.around(self.frame.bounds, self.smrf.cell).grown(1).snapped(_PYRAMID)

    def tile_frame(self, tile: TileKey, cell: float | None = None, whole: Frame | None = None) -> Frame:
        """The cells of the rasters (or of size `cell`) whose centres lie in a tile, within `whole` (the rasters)."""
        cell = cell or self.frame.cell
        x_min, y_min, x_max, y_max = self.store.bounds(tile)
        part = Frame(cell, *(math.ceil(value / cell - 0.5) for value in (x_min, y_min, x_max, y_max)))
        return part.clipped(whole or Frame.around(self.frame.bounds, cell))

    def frame_tiles(self) -> list[TileKey]:
        """All tiles that the rasters touch, also those without points."""
        return [tile for tile in self.tiles_in(self.frame.bounds) if min(self.tile_frame(tile).shape) > 0]

    def tiles_in(self, bounds: tuple[float, float, float, float]) -> list[TileKey]:
        """All tiles that touch a box, with points or without."""
        x_min, y_min, x_max, y_max = bounds
        size = self.store.size
        columns = range(math.floor(x_min / size), math.ceil(x_max / size))
        rows = range(math.floor(y_min / size), math.ceil(y_max / size))
        return [(column, row) for row in rows for column in columns]

    def raster(self, name: str, *, create: bool = False, dtype: str = "<f4", frame: Frame | None = None) -> np.ndarray:
        """A memory-mapped raster in scratch. New ones have the cells of `frame`, all NaN (whole numbers: 0)."""
        path = self.scratch / f"{name}.npy"
        if not create:
            return np.load(path, mmap_mode="r+")
        array = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=(frame or self.frame).shape)
        if array.dtype.kind == "f":
            array[:] = np.nan
        return array

    def write_part(self, name: str, tile: TileKey, array: np.ndarray) -> None:
        """Keep a tile's part of the raster `name` in a file of its own, which other processes may read."""
        np.save(self.part_path(name, tile), array)

    def part_path(self, name: str, tile: TileKey) -> Path:
        """The file of a tile's part of a raster; its folder is made by `make_folders`."""
        return self.scratch / name / f"{tile[0]}_{tile[1]}.npy"

    def make_folders(self, *names: str) -> None:
        """Make the folders for parts of these names."""
        for name in names:
            (self.scratch / name).mkdir(parents=True, exist_ok=True)

    def read_parts(self, name: str, frame: Frame, whole: Frame | None = None) -> np.ndarray:
        """The cells of `frame` put together from the tiles' parts (float32, NaN where there is none).

        `whole`: the frame to which the tiles' parts were clipped, that of the rasters by default.
        """
        result = np.full(frame.shape, np.nan, dtype=np.float32)
        for tile in self.tiles_in(frame.bounds):
            path = self.part_path(name, tile)
            if not path.is_file():
                continue
            part = self.tile_frame(tile, frame.cell, whole)
            common = part.clipped(frame)
            if min(common.shape) > 0:
                result[common.within(frame)] = np.load(path, mmap_mode="r")[common.within(part)]
        return result

    def assemble(self, name: str, task: Task) -> np.ndarray:
        """All parts of a raster as one memory-mapped file."""
        whole = self.raster(name, create=True)
        for tile in self.frame_tiles():
            task.check()
            path = self.part_path(name, tile)
            if path.is_file():
                whole[self.tile_frame(tile).within(self.frame)] = np.load(path, mmap_mode="r")
        return whole

    def labels_path(self, tile: TileKey) -> Path:
        """Labels (uint8: _PYRAMID = 32  # cells
        NOT_GROUND, GROUND, NOISE) of a tile's points, in the order of the store."""
        return self.scratch / "labels" / f"{tile[0]}_{tile[1]}.npy"

    def confidence_path(self, tile: TileKey) -> Path:
        """Confidence (uint8, percent) of the labels, in the order of the store."""
        return self.scratch / "confidence" / f"{tile[0]}_{tile[1]}.npy"

    def heights_path(self, tile: TileKey) -> Path:
        """Metres above the terrain (float32), in the order of the store; made by `pointcloud.surface.heights`."""
        return self.scratch / "heights" / f"{tile[0]}_{tile[1]}.npy"

    def read_labelled(self, bounds: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Points in `bounds` and their labels; needs the ground stage done."""
        return self.store.read_beside(bounds, lambda tile: np.load(self.labels_path(tile)))

    def window(self, name: str, bounds: tuple[float, float, float, float]) -> Grid:
        """The part of a raster around `bounds` as a grid in memory; at least one cell."""
        part = Frame.around(bounds, self.frame.cell).grown(1).clipped(self.frame)
        if min(part.shape) <= 0:
            return Grid(np.full((1, 1), np.nan, np.float32), bounds[0], bounds[3], self.frame.cell)
        return part.grid(self.read_parts(name, part))

    def ground_path(self, tile: TileKey) -> Path:
        """Mean ground point per cell of a tile: float64 (n, 3)."""
        return self.scratch / "ground" / f"{tile[0]}_{tile[1]}.npy"


def grown(bounds: tuple[float, float, float, float], margin: float) -> tuple[float, float, float, float]:
    """`bounds` with `margin` more on each side."""
    return bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin
