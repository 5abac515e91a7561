"""An OSGB file as meshes and references to other files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.damage import OF_DAMAGE
from pointcloud.meshes.mesh import Image, Material, Mesh, unit
from pointcloud.meshes.osgb.objects import read_objects
from pointcloud.meshes.osgb.primitives import set_triangles
from pointcloud.meshes.osgb.stream import Malformed
from pointcloud.meshes.osgb.texture import image_of_texture

_OVERALL, _PER_SET, _PER_PRIMITIVE, _PER_VERTEX = 1, 2, 3, 4  # bindings before version 112
_CLAMPS = (0x2900, 0x812F, 0x812D)
_LARGEST_FILE = 2 << 30
_MOST_NODES = 200_000


@dataclass
class Part:
    """What one node with finer levels shows until these are there: meshes, and the files that replace them.

    `radius` (m) and `pixels` (its size on the screen at which the finer level is due) are 0 where not stated.
    """

    meshes: list[Mesh] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    radius: float = 0.0
    pixels: float = 0.0


@dataclass
class OsgbFile:
    """What one file holds, in the file's own coordinates. The first part is what has no finer level."""

    path: Path
    version: int
    parts: list[Part] = field(default_factory=lambda: [Part()])
    warnings: list[str] = field(default_factory=list)

    @property
    def meshes(self) -> list[Mesh]:
        """The meshes of all parts."""
        return [mesh for part in self.parts for mesh in part.meshes]

    @property
    def children(self) -> list[str]:
        """Names of the files with finer levels, each once."""
        return list(dict.fromkeys(name for part in self.parts for name in part.children))

    @property
    def vertices(self) -> int:
        """Vertices of all meshes, as the file stores them."""
        return sum(len(mesh.positions) for mesh in self.meshes)

    @property
    def triangles(self) -> int:
        """Triangles of all meshes."""
        return sum(len(mesh.triangles) for mesh in self.meshes)


