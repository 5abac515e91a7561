"""The public header block of LAS and LAZ files, checked against the file before any native reader sees it.

Field positions: ASPRS LAS Specification 1.4 R15, table 3 (1.0-1.3 share the first 227 bytes).
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass, replace
from pathlib import Path

from pointcloud.errors import UnusableSource

RECORD_BYTES = {0: 20, 1: 28, 2: 26, 3: 34, 4: 57, 5: 63, 6: 30, 7: 36, 8: 38, 9: 59, 10: 67}
_VLR_HEADER_BYTES = 54
_SMALLEST_HEADER = 227
_HEADER_14 = 375
_LARGEST_VLR_AREA = 1 << 24
_LARGEST_SCALE = 1e6  # whole numbers of 32 bits in steps of this size leave the Earth


@dataclass(frozen=True)
class LasHeader:
    """What the header claims. `bounds` is (xmin, ymin, zmin, xmax, ymax, zmax)."""

    version: tuple[int, int]
    point_format: int
    compressed: bool
    record_bytes: int
    count: int
    offset: int
    header_bytes: int
    bounds: tuple[float, float, float, float, float, float]
    vlr_count: int
    is_copc: bool
    chunked: bool = False


def check_las(path: Path) -> LasHeader:
    """Read the header of `path`. Raises `UnusableSource`, naming the file, when it cannot be that of a whole file."""
    size, start = _first_bytes(path)
    if size == 0:
        raise UnusableSource(f"点云文件“{path.name}”是空文件（0 字节）；请重新取得该文件")
    if not start.startswith(b"LASF"):
        raise UnusableSource(f"“{path.name}”不是 LAS/LAZ 点云（文件开头没有 LASF 标识）；请检查文件是否选错")
    if len(start) < _SMALLEST_HEADER:
        raise UnusableSource(f"点云文件“{path.name}”的文件头不完整（只有 {size} 字节）；请重新取得该文件")
    header = _parse(path, start)
    _check_fields(path, header, size)
    if header.compressed:
        header = replace(header, chunked=_check_chunk_table(path, header, size))
    return header


def _first_bytes(path: Path) -> tuple[int, bytes]:
    try:
        with path.open("rb") as stream:
            return os.fstat(stream.fileno()).st_size, stream.read(_HEADER_14 + _VLR_HEADER_BYTES)
    except OSError as error:
        raise UnusableSource(f"不能打开点云文件“{path}”（{error.strerror}）；请检查路径和权限") from error


def _parse(path: Path, start: bytes) -> LasHeader:
    major, minor = start[24], start[25]
    if major != 1 or minor > 4:
        raise UnusableSource(f"“{path.name}”是 LAS {major}.{minor}，只支持 1.0 到 1.4；请转换后再用")
    header_bytes, offset, vlr_count, raw_format, record_bytes, count = struct.unpack_from("<HIIBHI", start, 94)
    if minor == 4:
        if len(start) < _HEADER_14:
            raise UnusableSource(f"点云文件“{path.name}”的文件头不完整；请重新取得该文件")
        count = struct.unpack_from("<Q", start, 247)[0] or count
    x_max, x_min, y_max, y_min, z_max, z_min = struct.unpack_from("<6d", start, 179)
    scales = struct.unpack_from("<6d", start, 131)
    steps = [abs(value) for value in scales[:3]]
    if not all(math.isfinite(value) for value in scales) or min(steps) == 0.0 or max(steps) > _LARGEST_SCALE:
        raise UnusableSource(f"点云文件“{path.name}”文件头里的坐标比例不是有效数值，文件已损坏；请重新取得该文件")
    first_vlr = start[header_bytes + 2 : header_bytes + 18]
    return LasHeader(
        (major, minor),
        raw_format & 0x3F,
        bool(raw_format & 0xC0),
        record_bytes,
        count,
        offset,
        header_bytes,
        (x_min, y_min, z_min, x_max, y_max, z_max),
        vlr_count,
        first_vlr.rstrip(b"\0") == b"copc",
    )


def _check_fields(path: Path, header: LasHeader, size: int) -> None:
    smallest = RECORD_BYTES.get(header.point_format)
    if smallest is None or header.record_bytes < smallest:
        raise UnusableSource(
            f"点云文件“{path.name}”的点格式（{header.point_format}，每点 {header.record_bytes} 字节）无效，文件已损坏"
        )
    if header.count == 0:
        raise UnusableSource(f"点云文件“{path.name}”里没有点；请换一个文件")
    if header.vlr_count * _VLR_HEADER_BYTES > header.offset and header.vlr_count > 100:
        raise UnusableSource(f"点云文件“{path.name}”的文件头自相矛盾（{header.vlr_count} 个变长记录），文件已损坏")
    held = max(size - header.offset, 0)
    if held == 0:
        raise UnusableSource(f"点云文件“{path.name}”的文件头写有 {header.count} 个点，文件里却没有点；请重新取得该文件")
    if not header.compressed and held < header.count * header.record_bytes:
        raise UnusableSource(
            f"点云文件“{path.name}”不完整：文件头写有 {header.count} 个点，"
            f"文件里只有 {held // header.record_bytes} 个；请重新取得该文件"
        )
    _check_surplus(path, header, held)


def _check_surplus(path: Path, header: LasHeader, held: int) -> None:
    """Refuse a header that hides points. Since LAS 1.3 other records may follow them: nothing can be told there."""
    surplus = held - header.count * header.record_bytes
    if not header.compressed and header.version <= (1, 2) and surplus > 0 and surplus % header.record_bytes == 0:
        raise UnusableSource(
            f"点云文件“{path.name}”自相矛盾：文件头写有 {header.count} 个点，"
            f"文件里却有 {held // header.record_bytes} 个；请重新取得该文件"
        )


def _check_chunk_table(path: Path, header: LasHeader, size: int) -> bool:
    """Whether there is a chunk table (compressors 2 and 3 of LASzip); raises when it cannot be that of a whole file.

    The compressed data start with its position, −1 when that stands in the last eight bytes; the table starts with
    its version and the number of chunks.
    """
    with path.open("rb") as stream:
        compressor = _compressor(stream.read(min(header.offset, _LARGEST_VLR_AREA)), header)
        if compressor not in (2, 3):
            return False
        stream.seek(header.offset)
        position = _number("<q", stream.read(8))
        if position == -1:
            stream.seek(-8, os.SEEK_END)
            position = _number("<q", stream.read(8))
        chunks = 0
        if header.offset < position <= size - 8:
            stream.seek(position + 4)
            chunks = _number("<I", stream.read(4))
    if not 0 < chunks <= header.count + 1:
        raise UnusableSource(
            f"点云文件“{path.name}”不完整或已损坏：文件头写有 {header.count} 个点，压缩数据没有写完；请重新取得该文件"
        )
    return True


def _number(kind: str, field: bytes) -> int:
    return struct.unpack(kind, field)[0] if len(field) == struct.calcsize(kind) else 0


def _compressor(start: bytes, header: LasHeader) -> int | None:
    """The compressor number in the LASzip record (user id "laszip encoded", record 22204), None without one."""
    position = header.header_bytes
    for _ in range(header.vlr_count):
        if position + _VLR_HEADER_BYTES + 2 > len(start):
            return None
        user, record, length = struct.unpack_from("<2x16sHH", start, position)
        if record == 22204 and user.startswith(b"laszip"):
            return struct.unpack_from("<H", start, position + _VLR_HEADER_BYTES)[0]
        position += _VLR_HEADER_BYTES + length
    return None


def implausible_extent(count: int, bounds: tuple[float, ...]) -> str:
    """Why the extent cannot be that of a survey on Earth ("" when it can); `bounds` as in `LasHeader`.

    No coordinate of any projected CRS in metres or feet exceeds 1e8; heights stay within 100 km.
    """
    if not all(math.isfinite(value) for value in bounds):
        return "坐标范围不是有效数值"
    if max(abs(value) for value in bounds) > 1e8 or bounds[5] - bounds[2] > 3.3e5:
        size = f"{bounds[3] - bounds[0]:.3g} × {bounds[4] - bounds[1]:.3g}"
        return f"{count} 个点散布在 {size} 的范围里，超出了地球上可能的坐标"
    return ""
