"""Points scattered once to one file per tile; any box is read back from the tiles it touches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np

from pointcloud.sources.source import Points

RECORD = np.dtype(
    [
        ("x", "<f8"),
        ("y", "<f8"),
        ("z", "<f8"),
        ("classification", "u1"),
        ("return_number", "u1"),
        ("number_of_returns", "u1"),
        ("flags", "u1"),
        ("intensity", "<u2"),
        ("source_id", "<u2"),
    ]
)
_BUFFERED_POINTS = 2_000_000

TileKey = tuple[int, int]


@dataclass(frozen=True)
class TileStore:
    """A folder of tiles. Tile (c, r) holds the points with floor(x / size) = c and floor(y / size) = r, in metres."""

    folder: Path
    size: float

    def path(self, tile: TileKey) -> Path:
        """The file of a tile; absent where the tile holds no point."""
        return self.folder / f"{tile[0]}_{tile[1]}.points"

    def tiles(self) -> list[TileKey]:
        """The tiles that hold points, in a fixed order."""
        stems = (entry.stem.split("_") for entry in self.folder.glob("*.points"))
        return sorted((int(column), int(row)) for column, row in stems)

    def bounds(self, tile: TileKey) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax) of a tile."""
        return tuple((index + add) * self.size for add in (0, 1) for index in tile)  # type: ignore[return-value]

    def read_tile(self, tile: TileKey) -> np.ndarray:
        """The points of one tile in the order they were written; `RECORD`, possibly memory-mapped."""
        path = self.path(tile)
        return np.memmap(path, dtype=RECORD, mode="r") if path.is_file() else np.empty(0, dtype=RECORD)

    def read(self, bounds: tuple[float, float, float, float]) -> np.ndarray:
        """The points with xmin ≤ x < xmax and ymin ≤ y < ymax, as one `RECORD` array."""
        return self.read_beside(bounds, None)[0]

    def read_beside(
        self, bounds: tuple[float, float, float, float], beside: Callable[[TileKey], np.ndarray] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The points of `read`, and for each its value of `beside(tile)`, which is in the order of the tile."""
        x_min, y_min, x_max, y_max = bounds
        parts, values = [np.empty(0, dtype=RECORD)], [np.empty(0, dtype=np.uint8)]
        for row in range(math.floor(y_min / self.size), math.ceil(y_max / self.size)):
            for column in range(math.floor(x_min / self.size), math.ceil(x_max / self.size)):
                points = self.read_tile((column, row))
                if not len(points):
                    continue
                x, y = points["x"], points["y"]
                inside = (
                    np.s_[:]
                    if _holds(bounds, self.bounds((column, row)))
                    else (x >= x_min) & (x < x_max) & (y >= y_min) & (y < y_max)
                )
                parts.append(np.asarray(points[inside]))
                if beside is not None:
                    values.append(beside((column, row))[inside])
        return np.concatenate(parts), np.concatenate(values)


def _holds(outer: tuple[float, ...], inner: tuple[float, ...]) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


class Scatter:
    """Writes points to the tiles of a store. Use as a context manager: what is buffered is written at its end."""

    def __init__(self, store: TileStore) -> None:
        self._store = store
        self._buffer: list[np.ndarray] = []
        self._buffered = 0
        store.folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Scatter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._flush()

    def add(self, points: Points, xy_factor: float, z_factor: float) -> np.ndarray:
        """Take points, scaled to metres. Returns them as `RECORD`."""
        record = np.zeros(len(points), dtype=RECORD)
        record["x"], record["y"] = points.x * xy_factor, points.y * xy_factor
        record["z"] = points.z * z_factor
        for name in ("classification", "return_number", "number_of_returns", "intensity", "source_id"):
            record[name] = getattr(points, name)
        self._buffer.append(record)
        self._buffered += len(record)
        if self._buffered >= _BUFFERED_POINTS:
            self._flush()
        return record

    def _flush(self) -> None:
        if not self._buffered:
            return
        points = self._buffer[0] if len(self._buffer) == 1 else np.concatenate(self._buffer)
        self._buffer, self._buffered = [], 0
        column = np.floor(points["x"] / self._store.size).astype(np.int64)
        row = np.floor(points["y"] / self._store.size).astype(np.int64)
        width = int(np.ptp(column)) + 1
        key = (row - row.min()) * width + (column - column.min())
        if key.max() < 1 << 16:
            key = key.astype(np.uint16)  # numpy sorts these by radix
        order = np.argsort(key, kind="stable")
        ends = np.flatnonzero(np.diff(key[order])) + 1
        for part in np.split(order, ends):
            tile = int(column[part[0]]), int(row[part[0]])
            with self._store.path(tile).open("ab") as stream:
                stream.write(points[part].view(np.uint8).data)
