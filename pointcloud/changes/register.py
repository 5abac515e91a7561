"""How the second epoch has to be moved to lie on the first: from surfaces that did not change.

To first order the difference of two heights is dz − ∇h·(dx, dy); the shift is the robust least-squares solution over
all stable cells (Rosenholm, Torlegård 1988; Nuth, Kääb, The Cryosphere 5, 2011, solve the same for slope and aspect).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

_FEWEST = 30  # cells
_ROUNDS = 6
_SLOPED = 0.15  # gradient of cells that can tell a horizontal shift
_FARTHEST = 2.0  # metres: larger differences are changes, or the epochs do not belong together


@dataclass(frozen=True)
class Shift:
    """Metres to add to the second epoch: east, north, up, with their standard errors; cells used; spread left over
    (normalised median absolute deviation of the heights, m)."""

    east: float
    north: float
    up: float
    errors: tuple[float, float, float]
    cells: int
    spread: float

    @property
    def known(self) -> bool:
        """Whether there was enough that did not change."""
        return self.cells >= _FEWEST


def register(first: np.ndarray, second: np.ndarray, stable: np.ndarray, cell: float, mode: str) -> Shift:
    """The shift between two grids of heights (rows from the north, NaN where unknown) over `stable` cells.

    `mode`: "full" (three axes), "vertical", or "none" (only the spread is measured).
    """
    north_slope, east_slope = np.gradient(first, cell)
    north_slope = -north_slope
    usable = stable & np.isfinite(first) & np.isfinite(second) & np.isfinite(north_slope) & np.isfinite(east_slope)
    difference = (second - first)[usable]
    slopes = np.column_stack([east_slope[usable], north_slope[usable]])
    near = np.abs(difference - (np.median(difference) if mode != "none" and len(difference) else 0.0)) < _FARTHEST
    difference, slopes = difference[near], slopes[near]
    if len(difference) < _FEWEST:
        return Shift(0.0, 0.0, 0.0, (0.0, 0.0, 0.0), len(difference), float("nan"))
    steep = np.hypot(*slopes.T) > _SLOPED  # on level ground slopes are noise, which would make the shift too small
    if mode != "full" or steep.sum() < _FEWEST:
        return _solved(difference, slopes, "none" if mode == "none" else "vertical")
    across = _solved(difference[steep], slopes[steep], "full")
    rest = difference + slopes @ np.array([-across.east, -across.north])
    level = _solved(rest, slopes, "vertical")
    return replace(level, east=across.east, north=across.north, errors=(*across.errors[:2], level.errors[2]))


def _solved(difference: np.ndarray, slopes: np.ndarray, mode: str) -> Shift:
    """second(x) = first(x − s) + u, so second − first = u − ∇first·s; the move back is −s, −u."""
    columns = {"full": [-slopes[:, 0], -slopes[:, 1], np.ones(len(slopes))], "vertical": [np.ones(len(slopes))]}
    design = np.column_stack(columns.get(mode, [np.zeros(len(slopes))]))
    kept = np.ones(len(difference), bool)
    solution = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        if mode != "none":
            solution = np.linalg.lstsq(design[kept], difference[kept], rcond=None)[0]
        rest = difference - design @ solution
        middle = np.median(rest[kept])
        kept = np.abs(rest - middle) < 3 * max(nmad(rest[kept]), 0.005)
    spread = nmad(rest[kept])
    if mode == "none":
        return Shift(0.0, 0.0, 0.0, (0.0, 0.0, 0.0), int(kept.sum()), spread)
    errors = np.sqrt(np.diag(np.linalg.inv(design[kept].T @ design[kept]))) * spread
    if mode == "vertical":
        return Shift(0.0, 0.0, -float(solution[0]), (0.0, 0.0, float(errors[0])), int(kept.sum()), spread)
    east, north, up = (-solution).tolist()
    return Shift(east, north, up, tuple(errors.tolist()), int(kept.sum()), spread)


def nmad(values: np.ndarray) -> float:
    """Normalised median absolute deviation: the standard deviation of a normal distribution, blind to outliers."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if len(values) else float("nan")
