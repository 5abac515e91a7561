"""Pictures of buildings taken from a mesh around them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pointcloud.meshes.draping import Surroundings, drape
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import Mesh
from pointcloud.meshes.pictures import pixels_of
from pointcloud.meshes.sampling import Colours
from pointcloud.meshes.sources import open_meshes
from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.importing.command import import_sources
from tim.job import Job
from tim.meshes.texture import texture_model

ORIGIN = (501000.0, 2488000.0, 0.0)
SIZE = np.array([12.0, 8.0, 6.0])
# the faces of a box as (corners, outward normal, colour)
SIDES = {
    "south": ((0, 1, 5, 4), (0, -1, 0), (200, 30, 30)),
    "east": ((1, 2, 6, 5), (1, 0, 0), (30, 200, 30)),
    "north": ((2, 3, 7, 6), (0, 1, 0), (30, 30, 200)),
    "west": ((3, 0, 4, 7), (-1, 0, 0), (200, 200, 30)),
    "top": ((4, 5, 6, 7), (0, 0, 1), (30, 200, 200)),
}


def corners(grown: float = 0.0) -> np.ndarray:
    """The eight corners of a box on the ground, counter-clockwise below, then above."""
    plan = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * (SIZE[:2] + 2 * grown) - grown
    return np.vstack([np.column_stack((plan, np.full(4, z))) for z in (0.0, SIZE[2] + grown)])


def scan(grown: float = 0.3, without: str = "") -> Mesh:
    """What an oblique survey would give: a box a little larger, each side in its own colour, no floor."""
    places, colours = [], []
    for name, (numbers, _, colour) in SIDES.items():
        if name != without:
            a, b, c, d = corners(grown)[list(numbers)]
            places += [a, b, c, a, c, d]
            colours += [(*colour, 255)] * 6
    order = np.arange(len(places), dtype=np.uint32).reshape(-1, 3)
    return Mesh(np.array(places), order, colours=np.array(colours, np.uint8))


def faces() -> tuple[list[np.ndarray], np.ndarray, list[np.ndarray]]:
    shapes = [corners()[list(numbers)] for numbers, _, _ in SIDES.values()]
    return shapes, np.array([n for _, n, _ in SIDES.values()], float), [s[[[0, 1, 2], [0, 2, 3]]] for s in shapes]


def shown(mesh: Mesh) -> dict[str, np.ndarray]:
    """The colour in the middle of each side of a textured box, looked up as a viewer does."""
    pixels = pixels_of(mesh.material.image)
    middles = mesh.uv.reshape(-1, 6, 2).mean(axis=1)
    rows, columns = pixels.shape[:2]
    return {name: pixels[int((1 - v) * rows), int(u * columns)].astype(int) for name, (u, v) in zip(SIDES, middles)}


def test_each_face_shows_what_lies_before_or_behind_it() -> None:
    for grown in (0.3, -0.3):
        draped = drape(*faces(), Surroundings([scan(grown)], Colours()), 0.1, 2.0)
        assert draped is not None and (draped.seen > (0.99 if grown > 0 else 0.85)).all()
        for name, colour in shown(draped.mesh).items():
            assert np.abs(colour - SIDES[name][2]).max() < 12, name


def test_the_picture_stands_upright_on_its_wall() -> None:
    """A wall whose lower half is red and whose west half is dark keeps both where they are."""

    def patch(x0: float, x1: float, z0: float, z1: float, colour: tuple[int, int, int]) -> Mesh:
        places = np.array([(x0, -0.2, z0), (x1, -0.2, z0), (x1, -0.2, z1), (x0, -0.2, z1)])
        return Mesh(places, np.array([[0, 1, 2], [0, 2, 3]], np.uint32), colours=np.tile((*colour, 255), (4, 1)))

    pieces = [patch(0, 6, 0, 3, (90, 0, 0)), patch(6, 12, 0, 3, (220, 0, 0)),
              patch(0, 6, 3, 6, (0, 90, 0)), patch(6, 12, 3, 6, (0, 220, 0))]  # fmt: skip
    shapes, normals, triangles = faces()
    draped = drape(shapes[:1], normals[:1], triangles[:1], Surroundings(pieces, Colours()), 0.1, 1.0)
    pixels = pixels_of(draped.mesh.material.image)
    expected = {(3, 1.5): (90, 0, 0), (9, 1.5): (220, 0, 0), (3, 4.5): (0, 90, 0), (9, 4.5): (0, 220, 0)}
    for (east, up), colour in expected.items():
        target = np.array([east, 0.0, up])
        corner = draped.mesh.positions[:3]
        shares = np.linalg.lstsq(np.vstack([corner.T, np.ones(3)]), np.append(target, 1.0), rcond=None)[0]
        u, v = shares @ draped.mesh.uv[:3]
        found = pixels[int((1 - v) * pixels.shape[0]), int(u * pixels.shape[1])].astype(int)
        assert np.abs(found - colour).max() < 15


def test_a_face_without_mesh_is_told_and_plain() -> None:
    draped = drape(*faces(), Surroundings([scan(without="north")], Colours()), 0.1, 2.0)
    assert draped.seen[list(SIDES).index("north")] < 0.1
    assert drape(*faces(), Surroundings([scan(grown=30.0)], Colours()), 0.1, 2.0) is None


def test_a_large_building_fits_into_one_picture() -> None:
    shapes, normals, triangles = faces()
    large = [part * 50 for part in shapes], normals, [part * 50 for part in triangles]
    draped = drape(*large, Surroundings([scan().moved(np.diag([50.0, 50.0, 50.0, 1.0]))], Colours()), 0.05, 20.0)
    assert max(pixels_of(draped.mesh.material.image).shape[:2]) <= 4096


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model with one box of LoD2.2."""
    vertices = (corners() * 1000).round().astype(int).tolist()
    boundaries = [[[0, 3, 2, 1]], *([list(numbers)] for numbers, _, _ in SIDES.values())]
    kinds = [{"type": name} for name in ("GroundSurface", "WallSurface", "RoofSurface")]
    geometry = {"type": "Solid", "lod": "2.2", "boundaries": [boundaries],
                "semantics": {"surfaces": kinds, "values": [[0, 1, 1, 1, 1, 2]]}}  # fmt: skip
    city = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4547"},
        "transform": {"scale": [0.001] * 3, "translate": list(ORIGIN)},
        "CityObjects": {"盒": {"type": "Building", "geometry": [geometry]}},
        "vertices": vertices,
    }
    (tmp_path / "盒.city.json").write_text(json.dumps(city), encoding="utf-8")
    import_sources(sources=[str(tmp_path / "盒.city.json")], out=str(tmp_path / "盒.gpkg"), job=Job())
    return tmp_path / "盒.gpkg"


