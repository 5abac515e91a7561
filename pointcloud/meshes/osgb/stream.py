"""The bytes of an OSGB file: header, compression, byte order, plain values and bracketed blocks."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np

_LITTLE, _BIG = bytes.fromhex("a10e916c4545fb1a"), bytes.fromhex("6c910ea11afb4545")
_DOMAINS, _SCHEMA, _BRACKETS = 1, 2, 4  # bits of the header's attributes
_LONG_BRACKETS = 149  # from this version on a block's size has eight bytes
_NEWEST = 1000  # above it the number is no version but damage
_LARGEST = 2**30  # bytes after decompression
_LONGEST_TEXT = 1 << 20


class Malformed(Exception):
    """The bytes are not what the format demands; the text says where and what, in Chinese."""


class Stream:
    """A cursor over the whole file in memory. Every read is checked against the end of the data."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 24:
            raise Malformed("文件太短，不是 OSGB")
        if data[:8] not in (_LITTLE, _BIG):
            raise Malformed("文件头不是 OSGB 的标识")
        self.order: Literal["<", ">"] = "<" if data[:8] == _LITTLE else ">"
        self.data, self.place = data, 8
        kind, self.version, attributes = (self.u32() for _ in range(3))
        if not 0 < self.version <= _NEWEST:
            raise Malformed(f"版本号 {self.version} 不合理")
        if kind != 1:
            raise Malformed("文件里不是场景")
        self.brackets = bool(attributes & _BRACKETS)
        if attributes & _DOMAINS:
            for _ in range(self.count(8)):
                self.text()
                self.i32()
        compressor = self.text()
        if compressor != "0":
            self._decompress(compressor)
        if attributes & _SCHEMA:
            self.text(_LARGEST)

    def _decompress(self, name: str) -> None:
        if name != "zlib":
            raise Malformed(f"压缩方式“{name[:20]}”不支持")
        decoder = zlib.decompressobj(47)  # zlib or gzip, by its header
        try:
            self.data = decoder.decompress(self.data[self.place :], _LARGEST)
        except zlib.error as error:
            raise Malformed(f"压缩数据损坏（{error}）") from error
        if decoder.unconsumed_tail:
            raise Malformed("解压后超过 1 GB")
        if not decoder.eof:
            raise Malformed("压缩数据不完整")
        self.place = 0

    def _take(self, size: int) -> int:
        start = self.place
        if size < 0 or start + size > len(self.data):
            raise Malformed(f"在第 {start} 字节处数据不够")
        self.place = start + size
        return start

    def _value(self, code: str, size: int) -> float:
        return struct.unpack_from(self.order + code, self.data, self._take(size))[0]

    def u8(self) -> int:
        return self.data[self._take(1)]

    def i32(self) -> int:
        return int(self._value("i", 4))

    def u32(self) -> int:
        return int(self._value("I", 4))

    def bool(self) -> bool:
        value = self.u8()
        if value > 1:
            raise Malformed(f"第 {self.place - 1} 字节应为 0 或 1")
        return bool(value)

    def floats(self, number: int) -> tuple[float, ...]:
        return struct.unpack_from(f"{self.order}{number}f", self.data, self._take(4 * number))

    def doubles(self, number: int) -> tuple[float, ...]:
        return struct.unpack_from(f"{self.order}{number}d", self.data, self._take(8 * number))

    def text(self, longest: int = _LONGEST_TEXT) -> str:
        size = self.i32()
        if not 0 <= size <= longest:
            raise Malformed(f"第 {self.place - 4} 字节处的文字长度 {size} 不合理")
        start = self._take(size)
        return decoded(self.data[start : start + size])

    def raw(self, size: int) -> bytes:
        start = self._take(size)
        return self.data[start : start + size]

    def count(self, size: int) -> int:
        """A number of items of at least `size` bytes each, which the rest of the data can hold."""
        number = self.u32()
        if number * size > len(self.data) - self.place:
            raise Malformed(f"第 {self.place - 4} 字节处的个数 {number} 超出文件")
        return number

    def array(self, dtype: str, width: int) -> np.ndarray:
        """A counted array (n, width) in the machine's byte order; (n,) where `width` is 1."""
        kind = np.dtype(dtype).newbyteorder(self.order)
        number = self.count(kind.itemsize * width)
        start = self._take(number * width * kind.itemsize)
        values = np.frombuffer(self.data, kind, number * width, start).astype(np.dtype(dtype), copy=False)
        return values.reshape(number, width) if width > 1 else values

    @contextmanager
    def block(self) -> Iterator[int | None]:
        """A bracketed block; gives its end, None where the file has no sizes. The cursor is at the end afterwards.

        The size counts from where its own field begins (`BinaryStreamOperator.h` of OpenSceneGraph 3.6).
        """
        if not self.brackets:
            yield None
            return
        start = self.place
        size = int(self._value("Q", 8)) if self.version >= _LONG_BRACKETS else self.u32()
        end = start + size
        if end < self.place or end > len(self.data):
            raise Malformed(f"第 {start} 字节处的块长 {size} 超出文件")
        yield end
        if self.place > end:
            raise Malformed(f"第 {start} 字节处的块读过了头")
        self.place = end


def decoded(data: bytes) -> str:
    """A text as people wrote it: UTF-8, or GBK of Chinese Windows."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