def read_osgb(path: str | Path) -> OsgbFile:
    """Read one file with its pictures; files it refers to are named, not read.

    Positions stay float32 where no transform stands above a geometry. Raises `UnusableSource` for what is missing,
    damaged or of a form that is not known.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UnusableSource(f"“{path.name}”超过 2 GB，不像一个 OSGB 瓦片")
        data = path.read_bytes()
    except OSError as error:
        raise UnusableSource(f"读不了“{path}”（{error.strerror}）；请检查路径和权限") from error
    try:
        root, reader = read_objects(data)
        found = OsgbFile(path, reader.stream.version)
        _Scene(found).walk(root, np.eye(4), [], found.parts[0])
    except Malformed as error:
        raise UnusableSource(f"OSGB 文件“{path.name}”损坏：{error}；请重新导出或复制这个文件") from error
    except OF_DAMAGE as error:
        raise UnusableSource(f"OSGB 文件“{path.name}”损坏：{error}；请重新导出或复制这个文件") from error
    for name, count in reader.unknown.items():
        found.warnings.append(f"“{path.name}”：跳过 {count} 个不认识的对象“{name}”")
    return found


class _Scene:
    """Walks through the nodes with their transforms and states."""

    def __init__(self, found: OsgbFile) -> None:
        self.found = found
        self._images: dict[int, Image | None] = {}
        self._materials: dict[tuple[int, ...], Material] = {}
        self._above: set[int] = set()
        self._visited = 0

    def walk(self, node: Any, matrix: np.ndarray, states: list[dict[str, Any]], part: Part) -> None:
        if node is None or id(node) in self._above:
            return
        if not isinstance(node, dict):
            raise Malformed("节点的位置上不是节点")
        self._visited += 1
        if self._visited > _MOST_NODES:
            raise Malformed("节点太多")
        self._above.add(id(node))
        if node.get("state"):
            states = [*states, node["state"]]
        if node["class"] == "Geometry":
            part.meshes += self._geometry(node, matrix, states)
        if node["class"] in ("MatrixTransform", "PositionAttitudeTransform"):
            matrix = matrix @ _local(node)
        if node["class"] in ("PagedLOD", "ProxyNode"):
            part = self._references(node, part)
        for child in _shown(node):
            self.walk(child, matrix, states, part)
        self._above.discard(id(node))

    def _references(self, node: dict[str, Any], part: Part) -> Part:
        """A part of its own for a node that names finer files."""
        names = [name.replace("\\", "/").strip() for name in node.get("files") or []]
        names = [name for name in names if name]
        if not names:
            return part
        own = Part(children=names)
        if node.get("centre"):
            own.radius = abs(node["centre"][3])
            ends = [low for low, _ in node.get("ranges") or [] if 0 < low < 1e9]
            own.pixels = ends[0] if ends and node.get("range_mode") == 1 else 0.0
        self.found.parts.append(own)
        return own

    def _geometry(self, node: dict[str, Any], matrix: np.ndarray, states: list[dict[str, Any]]) -> list[Mesh]:
        positions, at = _array(node.get("vertices"))
        if positions is None:
            return []
        if positions.ndim != 2 or positions.shape[1] < 2:
            raise Malformed("顶点数组不是二维或三维坐标")
        if positions.shape[1] == 2:
            positions = np.column_stack((positions, np.zeros(len(positions), positions.dtype)))
        positions = positions[:, :3]
        if at is not None:
            positions = positions[_inside(at, len(positions))]
        groups = [set_triangles(part, len(positions)) for part in node.get("primitives") or [] if part]
        flat = [piece for group in groups for piece in group]
        triangles = np.concatenate(flat) if flat else np.empty((0, 3), np.int64)
        mesh = Mesh(positions, triangles.astype(np.uint32), material=self._material(states), name=node.get("name", ""))
        mesh = _with_attributes(mesh, node, groups)
        if not np.array_equal(matrix, np.eye(4)):
            mesh = mesh.moved(matrix)
        if not np.isfinite(mesh.positions).all():
            self.found.warnings.append(f"“{self.found.path.name}”有坐标不是数的顶点，用到它们的三角形已略去")
            mesh = mesh.finite()
        return [mesh]

    def _material(self, states: list[dict[str, Any]]) -> Material:
        key = tuple(id(state) for state in states)
        if key in self._materials:
            return self._materials[key]
        material = Material()
        for state in states:
            for part in state.get("attributes") or []:
                if part and part["class"] == "Material" and part.get("diffuse"):
                    r, g, b, a = part["diffuse"][1]
                    material = replace(material, name=part.get("name", ""), colour=(r, g, b, a))
            for part in (state.get("textures") or [[]])[0] if state.get("textures") else []:
                if part and part["class"] == "Texture2D":
                    repeat = part.get("wrap_s") not in _CLAMPS
                    material = replace(material, image=self._image(part.get("image")), repeat=repeat)
        if not all(np.isfinite(material.colour)):
            material = replace(material, colour=(1.0, 1.0, 1.0, 1.0))
        self._materials[key] = material
        return material

    def _image(self, entry: dict[str, Any] | None) -> Image | None:
        if entry is None:
            return None
        if id(entry) not in self._images:
            image, problem = image_of_texture(entry, self.found.path.parent)
            self._images[id(entry)] = image
            if problem:
                self.found.warnings.append(f"“{self.found.path.name}”：{problem}")
        return self._images[id(entry)]


def _shown(node: dict[str, Any]) -> list[Any]:
    """The children that are shown: a level of detail within the file shows its finest one."""
    children = node.get("children") or []
    if node["class"] == "Switch":
        values = node.get("values") or []
        return [child for place, child in enumerate(children) if place >= len(values) or values[place]]
    if node["class"] == "LOD" and len(children) > 1 and node.get("ranges"):
        ranges = node["ranges"][: len(children)]
        by_size = node.get("range_mode") == 1  # the most pixels, otherwise the nearest
        best = max(range(len(ranges)), key=lambda k: ranges[k][0] if by_size else -ranges[k][0])
        return [child for k, child in enumerate(children) if k >= len(ranges) or ranges[k] == ranges[best]]
    return children


def _local(node: dict[str, Any]) -> np.ndarray:
    """The node's matrix for columns; the file has it for rows."""
    if node["class"] == "MatrixTransform":
        return node["matrix"].T
    x, y, z, w = node["attitude"]
    length = np.sqrt(x * x + y * y + z * z + w * w) or 1.0
    x, y, z, w = (part / length for part in (x, y, z, w))
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node["scale"])
    matrix[:3, 3] = np.array(node["position"]) - matrix[:3, :3] @ np.array(node["pivot"])
    return matrix


