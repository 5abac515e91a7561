"""`tim mesh info`: what is in a mesh."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.georeference import Georeference, geodetic
from tim.job import Job
from tim.meshes.source import open_mesh
from tim.result import Result
from tim.sources.crs import describe

_KINDS = {"osgb": "OSGB", "3dtiles": "3D Tiles", "gltf": "glTF", "obj": "OBJ", "ply": "PLY"}


def mesh_info(*, mesh: str, job: Job) -> Result:
    """Read every file of a mesh once and count.

    Result keys: `vertices`, `triangles` (of all levels), `finest` (the same of what is shown at the finest), `levels`
    (number), `level_counts`, `tiles` (pieces with content), `files`, `missing` (names of files that are referred to
    and not there), `damaged`, `crs` (text or null), `origin` [x, y, z] in it, `extent` [xmin, ymin, zmin, xmax, ymax,
    zmax] in `crs`, `place` [longitude, latitude] of the middle in degrees (null without a CRS), `textures`, `format`.
    Raises `UnusableSource` for a mesh that is damaged, empty or of another format.
    """
    dataset = open_mesh(mesh, job)
    tiles = dataset.tiles()
    finest = dataset.finest()
    vertices, triangles = sum(tile.vertices for tile in tiles), sum(tile.triangles for tile in tiles)
    levels = _levels(tiles)
    data = {
        "format": _KINDS[dataset.kind],
        "vertices": vertices,
        "triangles": triangles,
        "finest": {
            "vertices": sum(tile.vertices for tile in finest),
            "triangles": sum(tile.triangles for tile in finest),
            "tiles": len(finest),
        },
        "levels": len(levels),
        "level_counts": levels,
        "tiles": len(tiles),
        "files": dataset.files,
        "missing": dataset.missing,
        "damaged": dataset.damaged,
        "features": 0 if dataset.features is None else len(dataset.features),
        "textures": _textures(finest, job),
        **_place(dataset),
    }
    gone = f"，缺少 {len(dataset.missing)} 个文件" if dataset.missing else ""
    text = (
        f"{data['format']}：{len(tiles)} 个瓦片、{len(levels)} 级，共 {vertices:,} 个顶点、{triangles:,} 个三角形{gone}"
    )
    return Result(text, data=data)


def _levels(tiles: list[Tile]) -> list[dict[str, Any]]:
    """Counts of each level, from the coarsest."""
    found: dict[int, Counter[str]] = {}
    labels: dict[int, str] = {}
    for tile in tiles:
        counts = found.setdefault(tile.level, Counter())
        counts.update(tiles=1, vertices=tile.vertices, triangles=tile.triangles)
        labels.setdefault(tile.level, tile.label)
    return [{"level": level, "label": labels[level], **found[level]} for level in sorted(found)]


def _textures(tiles: list[Tile], job: Job) -> int:
    """Pictures on the finest level."""
    count = 0
    for number, tile in enumerate(tiles):
        job.progress(0.9 + 0.1 * number / len(tiles), "清点贴图")
        count += len({id(mesh.material.image) for mesh in tile.load() if mesh.material.image is not None})
    return count


def _place(dataset: MeshDataset) -> dict[str, Any]:
    """CRS, origin and extent as the source states them."""
    georeference, box = dataset.georeference, dataset.box()
    extent = None if box is None else [round(float(value), 4) for value in (box + georeference.origin).ravel()]
    return {
        "crs": crs_text(georeference),
        "origin": [round(float(value), 6) for value in _origin(georeference)],
        "extent": extent,
        "place": None if box is None or not georeference.placed else _middle(georeference, box),
    }


def crs_text(georeference: Georeference) -> str | None:
    """The CRS for people; earth-centred coordinates as EPSG:4978."""
    if georeference.matrix is not None:
        return "EPSG:4978"
    return None if georeference.crs is None else describe(georeference.crs)


def _origin(georeference: Georeference) -> np.ndarray:
    return georeference.origin if georeference.matrix is None else georeference.matrix[:3, 3]


def _middle(georeference: Georeference, box: np.ndarray) -> list[float]:
    longitude, latitude, _ = geodetic(georeference.ecef(box.mean(axis=0, keepdims=True)))[0]
    return [round(float(np.degrees(value)), 8) for value in (longitude, latitude)]
