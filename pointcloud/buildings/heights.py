"""Heights of buildings from the points inside their footprints and the terrain around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from pointcloud.buildings.buckets import Buckets
from pointcloud.buildings.building import MODELLED, NO_DATA, Building
from pointcloud.plan import NOISE, Plan, grown
from pointcloud.roofs.roof import reconstruct
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, Grid
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import TileKey

BUILDING_CLASS = 6
OTHER_OBJECTS = (3, 4, 5, 9, 13, 14, 15, 16, 17)  # vegetation, water, wires and poles, bridges (ASPRS LAS 1.4)
ROOF_PERCENTILE = 70.0  # as in 3D BAG, where it stands for the height of a whole roof
GROUND_PERCENTILE = 10.0
LOWEST_ROOF = 1.5  # metres above the terrain
_RIM = 1.0
_FEWEST_ROOF_POINTS = 3
_FEWEST_ROOF_SHARE = 0.05
_LOW_HEIGHT = 1.0
_WHOLE = 0.9


@dataclass(frozen=True)
class HeightJob:
    """Footprints (metres) with their place in the result; the tile that their centroids lie in.

    `roofs`: whether roofs are wanted.
    """

    plan: Plan
    tile: TileKey
    indices: tuple[int, ...]
    keys: tuple[str | None, ...]
    footprints: tuple[shapely.Geometry, ...]
    roofs: bool = False


def measure_all(
    plan: Plan, keys: Sequence[str | None], footprints: np.ndarray, task: Task, *, roofs: bool = False
) -> list[Building]:
    """The building over each of `footprints` (polygons in metres, None or empty ones too), in their order.

    `roofs`: reconstruct the roofs too (LoD2.2).
    """
    usable = ~(shapely.is_missing(footprints) | shapely.is_empty(footprints)) if len(footprints) else []
    buildings = [_without_data(key, shape, "轮廓没有几何图形，没有高度") for key, shape in zip(keys, footprints)]
    places = np.flatnonzero(usable)
    valid = np.where(shapely.is_valid(footprints[places]), footprints[places], shapely.make_valid(footprints[places]))
    jobs = height_jobs(plan, keys, places, valid, roofs)
    shares = [len(job.indices) for job in jobs]
    for part in run_tiles(measure_buildings, jobs, task, "重建建筑屋顶" if roofs else "量测建筑高度", shares):
        for index, building in part:
            buildings[index] = building
    return buildings


def height_jobs(
    plan: Plan, keys: Sequence[str | None], places: np.ndarray, footprints: np.ndarray, roofs: bool
) -> list[HeightJob]:
    """One job per tile that owns footprints; a footprint belongs to the tile of its centroid.

    `places`: the place of each footprint in the result, and of its key in `keys`.
    """
    groups: dict[TileKey, list[int]] = {}
    owners = np.floor(shapely.get_coordinates(shapely.centroid(footprints)) / plan.store.size).astype(np.int64)
    for index, (column, row) in enumerate(owners.tolist()):
        groups.setdefault((column, row), []).append(index)
    return [
        HeightJob(
            plan,
            tile,
            tuple(int(places[i]) for i in group),
            tuple(keys[places[i]] for i in group),
            tuple(footprints[i] for i in group),
            roofs,
        )
        for tile, group in sorted(groups.items())
    ]


def measure_buildings(job: HeightJob, task: Task) -> list[tuple[int, Building]]:
    """(place in the result, building) for every footprint of the job, from all points inside, whatever their tile."""
    bounds = tuple(shapely.total_bounds(np.array(job.footprints)))
    points, labels = job.plan.read_labelled(grown(bounds, 0.01))  # type: ignore[arg-type]
    points = points[labels != NOISE]
    task.check()
    buckets = Buckets(points["x"], points["y"])
    terrain = job.plan.window("terrain", grown(bounds, 2 * _RIM))  # type: ignore[arg-type]
    result = []
    for index, key, footprint in zip(job.indices, job.keys, job.footprints):
        task.check()
        inside = points[buckets.inside(footprint)]
        result.append((index, measure(key, footprint, inside, terrain, job.plan, job.roofs)))
    return result


def measure(
    key: str | None, footprint: shapely.Geometry, points: np.ndarray, terrain: Grid, plan: Plan, roofs: bool
) -> Building:
    """The building over `footprint` from the `points` inside it."""
    if len(points) == 0:
        return _without_data(key, footprint, _why_empty(footprint, plan))
    ground_z = ground_height(footprint, terrain)
    if ground_z is None:
        return _without_data(key, footprint, "轮廓周围没有地面高程，不能确定高度")
    roof, source = roof_points(points, terrain, plan.has_buildings)
    if len(roof) < max(_FEWEST_ROOF_POINTS, _FEWEST_ROOF_SHARE * len(points)):
        found = (
            f"轮廓内 {len(points)} 个点中只有 {len(roof)} 个高出地面 {LOWEST_ROOF} 米以上，没有找到完整的屋顶，取全部点"
        )
        roof, source = points, "轮廓内全部点"
    else:
        found = f"由轮廓内 {len(points)} 个点中的 {len(roof)} 个屋顶点得出"
    roof_z = float(np.percentile(roof["z"], ROOF_PERCENTILE))
    rmse = float(np.sqrt(np.mean((roof["z"] - roof_z) ** 2)))
    height = roof_z - ground_z
    remarks = [found]
    if height < _LOW_HEIGHT:
        remarks.append(f"高度只有 {height:.2f} 米，请核对该处是否有建筑")
    if (share := covered_share(footprint, plan)) < _WHOLE:
        remarks.append(f"轮廓只有 {share:.0%} 在点云范围内")
    made = None
    if roofs and height > 0:
        made = reconstruct(footprint, np.column_stack([roof[name] for name in "xyz"]), ground_z, roof_z)
    return Building(
        key, footprint, ground_z, roof_z, height, len(roof), rmse, MODELLED, "；".join(remarks), source, made
    )


def ground_height(footprint: shapely.Geometry, terrain: Grid) -> float | None:
    """Low percentile of the terrain one metre outside the rim; under the footprint where it is unknown outside."""
    rim = shapely.segmentize(shapely.boundary(shapely.buffer(footprint, _RIM, join_style="mitre")), _RIM)
    for places in (shapely.get_coordinates(rim), shapely.get_coordinates(shapely.segmentize(footprint, _RIM))):
        heights = terrain.sample(places[:, 0], places[:, 1])
        heights = heights[~np.isnan(heights)]
        if len(heights):
            return float(np.percentile(heights, GROUND_PERCENTILE))
    return None


def roof_points(points: np.ndarray, terrain: Grid, has_buildings: bool) -> tuple[np.ndarray, str]:
    """(roof points among `points`, which they are): class 6 where reliable, else what stands above the terrain."""
    filed = points["classification"] == BUILDING_CLASS
    above = points["z"] - terrain.sample(points["x"], points["y"]) > LOWEST_ROOF
    last = points["return_number"] >= points["number_of_returns"]
    other = np.isin(points["classification"], OTHER_OBJECTS)
    if has_buildings and filed.sum() >= max(_FEWEST_ROOF_POINTS, _FEWEST_ROOF_SHARE * len(points)):
        return points[filed & above] if (filed & above).any() else points[filed], "建筑物类（类别 6）的点"
    return points[above & last & ~other], f"高出地面 {LOWEST_ROOF} 米以上的点"


def covered_share(footprint: shapely.Geometry, plan: Plan) -> float:
    """Share of the footprint inside the area of the data."""
    frame = Frame.around(footprint.bounds, min(1.0, max(0.1, footprint.area**0.5 / 20)))
    x, y = (axis.ravel() for axis in np.meshgrid(*frame.centres()))
    inside = shapely.contains_xy(footprint, x, y)
    if not inside.any():
        return 1.0
    return float(plan.occupancy.covers(x[inside], y[inside]).mean())


def _why_empty(footprint: shapely.Geometry, plan: Plan) -> str:
    if covered_share(footprint, plan) == 0.0:
        return "轮廓在点云范围之外，没有高度"
    return "轮廓内没有点（遮挡、吸收或面积太小），没有高度"


def _without_data(key: str | None, footprint: shapely.Geometry, reason: str) -> Building:
    return Building(key, footprint, None, None, None, 0, None, NO_DATA, reason, "")
