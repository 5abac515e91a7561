"""How each form of `schema` is read from the stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pointcloud.meshes.osgb.schema import ARRAY_NUMBERS
from pointcloud.meshes.osgb.stream import Malformed

if TYPE_CHECKING:
    from pointcloud.meshes.osgb.objects import Reader

Read = Callable[["Reader"], Any]


def form(name: str) -> Read:
    """The function that reads a form; those with "?" first read a flag and give None where it is not set."""
    if name.startswith("?"):
        inner = form(name[1:])
        return lambda reader: inner(reader) if reader.stream.bool() else None
    if name.startswith("vector_"):
        kind, _, width = name.removeprefix("vector_").partition("x")
        return lambda reader: reader.stream.array(kind, int(width or 1))
    return FORMS[name]


def _boxed(read: Read) -> Read:
    def inside(reader: Reader) -> Any:
        with reader.stream.block():
            return read(reader)

    return inside


def _list(read: Read, size: int, *, boxed: bool = True) -> Read:
    """A count and, in a block, that many items of at least `size` bytes."""

    def items(reader: Reader) -> list[Any]:
        number = reader.stream.count(size)
        if not boxed:
            return [read(reader) for _ in range(number)]
        with reader.stream.block():
            return [read(reader) for _ in range(number)]

    return items


def _modes(reader: Reader) -> list[tuple[int, int]]:
    """OpenGL modes; a block only where there are some."""
    number = reader.stream.count(8)
    if not number:
        return []
    with reader.stream.block():
        return [(reader.stream.u32(), reader.stream.i32()) for _ in range(number)]


def _valued_object(reader: Reader) -> Any:
    found = reader.object()
    reader.stream.i32()
    return found


def _attributes(reader: Reader) -> list[Any]:
    number = reader.stream.count(8)
    if not number:
        return []
    with reader.stream.block():
        return [_valued_object(reader) for _ in range(number)]


def _paged_files(reader: Reader) -> list[str]:
    names = _list(lambda inner: inner.stream.text(), 4)(reader)
    _list(lambda inner: inner.stream.floats(2), 8)(reader)  # priorities
    return names


def _old_array(reader: Reader) -> dict[str, Any]:
    """An array with what was once its own record: indices, binding, whether it is normalised."""
    stream = reader.stream
    values = reader.numbered_array() if stream.bool() else None
    indices = reader.numbered_array() if stream.bool() else None
    return {"values": values, "indices": indices, "binding": stream.i32(), "normalise": bool(stream.i32())}


def numbered_array(reader: Reader) -> np.ndarray:
    """The body of an array before version 112, after its identifier."""
    number = reader.stream.i32()
    if number not in ARRAY_NUMBERS:
        raise Malformed(f"数组类型 {number} 不认识")
    kind, width = ARRAY_NUMBERS[number]
    return _counted_block(reader, kind, width)


def _counted_block(reader: Reader, kind: str, width: int) -> np.ndarray:
    """A count, then the values in a block: the count stands outside of it."""
    stream = reader.stream
    if not stream.brackets:
        return stream.array(kind, width)
    number = stream.count(np.dtype(kind).itemsize * width)
    dtype = np.dtype(kind).newbyteorder(stream.order)
    with stream.block():
        values = np.frombuffer(stream.raw(number * width * dtype.itemsize), dtype).astype(kind)
    return values.reshape(number, width) if width > 1 else values


_OLD_PRIMITIVES = {51: ("DrawArrayLengths", "i4"), 52: ("DrawElementsUByte", "u1"), 53: ("DrawElementsUShort", "u2"),
                   54: ("DrawElementsUInt", "u4")}  # fmt: skip


def _old_primitive(reader: Reader) -> dict[str, Any]:
    stream = reader.stream
    kind, mode = stream.i32(), stream.i32()
    if stream.version > 96:
        stream.u32()  # instances
    if kind == 50:
        return {"class": "DrawArrays", "mode": mode, "first": stream.i32(), "count": stream.i32()}
    if kind not in _OLD_PRIMITIVES:
        raise Malformed(f"图元类型 {kind} 不认识")
    name, dtype = _OLD_PRIMITIVES[kind]
    first = stream.i32() if kind == 51 else 0
    return {"class": name, "mode": mode, "first": first, "values": _counted_block(reader, dtype, 1)}


def _two(read: Read) -> Read:
    return lambda reader: (reader.stream.bool(), read(reader), read(reader))


def _attachment(reader: Reader) -> None:
    reader.stream.raw(4 + 4 + 1 + 4 + 4 + 4)


def _define(reader: Reader) -> None:
    reader.stream.text()
    reader.stream.text()
    reader.stream.i32()


FORMS: dict[str, Read] = {
    "text": lambda reader: reader.stream.text(),
    "optional_text": lambda reader: reader.stream.text() if reader.stream.bool() else "",
    "bool": lambda reader: reader.stream.bool(),
    "i32": lambda reader: reader.stream.i32(),
    "u32": lambda reader: reader.stream.u32(),
    "f32": lambda reader: reader.stream.floats(1)[0],
    "f64": lambda reader: reader.stream.doubles(1)[0],
    "floats4": lambda reader: reader.stream.floats(4),
    "doubles3": lambda reader: reader.stream.doubles(3),
    "doubles4": lambda reader: reader.stream.doubles(4),
    "sphere": _boxed(lambda reader: reader.stream.doubles(4)),
    "box": _boxed(lambda reader: reader.stream.doubles(6)),
    "matrix": _boxed(lambda reader: np.array(reader.stream.doubles(16)).reshape(4, 4)),
    "object": lambda reader: reader.object(),
    "boxed_object": _boxed(lambda reader: reader.object()),
    "objects": _list(lambda reader: reader.object(), 4),
    "object_vector": _list(lambda reader: reader.object(), 4, boxed=False),
    "image": lambda reader: reader.image(),
    "texts": _list(lambda reader: reader.stream.text(), 4),
    "bools": _list(lambda reader: reader.stream.bool(), 1, boxed=False),
    "ranges": _list(lambda reader: reader.stream.floats(2), 8),
    "paged_files": _paged_files,
    "old_primitives": _list(_old_primitive, 12, boxed=False),
    "old_array": _boxed(_old_array),
    "old_arrays": _list(_boxed(_old_array), 4),
    "modes": _modes,
    "attributes": _attributes,
    "texture_modes": _list(_modes, 4),
    "texture_attributes": _list(_attributes, 4),
    "uniforms": _list(_valued_object, 4),
    "defines": _list(_define, 12),
    "face_colours": _two(lambda reader: reader.stream.floats(4)),
    "face_numbers": _two(lambda reader: reader.stream.floats(1)),
    "polygon_modes": lambda reader: reader.stream.raw(9),
    "attachment": _attachment,
}
