"""Lines that part a roof: ridges, where two planes meet, and steps, where one lies above the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import shapely
from scipy.spatial import cKDTree

from pointcloud.tiles.grid import Frame

CELL = 0.25  # metres: picture of the roof in which the rims of planes are traced
LARGE_CELL, LARGE_AREA = 0.5, 5000.0  # m²: the same for large footprints
NO_POINT = 1.5  # metres to the next point of a plane: nothing is known there
_RIDGE_WIDTH = 0.6  # metres between the rim of two planes and the line where they meet
_STEP_WIDTH = 0.35  # metres between the rim and a straight step
_SHORTEST = 1.0  # metres
_SAME_DIRECTION = math.radians(8.0)
_SAME_LINE = 0.35  # metres
_FREE_DIRECTIONS = np.radians(np.arange(0.0, 180.0, 7.5))
_FAVOUR = 1.25  # of a footprint's own directions over others


@dataclass(frozen=True)
class Line:
    """A straight line {p: n·p = offset}, n = (−sin, cos) of `angle`; `start`..`end` is its supported part along it."""

    angle: float
    offset: float
    start: float
    end: float
    ridge: bool

    @property
    def length(self) -> float:
        return self.end - self.start

    @property
    def along(self) -> np.ndarray:
        return np.array([math.cos(self.angle), math.sin(self.angle)])

    @property
    def across(self) -> np.ndarray:
        return np.array([-math.sin(self.angle), math.cos(self.angle)])

    def segment(self, before: float, after: float) -> np.ndarray:
        """Its ends (2, 2), with so much more (m) at both."""
        base = self.offset * self.across
        return np.array([base + (self.start - before) * self.along, base + (self.end + after) * self.along])


@dataclass(frozen=True)
class Picture:
    """Number of the nearest plane in each cell of a footprint; −1 outside; −2 where no point is near."""

    frame: Frame
    labels: np.ndarray

    @property
    def unknown_share(self) -> float:
        """Share of the footprint without points."""
        inside = self.labels != -1
        return float((self.labels == -2).sum() / max(int(inside.sum()), 1))


def draw(footprint: shapely.Polygon, points: np.ndarray, label: np.ndarray) -> Picture:
    """The picture of the planes of `points` over a footprint, single cells smoothed away."""
    frame = Frame.around(footprint.bounds, LARGE_CELL if footprint.area > LARGE_AREA else CELL).grown(1)
    x, y = (axis.ravel() for axis in np.meshgrid(*frame.centres()))
    shapely.prepare(footprint)
    inside = shapely.contains_xy(footprint, x, y)
    on_plane = label >= 0
    distance, nearest = cKDTree(points[on_plane, :2]).query(np.column_stack([x, y])[inside])
    picture = np.full(len(x), -1)
    picture[inside] = label[on_plane][nearest]
    smooth = _smoothed(picture.reshape(frame.shape)).ravel()
    far = np.zeros(len(x), dtype=bool)
    far[inside] = distance > NO_POINT
    smooth[far] = -2
    return Picture(frame, smooth.reshape(frame.shape))


def _smoothed(picture: np.ndarray) -> np.ndarray:
    """Each cell gets the label that is most frequent in the 3 × 3 cells around it."""
    best, most = picture.copy(), np.zeros(picture.shape, np.float32)
    for number in np.unique(picture[picture >= 0]):
        count = cv2.boxFilter((picture == number).astype(np.float32), -1, (3, 3), normalize=False)
        better = (count > most + 0.5) & (picture >= 0)
        best[better], most[better] = number, count[better]
    return best


def roof_lines(footprint: shapely.Polygon, planes: np.ndarray, picture: Picture) -> list[Line]:
    """Ridges, then steps, each the longer first; none twice, and no step beside a wall of the footprint."""
    directions = main_directions(footprint)
    ridges: list[Line] = []
    steps: list[Line] = []
    for (one, other), rim in _rims(picture):
        rest = rim
        line, near = _ridge(planes[one], planes[other], rim)
        if line is not None:
            ridges.append(line)
            rest = rim[~near]
        steps += _steps(rest, directions, picture.frame.cell)
    walls = _walls(footprint)
    kept: list[Line] = []
    for line in sorted(ridges, key=_rank) + sorted(steps, key=_rank):
        if any(_same(line, other) for other in kept):
            continue
        beside = [] if line.ridge else [wall for wall in walls if _same(line, wall)]
        if not beside:
            kept.append(line)
        elif not any(_shared(line, wall) > 0.5 * line.length for wall in beside):
            kept.append(_continued(max(beside, key=_length), line))
    return kept


def _length(line: Line) -> float:
    return round(line.length, 6)


def _shared(line: Line, other: Line) -> float:
    """Metres of `line` that run beside `other`."""
    along = line.segment(0.0, 0.0) @ other.along
    return min(float(along.max()), other.end) - max(float(along.min()), other.start)


def _continued(wall: Line, line: Line) -> Line:
    """`line` moved into the line of a wall that it continues."""
    along = line.segment(0.0, 0.0) @ wall.along
    return Line(wall.angle, wall.offset, float(along.min()), float(along.max()), False)


def main_directions(footprint: shapely.Polygon) -> np.ndarray:
    """Angles (0 ≤ a < π) that the footprint's longer walls have, the most frequent first, and across them."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(footprint)]
    steps = np.concatenate([np.diff(ring, axis=0) for ring in rings])
    lengths = np.hypot(*steps.T)
    steps, lengths = steps[lengths > 0], lengths[lengths > 0]
    angles = np.arctan2(steps[:, 1], steps[:, 0]) % (math.pi / 2)
    found: list[float] = []
    weights = lengths.copy()
    while len(found) < 3 and weights.max(initial=0.0) > 0:
        apart = np.abs(angles[:, None] - angles[None])
        near = np.minimum(apart, math.pi / 2 - apart) < math.radians(3.0)
        best = int((near @ weights).round(6).argmax())
        if found and (near[best] @ weights) < 0.1 * lengths.sum():
            break
        chosen = near[best] & (weights > 0)
        turn = (angles[chosen] - angles[best] + math.pi / 4) % (math.pi / 2) - math.pi / 4
        found.append(float((angles[best] + np.average(turn, weights=weights[chosen])) % (math.pi / 2)))
        weights[near[best]] = 0.0
    return np.array([angle + turn for angle in found for turn in (0.0, math.pi / 2)])


