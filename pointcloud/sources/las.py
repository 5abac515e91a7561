"""LAS 1.0-1.4, LAZ and COPC files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.checks import check_las, implausible_extent
from pointcloud.sources.crs import crs_of_records
from pointcloud.sources.laz import check_chunks
from pointcloud.sources.native import reading
from pointcloud.sources.source import CHUNK_POINTS, PointSource
from pointcloud.task import Task

_CHUNK_BYTES = 1 << 26


class LasSource(PointSource):
    """One LAS, LAZ or COPC file."""

    def __init__(self, path: Path, task: Task) -> None:
        """Check the header. Raises `UnusableSource` when the file is not a whole LAS or LAZ file."""
        header = check_las(path)
        self.path = path
        self.kind = "copc" if header.is_copc else "laz" if header.compressed else "las"
        self.count = header.count
        self.bounds = header.bounds
        self.warnings: list[str] = []
        self._chunked = header.chunked and not header.is_copc
        self._chunk = max(1, min(CHUNK_POINTS, _CHUNK_BYTES // header.record_bytes))
        with reading(path, task), laspy.open(path) as reader:
            records = _projection_records(reader)
            found = reader.header.vlrs
            check_chunks(path, header, reader.header)
        self.crs, problem = crs_of_records(records)
        if problem:
            self.warnings.append(f"“{path.name}”：{problem}")
        if len(found) < header.vlr_count:
            self.warnings.append(f"“{path.name}”：文件头写有 {header.vlr_count} 个变长记录，实有 {len(found)} 个")
        if trouble := implausible_extent(self.count, self.bounds):
            self.warnings.append(f"“{path.name}”：{trouble}")

    def header(self) -> laspy.LasHeader:
        with laspy.open(self.path) as reader:
            return reader.header

    def records(self, task: Task, first: int = 0, count: int | None = None) -> Iterator[Any]:
        wanted = self.count - first if count is None else count
        read = outside = 0
        with reading(self.path, task):
            reader = laspy.open(self.path)
            if first:
                reader.seek(first)
        try:
            while read < wanted:
                with reading(self.path, task):
                    record = reader.read_points(min(self._chunk, wanted - read))
                if len(record) == 0:
                    break
                read += len(record)
                outside += self._outside(record)
                task.check()
                yield record
        finally:
            reader.close()
        if read < wanted:
            raise UnusableSource(
                f"点云文件“{self.path.name}”不完整：文件头写有 {self.count} 个点，"
                f"只读到 {first + read} 个；请重新取得该文件"
            )
        if outside:
            task.warn(f"“{self.path.name}”有 {outside} 个点超出文件头写明的范围；文件可能已损坏，请核对结果")

    def spans(self) -> list[int]:
        """One span where the file has no table of chunks to start from."""
        return super().spans() if self.kind == "las" or self._chunked else [self.count]

    def _outside(self, record: Any) -> int:
        """Points outside the bounds of the header by more than a thousandth of their extent (rounding by writers)."""
        out = np.zeros(len(record), dtype=bool)
        for axis, (name, values) in enumerate(zip("XYZ", (record.X, record.Y, record.Z))):
            low, high = self.bounds[axis], self.bounds[axis + 3]
            margin = 1e-3 * abs(high - low) + 0.01
            scale, offset = record.scales[axis], record.offsets[axis]
            extremes = np.array([values.min(), values.max()]) * scale + offset
            if not (extremes >= low - margin).all() or not (extremes <= high + margin).all():
                places = np.asarray(record[name.lower()])
                out |= (places < low - margin) | (places > high + margin)
        return int(out.sum())


def _projection_records(reader: Any) -> dict[int, bytes]:
    """The first record of each number under LASF_Projection that holds anything, also from the end of the file."""
    records: dict[int, bytes] = {}
    for vlr in [*reader.header.vlrs, *(reader.header.evlrs or [])]:
        if vlr.user_id == "LASF_Projection":
            records.setdefault(vlr.record_id, b"")
            records[vlr.record_id] = records[vlr.record_id] or bytes(vlr.record_data_bytes())
    return records
