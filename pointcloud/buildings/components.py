"""Connected groups of building cells over all tiles, joined across the seams."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import sparse

from pointcloud.tiles.grid import Frame


@dataclass(frozen=True)
class Component:
    """Cells that touch by their sides. They are numbered as in `Frame`: column, row counted upwards.

    `cells`: how many; `sure`: how many with a sure roof; `seed`: (column, row) of one of them; `box`: the cells
    around it.
    """

    cells: int
    sure: int
    seed: tuple[int, int]
    box: Frame


@dataclass
class _Part:
    """The groups of one tile: first column is group 1."""

    labels: np.ndarray
    frame: Frame
    first: int


def connected(parts: list[tuple[Frame, np.ndarray]]) -> list[Component]:
    """Components of masks (uint8: 0 nothing, 1 building, 2 sure roof) that cover neighbouring frames of one lattice."""
    tiles, columns, total = [], [], 0
    for frame, mask in parts:
        count, labels, boxes, _ = cv2.connectedComponentsWithStats((mask > 0).astype(np.uint8), connectivity=4)
        tiles.append(_Part(labels, frame, total))
        columns.append(_describe(labels, mask, boxes[1:], frame))
        total += count - 1
    if total == 0:
        return []
    pairs = _seams(tiles)
    graph = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(total, total))
    number, group = sparse.csgraph.connected_components(graph, directed=False)
    return _merged(np.concatenate(columns), group, number, parts[0][0].cell)


def _describe(labels: np.ndarray, mask: np.ndarray, boxes: np.ndarray, frame: Frame) -> np.ndarray:
    """One row per group: cells, sure cells, left, bottom, right, top, seed column, seed row."""
    count = len(boxes)
    flat = labels.ravel()
    sure = np.bincount(flat, weights=(mask == 2).ravel(), minlength=count + 1)[1:]
    present, first = np.unique(flat, return_index=True)
    seed = first[present > 0]
    left, top = frame.left + boxes[:, cv2.CC_STAT_LEFT], frame.top - boxes[:, cv2.CC_STAT_TOP]
    return np.stack(
        [
            boxes[:, cv2.CC_STAT_AREA],
            sure,
            left,
            top - boxes[:, cv2.CC_STAT_HEIGHT],
            left + boxes[:, cv2.CC_STAT_WIDTH],
            top,
            frame.left + seed % labels.shape[1],
            frame.top - 1 - seed // labels.shape[1],
        ],
        axis=1,
    ).astype(np.int64)


def _seams(tiles: list[_Part]) -> np.ndarray:
    """Pairs (n, 2) of groups that touch across the border of two tiles."""
    by_corner = {(part.frame.left, part.frame.bottom): part for part in tiles}
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for part in tiles:
        right = by_corner.get((part.frame.right, part.frame.bottom))
        above = by_corner.get((part.frame.left, part.frame.top))
        if right is not None:
            pairs.append(_touching(part, part.labels[:, -1], right, right.labels[:, 0]))
        if above is not None:
            pairs.append(_touching(part, part.labels[0], above, above.labels[-1]))
    return np.concatenate(pairs)


def _touching(one: _Part, edge: np.ndarray, other: _Part, facing: np.ndarray) -> np.ndarray:
    both = (edge > 0) & (facing > 0)
    return np.stack([edge[both] - 1 + one.first, facing[both] - 1 + other.first], axis=1).astype(np.int64)


def _merged(rows: np.ndarray, group: np.ndarray, number: int, cell: float) -> list[Component]:
    sums = [np.bincount(group, weights=rows[:, column], minlength=number).astype(np.int64) for column in (0, 1)]
    low = [np.full(number, np.iinfo(np.int64).max) for _ in range(2)]
    high = [np.full(number, np.iinfo(np.int64).min) for _ in range(2)]
    for axis in range(2):
        np.minimum.at(low[axis], group, rows[:, 2 + axis])
        np.maximum.at(high[axis], group, rows[:, 4 + axis])
    _, first = np.unique(group, return_index=True)
    return [
        Component(
            int(sums[0][i]),
            int(sums[1][i]),
            (int(rows[first[i], 6]), int(rows[first[i], 7])),
            Frame(cell, int(low[0][i]), int(low[1][i]), int(high[0][i]), int(high[1][i])),
        )
        for i in range(number)
    ]
