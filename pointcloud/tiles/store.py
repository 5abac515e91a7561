"""Points scattered once to disk, sorted by tile; any box is read back from the tiles it touches.

Points arrive in parts (a chunk of a source). Each part is one file, sorted by tile and by block within the tile (an
eighth of its edge), column by column, written under its final name when complete: parts can be written by several
processes and kept when a run is stopped, a whole tile is one stretch of each part, and little is read for a margin.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable

import numpy as np

from pointcloud.sources.source import Points
from pointcloud.tiles.grid import pieces

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
ATTRIBUTES = np.dtype([(name, RECORD[name]) for name in RECORD.names[3:]])  # type: ignore[index]
_COLUMN = 8  # bytes of x, of y, of z and of the attributes
_SIDE = 8  # blocks along a tile's edge
_FARTHEST = float(1 << 26)  # tiles; what lies beyond is a stray and shares the last one

TileKey = tuple[int, int]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Columns:
    """Points as parallel arrays: `x`, `y`, `z` float64 in metres, `attributes` of the type `ATTRIBUTES`."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    attributes: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def record(self) -> np.ndarray:
        """The same as one `RECORD` array."""
        record = np.empty(len(self), dtype=RECORD)
        record["x"], record["y"], record["z"] = self.x, self.y, self.z
        for name in ATTRIBUTES.names or ():
            record[name] = self.attributes[name]
        return record


