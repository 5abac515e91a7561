"""Read every source once and scatter its points to tiles, counting on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.ground.choice import GROUND_CLASS
from pointcloud.ground.noise import NOISE_CLASSES
from pointcloud.sources import PointSource
from pointcloud.task import Task
from pointcloud.tiles.lattice import LatticeCounts
from pointcloud.tiles.store import Scatter, TileStore


@dataclass
class Gathered:
    """What the sources held. `classes` counts all points; the store lacks `withheld` points and the noise classes."""

    points: int
    classes: dict[int, int]
    stored: int
    withheld: int
    noise: int
    low: np.ndarray
    high: np.ndarray
    cells: LatticeCounts
    ground_cells: LatticeCounts


def gather(sources: Sequence[PointSource], factors: tuple[float, float], store: TileStore, task: Task) -> Gathered:
    """Scatter all points, scaled by `factors` (x and y, z) to metres, into `store`."""
    claimed = sum(source.count for source in sources)
    classes = np.zeros(256, dtype=np.int64)
    cells, ground_cells = LatticeCounts(), LatticeCounts()
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    read = stored = withheld = noise = 0
    with Scatter(store) as scatter:
        for source in sources:
            for points in source.chunks(task):
                read += len(points)
                classes += np.bincount(points.classification, minlength=256)
                noisy = np.isin(points.classification, NOISE_CLASSES)
                kept = ~(noisy | points.withheld)
                withheld, noise = withheld + int(points.withheld.sum()), noise + int((noisy & ~points.withheld).sum())
                record = scatter.add(points if kept.all() else points[kept], *factors)
                if len(record):
                    stored += len(record)
                    _check_finite(record, source)
                    cells.add(record["x"], record["y"])
                    ground = record["classification"] == GROUND_CLASS
                    ground_cells.add(record["x"][ground], record["y"][ground])
                    for axis, name in enumerate("xyz"):
                        low[axis], high[axis] = min(low[axis], record[name].min()), max(high[axis], record[name].max())
                task.progress(read / claimed, f"读取 {source.name}")
    if stored == 0:
        raise UnusableSource("点云里没有可用的点（全部是噪声或作废的点）；请检查数据")
    counted = {int(code): int(classes[code]) for code in np.flatnonzero(classes)}
    return Gathered(read, counted, stored, withheld, noise, low, high, cells, ground_cells)


def _check_finite(record: np.ndarray, source: PointSource) -> None:
    if not all(np.isfinite(record[name]).all() for name in "xyz"):
        raise UnusableSource(f"点云“{source.name}”里有坐标不是有效数值的点，文件已损坏；请重新取得该文件")
