"""CityJSON into a model and out of it: nothing is lost, and what is wrong is told in one line."""

from __future__ import annotations

import copy
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_city import plain, small_city

from tim.errors import UnusableInput, UsageError
from tim.exchange.export import export_model
from tim.importing.command import import_sources
from tim.job import Job
from tim.model.info import summary
from tim.model.validate import validate_model
from tim.sources.vector import read_layer

REAL = ("rotterdam_subset.json", "multi_lod.json", "DH_01_subs.city.json")


def _written(folder: Path, city: Any, name: str = "城市.city.json") -> Path:
    path = folder / name
    path.write_text(city if isinstance(city, str) else json.dumps(city, ensure_ascii=False), encoding="utf-8")
    return path


def _round_trip(source: Path, folder: Path, ending: str = ".city.json", **options: Any) -> Path:
    model, again = folder / "模型.gpkg", folder / f"再.{ending.lstrip('.')}"
    import_sources([str(source)], out=str(model), job=Job(), **options)
    export_model(str(model), to=str(again), job=Job())
    return again


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    city = small_city()
    again = json.loads(_round_trip(_written(tmp_path, city), tmp_path).read_text("utf-8"))
    assert plain(again) == plain(city)
    assert again["transform"] == city["transform"]
    assert {key: again["metadata"][key] for key in city["metadata"]} == city["metadata"]
    own = {key: value for key, value in again["appearance"].items() if key != "vertices-texture"}
    assert own == {key: value for key, value in city["appearance"].items() if key != "vertices-texture"}


def test_a_sequence_says_the_same_one_family_a_line(tmp_path: Path) -> None:
    city = small_city()
    path = _round_trip(_written(tmp_path, city), tmp_path, ".city.jsonl")
    head, *features = map(json.loads, path.read_text("utf-8").splitlines())
    assert (head["type"], head["CityObjects"], head["vertices"]) == ("CityJSON", {}, [])
    assert [feature["id"] for feature in features] == ["甲楼", "乙楼", "地块"]
    assert list(features[1]["CityObjects"]) == ["乙楼", "乙楼-1", "乙楼-2"]
    assert features[0]["appearance"]["materials"] == city["appearance"]["materials"]
    (tmp_path / "回").mkdir()
    back = json.loads(_round_trip(path, tmp_path / "回").read_text("utf-8"))
    assert plain(back) == plain(city)


def test_the_model_serves_as_any_other(tmp_path: Path) -> None:
    model = tmp_path / "模型.gpkg"
    import_sources([str(_written(tmp_path, small_city()))], out=str(model), job=Job())
    assert summary(model)["entities"] == {"building": 2, "building_part": 2, "land_use": 1}
    assert summary(model)["lods"] == ["1", "1.2", "2.2"]
    buildings = read_layer(f"{model}|layername=building")
    np.testing.assert_allclose(sorted(buildings.columns["area_m2"]), [100, 200])
    np.testing.assert_allclose(sorted(buildings.columns["height"]), [6, 10.5])
    patch = read_layer(f"{model}|layername=land_use")
    assert patch.columns["code"].tolist() == ["0701"]
    assert patch.columns["area_m2"][0] == pytest.approx(400 - 12.5)
    assert validate_model(str(model), job=Job()).data["errors"] == []


def test_a_second_source_comes_beside_the_first_and_repeats_are_refused(tmp_path: Path) -> None:
    first, both = tmp_path / "甲.gpkg", tmp_path / "两.gpkg"
    import_sources([str(_written(tmp_path, small_city()))], out=str(first), job=Job())
    other = small_city()
    other["CityObjects"] = {f"另-{k}": v for k, v in other["CityObjects"].items() if not k.startswith("乙")}
    before = first.read_bytes()
    import_sources([str(_written(tmp_path, other, "另.json"))], base=str(first), out=str(both), job=Job())
    assert first.read_bytes() == before
    assert summary(both)["entities"] == {"building": 3, "building_part": 2, "land_use": 2}
    assert [row["version"] for row in summary(both)["versions"]] == [1, 2]
    with closing(sqlite3.connect(both)) as connection:
        changes = connection.execute(
            "SELECT c.version, c.class, c.kind, e.source_key FROM entity_change c JOIN entity e ON e.id = c.id"
        ).fetchall()
        fresh = connection.execute("SELECT class, source_key FROM entity WHERE version = 2").fetchall()
    assert sorted(changes) == sorted((2, kind, "created", key) for kind, key in fresh) and len(fresh) == 2
    with pytest.raises(UsageError, match="标识相同"):
        import_sources([str(tmp_path / "另.json")], base=str(both), out=str(tmp_path / "三.gpkg"), job=Job())
    assert not (tmp_path / "三.gpkg").exists()


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_real_files_come_out_as_they_were(name: str, data_folder: Path, tmp_path: Path) -> None:
    source = data_folder / "realscene" / "cityjson" / name
    with pytest.raises(UnusableInput, match="--crs"):
        import_sources([str(source)], out=str(tmp_path / "模型.gpkg"), job=Job())
    again = json.loads(_round_trip(source, tmp_path, crs="EPSG:28992").read_text("utf-8"))
    assert plain(again) == plain(json.loads(source.read_text("utf-8")))


