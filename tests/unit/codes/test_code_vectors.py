"""Published and computed codes."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tim.codes import BEIDOU, BUSINESS_CODES, GEOSOT, LOCATION, cell_of, check_code
from tim.codes.identity import IdentityProfile, check_identity

VECTORS = Path(__file__).parents[1] / "vectors"
KNOWN = json.loads((VECTORS / "spatial_code_vectors.json").read_text(encoding="utf-8"))
SAMPLES = list(csv.DictReader((VECTORS / "composite_code_samples.csv").open(encoding="utf-8")))
SEGMENTS = {
    "fixture_number": "定着物单元编号",
    "feature_1": "权属类型",
    "feature_2": "权利类型",
    "length": "长度",
    "parcel_sequence": "顺序号",
    "district": "地籍子区",
    "date": "日期",
    "pattern": "长度",
    "zone": "带号",
    "digit of level 2": "第 2 级",
    "digit of level 3": "第 3 级",
    "height digit of level 4": "第 4 级的高程",
    "form": "形式",
}


def _degrees(vector: dict, axis: str) -> str:
    if axis in vector:
        return vector[axis]
    match = re.fullmatch(r"(\d+)°(\d+)′([\d.]+)″", vector[f"{axis}_dms"])
    assert match
    degrees, minutes, seconds = map(Decimal, match.groups())
    return str(degrees + (minutes * 60 + seconds) / 3600)


def _named(vectors: list[dict]) -> list:
    return [pytest.param(vector, id=vector.get("id") or vector.get("code")) for vector in vectors]


@pytest.mark.parametrize("vector", _named(KNOWN["beidou_2d_encode"]))
def test_beidou_in_the_plane(vector):
    lon, lat = _degrees(vector, "lon"), _degrees(vector, "lat")
    for level, code in vector["codes"].items():
        assert BEIDOU.encode(lon, lat, int(level))[0] == code
        assert BEIDOU.encode(float(lon), float(lat), int(level))[0] == code


@pytest.mark.parametrize("vector", _named(KNOWN["beidou_3d_encode"]))
def test_beidou_with_height(vector):
    for level, known in vector["mixed_radix"].items():
        code = BEIDOU.encode(vector["lon"], vector["lat"], int(level), vector["height_m"])[0]
        assert code == known["code"]
        cell = cell_of(BEIDOU, code)
        assert cell.bottom == pytest.approx(known["cell_bottom_m"], abs=1e-6)
        assert cell.top == pytest.approx(known["cell_top_m"], abs=1e-6)


@pytest.mark.parametrize("vector", _named(KNOWN["beidou_2d_decode"]["vectors"]))
def test_beidou_cells(vector):
    cell = cell_of(BEIDOU, vector["code"])
    sides = (cell.west, cell.east, cell.south, cell.north)
    assert sides == tuple(vector[f"{axis}_{end}_units"] for axis in ("lon", "lat") for end in ("min", "max"))


@pytest.mark.parametrize("vector", _named(KNOWN["location_code_2d"] + KNOWN["location_code_3d"]))
def test_location_code(vector):
    height = vector.get("height_m")
    code = LOCATION.encode(vector["lon"], vector["lat"], vector["level"], height)[0]
    assert code == vector["code"]
    assert LOCATION.check(code).valid
    if height is not None:
        assert cell_of(LOCATION, code).bottom == pytest.approx(vector["cell_bottom_m"], abs=1e-5)


@pytest.mark.parametrize("vector", _named(KNOWN["geosot_2d"]))
def test_geosot(vector):
    code = GEOSOT.encode(vector["lon"], vector["lat"], vector["level"])[0]
    assert code == vector["text"]
    assert GEOSOT.morton(code) == int(vector["morton64_trunc"])


def test_geosot_with_height():
    """One cell that a product's manual prints in both systems (GEOVIS iBEST-DB, grid model, 3D example)."""
    solid = cell_of(BEIDOU, "N049E0034020030", True)
    west, south, east, north = GEOSOT.bounds("GZ002242242026624")
    assert (west, south, east, north) == pytest.approx(solid.degrees, abs=1e-12)
    assert GEOSOT.heights("GZ002242242026624") == pytest.approx((solid.bottom, solid.top), abs=1e-6)
    inside = (west + east) / 2, (south + north) / 2
    assert GEOSOT.encode(*inside, 15, 10.0)[0] == "GZ002242242026624"


@pytest.mark.parametrize("sample", [pytest.param(row, id=row["id"]) for row in SAMPLES])
def test_samples_of_registers(sample):
    kind, code = sample["kind"], sample["code"]
    if kind == "space_identity":
        profile = json.loads(sample["profile"])
        lengths = {"class_code" if key == "class_len" else key[:-4]: value for key, value in profile.items()}
        verdict = check_identity(code, IdentityProfile(**lengths))
    elif kind in BUSINESS_CODES:
        verdict = check_code(kind, code)
    else:
        verdict = {"b": BEIDOU, "l": LOCATION, "g": GEOSOT}[kind[0]].check(code)
    assert verdict.valid == (sample["valid"] == "true"), verdict.reason
    assert SEGMENTS.get(sample["breaking_segment"], "") in verdict.segment
    assert verdict.valid or verdict.reason


def test_unknown_province():
    assert "16" in check_code("admin_code", "160106").reason
