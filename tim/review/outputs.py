"""The files of a review. They appear together when all are complete, or none does."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable

import numpy as np
import pyproj
import shapely

from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.report.write import check_report, write_report
from tim.review.findings import write_findings
from tim.review.frame import zone_of
from tim.review.record import Review
from tim.review.report import drawn_findings, make_report


def check_outputs(findings: str | None, report: str | None, template: str | None = None) -> None:
    """Raise `UsageError` when a result cannot be written as asked, before any work is done."""
    check_report(report, template)
    if findings is not None and Path(findings).suffix.lower() != ".gpkg":
        raise UsageError(f"问题图层“{findings}”的扩展名应是 .gpkg")


def write_outputs(
    review: Review,
    shapes: Mapping[str, np.ndarray],
    findings: str | None,
    report: str | None,
    template: str | None = None,
    *,
    overwrite: bool,
    job: Job,
) -> list[str]:
    """Write the findings layer and the report. `shapes`: geometries of the reviewed layers by name, for the map."""
    paths = [path for path in (findings, report) if path is not None]
    with ExitStack() as stack:
        working = {path: stack.enter_context(atomic_output(path, job, overwrite=overwrite)) for path in paths}
        if findings is not None:
            job.progress(0.85, "写问题图层")
            write_findings(review, working[findings])
        if report is not None:
            job.progress(0.9, "写报告")
            document = make_report(review, _draw_map(review, shapes))
            write_report(document, working[report], template)
    return paths


def _draw_map(review: Review, shapes: Mapping[str, np.ndarray]) -> bytes | None:
    """The map of the violations as PNG; None when there is none with a geometry."""
    from tim.picture.map import draw_findings

    marked = [finding.geometry for finding in drawn_findings(review) if finding.geometry is not None]
    if not marked:
        return None
    crs, flatten = _paper(review.crs, np.array(marked, dtype=object))
    visible = {name: flatten(geometry) for name, geometry in shapes.items() if len(geometry)}
    with TemporaryDirectory(prefix="tim-") as folder:
        path = Path(folder) / "map.png"
        draw_findings(visible, list(flatten(np.array(marked, dtype=object))), path, crs=crs, title="问题位置图")
        return path.read_bytes()


def _paper(crs: pyproj.CRS | None, marked: np.ndarray) -> tuple[pyproj.CRS | None, Callable[[np.ndarray], np.ndarray]]:
    """The plane of the map, and what brings geometries into it: a picture in degrees would be out of shape."""
    if crs is None or not crs.is_geographic:
        return crs, lambda geometry: geometry
    zone = pyproj.CRS(zone_of(crs, marked))
    transform = pyproj.Transformer.from_crs(crs, zone, always_xy=True).transform
    return zone, lambda geometry: shapely.transform(geometry, transform, interleaved=False)
