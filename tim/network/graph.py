"""A road network as segments between stations, and the distances from facilities along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

_SNAP = 1e-3  # metres: vertices this close are one node
_LARGEST = 2**62
_TINY = 1e-9  # metres: sparse matrices take a weight of zero for no edge


@dataclass(frozen=True)
class Roads:
    """Straight segments of roads. `start`, `end`: (m,) nodes; `length`: (m,) metres; `places`: (n, 2) of nodes."""

    start: np.ndarray
    end: np.ndarray
    length: np.ndarray
    places: np.ndarray
    tree: shapely.STRtree

    @classmethod
    def from_lines(cls, lines: np.ndarray) -> Roads:
        """The network of a layer of lines (plane CRS in metres; None and other geometries are passed over).

        Roads meet where they share a vertex (to a millimetre): lines that only cross are a bridge or a tunnel.
        """
        parts = shapely.get_parts(lines[~shapely.is_missing(lines)])
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
        coordinates, owner = shapely.get_coordinates(parts, return_index=True)
        first, node = _same_places(np.round(coordinates / _SNAP).astype(np.int64))
        along = (owner[1:] == owner[:-1]) & (node[1:] != node[:-1])
        start, end = node[:-1][along], node[1:][along]
        places = coordinates[first]
        length = np.hypot(*(places[end] - places[start]).T)
        tree = shapely.STRtree(shapely.linestrings(np.stack([places[start], places[end]], axis=1)))
        return cls(start, end, length, places, tree)

    def __len__(self) -> int:
        return len(self.start)

    def nearest(self, points: np.ndarray) -> Feet:
        """The foot of each point (shapely points, none missing) on the nearest segment."""
        order, segment = self.tree.query_nearest(points, all_matches=False)
        chosen = np.empty(len(points), dtype=np.int64)
        chosen[order] = segment
        ends = self.places[self.start[chosen]]
        direction = self.places[self.end[chosen]] - ends
        places = shapely.get_coordinates(points)
        share = ((places - ends) * direction).sum(axis=1) / np.maximum((direction**2).sum(axis=1), _TINY)
        share = np.clip(share, 0, 1)
        away = np.hypot(*(places - ends - share[:, None] * direction).T)
        return Feet(chosen, share * self.length[chosen], away)


@dataclass(frozen=True)
class Feet:
    """Where points touch the network: `segment` (k,), metres `along` it from its start, metres `away` from it."""

    segment: np.ndarray
    along: np.ndarray
    away: np.ndarray


@dataclass(frozen=True)
class Reach:
    """Distances from the nearest facility, up to `limit` metres (inf beyond).

    Segments with facilities are cut at their feet. Pieces, sorted by `segment` and `low`: `low`, `high` (metres along
    the segment), the distances `at_low`, `at_high`, and the nearest facility there, `from_low`, `from_high` (-1: none).
    """

    roads: Roads
    limit: float
    segment: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_low: np.ndarray
    at_high: np.ndarray
    from_low: np.ndarray
    from_high: np.ndarray

    def to(self, feet: Feet) -> tuple[np.ndarray, np.ndarray]:
        """Metres from the nearest facility to points, the way from the road included, and which facility it is."""
        if not len(self.segment):
            return np.full(len(feet.segment), np.inf), np.full(len(feet.segment), -1)
        piece = self._piece_of(feet)
        via_low = self.at_low[piece] + feet.along - self.low[piece]
        via_high = self.at_high[piece] + self.high[piece] - feet.along
        distance = np.minimum(via_low, via_high) + feet.away
        facility = np.where(via_low <= via_high, self.from_low[piece], self.from_high[piece])
        beyond = ~(distance <= self.limit)
        return np.where(beyond, np.inf, distance), np.where(beyond, -1, facility)

    def _piece_of(self, feet: Feet) -> np.ndarray:
        first = np.searchsorted(self.segment, feet.segment)
        count = np.searchsorted(self.segment, feet.segment, side="right") - first
        piece = first.copy()
        for extra in range(1, int(count.max(initial=1))):  # few segments have several facilities
            candidate = np.minimum(first + extra, len(self.low) - 1)
            later = (extra < count) & (self.low[candidate] <= feet.along)
            piece = np.where(later, candidate, piece)
        return piece

    def lines(self, limit: float) -> np.ndarray:
        """The parts of the roads within `limit` metres of a facility, as shapely lines."""
        length = self.high - self.low
        ahead = np.clip(limit - self.at_low, 0, length)
        back = np.clip(limit - self.at_high, 0, length)
        whole = ahead + back >= length
        zero = np.zeros_like(length)
        cut = np.concatenate(
            [
                self._cut(whole & (length > 0), zero, length),
                self._cut(~whole & (ahead > 0), zero, ahead),
                self._cut(~whole & (back > 0), length - back, length),
            ]
        )
        return shapely.linestrings(cut)

    def _cut(self, chosen: np.ndarray, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
        roads, segment = self.roads, self.segment[chosen]
        origin = roads.places[roads.start[segment]]
        step = (roads.places[roads.end[segment]] - origin) / roads.length[segment][:, None]
        ends = [origin + step * (self.low + offset)[chosen][:, None] for offset in (begin, stop)]
        return np.stack(ends, axis=1)


def reach_from(roads: Roads, facilities: Feet, limit: float) -> Reach:
    """Distances along the roads from facilities (their way to the road included), in both directions, up to `limit`."""
    segment, low, high, left, right = _pieces(roads, facilities)
    nodes = len(roads.places)
    count = nodes + len(facilities.segment) + 1
    source = count - 1
    rows = np.concatenate([left, right, np.full(len(facilities.segment), source)])
    columns = np.concatenate([right, left, nodes + np.arange(len(facilities.segment))])
    weights = np.concatenate([high - low, high - low, facilities.away])
    graph = _lightest(rows, columns, weights, count)
    distance, before = dijkstra(graph, indices=source, limit=limit, return_predecessors=True)
    nearest = _roots(before, source, nodes)
    return Reach(roads, limit, segment, low, high, distance[left], distance[right], nearest[left], nearest[right])


def _same_places(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For rows (n, 2) of whole numbers: where each distinct row stands first, and which of them each row is."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    offset = keys - keys.min(axis=0)
    width = int(offset[:, 1].max()) + 1
    if int(offset[:, 0].max()) < _LARGEST // width:  # one number a row sorts far faster
        _, first, same = np.unique(offset[:, 0] * width + offset[:, 1], return_index=True, return_inverse=True)
    else:
        _, first, same = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first, same.ravel()


def _pieces(roads: Roads, feet: Feet) -> tuple[np.ndarray, ...]:
    """Segments cut at the feet: segment, metres of both ends along it, and the stations there.

    Stations are the nodes of the roads, then the feet in their order.
    """
    cut = np.unique(feet.segment)
    segment = np.concatenate([cut, cut, feet.segment])
    along = np.concatenate([np.zeros(len(cut)), roads.length[cut], feet.along])
    own = len(roads.places) + np.arange(len(feet.segment))
    station = np.concatenate([roads.start[cut], roads.end[cut], own])
    rank = np.repeat([0, 2, 1], [len(cut), len(cut), len(own)])
    order = np.lexsort((rank, along, segment))
    segment, along, station = segment[order], along[order], station[order]
    same = segment[1:] == segment[:-1]
    pieces = segment[:-1][same], along[:-1][same], along[1:][same], station[:-1][same], station[1:][same]
    whole = np.setdiff1d(np.arange(len(roads)), cut, assume_unique=True)
    uncut = whole, np.zeros(len(whole)), roads.length[whole], roads.start[whole], roads.end[whole]
    joined = [np.concatenate(pair) for pair in zip(uncut, pieces)]
    order = np.argsort(joined[0], kind="stable")
    return tuple(part[order] for part in joined)


def _lightest(rows: np.ndarray, columns: np.ndarray, weights: np.ndarray, count: int) -> csr_matrix:
    """A sparse matrix that keeps the least of several weights between two stations."""
    key = rows.astype(np.int64) * count + columns
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    least = np.minimum.reduceat(np.maximum(weights[order], _TINY), first) if len(first) else np.zeros(0)
    chosen = order[first]
    return csr_matrix((least, (rows[chosen], columns[chosen])), shape=(count, count))


def _roots(before: np.ndarray, source: int, nodes: int) -> np.ndarray:
    """For each station the facility its shortest way begins at; -1 where there is none."""
    root = np.arange(len(before))
    known = before >= 0
    root[known] = np.where(before[known] == source, root[known], before[known])
    while True:
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    return np.where(known, root - nodes, -1)
