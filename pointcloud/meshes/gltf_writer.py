"""glTF 2.0 in its binary form (GLB): meshes with textures, and attributes of their features.

Formats: glTF 2.0 (ISO/IEC 12113:2022); KHR_materials_unlit; EXT_mesh_features and EXT_structural_metadata, which
3D Tiles 1.1 (OGC 22-025r4) uses for attributes.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import PointCloudError
from pointcloud.meshes.mesh import FeatureTable, Image, Material, Mesh, bounds
from pointcloud.meshes.pictures import as_web_image

_ARRAY, _ELEMENTS = 34962, 34963  # targets of buffer views
_FLOAT, _U8, _U16, _U32 = 5126, 5121, 5123, 5125
_REPEAT, _CLAMP, _LINEAR, _MIPMAPS = 10497, 33071, 9729, 9987
_WORDS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
NO_FEATURE = 2**24 - 1  # the highest whole number that a float32 attribute holds beside all lower ones


def write_glb(
    path: str | Path,
    meshes: Sequence[Mesh],
    *,
    features: FeatureTable | None = None,
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    crs: str = "",
) -> None:
    """Write `glb_bytes` to a file."""
    Path(path).write_bytes(glb_bytes(meshes, features=features, origin=origin, crs=crs))


def glb_bytes(
    meshes: Sequence[Mesh],
    *,
    features: FeatureTable | None = None,
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    crs: str = "",
) -> bytes:
    """One GLB of `meshes`, whose positions are metres (east, north, up) from `origin` in `crs`.

    glTF is y-up: (east, north, up) becomes (east, up, −north). Vertices are float32 around the middle of the meshes,
    which a node's translation holds in double precision. `origin` and `crs`, where given, stand in the scene's
    `extras` as {"origin": [x, y, z], "crs": text}. With `features`, each vertex carries its row (`Mesh.feature`).
    Raises `PointCloudError` when there is no triangle or the result would pass 4 GiB.
    """
    kept = [mesh for mesh in (mesh.finite() for mesh in meshes) if len(mesh.triangles)]
    box = bounds(kept)
    if box is None:
        raise PointCloudError("没有可写的三角形；请检查输入的三维模型")
    writer = _Writer()
    centre = np.round(box.mean(axis=0), 3)
    for mesh in kept:
        writer.add_mesh(mesh, centre, features)
    extras: dict[str, Any] = {"crs": crs} if crs else {}
    if any(origin):
        extras["origin"] = [float(value) for value in origin]
    return writer.finish(centre, features, extras)


class _Writer:
    """Collects the JSON and the binary chunk."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.length = 0
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.primitives: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.textures: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []
        self.samplers: list[dict[str, Any]] = []
        self.extensions: set[str] = set()
        self._known: dict[Any, int] = {}

    def add_mesh(self, mesh: Mesh, centre: np.ndarray, features: FeatureTable | None) -> None:
        local = (mesh.positions - centre).astype(np.float32)
        attributes = {"POSITION": self.array(y_up(local), "VEC3", _FLOAT, limits=True)}
        if mesh.normals is not None:
            attributes["NORMAL"] = self.array(y_up(mesh.normals), "VEC3", _FLOAT)
        if mesh.uv is not None and mesh.material.image is not None:
            uv = np.where(np.isfinite(mesh.uv), mesh.uv, 0.0).astype(np.float32)
            attributes["TEXCOORD_0"] = self.array(np.column_stack((uv[:, 0], np.float32(1) - uv[:, 1])), "VEC2", _FLOAT)
        if mesh.colours is not None:
            attributes["COLOR_0"] = self.array(mesh.colours, "VEC4", _U8, normalized=True)
        # pictures of photogrammetry hold the light of the flight; without normals nothing else is meant
        bare = mesh.normals is None and mesh.material.image is not None
        material = replace(mesh.material, unlit=True) if bare else mesh.material
        primitive: dict[str, Any] = {"attributes": attributes, "mode": 4, "material": self.material(material)}
        if features is not None and mesh.feature is not None:
            rows = np.where(mesh.feature < 0, NO_FEATURE, mesh.feature).astype(np.float32)
            attributes["_FEATURE_ID_0"] = self.array(rows, "SCALAR", _FLOAT)
            identity = {"featureCount": len(features), "attribute": 0, "propertyTable": 0, "nullFeatureId": NO_FEATURE}
            primitive["extensions"] = {"EXT_mesh_features": {"featureIds": [identity]}}
            self.extensions.add("EXT_mesh_features")
        small = len(mesh.positions) <= 0xFFFF
        corners = mesh.triangles.ravel()
        primitive["indices"] = self.array(corners, "SCALAR", _U16 if small else _U32, target=_ELEMENTS)
        self.primitives.append(primitive)

    def array(
        self,
        values: np.ndarray,
        kind: str,
        component: int,
        *,
        target: int = _ARRAY,
        limits: bool = False,
        normalized: bool = False,
    ) -> int:
        dtype = {_FLOAT: "<f4", _U8: "u1", _U16: "<u2", _U32: "<u4"}[component]
        data = np.ascontiguousarray(values, dtype=dtype)
        accessor = {
            "bufferView": self.view(data.tobytes(), target),
            "componentType": component,
            "count": data.size // _WORDS[kind],
            "type": kind,
        }
        if limits:
            accessor["min"] = [float(value) for value in data.min(axis=0)]
            accessor["max"] = [float(value) for value in data.max(axis=0)]
        if normalized:
            accessor["normalized"] = True
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def view(self, data: bytes, target: int | None = None) -> int:
        """A buffer view; all begin at multiples of 8, which EXT_structural_metadata demands."""
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self.length, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        padding = -len(data) % 8
        self.chunks += [data, b"\0" * padding]
        self.length += len(data) + padding
        self.views.append(view)
        return len(self.views) - 1

    def material(self, material: Material) -> int:
        key = (material.name, material.colour, id(material.image), material.repeat, material.unlit)
        if key in self._known:
            return self._known[key]
        surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
        if material.colour != (1.0, 1.0, 1.0, 1.0):
            surface["baseColorFactor"] = [float(np.clip(part, 0, 1)) for part in material.colour]
        entry: dict[str, Any] = {"pbrMetallicRoughness": surface, "doubleSided": True}
        if material.name:
            entry["name"] = material.name
        if material.colour[3] < 1.0:
            entry["alphaMode"] = "BLEND"
        if material.image is not None and (image := as_web_image(material.image)) is not None:
            surface["baseColorTexture"] = {"index": self.texture(material.image, image, material.repeat)}
        if material.unlit:
            entry["extensions"] = {"KHR_materials_unlit": {}}
            self.extensions.add("KHR_materials_unlit")
        self.materials.append(entry)
        self._known[key] = len(self.materials) - 1
        return self._known[key]

    def texture(self, source: Image, image: Image, repeat: bool) -> int:
        key = ("texture", id(source), repeat)
        if key not in self._known:
            wrap = _REPEAT if repeat else _CLAMP
            sampler = {"magFilter": _LINEAR, "minFilter": _MIPMAPS, "wrapS": wrap, "wrapT": wrap}
            if sampler not in self.samplers:
                self.samplers.append(sampler)
            number = self._known.setdefault(("image", id(source)), len(self.images))
            if number == len(self.images):
                self.images.append({"bufferView": self.view(image.data), "mimeType": image.mime})
            self.textures.append({"sampler": self.samplers.index(sampler), "source": number})
            self._known[key] = len(self.textures) - 1
        return self._known[key]

    def finish(self, centre: np.ndarray, features: FeatureTable | None, extras: dict[str, Any]) -> bytes:
        east, north, up = (float(value) for value in centre)
        scene: dict[str, Any] = {"nodes": [0]}
        if extras:
            scene["extras"] = extras
        root: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "Territory TIM"},
            "scene": 0,
            "scenes": [scene],
            "nodes": [{"mesh": 0, "translation": [east, up, 0.0 - north]}],
            "meshes": [{"primitives": self.primitives}],
        }
        if "EXT_mesh_features" in self.extensions and features is not None:
            root["extensions"] = {"EXT_structural_metadata": self.metadata(features)}
            self.extensions.add("EXT_structural_metadata")
        for name in ("materials", "textures", "images", "samplers"):
            if getattr(self, name):
                root[name] = getattr(self, name)
        if self.extensions:
            root["extensionsUsed"] = sorted(self.extensions)
        root |= {"accessors": self.accessors, "bufferViews": self.views, "buffers": [{"byteLength": self.length}]}
        return pack(root, b"".join(self.chunks))

    def metadata(self, features: FeatureTable) -> dict[str, Any]:
        """The schema and the one property table."""
        schema, table = {}, {}
        for number, (name, values) in enumerate(features.columns.items()):
            identity = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f"p{number}"
            kind, columns = property_columns(values)
            schema[identity] = {"name": name, **kind}
            table[identity] = {role: self.view(data) for role, data in columns.items()}
        entity = re.sub(r"\W", "_", features.name, flags=re.ASCII) or "feature"
        return {
            "schema": {"id": "tim", "classes": {entity: {"properties": schema}}},
            "propertyTables": [{"class": entity, "count": len(features), "properties": table}],
        }


