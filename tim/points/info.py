"""What is in a point cloud."""

from __future__ import annotations

from typing import Any

from pointcloud.sources import PointSource, open_sources
from pointcloud.statistics import summarise
from tim.job import Job
from tim.result import Result
from tim.sources.crs import describe


def points_info(*, points: list[str], job: Job) -> Result:
    """Read all points once and count them.

    Result keys: `points`, `classes` (class number → count), `extent` [xmin, ymin, zmin, xmax, ymax, zmax] in units of
    `crs`, `crs` (text, null when the files state none), `density_per_m2` (null where it cannot be told), `sources`.
    Raises `UnusableSource` for a file that is damaged or no point cloud.
    """
    sources = open_sources(points, job)
    told = set(job.warnings)
    summary = summarise(sources, job)
    for warning in summary.warnings:
        if warning not in told:
            job.warn(warning)
    data = {
        "points": summary.points,
        "classes": {str(number): count for number, count in summary.classes.items()},
        "extent": list(summary.extent),
        "crs": None if summary.crs is None else describe(summary.crs),
        "density_per_m2": summary.density_per_m2,
        "sources": [_source(source) for source in sources],
    }
    return Result(f"{len(sources)} 个点云，共 {summary.points:,} 个点", data=data)


def _source(source: PointSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "kind": source.kind,
        "points": source.count,
        "crs": None if source.crs is None else describe(source.crs),
        "bytes": sum(path.stat().st_size for path in source.files()),
    }