def _array(entry: Any) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Values and indices of an array in either of its forms."""
    if entry is None:
        return None, None
    values = entry.get("values")
    if values is not None and not isinstance(values, np.ndarray):
        raise Malformed("数组的位置上不是数组")
    return values, entry.get("indices")


def _inside(indices: np.ndarray, length: int) -> np.ndarray:
    if indices.ndim != 1 or indices.dtype.kind not in "iu" or (len(indices) and int(indices.max()) >= length):
        raise Malformed("数组下标超出范围")
    return indices.astype(np.int64)


def _with_attributes(mesh: Mesh, node: dict[str, Any], groups: list[list[np.ndarray]]) -> Mesh:
    """The mesh with normals, colours and texture coordinates per vertex.

    Where an attribute belongs to triangles or primitive sets, vertices stay shared and the last one wins at a corner;
    such attributes are of the look only.
    """
    n = len(mesh.positions)
    normals = _per_vertex(node.get("normals"), n, groups)
    colours = _per_vertex(node.get("colours"), n, groups)
    uv_list = node.get("uv") or []
    uv = _per_vertex(uv_list[0], n, groups) if uv_list else None
    if normals is not None and normals.ndim == 2 and normals.shape[1] >= 3:
        mesh = replace(mesh, normals=unit(_scaled(normals[:, :3])))
    if colours is not None and colours.ndim == 2 and colours.shape[1] >= 3:
        mesh = replace(mesh, colours=_bytes(colours))
    if uv is not None and uv.ndim == 2 and uv.shape[1] >= 2:
        mesh = replace(mesh, uv=uv[:, :2].astype(np.float32))
    return mesh


def _per_vertex(entry: Any, n: int, groups: list[list[np.ndarray]]) -> np.ndarray | None:
    values, at = _array(entry)
    if values is None or not len(values):
        return None
    if at is not None:
        values = values[_inside(at, len(values))]
    binding = entry.get("binding", _PER_VERTEX)
    if binding == _OVERALL:
        return np.repeat(values[:1], n, axis=0)
    if binding in (_PER_SET, _PER_PRIMITIVE) and len(values) != n:
        pieces = [[np.concatenate(group)] if group else [] for group in groups] if binding == _PER_SET else groups
        result = np.repeat(values[:1], n, axis=0)
        for value, corners in zip(values, [piece for group in pieces for piece in group]):
            result[corners.ravel()] = value
        return result
    return values[:n] if len(values) >= n else None


def _scaled(values: np.ndarray) -> np.ndarray:
    """Whole numbers as the fractions they stand for."""
    return values / np.iinfo(values.dtype).max if values.dtype.kind in "iu" else values


def _bytes(colours: np.ndarray) -> np.ndarray:
    """Colours as RGBA bytes."""
    values = colours[:, :4].astype(np.float64) if colours.dtype.kind == "f" else _scaled(colours[:, :4])
    if values.shape[1] == 3:
        values = np.column_stack((values, np.ones(len(values))))
    return np.round(255.0 * np.clip(np.nan_to_num(values), 0.0, 1.0)).astype(np.uint8)
