"""The steps from sources to labelled points and surfaces, each over tiles; commands take those that they need."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import numpy as np

from pointcloud.errors import PointCloudError, UnusableSource
from pointcloud.ground.choice import choose_ground, ground_spread
from pointcloud.ground.smrf import SmrfParameters
from pointcloud.ground.stage import GroundCounts, label_ground
from pointcloud.plan import Plan, automatic_resolution, tile_size, tile_unit
from pointcloud.sources import PointSource, common_crs, unit_factors
from pointcloud.sources.checks import implausible_extent
from pointcloud.surface.stage import FOLDERS as SURFACE_FOLDERS
from pointcloud.surface.stage import GapJob, SurfaceJob, fill_gaps_of_tile, finish_tile, gap_triangles, terrain_tile
from pointcloud.task import Task
from pointcloud.tiles.gather import Gathered, gather
from pointcloud.tiles.grid import Frame
from pointcloud.tiles.lattice import Occupancy
from pointcloud.tiles.runner import Setting, run_tiles, running
from pointcloud.tiles.store import RECORD, TileStore

FEWEST_POINTS = 10
BUILDING_CLASS = 6  # ASPRS LAS 1.4
_SPREAD_CELLS = 5  # lattice cells (5 m) along the side of the 25 m cells in which the spread of ground points is judged
_BUILDING_SHARE = 0.005
_TOUCH = 0.1  # metres: headers round their bounds
_SPARE_BYTES = 200_000_000
_MANY_POINTS = 20_000_000  # from which starting worker processes (some 3 s) pays
_WORKER_BYTES = 1_500_000_000


@dataclass(frozen=True)
class StepOptions:
    """What the steps may be told.

    `crs`: anything `pyproj.CRS` takes, for sources without one; `ground`: "auto", "file" or "smrf"; `preset`: "auto" or
    one of the filter's presets; `resolution`: cell of the rasters in metres, from the density when None; `tile`: edge
    of the tiles in metres, chosen when None. `workers`: processes, chosen when None; `scheduler`: tcp://… of a Dask
    cluster; `keep`: whether outcomes of finished jobs stay in the scratch folder, so that a stopped run goes on.
    """

    crs: Any = None
    ground: str = "auto"
    preset: str = "auto"
    resolution: float | None = None
    tile: float | None = None
    workers: int | None = None
    scheduler: str | None = None
    keep: bool = False


@dataclass
class Start:
    """Points on tiles and what is planned with them. `method`: a Chinese sentence on where the ground comes from."""

    plan: Plan
    gathered: Gathered
    crs: Any
    factors: tuple[float, float]
    method: str
    warnings: list[str] = field(default_factory=list)

    @property
    def extent(self) -> list[float]:
        """[xmin, ymin, zmin, xmax, ymax, zmax] in the units of the CRS, heights in metres."""
        scale = np.array([1 / self.factors[0], 1 / self.factors[0], 1.0])
        return [*(self.gathered.low * scale).tolist(), *(self.gathered.high * scale).tolist()]


@contextmanager
def workers_for(options: StepOptions, points: int, scratch: Path) -> Iterator[None]:
    """Run the steps of the block on worker processes where these pay or are asked for."""
    done = scratch / "done" if options.keep else None
    with _workers(options, points, scratch / "notes") as workers, running(Setting(workers, done)):
        yield


def _workers(options: StepOptions, points: int, notes: Path) -> Any:
    count = options.workers if options.workers is not None else _fitting(points)
    if options.scheduler is None and count <= 1:
        return nullcontext()
    notes.mkdir(parents=True, exist_ok=True)
    (notes / "stop").unlink(missing_ok=True)
    from pointcloud.tiles.cluster import local_workers, remote_workers

    if options.scheduler is not None:
        return remote_workers(options.scheduler, notes)
    return local_workers(count, _WORKER_BYTES, notes)


def _fitting(points: int) -> int:
    """Worker processes for so many points on this machine."""
    if points < _MANY_POINTS:
        return 1
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4 * _WORKER_BYTES
    return max(1, min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
                      int(free // _WORKER_BYTES)))  # fmt: skip


def start(
    sources: Sequence[PointSource], options: StepOptions, scratch: Path, task: Task, *, raw: Path | None = None
) -> Start:
    """Read all points once on to tiles in the folder `scratch`; with their raw records in `raw` where one is given."""
    crs = survey_crs(sources, options.crs)
    scratch.mkdir(parents=True, exist_ok=True)
    factors = unit_factors(crs)
    total = sum(source.count for source in sources)
    raw_bytes = 0 if raw is None else 50
    check_space(scratch, total * (RECORD.itemsize + 3 + raw_bytes))
    unit, cell = tile_unit(options.resolution)
    store = TileStore(scratch / "points", _tile_edge(sources, options, factors[0], unit))
    gathered = gather(sources, factors, store, task, raw)
    plan, method, warnings = _plan(gathered, store, scratch, options, cell)
    for text in warnings:
        task.warn(text)
    task.log(f"地面：{method}")
    return Start(plan, gathered, crs, factors, method, warnings)


def label(plan: Plan, task: Task) -> tuple[list[GroundCounts], dict[str, float]]:
    """Label ground and noise; (counts per tile, share of the area by preset). Raises when there is no ground."""
    tiles = sorted({*plan.store.tiles(), *plan.frame_tiles()})
    counts, presets = label_ground(plan, tiles, task)
    if not any(count.ground for count in counts):
        raise UnusableSource("点云里没有找到地面点，不能建立地形；请检查数据或改用 --ground smrf")
    return counts, presets


def make_surfaces(plan: Plan, task: Task) -> None:
    """Terrain and surface as parts of the rasters "terrain" and "surface"; needs the labels."""
    plan.make_folders(*SURFACE_FOLDERS)
    every = plan.frame_tiles()
    jobs = [SurfaceJob(plan, tile) for tile in every]
    cells = [float(np.prod(plan.tile_frame(tile).shape)) for tile in every]
    rims = run_tiles(terrain_tile, jobs, task.part(0, 0.7), "建立地形", cells, stage="terrain")
    gap_triangles(plan, rims, task)
    gaps = [GapJob(plan, tile) for tile in every]
    run_tiles(fill_gaps_of_tile, gaps, task.part(0.7, 0.85), "补地形空隙", cells, stage="gaps")
    known = run_tiles(finish_tile, jobs, task.part(0.85, 1), "整理栅格", cells, stage="finish")
    if not any(known):
        raise UnusableSource("地面点太少或排成一线，不能建立地形；请检查数据")


def survey_crs(sources: Sequence[PointSource], given: Any) -> Any:
    """The CRS of the survey. Raises `UnusableSource` when it is unknown, in degrees, or the sources do not agree."""
    for source in sources:
        if trouble := implausible_extent(source.count, source.bounds):
            raise UnusableSource(f"点云“{source.name}”的坐标不可用：{trouble}；请检查文件")
    crs = common_crs(sources, given)
    if crs is None:
        raise UnusableSource(
            f"点云“{sources[0].name}”里没有坐标系；请用 --crs 给出，如 --crs EPSG:4547 或 EPSG:4547+5737"
        )
    if not (crs.is_projected or crs.is_engineering or (crs.is_compound and crs.sub_crs_list[0].is_projected)):
        raise UnusableSource(f"点云的坐标系（{crs.name}）不是平面坐标系，不能量算距离和面积；请先转换为投影坐标")
    return crs


def _tile_edge(sources: Sequence[PointSource], options: StepOptions, factor: float, unit: float) -> float:
    """Edge (m) of the tiles, a multiple of `unit`, with the last points of the area inside a tile and not on its edge.

    Points on the outer edge of the area count for its last cells, which have to be cells of their own tile.
    """
    wanted = options.tile or tile_size(_expected_density(sources, factor))
    count = max(1, round(wanted / unit))
    last = [max(source.bounds[axis] for source in sources) * factor for axis in (3, 4)]
    sizes = [count * unit, *((count + more) * unit for more in range(1, 8))]
    fitting = [size for size in sizes if all(_TOUCH < place % size < size - _TOUCH for place in last)]
    return fitting[0] if fitting else sizes[0]


def _expected_density(sources: Sequence[PointSource], factor: float) -> float:
    """Points per m² of the boxes in the headers: enough to choose tiles before reading."""
    area = sum(
        max((source.bounds[3] - source.bounds[0]) * (source.bounds[4] - source.bounds[1]) * factor**2, 1.0)
        for source in sources
    )
    return sum(source.count for source in sources) / area


def _plan(
    gathered: Gathered, store: TileStore, scratch: Path, options: StepOptions, cell: float
) -> tuple[Plan, str, list[str]]:
    """The plan, the ground method in words, and warnings."""
    if gathered.stored < FEWEST_POINTS:
        raise UnusableSource(f"点云只有 {gathered.stored} 个可用的点，不能建立地形；请检查数据")
    occupancy = Occupancy.of(gathered.cells)
    warnings = []
    if occupancy.strays:
        warnings.append(f"{occupancy.strays} 个点远离其余的点（100 米以上），已剔除")
    body = gathered.stored - occupancy.strays
    spread = ground_spread(gathered.cells.merged()[:2], gathered.ground_cells.merged()[:2], _SPREAD_CELLS)
    ground, method = choose_ground(options.ground, gathered.classes, spread)
    density = body / occupancy.area
    frame = _frame(gathered, occupancy, options.resolution or automatic_resolution(density))
    check_space(scratch, 5 * 4 * frame.shape[0] * frame.shape[1])
    plan = Plan(
        store=store,
        scratch=scratch,
        frame=frame,
        occupancy=occupancy,
        density=density,
        ground=ground,
        preset=options.preset,
        smrf=SmrfParameters(cell=cell),
        has_buildings=gathered.classes.get(BUILDING_CLASS, 0) >= _BUILDING_SHARE * gathered.points,
    )
    return plan, method, warnings


def _frame(gathered: Gathered, occupancy: Occupancy, resolution: float) -> Frame:
    """The cells around the points; around the cells of the occupancy when strays were left out."""
    rows, columns = occupancy.holds.shape
    left, bottom = occupancy.left * occupancy.cell, occupancy.bottom * occupancy.cell
    right, top = left + columns * occupancy.cell, bottom + rows * occupancy.cell
    bounds = (
        max(left, gathered.low[0]),
        max(bottom, gathered.low[1]),
        min(right, gathered.high[0]),
        min(top, gathered.high[1]),
    )
    return Frame.around(bounds, resolution)


def check_space(folder: Path, needed: float) -> None:
    """Raise unless `needed` bytes fit in with as much again for what follows, of which `_SPARE_BYTES` are enough."""
    needed += min(needed, _SPARE_BYTES)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise PointCloudError(
            f"临时文件夹“{folder}”的空间不够：需要约 {_size(needed, math.ceil)}，只剩 {_size(free, math.floor)}；"
            "请清理磁盘或把分辨率调粗"
        )


def _size(count: float, whole: Callable[[float], int]) -> str:
    """Bytes as tenths of GB or whole MB, rounded by `whole` so that what is needed never reads as what is left."""
    return f"{whole(count / 1e8) / 10:.1f} GB" if count >= 1e9 else f"{whole(count / 1e6)} MB"
