"""Objects of an OSGB file as plain dictionaries, by the table of `schema`."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from pointcloud.meshes.osgb.forms import Read, form, numbered_array
from pointcloud.meshes.osgb.schema import fields_of
from pointcloud.meshes.osgb.stream import Malformed, Stream

_DEEPEST = 100  # objects within objects; files of this kind have some ten
_IMAGE_CLASS = 94  # above this version an image states its class


@cache
def _readers(name: str, version: int) -> tuple[tuple[str, Read], ...] | None:
    fields = fields_of(name, version)
    return None if fields is None else tuple((field.name, form(field.form)) for field in fields)


class Reader:
    """Reads objects. An object is a dictionary with "class" and its fields; shared ones are the same dictionary."""

    stream: Stream

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.unknown: Counter[str] = Counter()
        self._objects: dict[int, dict[str, Any] | None] = {}
        self._arrays: dict[int, np.ndarray] = {}
        self._depth = 0

    def object(self) -> dict[str, Any] | None:
        """The next object; None for NULL and for classes that are not known, whose blocks are skipped."""
        stream, start = self.stream, self.stream.place
        name = stream.text(256)
        if name == "NULL":
            return None
        if "::" not in name:
            raise Malformed(f"第 {start} 字节处应为类名，却是“{name[:30]}”")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Malformed("对象嵌套太深")
        with stream.block() as end:
            number = stream.u32()
            if number not in self._objects:
                self._objects[number] = self._fields(name, number, end)
        self._depth -= 1
        return self._objects[number]

    def _fields(self, name: str, number: int, end: int | None) -> dict[str, Any] | None:
        library, _, short = name.partition("::")
        readers = _readers(short, self.stream.version) if library == "osg" else None
        if readers is None:
            if end is None:
                raise Malformed(f"对象类型“{name[:60]}”不认识，而文件没有块长，不能跳过")
            self.unknown[name] += 1
            return None
        found: dict[str, Any] = {"class": short}
        self._objects[number] = found
        for field, read in readers:
            found[field] = read(self)
        return found

    def numbered_array(self) -> np.ndarray:
        """An array before version 112: an identifier, and the values where it is new."""
        number = self.stream.u32()
        if number not in self._arrays:
            self._arrays[number] = numbered_array(self)
        return self._arrays[number]

    def image(self) -> dict[str, Any] | None:
        """A picture: its file name and what is stored with the object."""
        stream = self.stream
        name = stream.text(256) if stream.version > _IMAGE_CLASS else "osg::Image"
        number = stream.u32()
        if number in self._objects:
            return self._objects[number]
        found: dict[str, Any] = {"class": "Image", "file": stream.text(), "hint": stream.i32()}
        self._objects[number] = found
        decision = stream.i32()
        if decision == 0:
            found["pixels"] = self._pixels()
        elif decision == 1:
            found["data"] = stream.raw(stream.count(1))
        short = name.partition("::")[2]
        for field, read in _readers(short, stream.version) or _readers("Image", stream.version) or ():
            found[field] = read(self)
        return found

    def _pixels(self) -> dict[str, Any]:
        names = ("origin", "width", "height", "depth", "internal", "format", "type", "packing", "mode")
        stream = self.stream
        found: dict[str, Any] = {name: stream.i32() for name in names}
        found["data"] = stream.raw(stream.count(1))
        for _ in range(stream.count(4)):
            stream.u32()  # where the smaller copies begin
        return found


def read_objects(data: bytes) -> tuple[dict[str, Any] | None, Reader]:
    """The root object of a file and its reader. Raises `Malformed`."""
    reader = Reader(Stream(data))
    return reader.object(), reader
