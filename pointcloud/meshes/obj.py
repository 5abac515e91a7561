"""Wavefront OBJ with its MTL: read, and written around a local origin that a comment states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pointcloud.errors import PointCloudError, UnusableSource
from pointcloud.meshes.mesh import Image, Material, Mesh
from pointcloud.meshes.osgb.stream import decoded
from pointcloud.meshes.pictures import SUFFIXES, as_web_image, image_of

_LARGEST = 4 << 30
_ORIGIN = re.compile(r"^#\s*origin\s*[:=]\s*(\S+)[\s,]+(\S+)[\s,]+(\S+)", re.I | re.M)
_CRS = re.compile(r"^#\s*CRS\s*[:=]\s*(.+?)\s*$", re.I | re.M)
_HEAD = 4096  # characters in which the comments stand


@dataclass
class ObjFile:
    """The meshes of an OBJ, one for each material of each group; `origin` and `crs` where comments state them."""

    meshes: list[Mesh] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    origin: np.ndarray = field(default_factory=lambda: np.zeros(3))
    crs: str = ""


def read_obj(path: Path) -> ObjFile:
    """Read an OBJ; polygons become fans of triangles. Raises `UnusableSource` naming the line that is wrong."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UnusableSource(f"“{path.name}”超过 4 GB；请分块后再读")
        text = decoded(path.read_bytes())
    except OSError as error:
        raise UnusableSource(f"读不了“{path}”（{error.strerror}）；请检查路径和权限") from error
    reader = _Reader(path)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            reader.line(line)
        except (ValueError, IndexError, OverflowError) as error:
            raise UnusableSource(f"OBJ 文件“{path.name}”第 {number} 行不对：“{line.strip()[:40]}”；请检查") from error
    found = reader.finish()
    if match := _ORIGIN.search(text[:_HEAD]):
        try:
            found.origin = np.array([float(value) for value in match.groups()])
        except ValueError:
            found.warnings.append(f"“{path.name}”注释里的原点不是数，没有采用")
    if match := _CRS.search(text[:_HEAD]):
        found.crs = match[1]
    return found


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path, self.found = path, ObjFile()
        self.v: list[tuple[float, ...]] = []
        self.vt: list[tuple[float, ...]] = []
        self.vn: list[tuple[float, ...]] = []
        self.faces: dict[tuple[str, str], list[list[tuple[int, int, int]]]] = {}
        self.materials: dict[str, Material] = {}
        self.group, self.material = "", ""

    def line(self, line: str) -> None:
        words = line.split()
        if not words or words[0].startswith("#"):
            return
        key = words[0]
        if key == "v":
            x, y, z = (float(word) for word in words[1:4])
            self.v.append((x, y, z))
        elif key == "vt":
            self.vt.append((float(words[1]), float(words[2]) if len(words) > 2 else 0.0))
        elif key == "vn":
            self.vn.append(tuple(float(word) for word in words[1:4]))
        elif key == "f":
            corners = [self._corner(word) for word in words[1:]]
            if len(corners) >= 3:
                self.faces.setdefault((self.group, self.material), []).append(corners)
        elif key in ("g", "o"):
            self.group = line.split(None, 1)[1].strip() if len(words) > 1 else ""
        elif key == "usemtl":
            self.material = line.split(None, 1)[1].strip()
        elif key == "mtllib":
            self._library(line.split(None, 1)[1].strip())

    def _corner(self, word: str) -> tuple[int, int, int]:
        """Numbers from 0 of place, texture place (−1 none) and normal (−1 none)."""
        parts = [*word.split("/"), "", ""][:3]
        found = []
        for part, items in zip(parts, (self.v, self.vt, self.vn)):
            number = int(part) if part else 0
            place = number - 1 if number > 0 else len(items) + number if number < 0 else -1
            if number and not 0 <= place < len(items):
                raise ValueError(word)
            found.append(place)
        if found[0] < 0:
            raise ValueError(word)
        return found[0], found[1], found[2]

    def _library(self, name: str) -> None:
        place = (self.path.parent / name.replace("\\", "/")).resolve()
        if not place.is_relative_to(self.path.parent.resolve()) or not place.is_file():
            self.found.missing.append(name)
            self.found.warnings.append(f"缺少材质文件“{name}”，没有颜色和贴图")
            return
        current = ""
        for line in decoded(place.read_bytes()).splitlines():
            words = line.split()
            if len(words) < 2 or words[0].startswith("#"):
                continue
            if words[0] == "newmtl":
                current = line.split(None, 1)[1].strip()
                self.materials[current] = Material(current)
            elif current:
                self.materials[current] = self._with(self.materials[current], words, line)

    def _with(self, material: Material, words: list[str], line: str) -> Material:
        r, g, b, a = material.colour
        try:
            if words[0] == "Kd" and material.image is None:
                r, g, b = (float(word) for word in words[1:4])
                return replace(material, colour=(r, g, b, a))
            if words[0] == "d":
                return replace(material, colour=(r, g, b, float(words[1])))
        except ValueError:
            return material
        if words[0] == "map_Kd":
            # a picture is shown as it is; exporters often write a grey Kd beside it
            return replace(material, image=self._image(line.split(None, 1)[1].strip()), colour=(1.0, 1.0, 1.0, a))
        return material

    def _image(self, name: str) -> Image | None:
        for option in (name, name.split()[-1]):
            place = (self.path.parent / option.replace("\\", "/")).resolve()
            if place.is_relative_to(self.path.parent.resolve()) and place.is_file():
                return image_of(place.read_bytes(), place.name)
        self.found.missing.append(name)
        self.found.warnings.append(f"缺少贴图文件“{name}”")
        return None

    def finish(self) -> ObjFile:
        places, textures = np.array(self.v, float).reshape(-1, 3), np.array(self.vt, np.float32).reshape(-1, 2)
        normals = np.array(self.vn, np.float32).reshape(-1, 3)
        if not np.isfinite(places).all():
            self.found.warnings.append(f"“{self.path.name}”有坐标不是数的顶点，用到它们的三角形已略去")
        for (group, name), faces in self.faces.items():
            corners = np.array(
                [c for face in faces for k in range(1, len(face) - 1) for c in (face[0], *face[k : k + 2])]
            )
            unique, inverse = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
            mesh = Mesh(places[unique[:, 0]], inverse.reshape(-1, 3).astype(np.uint32), name=group)
            if len(textures) and (unique[:, 1] >= 0).all():
                mesh.uv = textures[unique[:, 1]]
            if len(normals) and (unique[:, 2] >= 0).all():
                mesh.normals = normals[unique[:, 2]]
            mesh.material = self.materials.get(name, Material(name))
            self.found.meshes.append(mesh.finite())
        return self.found


