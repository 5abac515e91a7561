"""The rings of many geometries end to end in one array: what is done to all of them is done at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
import shapely

from tim.exchange.city.objects import Surface


@dataclass(frozen=True)
class Flat:
    """`points` (n, 3) of all rings; `lengths`: points of each ring; `rings`: rings of each surface; `surfaces`:
    surfaces of each group (a geometry or a shell). No ring, surface or group is empty."""

    points: np.ndarray
    lengths: np.ndarray
    rings: np.ndarray
    surfaces: np.ndarray

    @cached_property
    def starts(self) -> np.ndarray:
        """The place of each ring's first point."""
        return starts(self.lengths)

    @cached_property
    def owner(self) -> np.ndarray:
        """The group of each surface."""
        return np.repeat(np.arange(len(self.surfaces)), self.surfaces)

    def multipolygons(self) -> np.ndarray:
        """A MultiPolygon Z for each group, one polygon for each surface, in order, whatever their validity."""
        points, ends = self._closed()
        offsets = (ends, np.r_[0, self.rings.cumsum()], np.r_[0, self.surfaces.cumsum()])
        return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, points, offsets)

    def plans(self) -> np.ndarray:
        """A polygon without heights for each surface."""
        points, ends = self._closed()
        offsets = (ends, np.r_[0, self.rings.cumsum()])
        return shapely.from_ragged_array(shapely.GeometryType.POLYGON, np.ascontiguousarray(points[:, :2]), offsets)

    def normals(self) -> np.ndarray:
        """The normal (k, 3) of each surface's outer ring by Newell's method, as long as twice its area."""
        local = self.points - np.repeat(self.points[self.starts], self.lengths, axis=0)
        following = np.arange(1, len(local) + 1)
        following[self.starts + self.lengths - 1] = self.starts
        (x, y, z), (u, v, w) = local.T, local[following].T
        parts = np.column_stack([y * w - z * v, z * u - x * w, x * v - y * u])
        return np.add.reduceat(parts, self.starts, axis=0)[starts(self.rings)]

    def heights(self) -> np.ndarray:
        """The lowest and the highest z (k, 2) of each group."""
        of_groups = self.starts[starts(self.rings)[starts(self.surfaces)]]
        z = self.points[:, 2]
        return np.column_stack([np.minimum.reduceat(z, of_groups), np.maximum.reduceat(z, of_groups)])

    def degenerate(self, least: int = 3) -> np.ndarray:
        """Which rings have fewer than `least` (2 or 3) different points."""
        first = np.repeat(self.points[self.starts], self.lengths, axis=0)
        other = (self.points != first).any(axis=1)
        if least == 2:
            return ~np.logical_or.reduceat(other, self.starts)
        place = np.minimum.reduceat(np.where(other, np.arange(len(other)), len(other)), self.starts)
        second = np.repeat(self.points[np.minimum(place, len(other) - 1)], self.lengths, axis=0)
        return ~np.logical_or.reduceat(other & (self.points != second).any(axis=1), self.starts)

    def _closed(self) -> tuple[np.ndarray, np.ndarray]:
        """The points with each ring's first one repeated at its end, and where rings begin and end."""
        ends = np.r_[0, (self.lengths + 1).cumsum()]
        taken = np.arange(ends[-1]) - np.repeat(np.arange(len(self.lengths)), self.lengths + 1)
        taken[ends[1:] - 1] = self.starts
        return np.ascontiguousarray(self.points[taken]), ends


def flat(groups: Sequence[Sequence[Surface]]) -> Flat:
    """The surfaces of at least one group; each has at least one surface."""
    surfaces = list(chain.from_iterable(groups))
    rings = list(chain.from_iterable(surfaces))
    return Flat(
        np.concatenate(rings),
        np.fromiter(map(len, rings), np.int64, len(rings)),
        np.fromiter(map(len, surfaces), np.int64, len(surfaces)),
        np.fromiter(map(len, groups), np.int64, len(groups)),
    )


def surfaces_of(shapes: np.ndarray) -> list[list[Surface]]:
    """The surfaces of what `Flat.multipolygons` gave, shape by shape."""
    _, points, (ring_ends, polygon_ends, shape_ends) = shapely.to_ragged_array(shapes, include_z=True)
    ends = ring_ends.tolist()
    rings = [points[start : end - 1] for start, end in pairwise(ends)]
    polygons, ends = [], polygon_ends.tolist()
    for start, end in pairwise(ends):
        polygons.append(tuple(rings[start:end]))
    ends = shape_ends.tolist()
    return [polygons[start:end] for start, end in pairwise(ends)]


def starts(counts: np.ndarray) -> np.ndarray:
    """Where each of some runs begins, their lengths given."""
    return counts.cumsum() - counts
