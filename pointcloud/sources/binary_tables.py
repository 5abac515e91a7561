"""PLY and PCD files: a header in text, then rows in text or in binary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.tables import PIECE, TableSource

_PLY_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_PCD_TYPES = {"F": "f", "I": "i", "U": "u"}
_LONGEST_HEADER = 1 << 16
_MOST_POINTS = 1 << 33


class PlySource(TableSource):
    """The vertices of a PLY file."""

    def rows(self) -> Iterator[Mapping[str, np.ndarray]]:
        with self.path.open("rb") as stream:
            order, count, dtype = self._header(stream)
            if order == "ascii":
                yield from _text_rows(self.path, stream, count, dtype)
            else:
                yield from _binary_rows(self.path, stream, count, _ordered(dtype, order))

    def _header(self, stream: BufferedReader) -> tuple[str, int, np.dtype]:
        lines = _header_lines(self.path, stream, b"end_header")
        if not lines or lines[0] != ["ply"]:
            raise UnusableSource(f"“{self.path.name}”不是 PLY 文件；请检查文件是否选错")
        order, count, fields, element = "", -1, [], ""
        for words in lines[1:]:
            if words[:1] == ["format"] and len(words) > 1:
                order = {"ascii": "ascii", "binary_little_endian": "<", "binary_big_endian": ">"}.get(words[1], "")
            elif words[:1] == ["element"] and len(words) == 3:
                element = words[1]
                if element == "vertex":
                    count = _number(self.path, words[2])
                elif count < 0:
                    raise UnusableSource(f"PLY 文件“{self.path.name}”的点不在最前面，不支持；请另存后再用")
            elif words[:1] == ["property"] and element == "vertex":
                if len(words) != 3 or words[1] not in _PLY_TYPES:
                    raise UnusableSource(f"PLY 文件“{self.path.name}”的点有不支持的属性（{' '.join(words)}）")
                fields.append((words[2], _PLY_TYPES[words[1]]))
        if not order or count < 0:
            raise UnusableSource(f"PLY 文件“{self.path.name}”的文件头不完整，文件已损坏；请重新取得该文件")
        return order, count, _dtype(self.path, fields)


class PcdSource(TableSource):
    """A PCD file: ascii, binary, or compressed by LZF."""

    def rows(self) -> Iterator[Mapping[str, np.ndarray]]:
        with self.path.open("rb") as stream:
            words = {line[0].upper(): line[1:] for line in _header_lines(self.path, stream, b"DATA") if line}
            try:
                names, sizes, types = words["FIELDS"], words["SIZE"], words["TYPE"]
                counts = words.get("COUNT", ["1"] * len(names))
                count = _number(self.path, (words.get("POINTS") or words["WIDTH"])[0])
                kind = words["DATA"][0].lower()
                fields = [
                    (name, f"{_PCD_TYPES[letter]}{int(size)}", (int(times),)) if times != "1"
                    else (name, f"{_PCD_TYPES[letter]}{int(size)}")
                    for name, size, letter, times in zip(names, sizes, types, counts, strict=True)
                ]  # fmt: skip
            except (KeyError, IndexError, ValueError) as error:
                raise UnusableSource(
                    f"PCD 文件“{self.path.name}”的文件头不完整，文件已损坏；请重新取得该文件", detail=str(error)
                ) from error
            dtype = _dtype(self.path, fields)
            if kind == "ascii":
                pieces = _text_rows(self.path, stream, count, dtype)
            elif kind == "binary":
                pieces = _binary_rows(self.path, stream, count, dtype)
            elif kind == "binary_compressed":
                pieces = _compressed_rows(self.path, stream, count, dtype)
            else:
                raise UnusableSource(f"PCD 文件“{self.path.name}”的数据形式“{kind}”不支持")
            for piece in pieces:
                yield _unpacked(piece)


def _unpacked(piece: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """PCD packs colours into one number: the bytes of `rgb` are blue, green, red."""
    columns = dict(piece)
    packed = columns.pop("rgb", columns.pop("rgba", None))
    if packed is not None and packed.dtype.itemsize == 4:
        whole = np.ascontiguousarray(packed).view(np.uint32)
        columns |= {"red": whole >> 16 & 255, "green": whole >> 8 & 255, "blue": whole & 255}
    return columns


def _header_lines(path: Path, stream: BufferedReader, last: bytes) -> list[list[str]]:
    lines = []
    while stream.tell() < _LONGEST_HEADER:
        line = stream.readline(_LONGEST_HEADER)
        if not line:
            break
        if not line.startswith(b"#"):
            lines.append(line.decode("ascii", "replace").split())
        if line.startswith(last):
            return lines
    raise UnusableSource(f"“{path.name}”的文件头没有结束，文件已损坏；请重新取得该文件")


def _ordered(dtype: np.dtype, order: str) -> np.dtype:
    return dtype.newbyteorder(">" if order == ">" else "<")


def _number(path: Path, text: str) -> int:
    if not text.isdigit() or int(text) > _MOST_POINTS:
        raise UnusableSource(f"“{path.name}”文件头里的点数“{text[:20]}”无效，文件已损坏；请重新取得该文件")
    return int(text)


def _dtype(path: Path, fields: list) -> np.dtype:
    try:
        return np.dtype(fields)
    except (TypeError, ValueError) as error:
        raise UnusableSource(
            f"“{path.name}”文件头里的字段无效，文件已损坏；请重新取得该文件", detail=str(error)
        ) from error


def _binary_rows(path: Path, stream: BufferedReader, count: int, dtype: np.dtype) -> Iterator[dict[str, np.ndarray]]:
    held = (path.stat().st_size - stream.tell()) // max(dtype.itemsize, 1)
    if held < count:
        raise UnusableSource(f"点云文件“{path.name}”不完整：写有 {count} 个点，文件里只有 {held} 个；请重新取得该文件")
    for first in range(0, count, PIECE):
        table = np.frombuffer(stream.read(min(PIECE, count - first) * dtype.itemsize), dtype=dtype)
        yield {name: table[name] for name in dtype.names or () if table[name].ndim == 1}


def _text_rows(path: Path, stream: BufferedReader, count: int, dtype: np.dtype) -> Iterator[dict[str, np.ndarray]]:
    read = 0
    while read < count:
        lines = [line for line, _ in zip(stream, range(min(PIECE, count - read))) if line.strip()]
        if not lines:
            raise UnusableSource(f"点云文件“{path.name}”不完整：写有 {count} 个点，只读到 {read} 个；请重新取得该文件")
        table = np.loadtxt(lines, dtype=np.float64, ndmin=2)
        read += len(lines)
        widths = [int(np.prod(dtype[name].shape, dtype=int)) for name in dtype.names or ()]
        if table.shape[1] != sum(widths):
            raise UnusableSource(
                f"点云文件“{path.name}”每行有 {table.shape[1]} 个数，应有 {sum(widths)} 个；文件已损坏"
            )
        starts = np.cumsum([0, *widths])
        yield {
            name: table[:, start].astype(dtype[name].base)
            for name, start, width in zip(dtype.names or (), starts, widths)
            if width == 1
        }


def _compressed_rows(
    path: Path, stream: BufferedReader, count: int, dtype: np.dtype
) -> Iterator[dict[str, np.ndarray]]:
    sizes = np.frombuffer(stream.read(8), dtype="<u4")
    if len(sizes) < 2 or sizes[1] != count * dtype.itemsize or sizes[0] > path.stat().st_size:
        raise UnusableSource(f"点云文件“{path.name}”的压缩数据与点数不符，文件已损坏；请重新取得该文件")
    data = np.frombuffer(_unpack_lzf(stream.read(int(sizes[0])), int(sizes[1])), dtype=np.uint8)
    columns, start = {}, 0
    for name in dtype.names or ():
        size = dtype[name].itemsize * count
        if not dtype[name].shape:
            columns[name] = data[start : start + size].view(dtype[name])
        start += size
    yield columns


def _unpack_lzf(data: bytes, size: int) -> bytes:
    """LZF (Lehmann): a byte below 32 starts so many plain bytes and one, others a copy of what was written before."""
    out = bytearray()
    at = 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += data[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - data[at] - 1
        at += 1
        if start < 0 or len(out) > size:
            raise ValueError("lzf")
        for place in range(start, start + length + 2):
            out.append(out[place])
    if len(out) != size:
        raise ValueError("lzf size")
    return bytes(out)
