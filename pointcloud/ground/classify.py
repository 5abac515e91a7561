"""Ground among points in memory: the door for everyone who has arrays. Areas of any size go through the tiles."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointcloud.ground.presets import (
    PRESETS,
    Block,
    BlockStatistics,
    block_statistics,
    choose_presets,
    coarse_slope,
    parameter_fields,
    shares,
)
from pointcloud.ground.smrf import Openings, SmrfParameters, lowest_surface, margins, open_surface, steepness_of
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame

AUTOMATIC = "auto"
_SNAP = 32  # cells; the coarse cells with which gaps are bridged are then the same in every tile


@dataclass(frozen=True)
class GroundResult:
    """`ground`: bool per point; `confidence`: 50..100 per point (uint8), percent, that the decision is right.

    `presets`: share of the area by preset ("flat", "relief", "steep").
    """

    ground: np.ndarray
    confidence: np.ndarray
    presets: dict[str, float] = field(default_factory=dict)


def classify(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, task: Task, *, preset: str = AUTOMATIC, cell: float = 1.0
) -> GroundResult:
    """Ground among points (float64, metres, no noise: see `pointcloud.ground.noise`).

    `preset`: "auto", or one of `PRESETS` for the whole area. `cell` (m) of the filter's grid.
    """
    if len(x) == 0:
        return GroundResult(np.zeros(0, bool), np.zeros(0, np.uint8))
    frame = Frame.around((x.min(), y.min(), x.max(), y.max()), cell).grown(1).snapped(_SNAP)
    openings = open_surface(lowest_surface(x, y, z, frame), SmrfParameters(cell=cell), task)
    coarse, statistics = first_pass(openings, frame)
    chosen = choose_presets(statistics) if preset == AUTOMATIC else dict.fromkeys(statistics.cells, preset)
    surface, allowed = second_pass(openings, coarse, chosen, frame)
    margin = margins(x, y, z, surface, allowed, frame, task)
    return GroundResult(margin >= 0.0, confidence(margin), shares(chosen, statistics))


def first_pass(openings: Openings, frame: Frame) -> tuple[np.ndarray, BlockStatistics]:
    """The coarse slope of the surface that the one set for all terrain gives, and what the choice of presets needs."""
    coarse = coarse_slope(openings.bare(PRESETS["relief"].slope), frame.cell)
    return coarse, block_statistics(openings, coarse, frame)


def second_pass(
    openings: Openings, coarse: np.ndarray, chosen: dict[Block, str], frame: Frame
) -> tuple[np.ndarray, np.ndarray]:
    """(bare surface, distance from it within which points are ground) per cell, with the presets of the blocks."""
    fields = parameter_fields(chosen, frame)
    surface = openings.bare(fields["slope"] + fields["adapt"] * coarse)
    return surface, (fields["elevation"] + fields["scale"] * steepness_of(surface, frame.cell)).astype(np.float32)


def confidence(margin: np.ndarray) -> np.ndarray:
    """Percent (uint8, 50..100) of decisions with this margin (m, negative: not ground) that were right.

    Counted on the eight ISPRS reference samples at hand, so a guide, not a promise, elsewhere.
    """
    step = np.clip(margin * np.float32(100), -500, 500).astype(np.int16)
    return _RIGHT[step + 500]


def _table() -> np.ndarray:
    places = (-5, -3, -2, -1, -0.5, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 5)
    right = (99.7, 98.5, 95, 90, 82, 77, 70, 62, 50, 61, 72, 82, 93, 98, 97)
    return np.rint(np.interp(np.arange(-500, 501) / 100, places, right)).astype(np.uint8)


_RIGHT = _table()