def property_columns(values: Sequence[Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A column as the parts of EXT_structural_metadata: what it is, and its bytes by their role.

    Whole numbers become INT32 (FLOAT64 where they do not fit), others FLOAT64 with NaN for gaps, texts UTF-8.
    """
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (int, float, np.number)) and not isinstance(value, bool) for value in known):
        numbers = np.array([np.nan if value is None else float(value) for value in values])
        whole = len(known) == len(values) and all(isinstance(value, (int, np.integer)) for value in known)
        if whole and np.abs(numbers).max() < 2**31:
            return {"type": "SCALAR", "componentType": "INT32"}, {"values": numbers.astype("<i4").tobytes()}
        return {"type": "SCALAR", "componentType": "FLOAT64"}, {"values": numbers.astype("<f8").tobytes()}
    encoded = [b"" if value is None else str(value).encode("utf-8", "replace") for value in values]
    offsets = np.concatenate(([0], np.cumsum([len(text) for text in encoded]))).astype("<u4")
    # a buffer view may not be empty
    return {"type": "STRING"}, {"values": b"".join(encoded) or b"\0", "stringOffsets": offsets.tobytes()}


def y_up(vectors: np.ndarray) -> np.ndarray:
    """(east, north, up) as glTF's (x, y, z)."""
    return np.column_stack((vectors[:, 0], vectors[:, 2], np.float32(0) - vectors[:, 1]))


def pack(root: dict[str, Any], binary: bytes) -> bytes:
    """A GLB of its JSON and its binary chunk."""
    text = json.dumps(root, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    binary += b"\0" * (-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    if total >= 2**32:
        raise PointCloudError("模型超过 4 GB，glTF 装不下；请写成 3D Tiles，或减少层级和范围")
    head = struct.pack("<4sII", b"glTF", 2, total)
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
