"""The whole chain: points in, terrain, surface and buildings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.buildings.building import Building
from pointcloud.buildings.detect import find_footprints
from pointcloud.buildings.heights import measure_all
from pointcloud.errors import UnusableSource
from pointcloud.plan import Plan
from pointcloud.sources import PointSource, with_metric_heights
from pointcloud.steps import StepOptions, label, make_surfaces, start, workers_for
from pointcloud.task import Task
from pointcloud.tiles.grid import Grid


@dataclass(frozen=True)
class SurveyOptions(StepOptions):
    """What a survey may be told. `footprints`: (identifiers, array of polygons in the points' CRS), found from the
    points when None; `roofs`: whether to reconstruct roofs (LoD2.2).
    """

    footprints: tuple[Sequence[str], np.ndarray] | None = None
    roofs: bool = False


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
    with workers_for(options, sum(source.count for source in sources), scratch):
        begun = start(sources, options, scratch, task.part(0.0, 0.3))
        plan, gathered, factors = begun.plan, begun.gathered, begun.factors
        counts, presets = label(plan, task.part(0.3, 0.55))
        make_surfaces(plan, task.part(0.55, 0.8))
        buildings = _buildings(plan, options, factors[0], task.part(0.8, 1.0))
    terrain, surface = (plan.assemble(name, task) for name in ("terrain", "surface"))
    scale = 1.0 / factors[0]
    return SurveyResult(
        with_metric_heights(begun.crs),
        begun.method,
        plan.frame.cell,
        plan.frame.grid(terrain, scale),
        plan.frame.grid(surface, scale),
        buildings,
        gathered.classes,
        {
            "points": gathered.points,
            "density_per_m2": round(plan.density, 3),
            "area_m2": plan.occupancy.area,
            "ground_points": sum(count.ground for count in counts),
            "noise_points": gathered.noise + sum(count.noise for count in counts),
            "withheld_points": gathered.withheld,
            "extent": begun.extent,
            "presets": presets,
            "tiles": len(plan.store.tiles()),
            "tile_size": plan.store.size,
        },
        begun.warnings,
    )


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
