"""The whole chain: points in, terrain, surface and buildings out."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable

import numpy as np
import shapely

from pointcloud.buildings.building import Building
from pointcloud.buildings.detect import find_footprints
from pointcloud.buildings.heights import BUILDING_CLASS, measure_all
from pointcloud.errors import PointCloudError, UnusableSource
from pointcloud.ground.choice import choose_ground, ground_spread
from pointcloud.ground.stage import GroundJob, label_tile
from pointcloud.plan import Plan, automatic_resolution, tile_size
from pointcloud.sources import PointSource, common_crs, unit_factors, with_metric_heights
from pointcloud.sources.checks import implausible_extent
from pointcloud.surface.stage import GapJob, SurfaceJob, fill_gaps_of_tile, finish_tile, gap_triangles, terrain_tile
from pointcloud.task import Task
from pointcloud.tiles.gather import Gathered, gather
from pointcloud.tiles.grid import Frame, Grid
from pointcloud.tiles.lattice import Occupancy
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import RECORD, TileStore

FEWEST_POINTS = 10
_SPREAD_CELLS = 5  # lattice cells (5 m) along the side of the 25 m cells in which the spread of ground points is judged
_BUILDING_SHARE = 0.005
_SPARE_BYTES = 200_000_000


@dataclass(frozen=True)
class SurveyOptions:
    """What a survey may be told.

    `crs`: anything `pyproj.CRS` takes, for sources without one; `ground`: "auto", "file" or "smrf"; `resolution`: cell
    of the rasters in metres, from the density when None; `footprints`: (identifiers, array of polygons in the points'
    CRS), found from the points when None; `roofs`: whether to reconstruct roofs
    (LoD2.2); `tile`: edge of the tiles in metres, chosen when None.
    """

    crs: Any = None
    ground: str = "auto"
    resolution: float | None = None
    footprints: tuple[Sequence[str], np.ndarray] | None = None
    roofs: bool = False
    tile: float | None = None


@dataclass
class SurveyResult:
    """Rasters and buildings. Heights are metres above the vertical datum of `crs`, whose vertical axis is in metres.

    `resolution`: cell in metres; `classes`: all points of the sources by class. The grids' arrays are files in the
    scratch folder.
    """

    crs: Any
    ground_method: str
    resolution: float
    terrain: Grid
    surface: Grid
    buildings: list[Building]
    classes: dict[int, int]
    statistics: dict[str, Any]
    warnings: list[str] = field(default_factory=list)


def survey_points(sources: Sequence[PointSource], options: SurveyOptions, scratch: Path, task: Task) -> SurveyResult:
    """Ground, terrain, surface and buildings of all `sources`. `scratch` is an empty folder that outlives the result.

    Raises `UnusableSource` for input that cannot give a model, `PointCloudError` when the disk is too small.
    """
    crs = survey_crs(sources, options.crs)
    scratch.mkdir(parents=True, exist_ok=True)
    factors = unit_factors(crs)
    _check_space(scratch, sum(source.count for source in sources) * (RECORD.itemsize + 2))
    store = TileStore(scratch / "points", options.tile or tile_size(_expected_density(sources, factors[0])))
    gathered = gather(sources, factors, store, task.part(0.0, 0.3))
    plan, method, warnings = _plan(gathered, store, scratch, options)
    for text in warnings:
        task.warn(text)
    task.log(f"地面：{method}")
    counts = _surfaces(plan, task.part(0.3, 0.8))
    buildings = _buildings(plan, options, factors[0], task.part(0.8, 1.0))
    scale = 1.0 / factors[0]
    return SurveyResult(
        with_metric_heights(crs),
        method,
        plan.frame.cell,
        plan.frame.grid(plan.raster("terrain"), scale),
        plan.frame.grid(plan.raster("surface"), scale),
        buildings,
        gathered.classes,
        {
            "points": gathered.points,
            "density_per_m2": round(plan.density, 3),
            "area_m2": plan.occupancy.area,
            "ground_points": sum(count.ground for count in counts),
            "noise_points": gathered.noise + sum(count.noise for count in counts),
            "withheld_points": gathered.withheld,
            "extent": _extent(gathered, factors[0]),
            "tiles": len(store.tiles()),
            "tile_size": store.size,
        },
        warnings,
    )


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


def _expected_density(sources: Sequence[PointSource], factor: float) -> float:
    """Points per m² of the boxes in the headers: enough to choose tiles before reading."""
    area = sum(
        max((source.bounds[3] - source.bounds[0]) * (source.bounds[4] - source.bounds[1]) * factor**2, 1.0)
        for source in sources
    )
    return sum(source.count for source in sources) / area


def _extent(gathered: Gathered, factor: float) -> list[float]:
    """[xmin, ymin, zmin, xmax, ymax, zmax] in the units of the CRS, heights in metres."""
    scale = np.array([1 / factor, 1 / factor, 1.0])
    return [*(gathered.low * scale).tolist(), *(gathered.high * scale).tolist()]


def _plan(gathered: Gathered, store: TileStore, scratch: Path, options: SurveyOptions) -> tuple[Plan, str, list[str]]:
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
    _check_space(scratch, 5 * 4 * frame.shape[0] * frame.shape[1])
    plan = Plan(
        store=store,
        scratch=scratch,
        frame=frame,
        occupancy=occupancy,
        density=density,
        ground=ground,
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


def _surfaces(plan: Plan, task: Task) -> list[Any]:
    """Run the ground and surface stages; their rasters are then in the scratch folder."""
    for name in ("labels", "ground"):
        (plan.scratch / name).mkdir(parents=True, exist_ok=True)
    for name in ("terrain_raw", "surface_raw", "terrain", "surface"):
        plan.raster(name, create=True)
    every = plan.frame_tiles()
    tiles = sorted({*plan.store.tiles(), *every})
    shares = [float(len(plan.store.read_tile(tile))) for tile in tiles]
    counts = run_tiles(label_tile, [GroundJob(plan, tile) for tile in tiles], task.part(0, 0.55), "分类地面点", shares)
    if not any(count.ground for count in counts):
        raise UnusableSource("点云里没有找到地面点，不能建立地形；请检查数据或改用 --ground smrf")
    cells = [float(np.prod(plan.tile_frame(tile).shape)) for tile in every]
    rims = run_tiles(terrain_tile, [SurfaceJob(plan, tile) for tile in every], task.part(0.55, 0.85), "建立地形", cells)
    gaps = gap_triangles(rims, task)
    run_tiles(
        fill_gaps_of_tile, [GapJob(plan, tile, *gaps) for tile in every], task.part(0.85, 0.92), "补地形空隙", cells
    )
    known = run_tiles(finish_tile, [SurfaceJob(plan, tile) for tile in every], task.part(0.92, 1), "整理栅格", cells)
    if not any(known):
        raise UnusableSource("地面点太少或排成一线，不能建立地形；请检查数据")
    return counts


def _buildings(plan: Plan, options: SurveyOptions, factor: float, task: Task) -> list[Building]:
    """Buildings over the given footprints, or over those found; footprints in the units of the CRS."""
    if options.footprints is None:
        found = find_footprints(plan, task.part(0, 0.7))
        measured = measure_all(plan, [None] * len(found), found, task.part(0.7, 1), roofs=options.roofs)
        given = _scaled(found, 1 / factor)
    else:
        given = np.asarray(options.footprints[1], dtype=object)
        _check_overlap(plan, given, factor)
        keys = list(options.footprints[0])
        measured = measure_all(plan, keys, _scaled(given, factor), task, roofs=options.roofs)
    return [
        replace(building, footprint=footprint, roof=building.roof and building.roof.scaled(1 / factor))
        for building, footprint in zip(measured, given)
    ]


def _check_overlap(plan: Plan, footprints: np.ndarray, factor: float) -> None:
    bounds = shapely.total_bounds(footprints) * factor
    left, bottom, right, top = plan.frame.bounds
    if len(footprints) and not (bounds[0] < right and bounds[2] > left and bounds[1] < top and bounds[3] > bottom):
        there, here = _range(bounds / factor), _range(np.array(plan.frame.bounds) / factor)
        raise UnusableSource(f"建筑轮廓与点云没有重叠：轮廓在 {there}，点云在 {here}；请检查两者的坐标系")


def _range(bounds: np.ndarray) -> str:
    return f"X {bounds[0]:.0f}–{bounds[2]:.0f}、Y {bounds[1]:.0f}–{bounds[3]:.0f}"


def _scaled(geometries: np.ndarray, factor: float) -> np.ndarray:
    return shapely.transform(geometries, lambda places: places * factor) if factor != 1.0 else geometries


def _check_space(folder: Path, needed: float) -> None:
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
