"""Points on tiles with ground labels and terrain: what classes, trees and changes start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointcloud.plan import Plan, tile_size
from pointcloud.sources import PointSource, unit_factors
from pointcloud.survey import SurveyOptions, _expected_density, _plan, _surfaces, survey_crs
from pointcloud.task import Task
from pointcloud.tiles.gather import Gathered, gather
from pointcloud.tiles.store import TileStore


@dataclass(frozen=True)
class Prepared:
    """`crs` of the sources; `factors`: metres in one unit of x and y, and of z; `ground`: in words."""

    plan: Plan
    gathered: Gathered
    crs: Any
    factors: tuple[float, float]
    ground: str


def prepare(sources: Sequence[PointSource], crs: Any, ground: str, scratch: Path, task: Task) -> Prepared:
    """Read all points once; the rasters "terrain" and "surface" are then in `scratch`. Errors as of a survey."""
    known = survey_crs(sources, crs)
    scratch.mkdir(parents=True, exist_ok=True)
    factors = unit_factors(known)
    store = TileStore(scratch / "points", tile_size(_expected_density(sources, factors[0])))
    gathered = gather(sources, factors, store, task.part(0.0, 0.4))
    plan, method, warnings = _plan(gathered, store, scratch, SurveyOptions(crs=crs, ground=ground))
    for text in warnings:
        task.warn(text)
    _surfaces(plan, task.part(0.4, 1.0))
    return Prepared(plan, gathered, known, factors, method)
