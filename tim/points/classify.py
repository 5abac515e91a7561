"""`tim points classify`: a class for every point, measured against the file's own where asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointcloud.classes.classify import classify, write_classified
from pointcloud.classes.codes import TITLES, VegetationHeights
from pointcloud.prepared import prepare
from pointcloud.sources import open_sources
from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.result import Result


def classify_points(
    *,
    points: Sequence[str],
    out: str,
    crs: str | None = None,
    ground: str = "auto",
    medium: float = 0.5,
    high: float = 1.5,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Classify points and write them, all else unchanged, as one LAS or LAZ file.

    `medium`, `high`: metres above ground where medium and high vegetation begin. Result keys: `points`, `classes`
    (class → count), `points_per_second` (of the whole run, writing included).
    """
    if medium >= high:
        raise UsageError(f"中等植被的起始高度（{medium:g} 米）要小于高大植被的（{high:g} 米）")
    started = time.perf_counter()
    with atomic_output(out, job, overwrite=overwrite) as working:
        sources = open_sources([Path(path) for path in points], job)
        prepared = prepare(sources, crs, ground, working.parent / "scratch", job.part(0.0, 0.5))
        found = classify(prepared, VegetationHeights(medium, high), job.part(0.5, 0.8))
        counts = write_classified(sources, found, working, job.part(0.8, 1.0))
    total = sum(counts.values())
    data: dict[str, Any] = {
        "points": total,
        "classes": {str(code): count for code, count in counts.items()},
        "ground": prepared.method,
        "points_per_second": round(total / (time.perf_counter() - started)),
    }
    shown = "、".join(f"{TITLES.get(code, f'类别 {code}')} {count:,}" for code, count in counts.items())
    return Result(f"已分类 {total:,} 个点：{shown}", [str(Path(out).absolute())], data=data)
