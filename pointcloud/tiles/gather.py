"""Read every source once and scatter its points to tiles, counting on the way.

Where classified points are to be written later, the raw records are kept beside the tiles: what is compressed is
decompressed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.ground.choice import GROUND_CLASS
from pointcloud.ground.noise import NOISE_CLASSES
from pointcloud.sources import PointSource
from pointcloud.sources.source import Points, as_points
from pointcloud.task import Task
from pointcloud.tiles.lattice import LatticeCounts
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import Columns, TileStore, save


@dataclass
class Gathered:
    """What the sources held. `classes` counts all points; the store lacks `withheld` points and the noise classes.

    `parts`: names of the parts in the order of the points.
    """

    points: int = 0
    classes: dict[int, int] = field(default_factory=dict)
    stored: int = 0
    withheld: int = 0
    noise: int = 0
    low: np.ndarray = field(default_factory=lambda: np.full(3, np.inf))
    high: np.ndarray = field(default_factory=lambda: np.full(3, -np.inf))
    cells: LatticeCounts = field(default_factory=LatticeCounts)
    ground_cells: LatticeCounts = field(default_factory=LatticeCounts)
    parts: list[str] = field(default_factory=list)

    def absorb(self, other: Gathered) -> None:
        """Add what another one counted."""
        for name in ("points", "stored", "withheld", "noise"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for code, count in other.classes.items():
            self.classes[code] = self.classes.get(code, 0) + count
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.cells.absorb(other.cells)
        self.ground_cells.absorb(other.ground_cells)
        self.parts += other.parts


@dataclass(frozen=True)
class GatherJob:
    """Points `first` … `first + count` of a source, to be scaled by `factors` (x and y, z) to metres.

    `number`: place of the source among all; `raw`: folder for the raw records, None where they are not needed.
    """

    source: PointSource
    number: int
    first: int
    count: int
    factors: tuple[float, float]
    store: TileStore
    raw: Path | None


def gather(
    sources: Sequence[PointSource], factors: tuple[float, float], store: TileStore, task: Task, raw: Path | None = None
) -> Gathered:
    """Scatter all points into `store`; keep their raw records in the folder `raw` where one is given."""
    store.folder.mkdir(parents=True, exist_ok=True)
    if raw is not None:
        raw.mkdir(parents=True, exist_ok=True)
    jobs = []
    for number, source in enumerate(sources):
        first = 0
        for count in source.spans():
            jobs.append(GatherJob(source, number, first, count, factors, store, raw))
            first += count
    whole = Gathered()
    for part in run_tiles(gather_span, jobs, task, "读取点云", [float(job.count) for job in jobs], stage="gather"):
        whole.absorb(part)
    if whole.stored == 0:
        raise UnusableSource("点云里没有可用的点（全部是噪声或作废的点）；请检查数据")
    store.seal()
    return whole


def gather_span(job: GatherJob, task: Task) -> Gathered:
    """Scatter the points of one span."""
    found = Gathered()
    place = job.first
    for record in job.source.records(task, job.first, job.count):
        part = f"{job.number:05d}_{place:012d}"
        points = as_points(record)
        place += len(points)
        found.points += len(points)
        found.parts.append(part)
        counts = np.bincount(points.classification)
        for code in np.flatnonzero(counts):
            found.classes[int(code)] = found.classes.get(int(code), 0) + int(counts[code])
        noisy = np.isin(points.classification, NOISE_CLASSES) if counts[NOISE_CLASSES[0] :].any() else None
        kept = ~points.withheld if noisy is None else ~(noisy | points.withheld)
        found.withheld += int(points.withheld.sum())
        found.noise += 0 if noisy is None else int((noisy & ~points.withheld).sum())
        every = bool(kept.all())
        points = points if every else points[kept]
        _check_finite(points, job.source)
        stored, order = job.store.write(part, points, *job.factors)
        if job.raw is not None:
            save(job.raw / f"{part}.raw", record.array)
            save(job.raw / f"{part}.order", (order if every else np.flatnonzero(kept)[order]).astype(np.uint32))
        _count(found, stored, GROUND_CLASS in found.classes)
        task.progress((place - job.first) / job.count, f"读取 {job.source.name}")
    return found


def _check_finite(points: Points, source: PointSource) -> None:
    for values in (points.x, points.y, points.z):
        if not (np.isfinite(values.min()) and np.isfinite(values.max())):  # the extremes of NaN are NaN
            raise UnusableSource(f"点云“{source.name}”里有坐标不是有效数值的点，文件已损坏；请重新取得该文件")


def _count(found: Gathered, columns: Columns, count_ground: bool) -> None:
    if len(columns) == 0:
        return
    x, y, z = columns.x, columns.y, columns.z
    found.stored += len(columns)
    found.low = np.minimum(found.low, [x.min(), y.min(), z.min()])
    found.high = np.maximum(found.high, [x.max(), y.max(), z.max()])
    found.cells.add(x, y)
    if count_ground:
        ground = np.flatnonzero(columns.attributes["classification"] == GROUND_CLASS)
        found.ground_cells.add(x[ground], y[ground])
