"""Planes among the points of one roof, by growing regions from the smoothest places.

Whatever the order of the points, the planes are the same: points are put in the order of their coordinates first,
every threshold is absolute, and nothing is drawn by chance.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

NEIGHBOURS = 12
THICKNESS = 0.20  # metres: distance of a plane's points from it
FEWEST_POINTS = 8
_LARGEST_TURN = np.cos(np.radians(30.0))  # between the normals of neighbouring points of one plane
_STEEPEST = np.cos(np.radians(78.0))  # walls are no roofs
_CUBE = 0.3  # metres
_LINE = 1e-3  # of the squared extent
_LONGEST_STEP = 2.0  # metres between neighbouring points of one plane
_COPLANAR = 0.10  # metres: two touching planes that stay so close over all their points are one


def ordered(points: np.ndarray) -> np.ndarray:
    """The points (n, 3) in the order of x, y, z."""
    return points[np.lexsort((points[:, 2], points[:, 1], points[:, 0]))]


def thinned(points: np.ndarray) -> np.ndarray:
    """The first of the `ordered` points in each cube of 0.3 m: denser points cost time and find no other planes."""
    cube = np.floor(points / _CUBE).astype(np.int64)
    cube -= cube.min(axis=0, initial=0)
    size = cube.max(axis=0, initial=0) + 1
    return points[np.sort(np.unique((cube[:, 0] * size[1] + cube[:, 1]) * size[2] + cube[:, 2], return_index=True)[1])]


def detect_planes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(planes (k, 3) with z = a·x + b·y + c, number of each point's plane or −1) for `ordered` points in metres.

    Coordinates should be near zero. Planes are sorted by the number of their points, largest first.
    """
    label = np.full(len(points), -1)
    if len(points) < FEWEST_POINTS:
        return np.empty((0, 3)), label
    count = min(NEIGHBOURS, len(points) - 1)
    distance, near = cKDTree(points).query(points, k=count + 1)
    near = np.where(distance <= _LONGEST_STEP, near, near[:, :1])
    normals, roughness = _normals(points, near)
    found = 0
    tried = np.abs(normals[:, 2]) < _STEEPEST
    tried |= roughness > THICKNESS
    for seed in np.argsort(roughness, kind="stable"):
        if tried[seed] or label[seed] >= 0:
            continue
        members = _grown(points, near, normals, label, seed)
        if len(members) >= FEWEST_POINTS and _spread(points[members]):
            label[members] = found
            found += 1
        else:
            tried[members] = True
    label = _joined(points, near, label, found)
    label = _completed(points, near, label)
    return _sorted_planes(points, label)


