"""Columns of points by name, as formats other than LAS hold them, and LAS records made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import laspy
import numpy as np

from pointcloud.errors import UnusableSource

# names of EPT and PDAL (https://entwine.io, "schema") to those of laspy
_DIMENSIONS = {
    "Intensity": "intensity",
    "ReturnNumber": "return_number",
    "NumberOfReturns": "number_of_returns",
    "Classification": "classification",
    "ScanAngleRank": "scan_angle",
    "UserData": "user_data",
    "PointSourceId": "point_source_id",
    "GpsTime": "gps_time",
    "Red": "red",
    "Green": "green",
    "Blue": "blue",
    "Withheld": "withheld",
}
_SCAN_ANGLE_STEP = 0.006  # degrees, LAS 1.4 table 16
_LARGEST = 2**31 - 1


def new_header(coloured: bool, axes: Sequence[tuple[float, float]], crs: Any) -> laspy.LasHeader:
    """LAS 1.4, point format 6 or 7. `axes`: (scale, offset) of x, y, z."""
    header = laspy.LasHeader(version="1.4", point_format=7 if coloured else 6)
    header.scales = np.array([scale for scale, _ in axes])
    header.offsets = np.array([offset for _, offset in axes])
    if crs is not None:
        header.add_crs(crs)
    return header


def axes_for(low: np.ndarray, high: np.ndarray, step: float = 0.001) -> list[tuple[float, float]]:
    """(scale, offset) of each axis: whole metres as offset, the step as fine as 32 bits allow."""
    axes = []
    for least, most in zip(low, high):
        offset = float(np.floor(least))
        scale = step
        while (most - offset) / scale > _LARGEST:
            scale *= 10
        axes.append((scale, offset))
    return axes


def record_of(columns: Mapping[str, np.ndarray], header: laspy.LasHeader) -> Any:
    """A laspy point record in `header` of columns under the names of EPT. X, Y, Z hold coordinates, not counts."""
    count = len(columns["X"])
    record = laspy.ScaleAwarePointRecord.zeros(count, header=header)
    for axis, name in enumerate("XYZ"):
        steps = np.rint((columns[name] - header.offsets[axis]) / header.scales[axis])
        if not (np.abs(steps) <= _LARGEST).all():
            raise UnusableSource("点云里有坐标不是有效数值或超出文件写明的范围，文件已损坏；请重新取得该文件")
        record[name] = steps.astype(np.int32)
    known = set(record.point_format.dimension_names)
    for name, dimension in _DIMENSIONS.items():
        if name not in columns or dimension not in known:
            continue
        values = columns[name]
        if name == "ScanAngleRank":
            values = np.clip(np.rint(values / _SCAN_ANGLE_STEP), -30_000, 30_000).astype(np.int16)
        record[dimension] = np.clip(values, 0, 15) if dimension.endswith(("return_number", "of_returns")) else values
    return record


def columns_of(record: Any) -> dict[str, np.ndarray]:
    """The same columns of a laspy point record of any format."""
    known = set(record.point_format.dimension_names)
    columns = {axis.upper(): np.asarray(record[axis], dtype=np.float64) for axis in "xyz"}
    for name, dimension in _DIMENSIONS.items():
        if dimension in known:
            columns[name] = np.asarray(record[dimension])
    if "scan_angle" in known:
        columns["ScanAngleRank"] = columns["ScanAngleRank"] * _SCAN_ANGLE_STEP
    elif "scan_angle_rank" in known:
        columns["ScanAngleRank"] = np.asarray(record["scan_angle_rank"], dtype=np.float64)
    return columns
