"""Contents of tiles: glb and gltf, b3dm, i3dm, pnts, cmpt."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.damage import OF_DAMAGE
from pointcloud.meshes.gltf_accessors import inside
from pointcloud.meshes.gltf_reader import GltfFile, read_gltf
from pointcloud.meshes.mesh import FeatureTable, Mesh

_MOST_PARTS, _MOST_INSTANCES = 10_000, 20_000


def read_content(data: bytes, name: str, folder: Path) -> GltfFile:
    """The meshes of a content in the coordinates of its tile (z up). Raises `UnusableSource`."""
    try:
        return _read(data, name, folder, 0)
    except UnusableSource:
        raise
    except OF_DAMAGE as error:
        raise UnusableSource(f"瓦片“{name}”损坏；请重新生成或复制", detail=repr(error)) from error


def _read(data: bytes, name: str, folder: Path, depth: int) -> GltfFile:
    kind = data[:4]
    if kind == b"b3dm":
        return _b3dm(data, name, folder)
    if kind == b"i3dm":
        return _i3dm(data, name, folder)
    if kind == b"pnts":
        return _pnts(data, name)
    if kind == b"cmpt":
        return _cmpt(data, name, folder, depth)
    found = read_gltf(data, name, folder)
    centre = _rtc_of_gltf(data)
    return _shifted(found, centre) if centre is not None else found


def _rtc_of_gltf(data: bytes) -> np.ndarray | None:
    """CESIUM_RTC: a centre that counts after the axes are turned."""
    if b"CESIUM_RTC" not in data[: 1 << 20]:
        return None
    text = data[20 : 20 + struct.unpack_from("<I", data, 12)[0]] if data[:4] == b"glTF" else data
    centre = json.loads(text).get("extensions", {}).get("CESIUM_RTC", {}).get("center")
    return None if centre is None else np.array(centre, float)


def _shifted(found: GltfFile, centre: np.ndarray) -> GltfFile:
    for mesh in found.meshes:
        mesh.positions = mesh.positions.astype(np.float64) + centre
    return found


def _tables(data: bytes, fields: int) -> tuple[dict[str, Any], bytes, dict[str, Any], bytes, bytes]:
    """Feature table (JSON, binary), batch table (JSON, binary) and what follows; `fields` lengths stand in the head."""
    _, total = struct.unpack_from("<II", data, 4)
    lengths = struct.unpack_from(f"<{fields}I", data, 12)
    place = 12 + 4 * fields
    if total > len(data) or place + sum(lengths[:4]) > total:
        raise ValueError("lengths")
    parts = []
    for length in lengths[:4]:
        parts.append(data[place : place + length])
        place += length
    features, batches = (json.loads(part) if part.strip() else {} for part in (parts[0], parts[2]))
    return features, parts[1], batches, parts[3], data[place:total]


def _b3dm(data: bytes, name: str, folder: Path) -> GltfFile:
    place = data.find(b"glTF", 20, 40)  # two heads of early drafts lack lengths
    if place in (20, 24):
        return read_gltf(data[place:], name, folder)
    features, binary, batches, batch_binary, body = _tables(data, 4)
    found = read_gltf(body, name, folder)
    found.features = found.features or _batch_table(batches, batch_binary, int(features.get("BATCH_LENGTH", 0)))
    centre = _property(features, binary, "RTC_CENTER", "<f4", 3)
    return found if centre is None else _shifted(found, centre)


def _property(features: dict[str, Any], binary: bytes, name: str, kind: str, count: int) -> np.ndarray | None:
    """A property of a feature table: inline numbers or a place in the binary part."""
    value = features.get(name)
    if value is None:
        return None
    if isinstance(value, dict):
        return np.frombuffer(binary, kind, count, int(value["byteOffset"])).astype(np.float64)
    return np.array(value, float).reshape(-1)


_BATCH_KINDS = {"BYTE": "i1", "UNSIGNED_BYTE": "u1", "SHORT": "<i2", "UNSIGNED_SHORT": "<u2", "INT": "<i4",
                "UNSIGNED_INT": "<u4", "FLOAT": "<f4", "DOUBLE": "<f8"}  # fmt: skip


def _batch_table(batches: dict[str, Any], binary: bytes, count: int) -> FeatureTable | None:
    columns: dict[str, list[Any]] = {}
    for name, value in batches.items():
        if isinstance(value, list) and len(value) == count:
            columns[name] = value
        elif isinstance(value, dict) and value.get("type") == "SCALAR" and value.get("componentType") in _BATCH_KINDS:
            kind = _BATCH_KINDS[value["componentType"]]
            columns[name] = np.frombuffer(binary, kind, count, int(value["byteOffset"])).tolist()
    return FeatureTable(columns) if columns and count else None


def _pnts(data: bytes, name: str) -> GltfFile:
    features, binary, _, _, _ = _tables(data, 4)
    count = int(features["POINTS_LENGTH"])
    if "POSITION" in features:
        positions = _property(features, binary, "POSITION", "<f4", 3 * count)
    elif "POSITION_QUANTIZED" in features:
        steps = _property(features, binary, "POSITION_QUANTIZED", "<u2", 3 * count)
        scale = _property(features, binary, "QUANTIZED_VOLUME_SCALE", "<f4", 3)
        offset = _property(features, binary, "QUANTIZED_VOLUME_OFFSET", "<f4", 3)
        if steps is None or scale is None or offset is None:
            raise ValueError("quantized")
        positions = (steps.reshape(-1, 3) / 65535.0 * scale + offset).reshape(-1)
    else:
        raise UnusableSource(f"点云瓦片“{name}”用了压缩（Draco），暂不支持；请导出未压缩的瓦片")
    if positions is None:
        raise ValueError("positions")
    mesh = Mesh(positions.reshape(-1, 3), np.empty((0, 3), np.uint32))
    for key, width in (("RGB", 3), ("RGBA", 4)):
        colours = _property(features, binary, key, "u1", width * count)
        if colours is not None:
            values = colours.reshape(-1, width).astype(np.uint8)
            opaque = np.full((len(values), 4 - width), 255, np.uint8)
            mesh.colours = np.column_stack((values, opaque))
    centre = _property(features, binary, "RTC_CENTER", "<f4", 3)
    if centre is not None:
        mesh.positions = mesh.positions + centre
    return GltfFile([mesh.finite()])


def _i3dm(data: bytes, name: str, folder: Path) -> GltfFile:
    features, binary, _, _, body = _tables(data, 5)
    (by_content,) = struct.unpack_from("<I", data, 28)
    if not by_content:
        uri = body.split(b"\0")[0].decode("utf-8", "replace").strip()
        place = inside(folder, uri)
        if place is None:
            return GltfFile(missing=[uri])
        body = place.read_bytes()
    model = read_gltf(body, name, folder)
    count = int(features["INSTANCES_LENGTH"])
    positions = _property(features, binary, "POSITION", "<f4", 3 * count)
    if positions is None or count > _MOST_INSTANCES:
        raise UnusableSource(f"实例瓦片“{name}”的位置用了压缩或实例太多，暂不支持")
    turns = _turns(features, binary, count)
    centre = _property(features, binary, "RTC_CENTER", "<f4", 3)
    found = GltfFile(warnings=model.warnings, missing=model.missing)
    for k, place3 in enumerate(positions.reshape(-1, 3)):
        matrix = np.eye(4)
        matrix[:3, :3] = turns[k]
        matrix[:3, 3] = place3 + (0.0 if centre is None else centre)
        found.meshes += [mesh.moved(matrix) for mesh in model.meshes]
    return found


def _turns(features: dict[str, Any], binary: bytes, count: int) -> np.ndarray:
    """The linear maps (n, 3, 3) of instances: axes from NORMAL_UP and NORMAL_RIGHT, scales."""
    turns = np.repeat(np.eye(3)[None], count, axis=0)
    up = _property(features, binary, "NORMAL_UP", "<f4", 3 * count)
    right = _property(features, binary, "NORMAL_RIGHT", "<f4", 3 * count)
    if up is not None and right is not None:
        x, y = right.reshape(-1, 3), up.reshape(-1, 3)
        turns = np.stack((x, y, np.cross(x, y)), axis=2)
    scale = _property(features, binary, "SCALE", "<f4", count)
    if scale is not None:
        turns = turns * scale[:, None, None]
    uneven = _property(features, binary, "SCALE_NON_UNIFORM", "<f4", 3 * count)
    return turns if uneven is None else turns * uneven.reshape(-1, 1, 3)


def _cmpt(data: bytes, name: str, folder: Path, depth: int) -> GltfFile:
    _, total, count = struct.unpack_from("<III", data, 4)
    if depth > 8 or count > _MOST_PARTS or total > len(data):
        raise ValueError("cmpt")
    found, place = GltfFile(), 16
    for _ in range(count):
        (length,) = struct.unpack_from("<I", data, place + 8)
        if length < 12 or place + length > total:
            raise ValueError("cmpt")
        part = _read(data[place : place + length], name, folder, depth + 1)
        found.meshes += part.meshes
        found.warnings += part.warnings
        found.missing += part.missing
        place += length
    return found