def write_obj(
    path: Path, meshes: Sequence[Mesh], *, origin: Sequence[float] = (0.0, 0.0, 0.0), crs: str = ""
) -> list[str]:
    """Write `path`, its MTL and its pictures beside it; returns the names of the files.

    x east, y north, z up in metres from `origin`, which stands with `crs` in comments. Places have 4 decimals.
    Raises `PointCloudError` when there is no triangle.
    """
    kept = [mesh for mesh in (mesh.finite() for mesh in meshes) if len(mesh.triangles)]
    if not kept:
        raise PointCloudError("没有可写的三角形；请检查输入的三维模型")
    library = path.with_suffix(".mtl")
    names = _Materials(path)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        x, y, z = origin
        stream.write(f"# Territory TIM\n# CRS: {crs or '-'}\n# origin: {x:.4f} {y:.4f} {z:.4f}\n")
        stream.write(f"# x = east - origin, y = north - origin, z = height - origin; metres\nmtllib {library.name}\n")
        counts = [1, 1, 1]
        for number, mesh in enumerate(kept):
            stream.write(f"g {mesh.name.replace(chr(10), ' ') or f'mesh_{number}'}\nusemtl {names.of(mesh.material)}\n")
            stream.write(_body(mesh, counts))
    library.write_text("".join(names.lines), encoding="utf-8", newline="\n")
    return [path.name, library.name, *names.pictures]


def _body(mesh: Mesh, counts: list[int]) -> str:
    """Vertices and faces; `counts` are the next free numbers and are moved on."""
    lines = [f"v {x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in mesh.positions.tolist()]
    corners = [(mesh.triangles.astype(np.int64) + counts[0])]
    with_uv = mesh.uv is not None and mesh.material.image is not None
    if with_uv and mesh.uv is not None:
        lines += [f"vt {u:.6f} {v:.6f}\n" for u, v in mesh.uv.tolist()]
        corners.append(mesh.triangles.astype(np.int64) + counts[1])
        counts[1] += len(mesh.uv)
    if mesh.normals is not None:
        lines += [f"vn {x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in mesh.normals.tolist()]
        corners.append(mesh.triangles.astype(np.int64) + counts[2])
        counts[2] += len(mesh.normals)
    counts[0] += len(mesh.positions)
    pattern = "/".join(["%d"] * len(corners)) if with_uv or mesh.normals is None else "%d//%d"
    row = "f " + " ".join([pattern] * 3) + "\n"
    # the numbers of a face: for each of its corners place, texture, normal
    flat = np.stack(corners, axis=2).reshape(len(mesh.triangles), -1)
    return "".join(lines) + "".join(row % tuple(values) for values in flat.tolist())


class _Materials:
    """Names of materials, each written once with its picture."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self.pictures: list[str] = []
        self._names: dict[tuple[object, ...], str] = {}
        self._files: dict[int, str] = {}

    def of(self, material: Material) -> str:
        key = (material.colour, id(material.image))
        if key not in self._names:
            name = f"material_{len(self._names)}"
            r, g, b, a = material.colour
            self.lines.append(f"newmtl {name}\nKa 1 1 1\nKd {r:.4f} {g:.4f} {b:.4f}\nd {a:.4f}\nillum 1\n")
            if material.image is not None and (file := self._picture(material.image)):
                self.lines.append(f"map_Kd {file}\n")
            self._names[key] = name
        return self._names[key]

    def _picture(self, image: Image) -> str:
        if id(image) not in self._files:
            ready = as_web_image(image)
            name = "" if ready is None else f"{self.path.stem}_{len(self._files)}{SUFFIXES[ready.mime]}"
            if ready is not None:
                (self.path.parent / name).write_bytes(ready.data)
                self.pictures.append(name)
            self._files[id(image)] = name
        return self._files[id(image)]
