"""A model as meshes with the attributes of its buildings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw

from pointcloud.meshes.mesh import FeatureTable, Material
from pointcloud.meshes.mesh import Mesh as TexturedMesh
from pointcloud.meshes.pictures import png_of
from tim.picture.content import ModelContent
from tim.picture.mesh import Mesh, model_pieces

MODEL_GROUPS = ("地形", "树木和边缘", "建筑")
_GROUND, _TREES, _BUILDINGS = 0, 1, 2
_MOST_CELLS = 300  # along the longer side of the terrain
_TITLES = {
    "id": "编码", "name": "名称", "height": "高度（米）", "ground_z": "地面高程（米）", "roof_z": "屋顶高程（米）",
    "area_m2": "占地面积（平方米）", "points": "点数", "roof_rmse": "屋顶误差（米）", "height_source": "高度来源",
    "status": "状态", "reason": "原因", "lod": "细节层次",
}  # fmt: skip


def model_meshes(
    content: ModelContent, path: Path
) -> tuple[list[TexturedMesh], list[int], FeatureTable | None, np.ndarray]:
    """Meshes, the group of each (numbers of `MODEL_GROUPS`), attributes of the buildings, origin (3,)."""
    origin, pieces = model_pieces(content, most_cells=_MOST_CELLS)
    columns, rows = _attributes(path)
    meshes = [_ground(pieces[0])]
    groups = [_GROUND]
    rest = _coloured(pieces[0], ~pieces[0].textured)
    if len(rest.triangles):
        meshes.append(rest)
        groups.append(_TREES)
    for piece in pieces[1:]:
        mesh = _coloured(piece, np.ones(len(piece.triangles), bool))
        identity = content.solid_ids[piece.solid] if piece.solid < len(content.solid_ids) else ""
        mesh.feature = np.full(len(mesh.positions), rows.get(identity, -1))
        meshes.append(mesh)
        groups.append(_BUILDINGS)
    return meshes, groups, FeatureTable(columns, "building") if columns else None, origin


def _ground(piece: Mesh) -> TexturedMesh:
    """The bare ground with its land use as a picture."""
    texture = piece.texture
    if texture is None:
        return _coloured(piece, piece.textured)
    palette = np.round(255.0 * np.clip(texture.palette, 0.0, 1.0)).astype(np.uint8)
    image = png_of(palette[texture.index])
    places = piece.vertices[:, :2] + piece.origin[:2]
    column, row = ~texture.transform * (places[:, 0], places[:, 1])
    rows, columns = texture.index.shape
    uv = np.column_stack((column / columns, 1.0 - row / rows)).astype(np.float32)
    material = Material("ground", image=image, repeat=False)
    mesh = TexturedMesh(piece.vertices, piece.triangles.astype(np.uint32), uv=uv, material=material)
    return mesh.taken(piece.textured)


def _coloured(piece: Mesh, chosen: np.ndarray) -> TexturedMesh:
    """Triangles with one colour each; they share no vertices."""
    triangles = piece.triangles[chosen]
    colours = np.round(255.0 * np.clip(piece.colours[chosen], 0.0, 1.0)).astype(np.uint8)
    rgba = np.column_stack((colours, np.full(len(colours), 255, np.uint8)))
    numbers = np.arange(3 * len(triangles), dtype=np.uint32).reshape(-1, 3)
    return replace(TexturedMesh(piece.vertices[triangles].reshape(-1, 3), numbers), colours=np.repeat(rgba, 3, axis=0))


def _attributes(path: Path) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """Columns of the buildings under the names that people read, and the row of each identity."""
    meta, _, _, values = pyogrio.raw.read(path, layer="building", read_geometry=False)
    columns: dict[str, list[Any]] = {}
    rows: dict[str, int] = {}
    for name, column in zip(meta["fields"], values):
        if str(name) == "id":
            rows = {str(value): number for number, value in enumerate(column)}
        columns[_TITLES.get(str(name), str(name))] = [_plain(value) for value in column]
    return columns, rows


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float):
        return round(plain, 3) if np.isfinite(plain) else None
    return plain if plain is None or isinstance(plain, (int, str)) else str(plain)
