"""glTF 2.0: GLB files, .gltf with its buffers, and the same inside of 3D Tiles."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes import draco
from pointcloud.meshes.damage import OF_DAMAGE
from pointcloud.meshes.gltf_accessors import Accessors, GltfError
from pointcloud.meshes.mesh import FeatureTable, Image, Material, Mesh, unit
from pointcloud.meshes.pictures import image_of
from pointcloud.meshes.structural_metadata import read_tables

_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
_DEEPEST, _MOST_NODES = 100, 200_000
_UNSUPPORTED = {"EXT_meshopt_compression": "meshopt", "KHR_meshopt_compression": "meshopt"}
Z_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # glTF's axes to east, north, up


@dataclass
class GltfFile:
    """The meshes of a glTF, z up; attributes of features; `origin` and `crs` where the scene's extras state them."""

    meshes: list[Mesh] = field(default_factory=list)
    features: FeatureTable | None = None
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    origin: np.ndarray = field(default_factory=lambda: np.zeros(3))
    crs: str = ""


def read_gltf(data: bytes, name: str, folder: Path | None = None) -> GltfFile:
    """Read a GLB or the JSON of a glTF. Raises `UnusableSource` for damage and for what is not supported."""
    try:
        root, binary = _split(data)
        return _Reader(root, binary, name, folder).read()
    except GltfError as error:
        raise UnusableSource(f"glTF 文件“{name}”不能用：{error}") from error
    except (*OF_DAMAGE, OSError) as error:
        raise UnusableSource(f"glTF 文件“{name}”损坏；请重新导出或复制", detail=repr(error)) from error