@dataclass(frozen=True)
class TileStore:
    """A folder of parts. Tile (c, r) holds the points with floor(x / size) = c and floor(y / size) = r, in metres.

    Call `seal` when all parts are written; nothing can be read before.
    """

    folder: Path
    size: float

    def write(self, part: str, points: Points, xy_factor: float, z_factor: float) -> tuple[Columns, np.ndarray]:
        """Store points, scaled to metres, as the part of this name (names in the order of the points).

        Returns them as they lie, and the order (indices into `points`) that this is.
        """
        x, y, z = _scaled(points.x, xy_factor), _scaled(points.y, xy_factor), _scaled(points.z, z_factor)
        attributes = np.zeros(len(points), dtype=ATTRIBUTES)
        for name in ("classification", "return_number", "number_of_returns", "intensity", "source_id"):
            attributes[name] = getattr(points, name)
        order, index = _by_block(x, y, self.size)
        whole = attributes.view("<u8")
        columns = Columns(x[order], y[order], z[order], whole[order].view(ATTRIBUTES))
        self.folder.mkdir(parents=True, exist_ok=True)
        save(self.folder / f"{part}.points", columns.x, columns.y, columns.z, columns.attributes)
        save(self.folder / f"{part}.index", index)
        return columns, order

    def seal(self) -> None:
        """Collect the indexes of all parts."""
        names = sorted(path.stem for path in self.folder.glob("*.points"))
        rows = [np.empty((0, 6), np.int64)]
        sizes = []
        for number, name in enumerate(names):
            index = np.fromfile(self.folder / f"{name}.index", dtype=np.int64).reshape(-1, 5)
            rows.append(np.insert(index, 2, number, axis=1))
            sizes.append((self.folder / f"{name}.points").stat().st_size // (4 * _COLUMN))
        table = np.concatenate(rows)
        table = table[np.lexsort((table[:, 4], table[:, 2], table[:, 0], table[:, 1]))]
        np.savez(self.folder / "tiles.npz", table=table, names=np.array(names, dtype=str), sizes=np.array(sizes))
        _index.cache_clear()

    def tiles(self) -> list[TileKey]:
        """The tiles that hold points, in a fixed order."""
        return sorted(_index(str(self.folder)).tiles)

    def count(self, tile: TileKey) -> int:
        """Points in a tile."""
        return int(_index(str(self.folder)).of(tile)[:, 3].sum())

    def busiest(self, tile: TileKey) -> tuple[float, float]:
        """(x, y) of the middle of the block of a tile with the most points."""
        rows = _index(str(self.folder)).of(tile)
        counts = np.bincount(rows[:, 1], weights=rows[:, 3], minlength=_SIDE * _SIDE)
        up, across = divmod(int(counts.argmax()), _SIDE)
        edge = self.size / _SIDE
        return tile[0] * self.size + (across + 0.5) * edge, tile[1] * self.size + (up + 0.5) * edge

    def stretches(self, tile: TileKey) -> list[tuple[str, int]]:
        """(part, points) of a tile, in the order in which `read_tile` gives them."""
        index = _index(str(self.folder))
        return [(index.names[part], count) for part, _, count in _joined(index.of(tile))]

    def bounds(self, tile: TileKey) -> Bounds:
        """(xmin, ymin, xmax, ymax) of a tile."""
        return tuple((index + add) * self.size for add in (0, 1) for index in tile)  # type: ignore[return-value]

    def columns(self, tile: TileKey) -> Columns:
        """The points of one tile in the order of the parts."""
        return self._read(_index(str(self.folder)).of(tile))

    def read_tile(self, tile: TileKey) -> np.ndarray:
        """The same as `RECORD`."""
        return self.columns(tile).record()

    def columns_around(self, tile: TileKey, margin: float) -> Columns:
        """The points within `margin` (m) of a tile and outside it."""
        inner = self.bounds(tile)
        bounds = (inner[0] - margin, inner[1] - margin, inner[2] + margin, inner[3] + margin)
        parts = [self._clipped(other, bounds)[0] for other in self._touched(bounds) if other != tile]
        return _concatenated(parts)

    def read(self, bounds: Bounds) -> np.ndarray:
        """The points with xmin ≤ x < xmax and ymin ≤ y < ymax, as one `RECORD` array."""
        return self.read_beside(bounds, None)[0]

    def read_beside(
        self, bounds: Bounds, beside: Callable[[TileKey], np.ndarray] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The points of `read`, and for each its value of `beside(tile)`, which is in the order of the tile."""
        parts, values = [], [np.empty(0, dtype=np.uint8)]
        for tile in self._touched(bounds):
            columns, places = self._clipped(tile, bounds)
            parts.append(columns)
            if beside is not None and len(columns):
                values.append(beside(tile)[places])
        return _concatenated(parts).record(), np.concatenate(values)

    def _touched(self, bounds: Bounds) -> list[TileKey]:
        x_min, y_min, x_max, y_max = (value / self.size for value in bounds)
        rows, columns = range(math.floor(y_min), math.ceil(y_max)), range(math.floor(x_min), math.ceil(x_max))
        return [(column, row) for row in rows for column in columns]

    def _clipped(self, tile: TileKey, bounds: Bounds) -> tuple[Columns, np.ndarray]:
        """The points of a tile in `bounds`, and their places in the tile; only the blocks that touch it are read."""
        rows = _index(str(self.folder)).of(tile)
        starts = np.cumsum(rows[:, 3]) - rows[:, 3]
        edge = self.size / _SIDE
        left, bottom = tile[0] * self.size, tile[1] * self.size
        across, up = rows[:, 1] % _SIDE, rows[:, 1] // _SIDE
        touched = (left + (across + 1) * edge >= bounds[0]) & (left + across * edge <= bounds[2])
        touched &= (bottom + (up + 1) * edge >= bounds[1]) & (bottom + up * edge <= bounds[3])
        rows, starts = rows[touched], starts[touched]
        columns = self._read(rows)
        inside = (columns.x >= bounds[0]) & (columns.x < bounds[2])
        inside &= (columns.y >= bounds[1]) & (columns.y < bounds[3])
        counts = rows[:, 3]
        places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(len(columns))
        if inside.all():
            return columns, places
        chosen = np.flatnonzero(inside)
        attributes = columns.attributes.view("<u8")[chosen].view(ATTRIBUTES)
        return Columns(columns.x[chosen], columns.y[chosen], columns.z[chosen], attributes), places[chosen]

    def _read(self, rows: np.ndarray) -> Columns:
        """The points of index rows (part, block, first, count), in their order."""
        index = _index(str(self.folder))
        found = np.empty((4, int(rows[:, 3].sum())))
        at = 0
        stretches = _joined(rows)
        part_open, stream = -1, None
        try:
            for part, first, count in stretches:
                if part != part_open:
                    if stream is not None:
                        stream.close()
                    stream = (self.folder / f"{index.names[part]}.points").open("rb", buffering=0)
                    part_open = part
                assert stream is not None
                for column in range(4):
                    stream.seek((column * index.sizes[part] + first) * _COLUMN)
                    stream.readinto(found[column, at : at + count].view(np.uint8))  # type: ignore[arg-type]
                at += count
        finally:
            if stream is not None:
                stream.close()
        return Columns(found[0], found[1], found[2], found[3].view(ATTRIBUTES))


def save(path: Path, *arrays: np.ndarray) -> None:
    """Write the bytes of arrays one after the other; the file has its name only when it is complete."""
    working = path.with_name(f".{path.name}.{os.getpid()}")
    with working.open("wb") as stream:
        for array in arrays:
            array.tofile(stream)
    os.replace(working, path)


@dataclass(frozen=True)
class _Index:
    """Rows (part, block, first, count) of each tile; names and numbers of points of the parts."""

    tiles: dict[TileKey, np.ndarray]
    names: list[str]
    sizes: list[int]

    def of(self, tile: TileKey) -> np.ndarray:
        return self.tiles.get(tile, np.empty((0, 4), np.int64))


@lru_cache(maxsize=4)
def _index(folder: str) -> _Index:
    stored = np.load(Path(folder, "tiles.npz"))
    table = stored["table"]
    changes = np.flatnonzero((np.diff(table[:, :2], axis=0) != 0).any(axis=1)) + 1
    groups = np.split(table, changes) if len(table) else []
    tiles = {(int(group[0, 0]), int(group[0, 1])): group[:, 2:] for group in groups}
    return _Index(tiles, stored["names"].tolist(), stored["sizes"].tolist())


def _joined(rows: np.ndarray) -> list[tuple[int, int, int]]:
    """(part, first, count) of index rows, those that follow each other in one part joined."""
    if len(rows) == 0:
        return []
    part, first, count = rows[:, 0], rows[:, 2], rows[:, 3]
    breaks = np.flatnonzero((part[1:] != part[:-1]) | (first[1:] != first[:-1] + count[:-1])) + 1
    starts = np.concatenate([[0], breaks])
    return list(zip(part[starts].tolist(), first[starts].tolist(), np.add.reduceat(count, starts).tolist()))


def _concatenated(parts: list[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    empty = [Columns(np.empty(0), np.empty(0), np.empty(0), np.empty(0, ATTRIBUTES))]
    parts = [part for part in parts if len(part)] or empty
    x, y, z = (np.concatenate([getattr(part, name) for part in parts]) for name in "xyz")
    return Columns(x, y, z, np.concatenate([part.attributes.view("<u8") for part in parts]).view(ATTRIBUTES))


def _scaled(values: np.ndarray, factor: float) -> np.ndarray:
    return values if factor == 1.0 else values * factor


def _by_block(x: np.ndarray, y: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """(stable order by tile and block; int64 (n, 5): column and row of the tile, block, first point, points)."""
    if len(x) == 0:
        return np.empty(0, np.int64), np.empty((0, 5), np.int64)
    left, bottom = (int(_tile(values.min(), size)) for values in (x, y))
    width = int(_tile(x.max(), size)) - left + 1
    key = np.empty(len(x), np.int64)
    for part in pieces(len(x)):
        column, across = _tile_and_block(x[part], size)
        row, up = _tile_and_block(y[part], size)
        row -= bottom
        row *= width
        column += row
        column -= left
        column *= _SIDE
        column += up
        column *= _SIDE
        column += across
        key[part] = column
    if key.max() < 1 << 16:
        key = key.astype(np.uint16)  # numpy sorts these by radix
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.concatenate([[0], np.flatnonzero(key[1:] != key[:-1]) + 1])
    count = np.diff(first, append=len(x))
    tile, block = np.divmod(key[first].astype(np.int64), _SIDE * _SIDE)
    row, column = np.divmod(tile, width)
    return order, np.stack([column + left, row + bottom, block, first, count], axis=1)


def _tile(values: np.ndarray, size: float) -> np.ndarray:
    return np.clip(np.floor(values / size), -_FARTHEST, _FARTHEST)


def _tile_and_block(values: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Along one axis: number of the tile, number of the block in it."""
    tile = _tile(values, size)
    block = values / size
    block -= tile
    block *= _SIDE
    return tile.astype(np.int64), np.clip(block, 0, _SIDE - 1).astype(np.int64)
