"""From one format of points to another: the command `tim points convert`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import laspy

from pointcloud.sources import PointSource, common_crs, open_sources, parse_crs
from pointcloud.sources.window import Window, records_in
from pointcloud.writers.ept import write_ept
from pointcloud.writers.header import moved, output_header
from pointcloud.writers.tables import write_ply, write_text
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.result import Result

_SEPARATORS = {".xyz": " ", ".txt": " ", ".csv": ","}


def points_convert(
    *, points: list[str], out: str, crs: str | None = None, window: str | None = None, overwrite: bool = False, job: Job
) -> Result:
    """Write all points to LAZ, LAS, PLY, XYZ/TXT/CSV by the suffix, or to an EPT folder (a name without one).

    `window`: "xmin,ymin,xmax,ymax" in the units of the points; COPC and EPT are then read in part only. LAZ and LAS
    keep all fields, the others coordinates, intensity, class and colours (EPT: returns, source, time as well).
    Result keys: `points`, `classes`, `format`.
    """
    box = _window(window)
    target = Path(out)
    with atomic_output(out, job, overwrite=overwrite) as working:
        sources = open_sources([Path(path) for path in points], job)
        stated = [source for source in sources if source.crs is not None]
        known = common_crs(sources, parse_crs(crs)) if stated or crs else None
        counts: dict[int, int] = {}
        records = _counted(_read(sources, box, job), counts)
        suffix = target.suffix.lower()
        if suffix in (".laz", ".las"):
            count = _write_las(working, sources, records, known)
        elif suffix == ".ply":
            count = write_ply(working, records, _coloured(sources))
        elif suffix in _SEPARATORS:
            count = write_text(working, records, _coloured(sources), _SEPARATORS[suffix])
        else:
            held = list(records)
            if not held:
                raise _empty()
            count = write_ept(working, held, known, job)
        if count == 0:
            raise _empty()
    data = {"points": count, "classes": {str(code): counts[code] for code in sorted(counts)},
            "format": suffix.lstrip(".") or "ept"}  # fmt: skip
    return Result(f"已写出 {count:,} 个点", [str(target.absolute())], data=data)


def _empty() -> UnusableInput:
    return UnusableInput("窗口里没有点，没有写出；请检查窗口的坐标（与点云同一坐标系）")


def _window(text: str | None) -> Window | None:
    if text is None:
        return None
    try:
        low_x, low_y, high_x, high_y = (float(word) for word in text.replace("，", ",").split(","))
    except ValueError:
        raise UsageError(f"窗口“{text}”应是四个数：xmin,ymin,xmax,ymax") from None
    if not (low_x < high_x and low_y < high_y):
        raise UsageError(f"窗口“{text}”的右上角应大于左下角：xmin,ymin,xmax,ymax")
    return low_x, low_y, high_x, high_y


def _read(sources: list[PointSource], window: Window | None, job: Job) -> Iterator[Any]:
    total, read = sum(source.count for source in sources), 0
    for source in sources:
        for record in records_in(source, window, job):
            read += len(record)
            job.progress(min(read / total, 1.0), f"转换 {source.name}")
            yield record


def _counted(records: Iterator[Any], counts: dict[int, int]) -> Iterator[Any]:
    import numpy as np

    for record in records:
        codes, numbers = np.unique(np.asarray(record.classification), return_counts=True)
        for code, number in zip(codes.tolist(), numbers.tolist()):
            counts[code] = counts.get(code, 0) + number
        yield record


def _write_las(path: Path, sources: list[PointSource], records: Iterator[Any], crs: Any) -> int:
    header = output_header(sources, crs)
    count = 0
    with laspy.open(path, mode="w", header=header, do_compress=path.suffix.lower() == ".laz") as writer:
        for record in records:
            record = moved(record, header)
            if record.point_format != header.point_format:
                record = laspy.ScaleAwarePointRecord(record.array, header.point_format, header.scales, header.offsets)
            writer.write_points(record)
            count += len(record)
    return count


def _coloured(sources: list[PointSource]) -> bool:
    return all("red" in set(source.header().point_format.dimension_names) for source in sources)