def test_the_command_writes_a_building_with_its_picture(model: Path, tmp_path: Path) -> None:
    write_glb(tmp_path / "实景.glb", [scan()], origin=ORIGIN, crs="EPSG:4547")
    result = texture_model(model=str(model), mesh=str(tmp_path / "实景.glb"), out=str(tmp_path / "贴图.glb"), job=Job())
    assert result.data["buildings"] == 1 and result.data["plain"] == [] and result.data["textured"] > 0.95
    dataset = open_meshes(tmp_path / "贴图.glb", Task())
    (tile,) = dataset.finest()
    pictured = [mesh for mesh in tile.load() if mesh.material.image is not None]
    assert len(pictured) == 1 and pictured[0].material.image.mime == "image/jpeg"
    box = dataset.georeference.origin + tile.box
    np.testing.assert_allclose(box, np.array([ORIGIN, np.array(ORIGIN) + SIZE]), atol=1e-3)


def test_a_model_without_that_level_is_told(model: Path, tmp_path: Path) -> None:
    write_glb(tmp_path / "实景.glb", [scan()], origin=ORIGIN, crs="EPSG:4547")
    with pytest.raises(UnusableInput, match=r"没有 LoD1\.2 的建筑"):
        texture_model(
            model=str(model), mesh=str(tmp_path / "实景.glb"), out=str(tmp_path / "x.glb"), lod="1.2", job=Job()
        )


def test_a_face_without_area_is_left_out(model: Path, tmp_path: Path) -> None:
    city = json.loads((tmp_path / "盒.city.json").read_text(encoding="utf-8"))
    geometry = city["CityObjects"]["盒"]["geometry"][0]
    geometry["boundaries"][0].append([[0, 1, 1]])
    geometry["semantics"]["values"][0].append(1)
    (tmp_path / "废面.city.json").write_text(json.dumps(city), encoding="utf-8")
    import_sources(sources=[str(tmp_path / "废面.city.json")], out=str(tmp_path / "废面.gpkg"), job=Job())
    write_glb(tmp_path / "实景.glb", [scan()], origin=ORIGIN, crs="EPSG:4547")
    source, mesh, out = (str(tmp_path / name) for name in ("废面.gpkg", "实景.glb", "贴图.glb"))
    assert texture_model(model=source, mesh=mesh, out=out, job=Job()).data["textured"] > 0.95