def _rank(line: Line) -> tuple[float, float, float]:
    return -round(line.length, 6), round(line.angle, 6), round(line.offset, 6)


def _rims(picture: Picture) -> list[tuple[tuple[int, int], np.ndarray]]:
    """((plane, plane), middles (n, 2) of the cell edges between them) for all that touch along enough of a length."""
    labels, frame = picture.labels, picture.frame
    cell = frame.cell
    pairs, places = [], []
    for axis in (0, 1):
        one = labels[:-1] if axis == 0 else labels[:, :-1]
        other = labels[1:] if axis == 0 else labels[:, 1:]
        row, column = np.nonzero((one != other) & (one >= 0) & (other >= 0))
        pairs.append(np.sort(np.column_stack([one[row, column], other[row, column]]), axis=1))
        x = (frame.left + column + (0.5 if axis == 0 else 1.0)) * cell
        y = (frame.top - row - (1.0 if axis == 0 else 0.5)) * cell
        places.append(np.column_stack([x, y]))
    pair, place = np.concatenate(pairs), np.concatenate(places)
    if not len(pair):
        return []
    kinds, kind = np.unique(pair, axis=0, return_inverse=True)
    rims = [(tuple(kinds[number].tolist()), place[kind.ravel() == number]) for number in range(len(kinds))]
    return [rim for rim in rims if len(rim[1]) * cell >= _SHORTEST]  # type: ignore[misc]


def _ridge(one: np.ndarray, other: np.ndarray, rim: np.ndarray) -> tuple[Line | None, np.ndarray]:
    """The line where two planes meet, if a part of their rim follows it; which places of the rim do."""
    normal = one[:2] - other[:2]
    length = float(np.hypot(*normal))
    nothing = np.zeros(len(rim), dtype=bool)
    if length < 0.04:
        return None, nothing
    across, offset = normal / length, (other[2] - one[2]) / length
    near = np.abs(rim @ across - offset) < _RIDGE_WIDTH
    angle = math.atan2(-across[0], across[1]) % math.pi
    line = _supported(angle, rim[near], ridge=True)
    if line is None:
        return None, nothing
    sign = 1.0 if line.across @ across > 0 else -1.0
    return Line(angle, sign * offset, line.start, line.end, True), near


def _supported(angle: float, places: np.ndarray, ridge: bool) -> Line | None:
    """The line through `places` in a direction, along their extent; None when that is short."""
    if len(places) < 2:
        return None
    along = places @ np.array([math.cos(angle), math.sin(angle)])
    across = places @ np.array([-math.sin(angle), math.cos(angle)])
    start, end = float(along.min()), float(along.max())
    if end - start < _SHORTEST:
        return None
    return Line(angle, float(np.median(across)), start, end, ridge)


def _steps(rim: np.ndarray, directions: np.ndarray, cell: float) -> list[Line]:
    """Straight lines along a rim, the best supported first."""
    found: list[Line] = []
    angles = np.concatenate([directions, _FREE_DIRECTIONS])
    favour = np.where(np.arange(len(angles)) < len(directions), _FAVOUR, 1.0)
    normals = np.column_stack([-np.sin(angles), np.cos(angles)])
    while len(rim) * cell >= _SHORTEST and len(found) < 12:
        across = rim @ normals.T
        low = across.min(axis=0)
        slot = np.floor((across - low) / _STEP_WIDTH).astype(np.int64)
        width = int(slot.max()) + 3
        counts = np.zeros((len(angles), width))
        np.add.at(counts, (np.broadcast_to(np.arange(len(angles)), slot.shape), slot), 1.0)
        double = (counts[:, :-1] + counts[:, 1:]) * favour[:, None]
        best, at = divmod(int(double.round(6).argmax()), width - 1)
        member = (slot[:, best] == at) | (slot[:, best] == at + 1)
        line = _supported(float(angles[best] % math.pi), rim[member], ridge=False)
        if line is not None:
            found.append(line)
        rim = rim[~member]
    return found


def _walls(footprint: shapely.Polygon) -> list[Line]:
    walls = []
    for ring in shapely.get_rings(footprint):
        places = shapely.get_coordinates(ring)
        for start, end in pairwise(places):
            angle = math.atan2(*(end - start)[::-1]) % math.pi
            wall = Line(angle, 0.0, 0.0, 0.0, False)
            along = sorted(float(place @ wall.along) for place in (start, end))
            walls.append(Line(angle, float((start + end) @ wall.across) / 2, along[0], along[1], False))
    return walls


def _same(line: Line, other: Line) -> bool:
    """Whether `line` adds nothing to `other`: as good as parallel, close by, and along the same stretch."""
    turn = abs(line.angle - other.angle)
    if min(turn, math.pi - turn) > _SAME_DIRECTION:
        return False
    ends = line.segment(0.0, 0.0)
    away, along = np.abs(ends @ other.across - other.offset), ends @ other.along
    reach = 0.5 * _SAME_LINE if line.ridge else _SAME_LINE
    return bool(away.max() < reach and along.max() > other.start - 1.0 and along.min() < other.end + 1.0)
