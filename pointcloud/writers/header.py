"""The LAS header of a file to be written, from that of what is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import laspy
import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources import PointSource
from pointcloud.sources.source import fits_32_bits

_NOT_COPIED = ("copc", "laszip encoded")  # records that tell how the file read was packed


def output_header(sources: Sequence[PointSource], crs: Any = None) -> laspy.LasHeader:
    """One header for the points of all sources, which have to have the same point format and extra dimensions.

    `crs` is written where the sources state none.
    """
    first = sources[0].header()
    for source in sources[1:]:
        other = source.header()
        if other.point_format != first.point_format:
            raise UnusableSource(
                f"“{sources[0].name}”与“{source.name}”的点格式或附加字段不同，不能写进一个文件；请分开处理"
            )
    version = max(str(first.version), "1.2")
    header = laspy.LasHeader(version=version, point_format=first.point_format)
    header.scales = np.min([source.header().scales for source in sources], axis=0)
    low = np.min([source.bounds[:3] for source in sources], axis=0)
    high = np.max([source.bounds[3:] for source in sources], axis=0)
    header.offsets = first.offsets if len(sources) == 1 else np.floor((low + high) / 2)
    if len(sources) > 1 and not fits_32_bits(low, high, header.scales, header.offsets):
        raise UnusableSource("这些点云的范围太大，按原来的坐标精度不能写进一个文件；请分开处理")
    header.global_encoding.value = first.global_encoding.value
    header.vlrs.extend(vlr for vlr in first.vlrs if vlr.user_id.strip("\0") not in _NOT_COPIED)
    if crs is not None and first.parse_crs() is None:
        header.add_crs(crs)
    return header


def moved(record: Any, header: laspy.LasHeader) -> Any:
    """A laspy point record with its whole numbers for the scales and offsets of `header`."""
    if np.array_equal(record.scales, header.scales) and np.array_equal(record.offsets, header.offsets):
        return record
    for axis, name in enumerate("XYZ"):
        values = np.asarray(record[name], dtype=np.float64) * record.scales[axis] + record.offsets[axis]
        record.array[name] = np.rint((values - header.offsets[axis]) / header.scales[axis]).astype(np.int32)
    return laspy.ScaleAwarePointRecord(record.array, record.point_format, header.scales, header.offsets)
