"""Geometries by ISO 19107: each defect gets its number, and what is safe is repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_city import box, small_city

from tim.exchange.city.objects import Geometry
from tim.exchange.export import export_model
from tim.importing.command import import_sources
from tim.job import Job
from tim.model.validate import validate_model
from tim.sources.vector import read_layer
from tim.validity.check import check_geometry
from tim.validity.repair import repair_geometry

REAL = ("multi_lod.json", "DH_01_subs.city.json", "rotterdam_subset.json")


def _cube() -> list[tuple[np.ndarray, ...]]:
    vertices: list = []
    faces = box(vertices, 0, 0, 10, 10)
    return [tuple(np.array([vertices[n] for n in ring], dtype=float) for ring in face) for face in faces]


def _solid(faces: list) -> Geometry:
    return Geometry("Solid", "2", faces, [[len(faces)]], [{"type": "WallSurface"}], [0] * len(faces))


def _repeated(faces: list) -> list:
    return [(np.repeat(faces[0][0], [1, 2, 1, 1], axis=0),), *faces[1:]]


def _turned(*places: int) -> Callable[[list], list]:
    return lambda faces: [(face[0][::-1],) if n in places else face for n, face in enumerate(faces)]


def _gap(faces: list) -> list:
    moved = faces[1][0].copy()
    moved[0, :2] += 0.0007
    return [faces[0], (moved,), *faces[2:]]


def _sliver(faces: list) -> list:
    a, b = faces[2][0][0], faces[2][0][1]
    return [*faces, (np.array([a, a, b, b]),)]


REPAIRED = {"repeated": (_repeated, 102), "turned": (_turned(2), 307), "inside out": (_turned(*range(6)), 307),
            "sliver": (_sliver, 102)}  # fmt: skip


def _bent(faces: list) -> list:
    """One corner of the roof lies half a metre higher, in the walls, too."""
    return [
        tuple(np.where((ring == [0, 0, 10]).all(axis=1)[:, None], [0, 0, 10.5], ring) for ring in face)
        for face in faces
    ]


def _crossed(faces: list) -> list:
    return [faces[0], (faces[1][0][[0, 2, 1, 3]],), *faces[2:]]


LEFT = {"open": (lambda faces: faces[:5], 302), "bow tie": (_crossed, 104),
        "three faces": (lambda faces: faces[:3], 301)}  # fmt: skip


@pytest.mark.parametrize("name", REPAIRED)
def test_safe_repairs(name: str) -> None:
    change, code = REPAIRED[name]
    geometry = _solid(change(_cube()))
    assert code in [finding.code for finding in check_geometry(geometry, None)]
    made, left = repair_geometry(geometry, None)
    assert left == [] and check_geometry(made, None) == []
    assert len(made.surfaces) == len(made.role) == sum(made.shells[0]) == 6


def test_surfaces_that_are_not_planar_are_divided() -> None:
    geometry = _solid(_bent(_cube()))
    assert [finding.code for finding in check_geometry(geometry, None)] == [203]
    made, left = repair_geometry(geometry, None)
    assert left == [] and made.shells == [[7]] and len(made.role) == 7


def test_corners_that_nearly_meet_are_put_together() -> None:
    made, left = repair_geometry(_solid(_repeated(_gap(_cube()))), None)
    places = np.unique(np.concatenate([ring for surface in made.surfaces for ring in surface]), axis=0)
    assert left == [] and len(places) == 8


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_be_repaired_safely_stays(name: str) -> None:
    change, code = LEFT[name]
    geometry = _solid(change(_cube()))
    assert code in [finding.code for finding in check_geometry(geometry, None)]
    made, left = repair_geometry(geometry, None)
    assert made is geometry and code in [finding.code for finding in left]


def test_shells_and_solids() -> None:
    inner = [(face[0][::-1] * 0.2 + 3,) for face in _cube()]
    hollow = Geometry("Solid", "2", [*_cube(), *inner], [[6, 6]])
    assert check_geometry(hollow, None) == []
    outside = Geometry("Solid", "2", [*_cube(), *((ring[0] + 50,) for ring in inner)], [[6, 6]])
    assert [finding.code for finding in check_geometry(outside, None)] == [403]
    wrong = Geometry("Solid", "2", [*_cube(), *((ring[0][::-1],) for ring in inner)], [[6, 6]])
    assert [finding.code for finding in check_geometry(wrong, None)] == [405]
    assert check_geometry(repair_geometry(wrong, None)[0], None) == []
    twice = Geometry("MultiSolid", "2", [*_cube(), *_cube()], [[6], [6]])
    assert [finding.code for finding in check_geometry(twice, None)] == [502]


def test_a_model_is_judged_repaired_and_told(tmp_path: Path) -> None:
    city = small_city()
    shell = city["CityObjects"]["甲楼"]["geometry"][1]["boundaries"][0]
    shell[2] = [shell[2][0][::-1]]
    city["CityObjects"]["乙楼-1"]["geometry"][0]["boundaries"][0].pop()
    city["CityObjects"]["乙楼-1"]["geometry"][0]["semantics"]["values"][0].pop()
    source, model = tmp_path / "a.city.json", tmp_path / "模型.gpkg"
    source.write_text(json.dumps(city), encoding="utf-8")
    import_sources([str(source)], out=str(model), job=Job())
    before = model.read_bytes()
    found = validate_model(str(model), findings=str(tmp_path / "问题.gpkg"), job=Job())
    assert found.status == "violations"
    assert sorted(error["number"] for error in found.data["errors"]) == [302, 307]
    layer = read_layer(tmp_path / "问题.gpkg")
    assert sorted(layer.columns["编号"]) == ["302", "307"] and all(layer.geometry)
    result = validate_model(str(model), repair=str(tmp_path / "好.gpkg"), job=Job())
    assert model.read_bytes() == before
    assert result.data["repaired"]["city_geometry"] == 1
    assert [error["number"] for error in result.data["errors"]] == [302]
    assert any("302" in item["message"] for item in result.data["not_repaired"])
    export_model(str(tmp_path / "好.gpkg"), to=str(tmp_path / "好.city.json"), job=Job())
    again: dict[str, Any] = json.loads((tmp_path / "好.city.json").read_text("utf-8"))
    assert again["CityObjects"]["甲楼"]["geometry"][1]["material"][""]["values"] == [[0, 1, 0, 0, 0, None]]


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_real_models_are_sound_after_repair(name: str, data_folder: Path, tmp_path: Path) -> None:
    source, model = data_folder / "realscene" / "cityjson" / name, tmp_path / "a.gpkg"
    import_sources([str(source)], out=str(model), crs="EPSG:28992", job=Job())
    result = validate_model(str(model), repair=str(tmp_path / "b.gpkg"), job=Job())
    assert result.data["errors"] == []
