"""The numbers of a glTF: buffers, buffer views, accessors (glTF 2.0, section 3.6)."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

_KINDS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_LARGEST = 2 << 30


class GltfError(Exception):
    """The file is not what glTF demands, or uses what is not supported; the text is Chinese."""


class Accessors:
    """Reads the arrays of one glTF. `folder` is where files beside it are looked for, None for none."""

    def __init__(self, root: dict[str, Any], binary: bytes, folder: Path | None) -> None:
        self.root, self.binary, self.folder = root, binary, folder
        self._buffers: dict[int, bytes] = {}
        self.missing: list[str] = []

    def view(self, number: int) -> bytes:
        """The bytes of a buffer view."""
        view = self.item("bufferViews", number)
        extensions = view.get("extensions", {})
        if "EXT_meshopt_compression" in extensions or "KHR_meshopt_compression" in extensions:
            raise GltfError("用了 meshopt 压缩，暂不支持；请导出未压缩的 glTF")
        data = self._buffer(int(view["buffer"]))
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length < 0 or start + length > len(data):
            raise GltfError(f"缓冲视图 {number} 超出数据")
        return data[start : start + length]

    def array(self, number: int) -> np.ndarray:
        """An accessor as (n,) or (n, width); whole numbers that stand for fractions become float32."""
        accessor = self.item("accessors", number)
        if accessor["componentType"] not in _KINDS or accessor["type"] not in _WIDTHS:
            raise GltfError(f"访问器 {number} 的类型不支持")
        kind = np.dtype(_KINDS[accessor["componentType"]])
        width, count = _WIDTHS[accessor["type"]], int(accessor["count"])
        if "bufferView" in accessor:
            values = self._strided(accessor, kind, width, count)
        else:
            if count * width * kind.itemsize > _LARGEST or "sparse" not in accessor:
                raise GltfError(f"访问器 {number} 没有数据")
            values = np.zeros((count, width), kind)
        if "sparse" in accessor:
            values = self._sparse(accessor["sparse"], values.copy())
        if accessor.get("normalized") and kind.kind in "iu":
            values = np.maximum(values.astype(np.float32) / np.iinfo(kind).max, -1.0)
        return values[:, 0] if width == 1 else values

    def _strided(self, accessor: dict[str, Any], kind: np.dtype, width: int, count: int) -> np.ndarray:
        data = self.view(int(accessor["bufferView"]))
        start, size = int(accessor.get("byteOffset", 0)), kind.itemsize * width
        stride = int(self.item("bufferViews", int(accessor["bufferView"])).get("byteStride", 0)) or size
        if count <= 0 or start < 0 or stride < size or start + (count - 1) * stride + size > len(data):
            raise GltfError("访问器的个数超出数据")
        return np.ndarray((count, width), kind, data, start, (stride, kind.itemsize))

    def _sparse(self, sparse: dict[str, Any], values: np.ndarray) -> np.ndarray:
        count = int(sparse["count"])
        indices, replaced = sparse["indices"], sparse["values"]
        kind = np.dtype(_KINDS[indices["componentType"]])
        places = self._plain(indices, kind, count)
        fresh = self._plain(replaced, values.dtype, count * values.shape[1]).reshape(count, -1)
        if count and int(places.max()) >= len(values):
            raise GltfError("稀疏访问器的下标超出范围")
        values[places] = fresh
        return values

    def _plain(self, place: dict[str, Any], kind: np.dtype, count: int) -> np.ndarray:
        data, start = self.view(int(place["bufferView"])), int(place.get("byteOffset", 0))
        if start < 0 or start + count * kind.itemsize > len(data):
            raise GltfError("稀疏访问器超出数据")
        return np.frombuffer(data, kind, count, start)

    def item(self, name: str, number: int) -> dict[str, Any]:
        items = self.root.get(name, [])
        if not 0 <= number < len(items):
            raise GltfError(f"{name} 里没有第 {number} 项")
        return items[number]

    def _buffer(self, number: int) -> bytes:
        if number not in self._buffers:
            entry = self.item("buffers", number)
            self._buffers[number] = self.resource(entry["uri"]) if "uri" in entry else self.binary
        return self._buffers[number]

    def resource(self, uri: str) -> bytes:
        """The bytes behind a URI: inline data, or a file under the folder. Networks are never asked."""
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=False)
            except (binascii.Error, ValueError) as error:
                raise GltfError("内嵌数据损坏") from error
        place = inside(self.folder, uri)
        if place is None:
            raise GltfError(f"缺少文件“{uri[:80]}”")
        return place.read_bytes()


def inside(folder: Path | None, uri: str) -> Path | None:
    """The file that a relative URI means under `folder`, None where there is none or it leads outside."""
    if folder is None or "://" in uri:
        return None
    name = unquote(uri.split("?")[0])
    try:
        place = (folder / name).resolve()
        good = place.is_relative_to(folder.resolve()) and place.is_file() and place.stat().st_size <= _LARGEST
    except (OSError, ValueError):
        return None
    return place if good else None
