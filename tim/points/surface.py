"""Terrain and surface rasters: the commands `tim points dtm` and `tim points dsm`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from pointcloud.plan import Plan
from pointcloud.sources import open_sources, with_metric_heights
from pointcloud.steps import Start, label, make_surfaces, start, workers_for
from pointcloud.surface.density import count_points
from pointcloud.surface.heights import terrain_error
from pointcloud.tiles.grid import Frame
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.points.contours import write_contours
from tim.points.raster import Reader, hillshade_reader, write_raster
from tim.points.water import Water, water_levels
from tim.points.work import scratch_folder, step_options, told_presets
from tim.result import Result
from tim.sources.crs import describe, horizontal
from tim.sources.vector import read_layer


@dataclass(frozen=True)
class _Made:
    """Surfaces on tiles, and what is needed to write them."""

    begun: Start
    presets: dict[str, float]

    @property
    def plan(self) -> Plan:
        return self.begun.plan

    @property
    def scale(self) -> float:
        return 1.0 / self.begun.factors[0]

    @property
    def crs(self) -> pyproj.CRS:
        return with_metric_heights(self.begun.crs)


def points_dtm(
    *,
    points: list[str],
    out: str,
    crs: str | None = None,
    ground: str = "auto",
    preset: str = "auto",
    resolution: float | None = None,
    hillshade: str | None = None,
    contours: str | None = None,
    interval: float = 1.0,
    density: str | None = None,
    water: str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    work: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The terrain as GeoTIFF (float32, metres), and on request its hillshade, contour lines and the points' density.

    Result keys: `points`, `resolution` (m), `points_per_second`, `crs`, `ground_method`, `presets`, `error` (of the
    terrain at withheld ground points: `points`, `bias_m`, `rmse_m`, `p95_m`; null without any), `contours` (number),
    `water` (number of flattened ones). `water`: polygons of standing water, each of which gets one level.
    """
    began = time.monotonic()
    outputs = [path for path in (out, hillshade, contours, density) if path]
    settings = {"crs": crs, "ground": ground, "preset": preset, "resolution": resolution}
    with _surfaces("dtm", points, outputs, settings, workers, scheduler, work, overwrite, job) as (made, paths):
        error = terrain_error(made.plan, job.part(0.75, 0.8))
        read, flattened = _reader(made.plan, "terrain"), None
        if water:
            level = _water(made, water, job)
            read, flattened = level.flattened(read), len(level.polygons)
        write_raster(paths[out], read, made.plan.frame, made.scale, made.crs, job)
        if hillshade:
            shade = hillshade_reader(read)
            write_raster(paths[hillshade], shade, made.plan.frame, made.scale, made.crs, job, dtype="uint8")
        lines = None
        if contours:
            lines = write_contours(paths[contours], read, made.plan.frame, interval, made.scale, made.crs, job)
        if density:
            count_points(made.plan, job.part(0.9, 1))
            _write(paths[density], made, "density", job)
        told = None if error is None else {
            "points": error.points, "bias_m": round(error.bias, 4),
            "rmse_m": round(error.rmse, 4), "p95_m": round(error.p95, 4),
        }  # fmt: skip
        data = {**_data(made, began), "error": told, "contours": lines, "water": flattened}
    message = f"地形已写出，像元 {made.plan.frame.cell:g} 米"
    if error is not None:
        message += f"；预留 {error.points:,} 个地面点检验：偏差 {error.bias:+.3f} 米，中误差 {error.rmse:.3f} 米"
    return Result(message + _about(made), [str(Path(path).absolute()) for path in outputs], data=data)


