"""Ground points and noise: the command `tim points ground`."""

from __future__ import annotations

import time
from pathlib import Path

from pointcloud.sources import open_sources
from pointcloud.steps import label, make_surfaces, start, workers_for
from pointcloud.surface.heights import heights_above
from pointcloud.writers.labelled import write_labelled
from tim.files import atomic_output
from tim.job import Job
from tim.points.work import scratch_folder, step_options, told_presets
from tim.result import Result


def points_ground(
    *,
    points: list[str],
    out: str,
    crs: str | None = None,
    preset: str = "auto",
    heights: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    work: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Classify ground (2) and noise (7) anew and write all points, with a confidence for each, to one LAS or LAZ file.

    `preset`: "auto", "flat", "relief" or "steep"; `heights` adds the height above the terrain to each point. Result
    keys: `points`, `classes` (class number → count), `points_per_second`, `presets` (share of the area by preset),
    `ground`, `noise`. Raises `UnusableSource` for points that cannot be used, `UsageError` for an existing result.
    """
    began = time.monotonic()
    options = step_options(crs=crs, ground="smrf", preset=preset, workers=workers, scheduler=scheduler, work=work)
    parameters = {"command": "ground", "crs": crs, "preset": preset, "heights": heights}
    with atomic_output(out, job, overwrite=overwrite) as working:
        sources = open_sources([Path(path) for path in points], job)
        total = sum(source.count for source in sources)
        with (
            scratch_folder(working.parent, work, sources, parameters, job) as scratch,
            workers_for(options, total, scratch),
        ):
            raw = scratch / "raw"
            begun = start(sources, options, scratch, job.part(0.0, 0.3), raw=raw)
            counts, presets = label(begun.plan, job.part(0.3, 0.6))
            if heights:
                make_surfaces(begun.plan, job.part(0.6, 0.75))
                heights_above(begun.plan, job.part(0.75, 0.8))
            classes = write_labelled(
                working,
                sources,
                begun.plan,
                raw,
                begun.gathered.parts,
                begun.crs,
                job.part(0.8, 1.0),
                heights=heights,
            )
    ground = sum(count.ground for count in counts)
    noise = begun.gathered.noise + sum(count.noise for count in counts)
    data = {
        "points": begun.gathered.points,
        "classes": {str(code): count for code, count in classes.items()},
        "points_per_second": round(begun.gathered.points / max(time.monotonic() - began, 1e-3)),
        "presets": {name: round(share, 4) for name, share in presets.items()},
        "ground": ground,
        "noise": noise,
    }
    share = ground / max(begun.gathered.points, 1)
    message = f"{begun.gathered.points:,} 个点中地面点 {ground:,} 个（{share:.1%}），噪声 {noise:,} 个"
    return Result(f"{message}；地形：{told_presets(presets)}", [str(Path(out).absolute())], data=data)