def _split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and binary chunk."""
    if data[:4] != b"glTF":
        root = json.loads(data.decode("utf-8-sig"))
        if not isinstance(root, dict) or "asset" not in root:
            raise GltfError("不是 glTF")
        return root, b""
    if len(data) < 20:
        raise GltfError("文件不完整")
    version, total = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise GltfError(f"是 glTF {version}.0，只支持 2.0")
    if total > len(data):
        raise GltfError("文件不完整")
    root, binary, place = {}, b"", 12
    while place + 8 <= total:
        length, kind = struct.unpack_from("<I4s", data, place)
        if place + 8 + length > total:
            raise GltfError("文件不完整")
        chunk = data[place + 8 : place + 8 + length]
        if kind == b"JSON":
            root = json.loads(chunk)
        elif kind == b"BIN\0" and not binary:
            binary = chunk
        place += 8 + length
    return root, binary


class _Reader:
    def __init__(self, root: dict[str, Any], binary: bytes, name: str, folder: Path | None) -> None:
        self.root, self.name = root, name
        self.accessors = Accessors(root, binary, folder)
        self.found = GltfFile()
        self._images: dict[int, Image | None] = {}
        self._primitives: dict[tuple[int, int], Mesh | None] = {}
        self._visited = 0

    def read(self) -> GltfFile:
        for extension, spoken in _UNSUPPORTED.items():
            if extension in self.root.get("extensionsRequired", []):
                raise GltfError(f"用了 {spoken} 压缩，暂不支持；请导出未压缩的 glTF")
        scenes = self.root.get("scenes") or []
        scene = scenes[int(self.root.get("scene", 0))] if scenes else {}
        roots = scene.get("nodes", [] if scenes else range(len(self.root.get("nodes", []))))
        for number in roots:
            self._node(int(number), Z_UP, 0)
        self.found.features = read_tables(self.root, self.accessors)
        self._extras(scene.get("extras"))
        return self.found

    def _extras(self, extras: Any) -> None:
        if not isinstance(extras, dict):
            return
        origin = extras.get("origin")
        if isinstance(origin, list) and len(origin) == 3 and np.isfinite(np.array(origin, float)).all():
            self.found.origin = np.array(origin, float)
        if isinstance(extras.get("crs"), str):
            self.found.crs = extras["crs"]

    def _node(self, number: int, matrix: np.ndarray, depth: int) -> None:
        self._visited += 1
        if depth > _DEEPEST or self._visited > _MOST_NODES:
            raise GltfError("节点嵌套太深或太多")
        node = self.accessors.item("nodes", number)
        matrix = matrix @ _local(node)
        if "EXT_mesh_gpu_instancing" in node.get("extensions", {}):
            self.found.warnings.append(f"“{self.name}”用了实例化（EXT_mesh_gpu_instancing），只读入一份")
        if "mesh" in node:
            mesh_number = int(node["mesh"])
            entry = self.accessors.item("meshes", mesh_number)
            for k, primitive in enumerate(entry["primitives"]):
                if (mesh_number, k) not in self._primitives:
                    self._primitives[mesh_number, k] = self._primitive(primitive)
                mesh = self._primitives[mesh_number, k]
                if mesh is not None:
                    self._place(mesh, matrix, str(node.get("name", entry.get("name", ""))))
        for child in node.get("children", []):
            self._node(int(child), matrix, depth + 1)

    def _place(self, mesh: Mesh, matrix: np.ndarray, name: str) -> None:
        placed = mesh.moved(matrix)
        placed.name = name
        if not np.isfinite(placed.positions).all():
            self.found.warnings.append(f"“{self.name}”有坐标不是数的顶点，用到它们的三角形已略去")
            placed = placed.finite()
        self.found.meshes.append(placed)

    def _primitive(self, primitive: dict[str, Any]) -> Mesh | None:
        attributes, mode = primitive["attributes"], int(primitive.get("mode", _TRIANGLES))
        if "POSITION" not in attributes or mode not in (_POINTS, _TRIANGLES, _STRIP, _FAN):
            return None
        arrays, packed = self._arrays(primitive)
        positions = arrays["POSITION"]
        corners = self._corners(primitive, packed, len(positions))
        material, uv_set = self._material(primitive.get("material"))
        mesh = Mesh(positions, _triangles(mode, corners).astype(np.uint32), material=material)
        if "NORMAL" in arrays:
            mesh.normals = unit(arrays["NORMAL"])
        if f"TEXCOORD_{uv_set}" in arrays:
            uv = np.asarray(arrays[f"TEXCOORD_{uv_set}"], np.float32)
            mesh.uv = np.column_stack((uv[:, 0], np.float32(1) - uv[:, 1]))
        if "COLOR_0" in arrays:
            mesh.colours = _bytes(_fractions(arrays["COLOR_0"]))
        mesh.feature = self._features(primitive, arrays, len(positions))
        return mesh

    def _arrays(self, primitive: dict[str, Any]) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        """The attributes by name and, where they are packed with Draco, the corners of the triangles."""
        packed = primitive.get("extensions", {}).get(draco.EXTENSION)
        inside = {} if packed is None else packed["attributes"]
        plain = {
            name: self.accessors.array(int(k)) for name, k in primitive["attributes"].items() if name not in inside
        }
        if packed is None:
            return plain, None
        arrays, corners = draco.unpack(self.accessors.view(int(packed["bufferView"])), inside)
        return {**plain, **arrays}, corners

    def _corners(self, primitive: dict[str, Any], packed: np.ndarray | None, vertices: int) -> np.ndarray:
        if packed is None and "indices" not in primitive:
            return np.arange(vertices, dtype=np.int64)
        corners = packed if packed is not None else self.accessors.array(int(primitive["indices"])).astype(np.int64)
        if len(corners) and (corners.min() < 0 or corners.max() >= vertices):
            raise GltfError("三角形用到了不存在的顶点")
        return corners

    def _features(self, primitive: dict[str, Any], arrays: dict[str, np.ndarray], n: int) -> np.ndarray | None:
        """Rows of the attribute table: by EXT_mesh_features or by the batch numbers of 3D Tiles 1.0."""
        identities = primitive.get("extensions", {}).get("EXT_mesh_features", {}).get("featureIds", [])
        absent = None
        name = "_BATCHID"
        if identities:
            absent = identities[0].get("nullFeatureId")
            if "attribute" not in identities[0]:
                return np.arange(n) if "texture" not in identities[0] else None
            name = f"_FEATURE_ID_{identities[0]['attribute']}"
        if name not in arrays:
            return None
        rows = np.nan_to_num(arrays[name]).astype(np.int64)
        return rows if absent is None else np.where(rows == absent, -1, rows)

    def _material(self, number: int | None) -> tuple[Material, int]:
        if number is None:
            return Material(), 0
        entry = self.accessors.item("materials", int(number))
        surface = entry.get("pbrMetallicRoughness", {})
        texture = surface.get("baseColorTexture")
        colour = tuple(float(part) for part in surface.get("baseColorFactor", (1, 1, 1, 1)))
        if len(colour) != 4 or not np.isfinite(colour).all():
            colour = (1.0, 1.0, 1.0, 1.0)
        image, repeat = (None, True) if texture is None else self._texture(int(texture["index"]))
        unlit = "KHR_materials_unlit" in entry.get("extensions", {})
        material = Material(str(entry.get("name", "")), colour, image, repeat, unlit)  # type: ignore[arg-type]
        return material, int(texture.get("texCoord", 0)) if texture else 0

    def _texture(self, number: int) -> tuple[Image | None, bool]:
        texture = self.accessors.item("textures", number)
        repeat = True
        if "sampler" in texture:
            repeat = self.accessors.item("samplers", int(texture["sampler"])).get("wrapS", 10497) != 33071
        source = texture.get("source")
        for extension in ("EXT_texture_webp", "KHR_texture_basisu"):
            source = texture.get("extensions", {}).get(extension, {}).get("source", source)
        return (None if source is None else self._image(int(source))), repeat

    def _image(self, number: int) -> Image | None:
        if number not in self._images:
            entry = self.accessors.item("images", number)
            name = str(entry.get("name", "") or entry.get("uri", "")[:80])
            try:
                data = self.accessors.view(int(entry["bufferView"])) if "bufferView" in entry else None
                self._images[number] = image_of(self.accessors.resource(entry["uri"]) if data is None else data, name)
            except GltfError:
                self._images[number] = None
                self.found.missing.append(name)
        return self._images[number]


def _triangles(mode: int, corners: np.ndarray) -> np.ndarray:
    from pointcloud.meshes.osgb.primitives import triangles_of

    return triangles_of(mode if mode in (_TRIANGLES, _STRIP, _FAN) else -1, corners).reshape(-1, 3)


def _local(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = (float(part) for part in node.get("rotation", (0, 0, 0, 1)))
    matrix[:3, :3] = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]) * np.array(node.get("scale", (1, 1, 1)), float)  # fmt: skip
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _fractions(colours: np.ndarray) -> np.ndarray:
    """Colours 0..1; Draco gives whole numbers as they are."""
    return colours / np.iinfo(colours.dtype).max if colours.dtype.kind in "iu" else colours


def _bytes(colours: np.ndarray) -> np.ndarray:
    values = np.nan_to_num(np.asarray(colours, np.float64))
    if values.shape[1] == 3:
        values = np.column_stack((values, np.ones(len(values))))
    return np.round(255.0 * np.clip(values, 0.0, 1.0)).astype(np.uint8)
