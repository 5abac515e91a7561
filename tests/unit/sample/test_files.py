"""The sample's files: points, planning layers, truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pyogrio.raw
import pytest
import shapely
from pyproj import CRS

from pointcloud.task import Task
from tim.area import ellipsoidal_area
from tim.data import read_table
from tim.picture.content import land_colours
from tim.sample import layers as sample_layers
from tim.sample.make import SEED, Sample, write_sample
from tim.sample.town import make_town
from tim.sample.truth import ellipsoid_area

PLANE = CRS.from_epsg(4547)


def read(sample: Sample, layer: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    meta, _, geometry, columns = pyogrio.raw.read(sample.layers, layer=layer)
    assert CRS.from_user_input(meta["crs"]) == PLANE
    return shapely.from_wkb(geometry), dict(zip(meta["fields"], columns))


def test_points_say_what_they_are_and_are_not_classified(sample: Sample) -> None:
    for path in [*sample.first, *sample.second]:
        las = laspy.read(path)
        assert str(las.header.version) == "1.4" and las.header.point_format.id == 6
        crs = las.header.parse_crs()
        assert [part.to_json_dict()["id"]["code"] for part in crs.sub_crs_list] == [4547, 5737]
        assert set(np.unique(las.classification)) <= {0, 1}
        assert (np.asarray(las.return_number) <= np.asarray(las.number_of_returns)).all()
        assert (np.diff(las.gps_time) >= 0).all()
        with np.load(sample.kinds) as kinds:
            assert len(kinds[path.name]) == len(las)
    west, east = (laspy.open(path).header for path in sample.first)
    assert 0 <= east.mins[0] - west.maxs[0] < 1.0


def test_the_same_seed_gives_the_same_files_of_points(sample: Sample, tmp_path: Path) -> None:
    again = write_sample(tmp_path, Task(), density=0.6, epochs=1)
    for path, same in zip(sample.first, again.first):
        assert np.array_equal(laspy.read(path).points.array, laspy.read(same).points.array)
    assert sample.truth.read_bytes() == again.truth.read_bytes()


def test_land_use_covers_the_area_without_gap_and_overlap(sample: Sample) -> None:
    polygons, columns = read(sample, "DLTB")
    assert shapely.coverage_is_valid(polygons) and shapely.is_valid(polygons).all()
    (district,), of_district = read(sample, "XZQ")
    assert shapely.union_all(polygons).equals(district)
    assert columns["TBMJ"].sum() == pytest.approx(of_district["DCMJ"][0], abs=0.005 * len(polygons))
    assert np.allclose(columns["TBDLMJ"], columns["TBMJ"] - columns["KCMJ"], atol=0.0051)
    names = {row["code"]: row["name"] for row in read_table("landuse_sandiao.csv")}
    assert all(names[code] == name for code, name in zip(columns["DLBM"], columns["DLMC"]))
    assert set(columns["DLBM"]) <= set(land_colours())
    assert len(set(columns["BSM"])) == len(polygons) and {len(key) for key in columns["BSM"]} == {18}


def test_every_use_is_where_the_town_has_it(sample: Sample) -> None:
    polygons, columns = read(sample, "DLTB")
    tree = shapely.STRtree(polygons)
    for lot in make_town(SEED).lots:
        inner = sample_layers.to_world(lot.polygon.buffer(-0.1))
        (patch,) = tree.query(inner, predicate="within")
        assert columns["DLBM"][patch] == lot.code


def test_projects_overlap_farmland_as_the_truth_says(sample: Sample, truth: dict[str, Any]) -> None:
    projects, columns = read(sample, "JSXM")
    farmland = shapely.union_all(read(sample, "YJJBNTTB")[0])
    overlaps = shapely.intersection(projects, farmland)
    areas = dict(zip(columns["XMMC"], ellipsoidal_area(overlaps, PLANE)))
    expected = truth["farmland_overlap"]
    assert areas.keys() == expected.keys() and len(expected) == 3
    for name, area in areas.items():
        assert area == pytest.approx(expected[name], abs=0.002)
    (over,) = [area for area in expected.values() if area > 0]
    assert abs(over - 900.0) > 0.1  # a plane area would be noticed
    touching = shapely.touches(projects, farmland)
    assert touching.sum() == 1 and shapely.disjoint(projects, farmland).sum() == 1


def test_independent_ellipsoidal_area_agrees_with_the_surveys_series() -> None:
    square = shapely.box(580_000, 3_379_500, 581_000, 3_380_500)
    assert ellipsoid_area(square) == pytest.approx(float(ellipsoidal_area([square], PLANE)[0]), abs=0.05)
    assert abs(ellipsoid_area(square) - square.area) > 100


def test_registered_footprints_are_a_true_subset(sample: Sample, truth: dict[str, Any]) -> None:
    polygons, columns = read(sample, "ZRZ")
    outlines = {f"{item['number']:04d}": item for item in truth["buildings"]}
    assert 0.7 < len(polygons) / len(outlines) < 1.0
    for polygon, number in zip(polygons, columns["ZRZH"]):
        assert outlines[number]["known"] and polygon.equals(shapely.from_wkt(outlines[number]["footprint"]))
    hidden = [item for item in truth["buildings"] if not item["visible"]]
    assert len(hidden) == 1 and hidden[0]["known"]


def test_no_echo_lies_on_the_hidden_building(sample: Sample, truth: dict[str, Any]) -> None:
    (hidden,) = [shapely.from_wkt(item["footprint"]) for item in truth["buildings"] if not item["visible"]]
    for path in sample.first:
        las = laspy.read(path)
        assert not shapely.contains_xy(hidden, las.x, las.y).any()
