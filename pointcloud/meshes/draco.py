"""Meshes that are packed with Draco inside of a glTF (KHR_draco_mesh_compression)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pointcloud.meshes.gltf_accessors import GltfError

EXTENSION = "KHR_draco_mesh_compression"


def unpack(data: bytes, attributes: dict[str, int]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Arrays by the names of the glTF's attributes, and the corners (3 m,) of the triangles. Raises `GltfError`."""
    try:
        import DracoPy
    except ImportError as error:
        raise GltfError("用了 Draco 压缩，这台机器没有解压组件；请导出未压缩的 glTF") from error
    try:
        mesh: Any = DracoPy.decode(data)
    except Exception as error:  # its own classes derive from nothing more special
        raise GltfError("Draco 压缩数据损坏") from error
    found: dict[str, np.ndarray] = {}
    for name, number in attributes.items():
        entry = mesh.get_attribute_by_unique_id(int(number))
        if entry is not None:
            values = np.asarray(entry["data"])
            found[name] = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if "POSITION" not in found:
        raise GltfError("Draco 压缩数据里没有坐标")
    return found, np.asarray(getattr(mesh, "faces", np.empty(0)), np.int64).reshape(-1)
