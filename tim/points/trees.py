"""`tim points trees`: single trees with height and crown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from pointcloud.prepared import prepare
from pointcloud.sources import open_sources, with_metric_heights
from pointcloud.trees.crowns import TreeOptions, find_trees
from tim.files import atomic_output
from tim.job import Job
from tim.result import Result
from tim.sources.crs import horizontal
from tim.sources.gpkg import write_table


def points_trees(
    *,
    points: Sequence[str],
    out: str,
    crs: str | None = None,
    ground: str = "auto",
    lowest: float = 3.0,
    window: float = 2.0,
    widening: float = 0.06,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Trees of `lowest` metres and more as a GeoPackage with the layers `tree` (points) and `tree_crown` (polygons).

    A top is the highest place within `window` + `widening` × height metres. Result keys: `trees`, `height_median`,
    `height_max` (m), `crown_area_m2`, `per_hectare`.
    """
    with atomic_output(out, job, overwrite=overwrite) as working:
        sources = open_sources([Path(path) for path in points], job)
        begun = prepare(sources, crs, ground, working.parent / "scratch", job.part(0.0, 0.6))
        found = find_trees(begun.plan, TreeOptions(lowest, window, widening), job.part(0.6, 0.95))
        scale = 1.0 / begun.factors[0]
        plane = horizontal(with_metric_heights(begun.crs)).to_wkt()
        areas = shapely.area(found.crowns)
        number = np.arange(1, len(found.heights) + 1)
        columns = {
            "tree": number,
            "height": found.heights.round(2),
            "ground_z": found.ground.round(2),
            "crown_area_m2": areas.round(1),
            "crown_diameter": (2 * np.sqrt(areas / np.pi)).round(2),
        }
        write_table(working, "tree", "单木", shapely.points(found.places * scale), columns, plane, "Point")
        crowns = shapely.transform(found.crowns, lambda places: places * scale)
        write_table(working, "tree_crown", "树冠", crowns, columns, plane)
        area = begun.plan.occupancy.area
    heights = found.heights
    data = {
        "trees": len(heights),
        "height_median": round(float(np.median(heights)), 2) if len(heights) else None,
        "height_max": round(float(heights.max()), 2) if len(heights) else None,
        "crown_area_m2": round(float(areas.sum()), 1),
        "per_hectare": round(len(heights) / area * 10_000, 1),
    }
    shown = f"，高 {data['height_median']} 米（中位数）到 {data['height_max']} 米" if len(heights) else ""
    return Result(f"找到 {len(heights):,} 棵树{shown}", [str(Path(out).absolute())], data=data)
