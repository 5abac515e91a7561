"""PLY meshes: ASCII and binary, polygons as fans of triangles, colours and normals."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.damage import OF_DAMAGE
from pointcloud.meshes.mesh import Mesh, unit

_KINDS = {"char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
          "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
          "double": "f8", "float64": "f8"}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass
class _Element:
    name: str
    count: int
    scalars: list[tuple[str, str]] = field(default_factory=list)
    lists: list[tuple[str, str, str]] = field(default_factory=list)  # name, kind of the count, kind of the items


def read_ply(path: Path) -> Mesh:
    """Read a PLY; one without faces gives a mesh without triangles. Raises `UnusableSource`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnusableSource(f"读不了“{path}”（{error.strerror}）；请检查路径和权限") from error
    try:
        return _mesh(*_elements(data))
    except OF_DAMAGE as error:
        raise UnusableSource(f"PLY 文件“{path.name}”损坏或格式不支持；请重新导出", detail=repr(error)) from error


def _elements(data: bytes) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns of the vertices and triangles (m, 3)."""
    end = data.find(b"end_header")
    if not data.startswith(b"ply") or end < 0:
        raise ValueError("no PLY")
    order, elements = _header(data[:end].decode("utf-8", "replace"))
    start = data.index(b"\n", end) + 1
    words = data[start:].split() if order == "" else []
    columns: dict[str, np.ndarray] = {}
    triangles = np.empty((0, 3), np.int64)
    place = 0 if order == "" else start
    for element in elements:
        if order == "":
            rows, polygons, place = _ascii(element, words, place)
        else:
            rows, polygons, place = _binary(element, order, data, place)
        if element.name == "vertex":
            columns = rows
        elif element.name == "face":
            triangles = polygons
    return columns, triangles


def _header(text: str) -> tuple[str, list[_Element]]:
    order, elements = None, []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["format"]:
            order = _ORDERS[words[1]]
        elif words[:1] == ["element"]:
            elements.append(_Element(words[1], int(words[2])))
        elif words[:2] == ["property", "list"]:
            elements[-1].lists.append((words[4], _KINDS[words[2]], _KINDS[words[3]]))
        elif words[:1] == ["property"]:
            elements[-1].scalars.append((words[2], _KINDS[words[1]]))
    if order is None or any(element.count < 0 for element in elements):
        raise ValueError("header")
    return order, elements


def _ascii(element: _Element, words: list[bytes], place: int) -> tuple[dict[str, np.ndarray], np.ndarray, int]:
    if not element.lists:
        width = len(element.scalars)
        values = np.array(words[place : place + width * element.count], dtype=float).reshape(element.count, width)
        place += width * element.count
        return {name: values[:, k] for k, (name, _) in enumerate(element.scalars)}, np.empty((0, 3), np.int64), place
    if element.scalars or len(element.lists) > 1:
        raise ValueError("lists beside scalars")
    pieces = []
    for _ in range(element.count):
        n = int(words[place])
        pieces.append(_fan(np.array(words[place + 1 : place + 1 + n], dtype=np.int64)))
        place += n + 1
    return {}, np.concatenate(pieces) if pieces else np.empty((0, 3), np.int64), place


def _binary(element: _Element, order: str, data: bytes, place: int) -> tuple[dict[str, np.ndarray], np.ndarray, int]:
    if not element.lists:
        kind = np.dtype([(name, order + kind) for name, kind in element.scalars])
        rows = np.frombuffer(data, kind, element.count, place)
        return {name: rows[name] for name, _ in element.scalars}, np.empty((0, 3), np.int64), place + rows.nbytes
    if len(element.lists) > 1:
        raise ValueError("two lists")
    _, count_kind, item_kind = element.lists[0]
    if element.count == 0:
        return {}, np.empty((0, 3), np.int64), place
    # the common case at once: every face is a triangle and nothing else stands in the row
    row = np.dtype([("n", order + count_kind), ("corners", order + item_kind, 3),
                    *((name, order + kind) for name, kind in element.scalars)])  # fmt: skip
    if place + row.itemsize * element.count <= len(data):
        rows = np.frombuffer(data, row, element.count, place)
        if (rows["n"] == 3).all():
            return {}, rows["corners"].astype(np.int64), place + rows.nbytes
    return _mixed(element, order, data, place)


def _mixed(element: _Element, order: str, data: bytes, place: int) -> tuple[dict[str, np.ndarray], np.ndarray, int]:
    _, count_kind, item_kind = element.lists[0]
    counts, items = np.dtype(order + count_kind), np.dtype(order + item_kind)
    beside = sum(np.dtype(kind).itemsize for _, kind in element.scalars)
    pieces = []
    for _ in range(element.count):
        n = int(np.frombuffer(data, counts, 1, place)[0])
        place += counts.itemsize
        pieces.append(_fan(np.frombuffer(data, items, n, place).astype(np.int64)))
        place += items.itemsize * n + beside
    return {}, np.concatenate(pieces), place


def _fan(corners: np.ndarray) -> np.ndarray:
    n = len(corners)
    if n < 3:
        return np.empty((0, 3), np.int64)
    return np.column_stack((np.full(n - 2, corners[0]), corners[1:-1], corners[2:]))


def _mesh(columns: dict[str, np.ndarray], triangles: np.ndarray) -> Mesh:
    positions = np.column_stack([np.asarray(columns[axis], np.float64) for axis in "xyz"])
    if len(triangles) and (triangles.min() < 0 or triangles.max() >= len(positions)):
        raise ValueError("corner")
    mesh = Mesh(positions, triangles.astype(np.uint32))
    if {"nx", "ny", "nz"} <= columns.keys():
        mesh.normals = unit(np.column_stack([columns["nx"], columns["ny"], columns["nz"]]))
    if {"red", "green", "blue"} <= columns.keys():
        rgb = np.column_stack([np.asarray(columns[name], float) for name in ("red", "green", "blue")])
        scale = 255.0 if columns["red"].dtype.kind == "f" and np.nanmax(rgb, initial=0) <= 1.0 else 1.0
        rgba = np.column_stack((np.nan_to_num(rgb) * scale, np.full(len(rgb), 255.0)))
        mesh.colours = np.clip(np.round(rgba), 0, 255).astype(np.uint8)
    return mesh.finite()
