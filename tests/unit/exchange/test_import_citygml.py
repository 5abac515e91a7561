"""CityGML into a model: structure, code lists, axes; and CityGML out of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from small_city import small_city

from tim.errors import UnusableInput
from tim.exchange.export import export_model
from tim.importing.command import import_sources
from tim.job import Job
from tim.model.validate import validate_model
from tim.sources.vector import read_layer

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0"'
    ' xmlns:luse="http://www.opengis.net/citygml/landuse/2.0" xmlns:gml="http://www.opengis.net/gml"'
    ' xmlns:bldg="http://www.opengis.net/citygml/building/2.0">'
)
_ENVELOPE = '<gml:boundedBy><gml:Envelope srsName="{srs}" srsDimension="3"/></gml:boundedBy>'
_PATCH = (
    '<core:cityObjectMember><luse:LandUse gml:id="{id}"><luse:class codeSpace="../codelists/用地.xml">{code}'
    "</luse:class><luse:lod1MultiSurface><gml:MultiSurface{more}><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>"
    "<gml:posList>{places}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
    "</gml:MultiSurface></luse:lod1MultiSurface></luse:LandUse></core:cityObjectMember>"
)
_SQUARE = "30.0 114.0 5 30.0 114.001 5 30.001 114.001 5 30.001 114.0 5 30.0 114.0 5"


def _document(*members: str, srs: str = "http://www.opengis.net/def/crs/EPSG/0/4490") -> str:
    return _HEAD + _ENVELOPE.format(srs=srs) + "".join(members) + "</core:CityModel>"


def _patch(identity: str = "a", code: str = "0701", places: str = _SQUARE, more: str = "") -> str:
    return _PATCH.format(id=identity, code=code, places=places, more=more)


def _imported(text: str, folder: Path, **options: object) -> tuple[Path, Job]:
    source, model, job = folder / "资料" / "a.gml", folder / "模型.gpkg", Job()
    source.parent.mkdir(exist_ok=True)
    source.write_text(text, encoding="utf-8")
    import_sources([str(source)], out=str(model), overwrite=True, job=job, **options)  # type: ignore[arg-type]
    return model, job


def test_codes_are_resolved_or_kept_and_told_and_axes_are_those_of_the_crs(tmp_path: Path) -> None:
    lists = tmp_path / "codelists"
    lists.mkdir()
    (lists / "用地.xml").write_text(
        '<gml:Dictionary xmlns:gml="http://www.opengis.net/gml"><gml:dictionaryEntry><gml:Definition>'
        "<gml:description>城镇住宅</gml:description><gml:name>0701</gml:name></gml:Definition></gml:dictionaryEntry>"
        "</gml:Dictionary>",
        encoding="utf-8",
    )
    model, job = _imported(_document(_patch(), _patch("b", "9999")), tmp_path)
    layer = read_layer(f"{model}|layername=land_use")
    assert dict(zip(layer.columns["code"], layer.columns["name"])) == {"0701": "城镇住宅", "9999": None}
    assert layer.geometry[0].bounds == pytest.approx((114.0, 30.0, 114.001, 30.001))
    assert layer.columns["area_m2"][0] == pytest.approx(110.85 * 96.49, rel=1e-3)  # metres of 0.001° at 30° north
    assert any("9999" in text for text in job.warnings)
    (lists / "用地.xml").unlink()
    _, job = _imported(_document(_patch()), tmp_path)
    assert any("用地.xml" in text and "缺失" in text for text in job.warnings)


BAD = {
    "entities": (
        _document(_patch(code="&b;")).replace("?>", '?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
        "DTD",
    ),
    "truncated": (_document(_patch())[:-200], "截断"),
    "deep": (_HEAD + "<a>" * 5000 + "</a>" * 5000 + "</core:CityModel>", "太深|XML"),
    "swapped": (_document(_patch(places="114.0 30.0 5 114.001 30.0 5 114.001 30.001 5 114.0 30.0 5")), "次序"),
    "not a number": (_document(_patch(places="30 x 5 30 114 5 31 114 5 30 x 5")), "数"),
    "three numbers too few": (_document(_patch(places="30 114 5 30 114.1")), "坐标"),
    "two names of one CRS": (
        _document(_patch(more=' srsName="http://www.opengis.net/def/crs/EPSG/0/4326"')),
        "矛盾",
    ),
    "repeated": (_document(_patch(), _patch()), "重复"),
    "no CRS": (_HEAD + _patch() + "</core:CityModel>", "--crs"),
    "unknown CRS": (_document(_patch(), srs="urn:ogc:def:crs:EPSG::99999"), "srsName"),
    "no members": (_document(), "没有对象"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_line(name: str, tmp_path: Path) -> None:
    text, words = BAD[name]
    with pytest.raises(UnusableInput, match=words) as told:
        _imported(text, tmp_path)
    assert "\n" not in told.value.message
    assert not (tmp_path / "模型.gpkg").exists()


def test_the_axes_may_be_told(tmp_path: Path) -> None:
    model, _ = _imported(
        _document(_patch(places="114 30 5 114.001 30 5 114.001 30.001 5 114 30 5")), tmp_path, axis="xy"
    )
    assert read_layer(f"{model}|layername=land_use").geometry[0].bounds == pytest.approx((114, 30, 114.001, 30.001))


@pytest.mark.parametrize("ending", [".gml", ".v3.gml"])
def test_a_model_goes_out_as_citygml_and_comes_back(ending: str, tmp_path: Path) -> None:
    source, first, second = tmp_path / "a.city.json", tmp_path / "一.gpkg", tmp_path / "二.gpkg"
    source.write_text(json.dumps(small_city()), encoding="utf-8")
    import_sources([str(source)], out=str(first), job=Job())
    export_model(str(first), to=str(tmp_path / f"b{ending}"), job=Job())
    import_sources([str(tmp_path / f"b{ending}")], out=str(second), job=Job())
    export_model(str(second), to=str(tmp_path / "c.city.json"), job=Job())
    before, after = small_city(), json.loads((tmp_path / "c.city.json").read_text("utf-8"))
    assert {k: (v["type"], v.get("children", []), v.get("parents", [])) for k, v in before["CityObjects"].items()} == {
        k: (v["type"], v.get("children", []), v.get("parents", [])) for k, v in after["CityObjects"].items()
    }
    for name in ("甲楼", "乙楼-1", "地块"):
        assert _corners(after, name) == _corners(before, name)
    own = after["CityObjects"]["甲楼"]["attributes"]
    assert (own["层数"], own["高"], own["名称"], own["业主.姓"]) == (3, 10.5, "甲", "张")
    if ending == ".gml":
        roles = after["CityObjects"]["甲楼"]["geometry"][-1]["semantics"]
        named = Counter(roles["surfaces"][n]["type"] for n in roles["values"][0])
        assert named == {"WallSurface": 4, "RoofSurface": 1, "GroundSurface": 1}


def _corners(city: dict, name: str) -> list[tuple[float, ...]]:
    """All corners of the last geometry of an object, to the millimetre."""
    places = np.array(city["vertices"]) * city["transform"]["scale"] + city["transform"]["translate"]

    def numbers(inner: object) -> list[int]:
        return [inner] if isinstance(inner, int) else [n for part in inner for n in numbers(part)]  # type: ignore[attr-defined]

    part = city["CityObjects"][name]["geometry"][-1]["boundaries"]
    return sorted(tuple(place) for place in places[numbers(part)].round(3).tolist())


@pytest.mark.data
def test_a_real_building_of_citygml_1(data_folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "模型.gpkg"
    import_sources([str(data_folder / "realscene" / "citygml" / "dh_1.gml")], out=str(model), job=Job())
    errors = validate_model(str(model), job=Job()).data["errors"]
    assert [error["number"] for error in errors] == [203]  # two roofs are 4 and 7 cm off their planes
    assert validate_model(str(model), repair=str(tmp_path / "好.gpkg"), job=Job()).data["errors"] == []
    export_model(str(model), to=str(tmp_path / "a.city.json"), job=Job())
    city = json.loads((tmp_path / "a.city.json").read_text("utf-8"))
    parts = [thing for thing in city["CityObjects"].values() if thing["type"] == "BuildingPart"]
    assert [part["geometry"][0]["type"] for part in parts] == ["Solid"] * 6
    roles = Counter(
        semantics["surfaces"][n]["type"]
        for part in parts
        for semantics in [part["geometry"][0]["semantics"]]
        for n in semantics["values"][0]
    )
    assert sum(roles.values()) == 52
    assert {name: sum(1 for part in parts for s in part["geometry"][0]["semantics"]["surfaces"] if s["type"] == name)
            for name in roles} == {"WallSurface": 29, "RoofSurface": 17, "GroundSurface": 6}  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "counts", "missing"),
    [
        ("luse/523836_luse_6668_op.gml", {"land_use": 225}, 0),
        ("urf/523857_urf_6668_op.gml", {"use_district": 38, "scenic_district": 4, "area_classification": 3,
                                        "special_use_district": 2}, 4),
        ("lsld/523857_lsld_6668_op.gml", {"sediment_disaster_area": 81}, 3),
        ("fld/52385721_fld_6697_l1_op.gml", {"water": 3}, 7),
        ("tnm/523855_tnm_6697_op.gml", {"water": 3}, 5),
    ],
)  # fmt: skip
def test_real_zoning_and_hazards(
    file: str, counts: dict[str, int], missing: int, data_folder: Path, tmp_path: Path
) -> None:
    job, model = Job(), tmp_path / "模型.gpkg"
    source = data_folder / "vector" / "plateau" / "numazu-shi" / "udx" / file
    result = import_sources([str(source)], out=str(model), job=job)
    assert result.data["imported"] == counts
    told = [text for text in job.warnings if "代码表缺失" in text]
    assert sum(text.count(".xml") for text in told) == missing
    assert any("6668" in text and "6697" in text for text in job.warnings) == ("6668" in file)
    if "luse" in file:
        layer = read_layer(f"{model}|layername=land_use")
        expected = {"219": 57, "202": 52, "203": 44, "215": 28, "205": 21, "204": 17, "214": 4, "217": 2}
        assert Counter(layer.columns["code"]) == expected
        assert all(layer.columns["name"])
