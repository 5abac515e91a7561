"""Pictures of textures: inline files, raw pixels, files beside."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from pointcloud.meshes.mesh import Image
from pointcloud.meshes.pictures import image_of, png_of

_BYTE = 0x1401
_CHANNELS = {0x1903: 1, 0x1906: 1, 0x1909: 1, 0x190A: 2, 0x1907: 3, 0x1908: 4, 0x80E0: -3, 0x80E1: -4}  # minus: BGR
_LARGEST = 64 << 20  # bytes of a picture beside the file


def image_of_texture(entry: dict[str, Any], folder: Path) -> tuple[Image | None, str]:
    """The picture of an image object and, where there is none, why. `folder` is where files beside are looked for."""
    name = entry.get("file", "").replace("\\", "/")
    if "data" in entry:
        image = image_of(entry["data"], PurePosixPath(name).name)
        return image, "" if image else f"贴图“{name}”是空的"
    if "pixels" in entry:
        image = _of_pixels(entry["pixels"], PurePosixPath(name).name)
        return image, "" if image else f"贴图“{name}”的像素格式不支持"
    if not name:
        return None, ""
    return _beside(name, folder)


def _beside(name: str, folder: Path) -> tuple[Image | None, str]:
    """A file under the folder of the model; nothing outside is read, whatever the name says."""
    for candidate in (folder / name, folder / PurePosixPath(name).name):
        place = candidate.resolve()
        if place.is_relative_to(folder.resolve()) and place.is_file() and place.stat().st_size <= _LARGEST:
            return image_of(place.read_bytes(), place.name), ""
    return None, f"缺少贴图文件“{name}”"


def _of_pixels(pixels: dict[str, Any], name: str) -> Image | None:
    channels = _CHANNELS.get(pixels["format"], 0)
    width, height, count = pixels["width"], pixels["height"], abs(channels)
    if not channels or pixels["type"] != _BYTE or width <= 0 or height <= 0 or pixels["depth"] > 1:
        return None
    packing = pixels["packing"] if pixels["packing"] in (1, 2, 4, 8) else 1
    stride = -(-width * count // packing) * packing
    if stride * height > len(pixels["data"]):
        return None
    rows = np.frombuffer(pixels["data"], np.uint8, stride * height).reshape(height, stride)[:, : width * count]
    grid = rows.reshape(height, width, count)
    if channels < 0:
        grid = grid[:, :, [2, 1, 0, 3][:count]]
    # OpenGL's first row is the lowest one, unless the image says that it begins at the top
    return png_of(grid if pixels["origin"] == 1 else grid[::-1], name)
