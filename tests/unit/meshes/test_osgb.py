"""OSGB: every real file read as OpenSceneGraph's own converter reads it; damage is told."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from osgt import geometries
from small_osgb import small_file

from pointcloud.errors import UnusableSource
from pointcloud.meshes.osgb import read_osgb

FILES = 27  # in the data folder
needs_osgconv = pytest.mark.skipif(
    shutil.which("osgconv") is None and os.environ.get("CI") != "true", reason="osgconv (OpenSceneGraph) is missing"
)


def real_files(data_folder: Path) -> list[Path]:
    files = sorted((data_folder / "realscene").rglob("*.osgb"))
    assert len(files) == FILES
    return files


@pytest.mark.data
@needs_osgconv
def test_every_real_file_has_the_vertices_and_triangles_of_osgconv(data_folder: Path, tmp_path: Path) -> None:
    for path in real_files(data_folder):
        ascii_form = tmp_path / (path.stem + ".osgt")
        subprocess.run(["osgconv", path, ascii_form], check=True, capture_output=True, timeout=60)
        expected = geometries(ascii_form)
        meshes = read_osgb(path).meshes
        assert [len(mesh.triangles) for mesh in meshes] and len(meshes) == len(expected), path.name
        assert sum(len(mesh.triangles) for mesh in meshes) == sum(count for _, count in expected), path.name
        for mesh, (vertices, count) in zip(meshes, expected):
            assert len(mesh.triangles) == count, path.name
            np.testing.assert_allclose(mesh.positions, vertices, rtol=1e-5, atol=1e-6, err_msg=path.name)


@pytest.mark.data
def test_textures_and_finer_files_are_there(data_folder: Path) -> None:
    found = read_osgb(data_folder / "realscene/osgb_zhongshan/Data/Tile_+000_+013/Tile_+000_+013_L18_0uuuu.osgb")
    assert len(found.children) == 8 and not found.warnings
    assert all(mesh.material.image.data.startswith(b"\xff\xd8") for mesh in found.meshes)
    assert all(mesh.uv is not None and len(mesh.uv) == len(mesh.positions) for mesh in found.meshes)
    assert all(part.radius > 0 and part.pixels > 0 for part in found.parts if part.children)


@needs_osgconv
@pytest.mark.parametrize("options", [[], ["-O", "Compressor=zlib"]])
def test_every_kind_of_primitive_under_a_transform(options: list[str], tmp_path: Path) -> None:
    source = tmp_path / "场景.osgt"
    source.write_text(_SCENE)
    subprocess.run(["osgconv", *options, source, tmp_path / "s.osgb"], check=True, capture_output=True, timeout=60)
    found = read_osgb(tmp_path / "s.osgb")
    (mesh,) = found.meshes
    assert found.children == ["other.osgb"]
    # the matrix turns by 90 degrees and moves
    np.testing.assert_allclose(mesh.positions[1], [100, 201, 300])
    assert mesh.triangles.tolist() == [
        *[[0, 1, 2], [0, 2, 3]],  # a quad
        *[[0, 1, 2], [0, 2, 3], [3, 2, 5], [3, 5, 4]],  # a strip of quads
        *[[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]],  # a fan
        *[[0, 1, 2], [3, 4, 5]],  # strips
    ]
    assert mesh.colours.tolist() == [[255, 0, 0, 255]] * 6


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders(order: str, tmp_path: Path) -> None:
    path = tmp_path / "t.osgb"
    path.write_bytes(small_file(order))
    (mesh,) = read_osgb(path).meshes
    assert mesh.positions.tolist() == [[0, 0, 0], [1.5, 0, 0], [0, 2.5, 0]]
    assert mesh.triangles.tolist() == [[0, 1, 2]]


@pytest.mark.data
def test_truncated_and_flipped_copies_are_read_or_refused(data_folder: Path, tmp_path: Path) -> None:
    rng = random.Random(7)
    files = [path for path in real_files(data_folder) if path.stat().st_size < 300_000]
    place = tmp_path / "坏.osgb"
    refused = 0
    for _ in range(150):
        data = bytearray(rng.choice(files).read_bytes())
        if rng.random() < 0.3:
            data = data[: rng.randrange(len(data))]
        else:
            for _ in range(rng.choice((1, 3, 20))):
                data[rng.randrange(min(len(data), 4000))] ^= 1 << rng.randrange(8)
        place.write_bytes(data)
        try:
            for mesh in read_osgb(place).meshes:
                assert np.isfinite(mesh.positions).all()
                assert not len(mesh.triangles) or mesh.triangles.max() < len(mesh.positions)
        except UnusableSource as error:
            refused += 1
            assert "坏.osgb" in error.message
    assert refused > 40


_SCENE = """#Ascii Scene
#Version 161
#Generator OpenSceneGraph 3.6.5

osg::Group {
  UniqueID 1
  Children 2 {
    osg::MatrixTransform {
      UniqueID 2
      Children 1 {
        osg::Geode {
          UniqueID 3
          Drawables 1 {
            osg::Geometry {
              UniqueID 4
              PrimitiveSetList 4 {
                osg::DrawElementsUByte { UniqueID 7 Mode QUADS vector 4 { 0 1 2 3 } }
                osg::DrawElementsUShort { UniqueID 8 Mode QUAD_STRIP vector 6 { 0 1 3 2 4 5 } }
                osg::DrawArrays { UniqueID 9 Mode TRIANGLE_FAN First 0 Count 6 }
                osg::DrawArrayLengths { UniqueID 12 Mode TRIANGLE_STRIP First 0 vector 2 { 3 3 } }
              }
              VertexArray TRUE {
                osg::Vec3dArray {
                  UniqueID 10
                  Binding BIND_PER_VERTEX
                  vector 6 { 0 0 0 1 0 0 1 1 0 0 1 0 0 2 0 1 2 0 }
                }
              }
              ColorArray TRUE {
                osg::Vec4ubArray { UniqueID 11 Binding BIND_OVERALL vector 1 { 255 0 0 255 } }
              }
            }
          }
        }
      }
      Matrix { 0 1 0 0 -1 0 0 0 0 0 1 0 100 200 300 1 }
    }
    osg::ProxyNode {
      UniqueID 20
      FileNames 1 { "other.osgb" }
      LoadingExternalReferenceMode NO_AUTOMATIC_LOADING
    }
  }
}
"""
