"""Points on tiles with ground labels and terrain: what classes, trees and changes start from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointcloud.sources import PointSource
from pointcloud.steps import Start, StepOptions, label, make_surfaces, start, workers_for
from pointcloud.task import Task


def prepare(sources: Sequence[PointSource], crs: Any, ground: str, scratch: Path, task: Task) -> Start:
    """Read all points once; the rasters "terrain" and "surface" are then in `scratch`. Errors as of a survey."""
    options = StepOptions(crs=crs, ground=ground)
    with workers_for(options, sum(source.count for source in sources), scratch):
        begun = start(sources, options, scratch, task.part(0.0, 0.4))
        label(begun.plan, task.part(0.4, 0.7))
        make_surfaces(begun.plan, task.part(0.7, 1.0))
    return begun