def _normals(points: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upward unit normals of the neighbourhoods, and how far their points are from a plane (RMS, m).

    The plane is that of least squares in height, in closed form: many times as fast as eigenvectors.
    """
    x, y, z = (axis[near] - axis[:, None] for axis in points.T)
    x, y, z = (axis - axis.mean(axis=1, keepdims=True) for axis in (x, y, z))
    xx, xy, yy, xz, yz, zz = ((a * b).mean(axis=1) for a, b in ((x, x), (x, y), (y, y), (x, z), (y, z), (z, z)))
    determinant = xx * yy - xy * xy
    flat = determinant > _LINE * (xx + yy) ** 2  # else the places lie on a line in plan: a wall
    divisor = np.where(flat, determinant, 1.0)
    a, b = (xz * yy - yz * xy) / divisor, (yz * xx - xz * xy) / divisor
    upward = 1.0 / np.sqrt(1.0 + a * a + b * b)
    rest = np.maximum(zz - a * xz - b * yz, 0.0)
    normals = np.column_stack([-a * upward, -b * upward, upward])
    normals[~flat] = [1.0, 0.0, 0.0]
    return normals, (np.sqrt(rest) * upward).round(6)


def _grown(points: np.ndarray, near: np.ndarray, normals: np.ndarray, label: np.ndarray, seed: int) -> np.ndarray:
    """Places of the points that join the plane around `seed`, from neighbour to neighbour."""
    free, mark = label < 0, np.zeros(len(points), dtype=bool)
    free[seed] = False
    normal, centre = normals[seed], points[near[seed]].mean(axis=0)
    front, members, fitted = np.array([seed]), [np.array([seed])], NEIGHBOURS
    total = 1
    while len(front):
        around = near[front].ravel()
        mark[around[free[around]]] = True
        reached = np.flatnonzero(mark)
        mark[reached] = False
        close = np.abs((points[reached] - centre) @ normal) < THICKNESS
        front = reached[close & (normals[reached] @ normal > _LARGEST_TURN)]
        free[front] = False
        members.append(front)
        total += len(front)
        if total > 1.4 * fitted:
            normal, centre, fitted = *_fit(points[np.concatenate(members)]), total
    chosen = np.sort(np.concatenate(members))
    if len(chosen) < FEWEST_POINTS:
        return chosen
    normal, centre = _fit(points[chosen])
    kept = chosen[np.abs((points[chosen] - centre) @ normal) < THICKNESS]
    return kept if len(kept) else chosen


def _fit(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(upward normal, centre) of the plane through points, by total least squares."""
    centre = points.mean(axis=0)
    normal = np.linalg.eigh((points - centre).T @ (points - centre))[1][:, 0]
    return normal * (-1.0 if normal[2] < 0 else 1.0), centre


def _spread(points: np.ndarray) -> bool:
    """Whether points cover an area: at least a quarter of a metre (one sigma) across."""
    away = points[:, :2] - points[:, :2].mean(axis=0)
    return bool(np.linalg.eigvalsh(away.T @ away / len(points))[0] > 0.2**2)


def _joined(points: np.ndarray, near: np.ndarray, label: np.ndarray, count: int) -> np.ndarray:
    """Labels with touching planes that are one within `_COPLANAR` under one number."""
    if count < 2:
        return label
    one, other = np.repeat(label, near.shape[1] - 1), label[near[:, 1:].ravel()]
    touching = (one >= 0) & (other >= 0) & (one < other)
    pairs, times = np.unique(np.column_stack([one, other])[touching], axis=0, return_counts=True)
    same = [
        pair
        for pair, number in zip(pairs.tolist(), times)
        if number >= 3 and _thin(points[(label == pair[0]) | (label == pair[1])])
    ]
    if not same:
        return label
    first, second = np.array(same).T
    graph = sparse.coo_matrix((np.ones(len(same)), (first, second)), shape=(count, count))
    return np.where(label >= 0, connected_components(graph, directed=False)[1][label], -1)


def _thin(points: np.ndarray) -> bool:
    normal, centre = _fit(points)
    return bool(np.sqrt(np.mean(((points - centre) @ normal) ** 2)) < _COPLANAR / 2)


def _completed(points: np.ndarray, near: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Labels with the points left over, mostly at edges, given to the closest plane of their neighbours."""
    count = int(label.max()) + 1
    rest = np.flatnonzero(label < 0)
    if count == 0 or len(rest) == 0:
        return label
    normals, centres = map(np.array, zip(*(_fit(points[label == number]) for number in range(count))))
    around = label[near[rest, 1:]]
    away = np.abs(((points[rest][:, None] - centres[around]) * normals[around]).sum(axis=2))
    away = np.where(around >= 0, away, np.inf)
    best = away.argmin(axis=1)
    rows = np.arange(len(rest))
    result = label.copy()
    result[rest] = np.where(away[rows, best] < THICKNESS, around[rows, best], -1)
    return result


def _sorted_planes(points: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.bincount(label[label >= 0])
    order = [number for number in np.argsort(-sizes, kind="stable") if sizes[number]]
    rank = np.full(len(sizes) + 1, -1)
    rank[order] = np.arange(len(order))
    planes = []
    for number in order:
        normal, centre = _fit(points[label == number])
        a, b = -normal[:2] / normal[2]
        planes.append((a, b, centre[2] - a * centre[0] - b * centre[1]))
    return np.array(planes).reshape(-1, 3), rank[label]
