"""CityJSON 2.0: the structure that the specification demands, and solids that are the model's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from small_scene import BUILDINGS, GROUND, PATCHES

from tim.errors import UnusableInput, UsageError
from tim.exchange.export import export_model
from tim.job import Job
from tim.model.solid import Face, problems, volume
from tim.sources.vector import read_layer

_DEPTH = {"MultiSurface": 3, "CompositeSurface": 3, "Solid": 4}
_METADATA = {"geographicalExtent", "identifier", "pointOfContact", "referenceDate", "referenceSystem", "title"}


@pytest.fixture(scope="module")
def exported(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    path = tmp_path_factory.mktemp("导出") / "小区.city.json"
    job = Job()
    result = export_model(str(small_model), to=str(path), job=job)
    assert result.data == {"entities": {"building": 3, "terrain": 1, "land_use": 3}, "format": "CityJSON 2.0"}
    return path, job.warnings


@pytest.fixture(scope="module")
def city(exported: tuple[Path, list[str]]) -> dict[str, Any]:
    return json.loads(exported[0].read_text("utf-8"))


def _places(city: dict[str, Any]) -> np.ndarray:
    return np.array(city["vertices"]) * city["transform"]["scale"] + city["transform"]["translate"]


def _rings(boundaries: list, depth: int) -> list[list[int]]:
    return [boundaries] if depth == 1 else [ring for part in boundaries for ring in _rings(part, depth - 1)]


def test_the_structure_of_the_specification(city: dict[str, Any]) -> None:
    assert set(city) == {"type", "version", "metadata", "transform", "CityObjects", "vertices"}
    assert (city["type"], city["version"]) == ("CityJSON", "2.0")
    assert set(city["metadata"]) <= _METADATA
    assert set(city["transform"]) == {"scale", "translate"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", city["metadata"]["referenceDate"])
    assert city["metadata"]["referenceSystem"] == "https://www.opengis.net/def/crs/EPSG/0/4547"
    assert all(len(vertex) == 3 and all(type(value) is int for value in vertex) for vertex in city["vertices"])
    assert len({tuple(vertex) for vertex in city["vertices"]}) == len(city["vertices"])
    used = set()
    for thing in city["CityObjects"].values():
        assert set(thing) <= {"type", "attributes", "geometry", "parents", "children"}
        assert thing["type"] in {"Building", "BuildingPart", "TINRelief", "LandUse"}
        for geometry in thing["geometry"]:
            assert set(geometry) <= {"type", "lod", "boundaries", "semantics"}
            assert re.fullmatch(r"\d(\.\d)?", geometry["lod"])
            if thing["type"].startswith("Building"):
                assert geometry["type"] == "Solid"
            if thing["type"] == "TINRelief":
                assert geometry["type"] == "CompositeSurface"
            for ring in _rings(geometry["boundaries"], _DEPTH[geometry["type"]]):
                assert len(ring) >= 3 and len(set(ring)) == len(ring)
                assert all(type(index) is int and 0 <= index < len(city["vertices"]) for index in ring)
                used.update(ring)
    assert used == set(range(len(city["vertices"])))
    extent = np.array(city["metadata"]["geographicalExtent"]).reshape(2, 3)
    np.testing.assert_allclose(extent, [_places(city).min(axis=0), _places(city).max(axis=0)], atol=1e-4)


def test_solids_are_sound_and_have_the_volume_of_the_scene(city: dict[str, Any], small_model: Path) -> None:
    layer = read_layer(f"{small_model}|layername=building")
    places = _places(city) - city["transform"]["translate"]
    for identity, key in zip(layer.columns["id"], layer.columns["BSM"]):
        thing = city["CityObjects"][identity]
        shape, height = BUILDINGS[key]
        assert thing["attributes"]["area_m2"] == pytest.approx(shape.area)
        if height is None:
            assert thing["geometry"] == [] and "height" not in thing["attributes"]
            continue
        count = shapely.get_num_geometries(shape)
        parts = [city["CityObjects"][part] for part in thing["children"]] if count > 1 else [thing]
        assert len(parts) == count and ("children" in thing) == (count > 1)
        total = 0.0
        for part in parts:
            assert part is thing or (part["type"], part["parents"]) == ("BuildingPart", [identity])
            (geometry,) = part["geometry"]
            (boundaries,), (kinds,) = geometry["boundaries"], geometry["semantics"]["values"]
            faces = [Face(tuple(places[ring] for ring in rings)) for rings in boundaries]
            assert problems(faces) == []
            total += volume(faces)
            named = [geometry["semantics"]["surfaces"][kind]["type"] for kind in kinds]
            assert len(named) == len(boundaries)
            assert named.count("GroundSurface") == named.count("RoofSurface") == 1
            for name, face in zip(named, faces):
                assert (name == "WallSurface") == (np.ptp(face.rings[0][:, 2]) > 0)
        assert total == pytest.approx(shape.area * height, rel=0.005)


def test_the_court_keeps_its_hole(city: dict[str, Any]) -> None:
    buildings = [thing["geometry"][0] for thing in city["CityObjects"].values() if _is_modelled(thing)]
    solids = [geometry for geometry in buildings if geometry["type"] == "Solid"]
    holes = [sum(len(face) > 1 for face in solid["boundaries"][0]) for solid in solids]
    assert sorted(holes) == [0, 2]


def _is_modelled(thing: dict[str, Any]) -> bool:
    return thing["type"] == "Building" and bool(thing["geometry"])


def test_terrain_and_land_use_lie_on_the_ground(city: dict[str, Any]) -> None:
    places = _places(city)
    (terrain,) = (thing for thing in city["CityObjects"].values() if thing["type"] == "TINRelief")
    triangles = np.array(_rings(terrain["geometry"][0]["boundaries"], 3))
    assert triangles.shape[1] == 3
    corners = places[triangles]
    np.testing.assert_allclose(corners[..., 2], GROUND, atol=0.05)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    doubled = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    assert (doubled > 0).all()
    assert doubled.sum() / 2 == pytest.approx(69.5 * 49.5, rel=0.02)  # centre to centre of the outermost cells
    patches = {
        thing["attributes"]["code"]: thing for thing in city["CityObjects"].values() if thing["type"] == "LandUse"
    }
    for code, shape in PATCHES.items():
        rings = np.array(_rings(patches[code]["geometry"][0]["boundaries"], 3))
        area = sum(shapely.Polygon(places[ring, :2]).area for ring in rings)
        assert area == pytest.approx(shape.area, rel=1e-6)
    assert patches["0701"]["attributes"]["height_from"] == "terrain"
    assert patches["9999"]["attributes"]["height_from"] == "nearest terrain"  # it reaches beyond the scan


def test_what_could_not_be_carried_is_told(exported: tuple[Path, list[str]], city: dict[str, Any]) -> None:
    assert any("1 个建筑轮廓没有高度" in text for text in exported[1])
    assert any("Yellow Sea 1985 height" in text for text in exported[1])
    assert "Yellow Sea 1985 height" in city["metadata"]["title"]


def test_the_reference_tool_reads_it(exported: tuple[Path, list[str]], tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("cjio"))
    command = [program, str(exported[0]), "info", "vertices_clean", "save", str(tmp_path / "again.city.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "EPSG = 4547" in done.stdout and "Building (4)" in done.stdout
    again = json.loads((tmp_path / "again.city.json").read_text("utf-8"))
    assert len(again["vertices"]) == len(json.loads(exported[0].read_text("utf-8"))["vertices"])


@pytest.mark.parametrize("operator", [["upgrade"], ["vertices_clean"], ["lod_filter", "1"]])
def test_the_reference_tool_rewrites_it_without_loss(
    operator: list[str], exported: tuple[Path, list[str]], city: dict[str, Any], tmp_path: Path
) -> None:
    again = _rewritten(exported[0], operator, tmp_path)
    assert _surfaces(again) == _surfaces(city)
    assert {key: thing["attributes"] for key, thing in again["CityObjects"].items()} == {
        key: thing["attributes"] for key, thing in city["CityObjects"].items()
    }


@pytest.mark.parametrize(("kind", "count"), [("Building", 6), ("TINRelief", 1), ("LandUse", 3)])
def test_the_reference_tool_takes_one_class_out(
    kind: str, count: int, exported: tuple[Path, list[str]], city: dict[str, Any], tmp_path: Path
) -> None:
    part = _surfaces(_rewritten(exported[0], ["subset", "--cotype", kind], tmp_path))
    whole = _surfaces(city)
    assert len(part) == count  # the four buildings with the two parts of one of them
    assert part == {key: whole[key] for key, thing in city["CityObjects"].items() if thing["type"].startswith(kind)}


def _rewritten(path: Path, operator: list[str], folder: Path) -> dict[str, Any]:
    program = str(Path(sys.executable).with_name("cjio"))
    command = [program, str(path), *operator, "save", str(folder / "again.city.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "again.city.json").read_text("utf-8"))


def _surfaces(city: dict[str, Any]) -> dict[str, list[list[tuple[float, ...]]]]:
    """The rings of each object as places, rounded to a tenth of a millimetre: no matter how vertices are numbered."""
    places = [tuple(place) for place in _places(city).round(4).tolist()]
    return {
        key: [
            [places[index] for index in ring]
            for geometry in thing["geometry"]
            for ring in _rings(geometry["boundaries"], _DEPTH[geometry["type"]])
        ]
        for key, thing in city["CityObjects"].items()
    }


def test_bad_requests(small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="扩展名"):
        export_model(str(small_model), to=str(tmp_path / "a.xyz"), job=Job())
    other = tmp_path / "b.gpkg"
    other.write_text("x")
    with pytest.raises(UnusableInput):
        export_model(str(other), to=str(tmp_path / "b.city.json"), job=Job())
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.gpkg"]