def _without(*keys: str) -> Callable[[dict], Any]:
    def change(city: dict) -> Any:
        for key in keys:
            del city[key]
        return city

    return change


def _set(value: Any, *path: Any) -> Callable[[dict], Any]:
    def change(city: dict) -> Any:
        inner: Any = city
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return city

    return change


BAD = {
    "truncated": (lambda city: json.dumps(city)[:900], "截断"),
    "deep": (lambda _: '{"type":"CityJSON","version":"2.0","x":' + "[" * 200_000, "太深|截断"),
    "far too large": (_set([[10**15, 0, 0]] * 99, "vertices"), "不可能"),
    "infinite attribute": (lambda city: json.dumps(city).replace("10.5", "1e999"), "数值"),
    "not a number": (lambda city: json.dumps(city).replace("12.5]", "NaN]"), "数值"),
    "repeated": (lambda city: json.dumps(city, ensure_ascii=False).replace('"乙楼-1": {', '"甲楼": {'), "重复"),
    "version": (_set("9.9", "version"), "版本"),
    "no objects": (_without("CityObjects"), "CityObjects"),
    "no transform": (_without("transform"), "transform"),
    "objects are a list": (_set([], "CityObjects"), "CityObjects"),
    "vertices are texts": (_set([["a", "b", "c"]], "vertices"), "CityJSON|数值"),
    "vertex out of range": (_set([[[[10**9, 1, 2]]]], "CityObjects", "甲楼", "geometry", 0, "boundaries"), "甲楼"),
    "ring of two": (_set([[[[0, 1]]]], "CityObjects", "甲楼", "geometry", 0, "boundaries"), "甲楼"),
    "geometry is a text": (_set("x", "CityObjects", "甲楼", "geometry"), "甲楼"),
    "parents in a circle": (_set(["甲楼"], "CityObjects", "甲楼", "parents"), "成环"),
    "unknown CRS": (_set("EPSG:999999", "metadata", "referenceSystem"), "坐标系"),
    "semantics too short": (
        _set([[0]], "CityObjects", "甲楼", "geometry", 0, "semantics", "values"),
        "语义",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_line(name: str, tmp_path: Path) -> None:
    change, words = BAD[name]
    source = _written(tmp_path, change(copy.deepcopy(small_city())), "坏.json")
    with pytest.raises((UnusableInput, UsageError), match=words) as told:
        import_sources([str(source)], out=str(tmp_path / "模型.gpkg"), job=Job())
    assert "\n" not in told.value.message and told.value.exit_status == 2
    assert os.listdir(tmp_path) == ["坏.json"]


def test_exchanged_axes_are_told(tmp_path: Path) -> None:
    city = small_city()
    city["transform"]["translate"] = [3_400_000.0, 500_000.0, 0.0]
    with pytest.raises(UnusableInput, match="次序"):
        import_sources([str(_written(tmp_path, city))], out=str(tmp_path / "模型.gpkg"), job=Job())


def test_a_contradicting_crs_is_asked_for(tmp_path: Path) -> None:
    source = str(_written(tmp_path, small_city()))
    with pytest.raises(UsageError, match="--override-crs"):
        import_sources([source], crs="EPSG:4548", out=str(tmp_path / "模型.gpkg"), job=Job())
    job = Job()
    import_sources([source], crs="EPSG:4548", override_crs=True, out=str(tmp_path / "模型.gpkg"), job=job)
    assert summary(tmp_path / "模型.gpkg")["crs"] == "EPSG:4548"
    assert any("没有换算" in text for text in job.warnings)
