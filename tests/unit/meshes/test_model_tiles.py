"""3D Tiles and GLB of a model of many buildings: a tree whose inner tiles show what is below them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pointcloud.meshes.sources import open_meshes
from pointcloud.task import Task
from tim.exchange.blocks import block
from tim.exchange.export import export_model
from tim.importing.command import import_sources
from tim.job import Job

_COUNT = 900
_FACES = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 × 30 houses of 10 × 8 m, 6 to 15 m high, as a model, its tiles and its GLB."""
    folder = tmp_path_factory.mktemp("瓦片")
    vertices: list[list[int]] = []
    objects = {}
    for number in range(_COUNT):
        x, y, first = number % 30 * 20, number // 30 * 20, len(vertices)
        vertices += [[x + dx, y + dy, z] for z in (0, 6 + number % 10) for dx, dy in ((0, 0), (10, 0), (10, 8), (0, 8))]
        shell = [[[first + corner for corner in face]] for face in _FACES]
        geometry = {"type": "Solid", "lod": "1", "boundaries": [shell]}
        objects[f"楼{number}"] = {"type": "Building", "attributes": {"层数": number % 10}, "geometry": [geometry]}
    reference = {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4547"}
    transform = {"scale": [1.0] * 3, "translate": [500_000.0, 3_400_000.0, 0.0]}
    document = {"type": "CityJSON", "version": "2.0", "metadata": reference, "transform": transform,
                "CityObjects": objects, "vertices": vertices}  # fmt: skip
    (folder / "a.city.json").write_text(json.dumps(document), encoding="utf-8")
    import_sources([str(folder / "a.city.json")], out=str(folder / "a.gpkg"), job=Job())
    for name in ("tiles", "a.glb"):
        export_model(str(folder / "a.gpkg"), to=str(folder / name), job=Job())
    return folder


def _all(tile: dict) -> Iterator[dict]:
    yield tile
    for child in tile.get("children", ()):
        yield from _all(child)


def test_every_tile_has_content_and_a_smaller_error_than_its_parent(exported: Path) -> None:
    root = json.loads((exported / "tiles/tileset.json").read_text("utf-8"))["root"]
    tiles = list(_all(root))
    leaves = [tile for tile in tiles if not tile.get("children")]
    assert len(leaves) >= 4 and len(tiles) > len(leaves)
    for tile in tiles:
        for child in tile.get("children", ()):
            assert child["geometricError"] < tile["geometricError"] and "content" in child
    assert {tile["geometricError"] for tile in leaves} == {0}
    for tile in tiles:
        if "content" in tile:
            assert (exported / "tiles" / tile["content"]["uri"]).is_file()


def test_each_level_shows_all_houses_with_their_attributes_and_no_others(exported: Path) -> None:
    root = json.loads((exported / "tiles/tileset.json").read_text("utf-8"))["root"]
    named: dict[bool, list[str]] = {True: [], False: []}
    for tile in _all(root):
        if "content" not in tile:
            continue
        content = open_meshes(exported / "tiles" / tile["content"]["uri"], Task())
        assert content.features is not None
        columns = content.features.columns
        assert list(columns) == ["id", "entity", "class", "层数"]
        rows = np.unique(np.concatenate([mesh.feature for part in content.roots for mesh in part.load()]))
        assert rows.tolist() == list(range(len(columns["id"])))
        assert [f"{int(name[1:]) % 10}" for name in columns["id"]] == [f"{value:g}" for value in columns["层数"]]
        named["children" not in tile] += columns["id"]
    every = sorted(f"楼{number}" for number in range(_COUNT))
    assert sorted(named[True]) == every and sorted(named[False]) == every


def test_the_reference_validator_finds_nothing(exported: Path, gltf_issues: Callable[[Path], dict]) -> None:
    for path in [exported / "a.glb", *sorted((exported / "tiles").rglob("*.glb"))]:
        issues = gltf_issues(path)
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), (path.name, issues["messages"][:3])


def test_a_block_is_the_least_around_a_turned_house() -> None:
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    ring = np.array([[0, 0], [10, 0], [10, 4], [0, 4]]) @ turn.T
    places = np.concatenate([np.column_stack([ring, np.full(4, z)]) for z in (2.0, 8.0)])
    made = block(places[[[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]])
    assert made.shape == (10, 3, 3)
    area = np.cross(made[:, 1] - made[:, 0], made[:, 2] - made[:, 0])
    assert np.linalg.norm(area, axis=1).sum() / 2 == pytest.approx(10 * 4 + 2 * (10 + 4) * 6)
    outward = ((made.mean(axis=1) - places.mean(axis=0)) * area).sum(axis=1)
    assert (outward > 0).all()
    assert len(block(places[[[0, 1, 2]]])) == 0