def points_dsm(
    *,
    points: list[str],
    out: str,
    crs: str | None = None,
    ground: str = "auto",
    preset: str = "auto",
    resolution: float | None = None,
    height: str | None = None,
    density: str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    work: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The surface (highest points without noise, pits closed) as GeoTIFF; `height`: surface minus terrain, not below 0.

    Result keys as `points_dtm`, without `error` and `contours`.
    """
    began = time.monotonic()
    outputs = [path for path in (out, height, density) if path]
    settings = {"crs": crs, "ground": ground, "preset": preset, "resolution": resolution}
    with _surfaces("dsm", points, outputs, settings, workers, scheduler, work, overwrite, job) as (made, paths):
        _write(paths[out], made, "surface", job.part(0.8, 0.9))
        if height:
            reader = _height_reader(made.plan)
            write_raster(paths[height], reader, made.plan.frame, made.scale, made.crs, job)
        if density:
            count_points(made.plan, job.part(0.9, 1))
            _write(paths[density], made, "density", job)
        data = _data(made, began)
    message = f"地表已写出，像元 {made.plan.frame.cell:g} 米"
    return Result(message + _about(made), [str(Path(path).absolute()) for path in outputs], data=data)


@contextmanager
def _surfaces(
    command: str,
    points: list[str],
    outputs: list[str],
    settings: dict[str, Any],
    workers: int | None,
    scheduler: str | None,
    work: str | None,
    overwrite: bool,
    job: Job,
) -> Iterator[tuple[_Made, dict[str, Path]]]:
    """Surfaces on tiles, and the working path for each of `outputs`; the files appear together when the block ends."""
    if len({Path(path).absolute() for path in outputs}) < len(outputs):
        raise UsageError("几个结果用了同一个文件名；请分别命名")
    options = step_options(**settings, workers=workers, scheduler=scheduler, work=work)
    with ExitStack() as stack:
        paths = {path: stack.enter_context(atomic_output(path, job, overwrite=overwrite)) for path in outputs}
        sources = open_sources([Path(path) for path in points], job)
        beside = paths[outputs[0]].parent
        parameters = {"command": command, **settings}
        scratch = stack.enter_context(scratch_folder(beside, work, sources, parameters, job))
        stack.enter_context(workers_for(options, sum(source.count for source in sources), scratch))
        begun = start(sources, options, scratch, job.part(0.0, 0.3))
        _, presets = label(begun.plan, job.part(0.3, 0.55))
        make_surfaces(begun.plan, job.part(0.55, 0.75))
        yield _Made(begun, presets), paths


def _water(made: _Made, source: str, job: Job) -> Water:
    """The standing water of a vector source, in metres of the frame."""
    layer = read_layer(source, target_crs=horizontal(made.begun.crs), task=job)
    shapes = layer.geometry[np.isin(shapely.get_type_id(layer.geometry), (3, 6))]
    if not len(shapes):
        raise UnusableInput(f"水面“{layer.path.name}”里没有面；请检查数据")
    factor = made.begun.factors[0]
    places = shapely.transform(shapely.make_valid(shapes), lambda corners: corners * factor)
    found = water_levels(made.plan, places, job)
    job.log(f"压平水面 {len(found.polygons)} 个")
    return found


def _reader(plan: Plan, name: str) -> Reader:
    return lambda frame: plan.read_parts(name, frame)


def _height_reader(plan: Plan) -> Reader:
    def read(frame: Frame) -> np.ndarray:
        return np.maximum(plan.read_parts("surface", frame) - plan.read_parts("terrain", frame), 0)

    return read


def _write(path: Path, made: _Made, name: str, job: Any) -> None:
    write_raster(path, _reader(made.plan, name), made.plan.frame, made.scale, made.crs, job)


def _data(made: _Made, began: float) -> dict[str, Any]:
    total = made.begun.gathered.points
    return {
        "points": total,
        "resolution": made.plan.frame.cell,
        "points_per_second": round(total / max(time.monotonic() - began, 1e-3)),
        "crs": describe(made.crs),
        "ground_method": made.begun.method,
        "presets": {name: round(share, 4) for name, share in made.presets.items()},
    }


def _about(made: _Made) -> str:
    presets = f"（{told_presets(made.presets)}）" if made.presets else ""
    return f"；{made.begun.method}{presets}；坐标系 {describe(made.crs)}"
