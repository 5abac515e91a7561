"""Service areas: what lies within minutes of facilities, along roads or, without roads, in a straight line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from pointcloud.task import Task
from tim.network.graph import Feet, Reach, Roads, reach_from

_ARC = 8  # segments of a quarter circle


@dataclass(frozen=True)
class Walk:
    """How people move: `speed` metres a second; `beside` metres on both sides of a road that count as served;
    `snap` metres from the nearest road beyond which a facility or a place has no access."""

    speed: float = 1.25
    beside: float = 100.0
    snap: float = 300.0

    def metres(self, minutes: float) -> float:
        """The way that is covered in so many minutes."""
        return minutes * 60 * self.speed


@dataclass(frozen=True)
class Service:
    """What facilities reach. `roads` is None where distances are straight lines; `kept`: those with a road near."""

    facilities: np.ndarray
    walk: Walk
    roads: Roads | None
    reach: Reach | None
    kept: np.ndarray

    @property
    def lost(self) -> np.ndarray:
        """Indices of facilities without access to a road."""
        return np.setdiff1d(np.arange(len(self.facilities)), self.kept)

    def area(self, minutes: float) -> shapely.Geometry:
        """The served area (polygonal): roads within reach with what lies beside them, or circles."""
        metres = self.walk.metres(minutes)
        if self.reach is None:
            return shapely.union_all(shapely.buffer(self.facilities, metres, quad_segs=_ARC))
        lines = self.reach.lines(metres)
        if not len(lines):
            return shapely.Polygon()
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
        return shapely.union_all(shapely.buffer(merged, self.walk.beside, quad_segs=_ARC))

    def minutes_to(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Minutes from the nearest facility to points (inf beyond reach), and which facility it is (-1: none)."""
        if self.reach is None or self.roads is None:
            order, nearest = shapely.STRtree(self.facilities).query_nearest(points, all_matches=False)
            distance = shapely.distance(points[order], self.facilities[nearest])
            return distance / (60 * self.walk.speed), nearest
        feet = self.roads.nearest(points)
        distance, facility = self.reach.to(feet)
        cut_off = feet.away > self.walk.snap
        distance = np.where(cut_off, np.inf, distance)
        found = np.where(np.isinf(distance) | (facility < 0), -1, facility)
        return distance / (60 * self.walk.speed), np.where(found >= 0, self.kept[found], -1)


def serve(facilities: np.ndarray, roads: Roads | None, minutes: Sequence[float], walk: Walk, job: Task) -> Service:
    """Reach of `facilities` (shapely, none missing; other shapes count by a point inside them) for the longest time."""
    points = shapely.point_on_surface(facilities)
    everyone = np.arange(len(points))
    if roads is None:
        return Service(points, walk, None, None, everyone)
    feet = roads.nearest(points)
    kept = np.flatnonzero(feet.away <= walk.snap)
    near = Feet(feet.segment[kept], feet.along[kept], feet.away[kept])
    job.check()
    return Service(points, walk, roads, reach_from(roads, near, walk.metres(max(minutes))), kept)
