"""Meshes of every format as users name them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import pytest
from scenes import dataset, hill

from pointcloud.errors import UnusableSource
from pointcloud.meshes.georeference import Georeference
from pointcloud.meshes.gltf_writer import pack, write_glb
from pointcloud.meshes.mesh import FeatureTable
from pointcloud.meshes.sources import open_meshes
from pointcloud.meshes.tiles3d.writer import write_tileset
from pointcloud.task import Task


@pytest.mark.data
def test_a_town_with_its_levels_and_dangling_children(data_folder: Path) -> None:
    found = open_meshes(data_folder / "realscene/osgb_zhongshan", Task())
    assert (found.files, len(found.missing)) == (13, 27)
    assert sorted({tile.label for tile in found.tiles()} - {""}) == ["L15", "L16", "L17", "L18", "L19"]
    assert sum(tile.vertices for tile in found.tiles()) == 118_045
    # 8 parts of L18, all replaced by their L19
    assert len(found.finest()) == 28 and {tile.label for tile in found.finest()} == {"L19"}


@pytest.mark.data
def test_a_missing_level_is_replaced_by_the_coarser_one(data_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(data_folder / "realscene/osgb_zhongshan", tmp_path / "p")
    gone = tmp_path / "p/Data/Tile_+000_+013/Tile_+000_+013_L19_0uuuu2.osgb"
    gone.chmod(0o644)
    gone.parent.chmod(0o755)
    gone.unlink()
    found = open_meshes(tmp_path / "p", Task())
    assert gone.name in found.missing
    labels = [tile.label for tile in found.finest()]
    assert labels.count("L18") == 1 and labels.count("L19") == 24
    (tmp_path / "p/Data/Tile_+000_+013/Tile_+000_+013_L19_0uuuu1.osgb").chmod(0o644)
    (tmp_path / "p/Data/Tile_+000_+013/Tile_+000_+013_L19_0uuuu1.osgb").write_bytes(b"damaged")
    found = open_meshes(tmp_path / "p", Task())
    assert found.damaged == ["Tile_+000_+013_L19_0uuuu1.osgb"]
    assert [tile.label for tile in found.finest()].count("L18") == 2


@pytest.mark.data
def test_3d_tiles_of_both_versions(data_folder: Path) -> None:
    dragon = open_meshes(data_folder / "realscene/cesium_samples/1.0/TilesetWithDiscreteLOD/tileset.json", Task())
    assert sorted(tile.triangles for tile in dragon.tiles()) == [2312, 14782]
    assert dragon.missing == ["dragon_high.b3dm"]
    sparse = open_meshes(data_folder / "realscene/cesium_samples/1.1/SparseImplicitQuadtree", Task())
    assert len(sparse.tiles()) == 32 and not sparse.missing
    # content_5__x_y stands at (x, y) of 32
    for tile in sparse.tiles():
        x, y = (int(part) for part in tile.name.split("__")[1].split("_"))
        np.testing.assert_allclose(tile.box[0, :2], [x / 32, y / 32], atol=1 / 64)


@pytest.mark.data
def test_a_content_with_broken_numbers(data_folder: Path) -> None:
    found = open_meshes(data_folder / "realscene/tiles3d_berlin/1511577738.buildings.b3dm", Task())
    (tile,) = found.tiles()
    assert (tile.vertices, tile.triangles) == (8914, 5535)
    assert all(np.isfinite(mesh.positions).all() for mesh in tile.load())


def test_levels_survive_in_3d_tiles(tmp_path: Path, gltf_issues: Callable[[Path], dict]) -> None:
    source = dataset([hill(cells=4)], Georeference(pyproj.CRS(4547), np.array([501000.0, 2488000.0, 0])))
    coarse = source.roots[0]
    coarse.error = 2.0
    fine = dataset([hill(cells=12)], source.georeference).roots[0]
    fine.level = 1
    coarse.children = [fine]
    write_tileset(source, tmp_path / "t", Task())
    root = json.loads((tmp_path / "t/tileset.json").read_text())
    assert root["asset"]["version"] == "1.1" and len(root["root"]["transform"]) == 16
    upper = root["root"]["children"][0]
    lower = upper["children"][0]
    assert upper["geometricError"] == 2.0 and lower["geometricError"] == 0.0
    assert root["geometricError"] > root["root"]["geometricError"] > upper["geometricError"]
    for entry in (upper, lower):
        report = gltf_issues(tmp_path / "t" / entry["content"]["uri"])
        assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]
    back = open_meshes(tmp_path / "t", Task())
    assert [tile.triangles for tile in back.tiles()] == [32, 288]
    assert [tile.triangles for tile in back.finest()] == [288]


def test_a_lost_content_leaves_no_hole(tmp_path: Path) -> None:
    source = dataset([hill(cells=4)], Georeference(pyproj.CRS(4547), np.array([501000.0, 2488000.0, 0])))
    coarse = source.roots[0]
    for name in ("west", "east"):
        fine = dataset([hill(cells=12)], source.georeference).roots[0]
        fine.level, fine.name = 1, name
        coarse.children.append(fine)
    write_tileset(source, tmp_path / "t", Task())
    assert [tile.triangles for tile in open_meshes(tmp_path / "t", Task()).finest()] == [288, 288]
    (tmp_path / "t/tiles/east.glb").unlink()
    found = open_meshes(tmp_path / "t", Task())
    assert found.missing == ["tiles/east.glb"]
    assert [tile.triangles for tile in found.finest()] == [32]


def test_attributes_come_back_from_glb(tmp_path: Path) -> None:
    mesh = hill()
    mesh.feature = np.where(np.arange(len(mesh.positions)) % 2, 1, -1)
    table = FeatureTable({"名称": ["甲", "乙"], "height": [3.5, None], "floors": [1, 2]})
    write_glb(tmp_path / "a.glb", [mesh], features=table)
    back = open_meshes(tmp_path / "a.glb", Task())
    assert dict(back.features.columns) == {"名称": ["甲", "乙"], "height": [3.5, None], "floors": [1, 2]}
    (again,) = back.roots[0].load()
    assert again.feature.tolist() == mesh.feature.tolist()


def test_draco(tmp_path: Path) -> None:
    import DracoPy

    mesh = hill()
    data = DracoPy.encode(mesh.positions, mesh.triangles, quantization_bits=20)
    count = {"count": len(mesh.positions), "componentType": 5126, "type": "VEC3"}
    packed = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    root = {
        "asset": {"version": "2.0"},
        "extensionsRequired": ["KHR_draco_mesh_compression"],
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "extensions": packed}]}],
        "accessors": [count],
        "bufferViews": [{"buffer": 0, "byteLength": len(data)}],
        "buffers": [{"byteLength": len(data)}],
    }
    (tmp_path / "d.glb").write_bytes(pack(root, data))
    (again,) = open_meshes(tmp_path / "d.glb", Task()).roots[0].load()
    assert len(again.triangles) == len(mesh.triangles)
    back = again.positions @ np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # its z is our y
    nearest = np.linalg.norm(back[:, None] - mesh.positions[None], axis=2).min(axis=1)
    assert nearest.max() < 0.001
    (tmp_path / "d.glb").write_bytes(pack(root, data[:40] + b"\0" * (len(data) - 40)))
    with pytest.raises(UnusableSource, match="Draco"):
        open_meshes(tmp_path / "d.glb", Task())


def test_obj_as_others_write_it(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl red\nKd 1 0 0\nnewmtl pic\nmap_Kd 没有.jpg\n")
    (tmp_path / "a.obj").write_text(
        "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 1\nusemtl red\nf -4 -3 -2 -1\n"
        "usemtl pic\nf 1/1 2/2 3/2\n",
        encoding="utf-8",
    )
    found = open_meshes(tmp_path / "a.obj", Task())
    red, pic = found.roots[0].load()
    assert red.triangles.shape == (2, 3) and red.material.colour[:3] == (1.0, 0.0, 0.0)
    assert pic.uv.tolist() == [[0, 0], [1, 1], [1, 1]] and found.missing == ["没有.jpg"]


@pytest.mark.parametrize("order", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_ply(tmp_path: Path, order: str) -> None:
    head = (
        f"ply\nformat {order} 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
        "element face 2\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    places = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 5]], float)
    if order == "ascii":
        body = b"0 0 0\n1 0 0\n1 1 0\n0 1 5\n4 0 1 2 3\n3 0 1 3\n"
    else:
        end = "<" if "little" in order else ">"
        body = places.astype(end + "f4").tobytes()
        body += b"\4" + np.array([0, 1, 2, 3], end + "i4").tobytes() + b"\3" + np.array([0, 1, 3], end + "i4").tobytes()
    (tmp_path / "a.ply").write_bytes(head + body)
    (mesh,) = open_meshes(tmp_path / "a.ply", Task()).roots[0].load()
    np.testing.assert_array_equal(mesh.positions, places)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 3]]


@pytest.mark.parametrize("name", ["a.osgb", "a.glb", "a.gltf", "a.obj", "a.ply", "a.b3dm", "tileset.json", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"garbage \xff\x00" * 9, b'{"asset": 1}'])
def test_what_is_no_mesh_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableSource) as caught:
        open_meshes(tmp_path / name, Task())
    assert name in caught.value.message and "\n" not in caught.value.message


@pytest.mark.data
def test_flipped_tiles_are_read_or_refused(data_folder: Path, tmp_path: Path) -> None:
    import random

    rng = random.Random(3)
    sources = [data_folder / "realscene/tiles3d_berlin/1511577738.buildings.b3dm"]
    sources += sorted((data_folder / "realscene/cesium_samples/1.1/SparseImplicitQuadtree/content").glob("*.glb"))[:2]
    for k in range(60):
        source = sources[k % 3]
        data = bytearray(source.read_bytes())
        if k % 4 == 0:
            data = data[: rng.randrange(len(data))]
        for _ in range(6):
            data[rng.randrange(min(len(data), 3000))] ^= 1 << rng.randrange(8)
        place = tmp_path / source.name
        place.write_bytes(data)
        try:
            open_meshes(place, Task())
        except UnusableSource as error:
            assert source.name in error.message
