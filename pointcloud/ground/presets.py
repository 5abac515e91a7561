"""Presets of the filter for flat, rolling and steep terrain, chosen by what a first pass finds, place by place.

The three presets follow the groups that CSF's authors offer to users (Zhang et al. 2016); their numbers were fixed on
published samples before this was written. The choice rests on three shares in blocks of 256 m, each judged together
with its neighbours: cells under 2° and under 6° (the limits of 平地 and 丘陵地 in the Chinese specifications of digital
elevation models) of the first bare surface, and cells with objects higher than 2 m. Blocks lie on a lattice anchored at
zero, so the choice does not depend on how the area was cut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from pointcloud.ground.smrf import Openings, SmrfParameters, steepness_of
from pointcloud.tiles.grid import Frame

PRESETS = {
    "flat": SmrfParameters(slope=0.08, scale=0.8),
    "relief": SmrfParameters(),
    "steep": SmrfParameters(slope=0.11, adapt=1.0, scale=1.7),
}
TITLES = {"flat": "平坦", "relief": "起伏", "steep": "陡峻"}
BLOCK = 256.0
COARSE_REACH = 16  # cells around a place that its coarse slope looks at
_LEVEL, _GENTLE = math.tan(math.radians(2.0)), math.tan(math.radians(6.0))
_OBJECT = 2.0  # metres
_FEW_OBJECTS = 0.05  # share of the cells
_FEWEST_CELLS = 500  # below which nothing is concluded

Block = tuple[int, int]


@dataclass(frozen=True)
class BlockStatistics:
    """Cells of blocks, by (column, row) of the block: [with points, with an object, all, under 2°, under 6°]."""

    cells: dict[Block, np.ndarray] = field(default_factory=dict)

    def __add__(self, other: BlockStatistics) -> BlockStatistics:
        keys = self.cells.keys() | other.cells.keys()
        none = np.zeros(5)
        return BlockStatistics({key: self.cells.get(key, none) + other.cells.get(key, none) for key in sorted(keys)})


def coarse_slope(surface: np.ndarray, cell: float) -> np.ndarray:
    """Slope (m/m) of the surface smoothed over some 8 cells."""
    size = 2 * COARSE_REACH + 1
    return steepness_of(cv2.GaussianBlur(surface, (size, size), 8.0, borderType=cv2.BORDER_REPLICATE), cell)


def block_statistics(openings: Openings, coarse: np.ndarray, frame: Frame) -> BlockStatistics:
    """Count the cells of `frame`, to which both other arguments belong."""
    column, row, key = _blocks(frame)
    held = ~np.isnan(openings.lowest)
    masks = (held, held & (openings.drop > _OBJECT), np.ones_like(held), coarse < _LEVEL, coarse < _GENTLE)
    count = len(column) * len(row)
    counts = np.stack([np.bincount(key[mask], minlength=count) for mask in masks], axis=1).astype(float)
    places = [(int(across), int(up)) for up in row for across in column]
    return BlockStatistics(dict(zip(places, counts)))


def choose_presets(statistics: BlockStatistics) -> dict[Block, str]:
    """The preset of every block, each judged together with the eight around it."""
    chosen = {}
    none = np.zeros(5)
    for column, row in statistics.cells:
        around = ((column + across, row + up) for across in (-1, 0, 1) for up in (-1, 0, 1))
        chosen[column, row] = _judge(sum((statistics.cells.get(place, none) for place in around), none))
    return chosen


def _judge(counts: np.ndarray) -> str:
    held, objects, cells, level, gentle = counts
    if held < _FEWEST_CELLS:
        return "relief"
    if level >= 0.5 * cells and gentle >= 0.9 * cells:
        return "flat"
    return "steep" if objects < _FEW_OBJECTS * held and level < 0.5 * cells else "relief"


def shares(chosen: Mapping[Block, str], statistics: BlockStatistics) -> dict[str, float]:
    """Share (0..1) of the cells with points by preset; only presets that occur."""
    held = dict.fromkeys(PRESETS, 0.0)
    for block, name in chosen.items():
        held[name] += float(statistics.cells[block][0])
    total = sum(held.values())
    return {name: count / total for name, count in held.items() if count}


def parameter_fields(chosen: Mapping[Block, str], frame: Frame) -> dict[str, np.ndarray]:
    """slope, adapt, elevation and scale per cell of `frame` (float32), linear between the centres of blocks."""
    names = ("slope", "adapt", "elevation", "scale")
    column, row, _ = _blocks(frame.grown(round(BLOCK / frame.cell)))
    table = {name: np.empty((len(row), len(column)), np.float32) for name in names}
    for up in range(len(row)):
        for over in range(len(column)):
            preset = PRESETS[_nearest(chosen, (int(column[over]), int(row[up])))]
            for name in names:
                table[name][up, over] = getattr(preset, name)
    x, y = frame.centres()
    down, across = _weights(y / BLOCK - 0.5 - row[0], len(row)), _weights(x / BLOCK - 0.5 - column[0], len(column))
    return {name: down @ values @ across.T for name, values in table.items()}


def _weights(places: np.ndarray, count: int) -> np.ndarray:
    """(places, count): the shares of `count` values at 0, 1, … in the value at each place, linear between them."""
    whole = np.clip(np.floor(places).astype(int), 0, count - 2)
    share = (places - whole).astype(np.float32)
    weights = np.zeros((len(places), count), np.float32)
    weights[np.arange(len(places)), whole], weights[np.arange(len(places)), whole + 1] = 1 - share, share
    return weights


def _nearest(chosen: Mapping[Block, str], block: Block) -> str:
    """The preset of a block; of the nearest one with points where it holds none."""
    if block in chosen:
        return chosen[block]
    column, row = block
    place = min(chosen, key=lambda other: ((other[0] - column) ** 2 + (other[1] - row) ** 2, other), default=None)
    return "relief" if place is None else chosen[place]


def _blocks(frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(columns, rows upwards) of the blocks that a frame touches, and for each cell the number of its block."""
    x, y = frame.centres()
    column, row = np.floor(x / BLOCK).astype(np.int64), np.floor(y / BLOCK).astype(np.int64)
    columns, rows = np.arange(column[0], column[-1] + 1), np.arange(row[-1], row[0] + 1)
    return columns, rows, (row - rows[0])[:, None] * len(columns) + (column - columns[0])[None, :]
