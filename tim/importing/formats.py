"""What a file is, and the readers of city models."""

from __future__ import annotations

from pathlib import Path

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.city.objects import City
from tim.exchange.citygml.read import is_citygml, read_citygml
from tim.exchange.citygml.xml import refuse_entities
from tim.exchange.cityjson.read import is_cityjson, read_cityjson

CITYJSON, CITYGML, MESH, RASTER, VECTOR = "cityjson", "citygml", "mesh", "raster", "vector"
CITY = (CITYJSON, CITYGML)
_RASTERS = (".tif", ".tiff", ".img", ".asc", ".vrt", ".dem", ".hgt")
_MESHES = (".gltf", ".glb", ".obj", ".ply", ".b3dm")


def format_of(path: Path) -> str:
    """The sort of a source, by its ending and its beginning. Raises `UnusableInput` for an empty file."""
    suffix = path.suffix.lower()
    if path.is_file() and path.stat().st_size == 0:
        raise UnusableInput(f"文件“{path.name}”是空的（0 字节）")
    if path.is_file():
        if suffix in (".json", ".jsonl", ".cityjson") and (is_cityjson(path) or suffix == ".jsonl"):
            return CITYJSON
        if suffix in (".gml", ".xml", ".citygml"):
            refuse_entities(path)
            if is_citygml(path):
                return CITYGML
        if suffix in _MESHES or path.name.lower() == "tileset.json":
            return MESH
        if suffix in _RASTERS:
            return RASTER
    return VECTOR


def read_city(path: Path, sort: str, axis: str, task: Task) -> City:
    """The city of a file of one of the sorts `CITY`."""
    return read_cityjson(path, task) if sort == CITYJSON else read_citygml(path, axis, task)
