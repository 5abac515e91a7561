"""What a set of sources holds: points, classes, extent, density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pointcloud.sources import PointSource, common_crs, unit_factors
from pointcloud.sources.checks import implausible_extent
from pointcloud.task import Task
from pointcloud.tiles.lattice import LatticeCounts

DENSITY_CELL = 5.0


@dataclass
class Summary:
    """`extent` is (xmin, ymin, zmin, xmax, ymax, zmax) of the points, in the units of `crs`, heights included.

    `density_per_m2` is points per square metre of the area that holds points; None where it cannot be told
    (degrees, implausible coordinates). `classes` counts points by class number.
    """

    points: int
    classes: dict[int, int]
    extent: tuple[float, float, float, float, float, float]
    crs: Any
    density_per_m2: float | None
    warnings: list[str] = field(default_factory=list)


def summarise(sources: Sequence[PointSource], task: Task) -> Summary:
    """Read all points once and count. Raises `UnusableSource` when a file is damaged or the sources' CRS disagree."""
    stated = [source for source in sources if source.crs is not None]
    crs = common_crs(stated) if stated else None
    classes = np.zeros(256, dtype=np.int64)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    total, claimed = 0, sum(source.count for source in sources)
    cells = LatticeCounts(DENSITY_CELL / unit_factors(crs)[0])
    for source in sources:
        for points in source.chunks(task):
            classes += np.bincount(points.classification, minlength=256)
            for axis, values in enumerate((points.x, points.y, points.z)):
                low[axis], high[axis] = min(low[axis], values.min()), max(high[axis], values.max())
            cells.add(points.x, points.y)
            total += len(points)
            task.progress(total / claimed, f"读取 {source.name}")
    extent = tuple(float(value) for value in (*low, *high))
    metric = not implausible_extent(total, extent) and not (crs is not None and crs.is_geographic)
    box = np.prod(high[:2] - low[:2]) * unit_factors(crs)[0] ** 2
    area = max(min(len(cells.merged()[0]) * DENSITY_CELL**2, float(box)), 1.0)
    return Summary(
        total,
        {int(code): int(classes[code]) for code in np.flatnonzero(classes)},
        extent,  # type: ignore[arg-type]
        crs,
        total / area if metric else None,
        [warning for source in sources for warning in source.warnings],
    )
