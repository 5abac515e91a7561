"""GLB files: accepted by the Khronos validator, exact in position, with attributes of features."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pointcloud.errors import PointCloudError
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import FeatureTable, Material, Mesh
from pointcloud.meshes.pictures import png_of

PLACE = np.array([501027.524, 2488718.808, 12.3456])
SQUARE = np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]], float) + PLACE


def square(**more: object) -> Mesh:
    return Mesh(SQUARE, np.array([[0, 1, 2], [0, 2, 3]], np.uint32), **more)


def parts(path: Path) -> tuple[dict, bytes]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def test_a_validator_finds_nothing_wrong(tmp_path: Path, gltf_issues: Callable[[Path], dict]) -> None:
    image = png_of(np.full((4, 4, 3), 128, np.uint8))
    textured = square(
        uv=np.float32([[0, 0], [1, 0], [1, 1], [0, 1]]),
        normals=np.float32([[0, 0, 1]] * 4),
        feature=np.array([0, 0, 1, -1]),
        material=Material("屋顶", image=image, repeat=False, unlit=True),
    )
    coloured = square(colours=np.full((4, 4), 200, np.uint8), material=Material(colour=(0.5, 0.5, 0.5, 0.4)))
    table = FeatureTable({"名称": ["一号楼", None], "height": [12.5, None], "floors": [4, 5]}, "building")
    path = tmp_path / "楼.glb"
    write_glb(path, [textured, coloured], features=table, origin=(500000, 0, 0), crs="EPSG:4547")
    report = gltf_issues(path)
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]


def test_positions_are_exact_far_from_the_origin(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", [square()])
    root, binary = parts(tmp_path / "a.glb")
    position = root["accessors"][root["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    view = root["bufferViews"][position["bufferView"]]
    local = np.frombuffer(binary, "<f4", 12, view["byteOffset"]).reshape(4, 3).astype(float)
    x, y, z = (local + root["nodes"][0]["translation"]).T
    np.testing.assert_allclose(np.column_stack((x, -z, y)), SQUARE, atol=1e-6)


def test_attributes_of_features(tmp_path: Path) -> None:
    table = FeatureTable({"name": ["甲", "乙乙"], "height": [3.5, 7.0]})
    write_glb(tmp_path / "f.glb", [square(feature=np.array([1, 1, 1, 1]))], features=table)
    root, binary = parts(tmp_path / "f.glb")
    metadata = root["extensions"]["EXT_structural_metadata"]
    columns = metadata["propertyTables"][0]["properties"]
    start, length = (root["bufferViews"][columns["name"]["values"]][key] for key in ("byteOffset", "byteLength"))
    assert binary[start : start + length].decode() == "甲乙乙"
    offsets = root["bufferViews"][columns["name"]["stringOffsets"]]["byteOffset"]
    assert np.frombuffer(binary, "<u4", 3, offsets).tolist() == [0, 3, 9]


def test_nothing_to_write_is_told(tmp_path: Path) -> None:
    empty = Mesh(np.empty((0, 3)), np.empty((0, 3), np.uint32))
    with pytest.raises(PointCloudError, match="没有可写的三角形"):
        write_glb(tmp_path / "e.glb", [empty])
