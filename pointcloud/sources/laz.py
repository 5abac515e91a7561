"""The chunk table of compressed files, checked before the decompressor allocates what it claims."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import lazrs

from pointcloud.errors import UnusableSource
from pointcloud.sources.checks import RECORD_BYTES, LasHeader

_FIRST_LAYERED = 6
_LARGEST_CHUNK = 1 << 29  # bytes of one chunk's points; writers put 50,000 points into one
# LASzip's items of version 3: Point14 has nine layers, RGB14 one, RGBNIR14 two, Wavepacket14 one, extra bytes one each
_LAYERS = {6: 9, 7: 10, 8: 11, 9: 10, 10: 12}


def check_chunks(path: Path, header: LasHeader, las_header: Any) -> None:
    """Compare the chunk table of `path` with its header (`las_header` is laspy's).

    Raises `UnusableSource` when they contradict each other, or what lazrs raises.
    """
    if not header.chunked:
        return
    vlr = lazrs.LazVlr(las_header.vlrs[las_header.vlrs.index("LasZipVlr")].record_data)
    if vlr.item_size() != header.record_bytes:
        raise UnusableSource(f"点云文件“{path.name}”的压缩说明与点格式不符，文件已损坏；请重新取得该文件")
    with path.open("rb") as stream:
        stream.seek(header.offset)
        table = lazrs.read_chunk_table(stream, vlr) or []
        whole = header.point_format < _FIRST_LAYERED or _layers_fit(stream, header, table)
    variable = vlr.uses_variable_size_chunks()
    points = sum(count for count, _ in table) if variable else len(table) * vlr.chunk_size()
    largest = max((count for count, _ in table), default=0) if variable else vlr.chunk_size()
    if largest * header.record_bytes > _LARGEST_CHUNK:  # the decompressor takes the memory at once, and aborts without
        whole = False
    if not whole or points < header.count or sum(size for _, size in table) > path.stat().st_size:
        raise UnusableSource(
            f"点云文件“{path.name}”不完整或已损坏：文件头写有 {header.count} 个点，"
            "与压缩数据的目录不符；请重新取得该文件"
        )


def _layers_fit(stream: BinaryIO, header: LasHeader, table: list[tuple[int, int]]) -> bool:
    """Whether the layers fit in every chunk, which holds one raw point, a count, the layers' lengths, the layers."""
    layers = _LAYERS[header.point_format] + header.record_bytes - RECORD_BYTES[header.point_format]
    start = header.offset + 8
    for _, size in table:
        stream.seek(start + header.record_bytes + 4)
        field = stream.read(4 * layers)
        fixed = header.record_bytes + 4 + 4 * layers
        if size and (len(field) < 4 * layers or fixed + sum(struct.unpack(f"<{layers}I", field)) > size):
            return False
        start += size
    return True
