"""Folders of OSGB as different programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_osgb import small_file

from pointcloud.errors import UnusableSource
from pointcloud.meshes.sources import open_meshes
from pointcloud.task import Task

METADATA = "<ModelMetadata><SRS>EPSG:4547</SRS><SRSOrigin>500000,2500000,0</SRSOrigin></ModelMetadata>"


def tile(folder: Path, name: str, *children: str, shift: float = 0.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(small_file("<", children, shift))


def test_roots_by_the_folder_s_name_and_by_what_nothing_refers_to(tmp_path: Path) -> None:
    tile(tmp_path / "Data/Tile_a", "Tile_a.osgb", "Tile_a_L16_0.osgb")
    tile(tmp_path / "Data/Tile_a", "Tile_a_L16_0.osgb")
    tile(tmp_path / "Data/Block", "root_17.osgb", "fine_0.osgb", shift=50.0)  # another name, as DJI writes
    tile(tmp_path / "Data/Block", "fine_0.osgb", shift=50.0)
    (tmp_path / "metadata.xml").write_text(METADATA)
    for place in (tmp_path, tmp_path / "Data", tmp_path / "metadata.xml"):
        found = open_meshes(place, Task())
        assert [root.name for root in found.roots] == ["root_17", "Tile_a"]
        assert len(found.tiles()) == 4 and len(found.finest()) == 2 and found.files == 4
        assert found.georeference.crs.to_epsg() == 4547 and not found.warnings
    # the error at which a viewer refines: 16 pixels of a sphere of 20 m that is 200 pixels wide
    assert found.roots[0].error == pytest.approx(16 * 20 / 200)


def test_files_that_nothing_refers_to_are_told(tmp_path: Path) -> None:
    tile(tmp_path / "Tile_a", "Tile_a.osgb")
    tile(tmp_path / "Tile_a", "old.osgb")
    found = open_meshes(tmp_path, Task())
    assert found.files == 1 and any("没有被上级引用" in text for text in found.warnings)


@pytest.mark.parametrize("name", ["../secret.osgb", "/etc/passwd", "..\\secret.osgb", "没有.osgb"])
def test_references_do_not_lead_outside(tmp_path: Path, name: str) -> None:
    tile(tmp_path, "secret.osgb")
    tile(tmp_path / "Data", "a.osgb", name)
    found = open_meshes(tmp_path / "Data/a.osgb", Task())
    assert len(found.tiles()) == 1 and len(found.missing) == 1


def test_files_that_refer_to_each_other_end(tmp_path: Path) -> None:
    tile(tmp_path, "a.osgb", "b.osgb")
    tile(tmp_path, "b.osgb", "a.osgb")
    found = open_meshes(tmp_path / "a.osgb", Task())
    assert len(found.tiles()) == 2 and any("只计入一次" in text for text in found.warnings)


def test_a_chain_without_end_is_refused(tmp_path: Path) -> None:
    for number in range(80):
        tile(tmp_path, f"t{number}.osgb", f"t{number + 1}.osgb")
    with pytest.raises(UnusableSource, match="层级"):
        open_meshes(tmp_path / "t0.osgb", Task())


def test_folders_without_meshes_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match="没有 OSGB"):
        open_meshes(tmp_path, Task())
    (tmp_path / "a.osgb").write_bytes(b"damaged beyond repair, really")
    with pytest.raises(UnusableSource, match=r"a\.osgb"):
        open_meshes(tmp_path, Task())
