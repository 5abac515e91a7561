"""Input that bureaus really have: what the daily analyses make of it, each figure in closed form."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely

from tim.errors import UnusableInput
from tim.job import Job
from tim.landuse.transition import land_use_change
from tim.measure import area_ellipsoid
from tim.overlay.command import overlay
from tim.sources.vector import read_layer

X, Y = 500_000, 3_400_000
CRS = "EPSG:4547"


def box(left, bottom, right, top):
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def write(path, shapes, codes=None, crs=CRS, **options):
    codes = ["0101"] * len(shapes) if codes is None else codes
    options = {"driver": "GPKG", "layer": "DLTB", "geometry_type": "Unknown", "crs": crs, **options}
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    pyogrio.raw.write(str(path), wkb, [np.array(codes, dtype=object)], ["DLBM"], **options)
    return str(path)


@pytest.fixture
def project(tmp_path):
    return write(tmp_path / "项目.gpkg", [box(0, 0, 100, 100)], layer="项目")


def parts(project, layer, **options):
    result = overlay(project, {"现状": layer}, job=options.pop("job", Job()), **options)
    return {row["class"]: row["area_m2"] for row in result.data["parts"]}


def test_a_polygon_of_a_million_vertices(tmp_path, project):
    """A disc of which one half lies on the project."""
    count, radius = 1_000_000, 40
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    disc = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * radius + [X, Y + 50])
    layer = write(tmp_path / "百万.gpkg", [disc])
    half = np.pi * radius**2 / 2
    assert parts(project, layer)["0101 水田"] == pytest.approx(half, abs=0.01)
    assert area_ellipsoid(layer, job=Job()).data["total_m2"] == pytest.approx(2 * half, rel=1e-4)


def test_zero_areas_invalid_and_mixed_shapes(tmp_path, project):
    """A polygon without area, a bow tie, a line, a point, nothing: only ground counts, and the parts close."""
    flat = shapely.Polygon([(X, Y), (X + 50, Y), (X + 100, Y), (X, Y)])
    bow = shapely.Polygon([(X, Y), (X + 40, Y + 40), (X + 40, Y), (X, Y + 40)])
    mixed = shapely.GeometryCollection([box(60, 60, 70, 70), shapely.LineString([(X, Y), (X + 9, Y)])])
    shapes = [flat, bow, mixed, shapely.LineString([(X, Y), (X + 9, Y + 9)]), shapely.Point(X, Y), None]
    layer = write(tmp_path / "杂.gpkg", shapes, ["0103", "0101", "0301", "0601", "0601", "0601"])
    assert parts(project, layer) == {"0101 水田": 800, "0301 乔木林地": 100, "未覆盖": 9100}


def test_empty_and_wrong_codes_are_told_apart(tmp_path, project):
    shapes = [box(0, 0, 50, 100), box(50, 0, 75, 100), box(75, 0, 100, 100)]
    layer = write(tmp_path / "码.gpkg", shapes, ["0101", None, "9Z99"])
    found = parts(project, layer)
    assert sum(found.values()) == 10_000
    assert found["0101 水田"] == 5000
    assert [area for title, area in found.items() if "分类表里没有" in title] == [2500]


def test_a_missing_crs_is_asked_for(tmp_path, project):
    layer = write(tmp_path / "无.gpkg", [box(0, 0, 50, 50)], crs=None)
    with pytest.raises(UnusableInput, match="坐标系"):
        overlay(project, {"现状": layer}, job=Job())
    with pytest.raises(UnusableInput, match="坐标系"):
        land_use_change(layer, layer, job=Job())


def test_two_zones_give_the_areas_of_one(tmp_path, project):
    """The same ground in the zones of 114° and 117°."""
    shapes = [box(0, 0, 60, 100), box(60, 0, 100, 100)]
    near = write(tmp_path / "本带.gpkg", shapes, ["0101", "0601"])
    there = read_layer(near, target_crs=pyproj.CRS(4548))
    far = write(tmp_path / "邻带.gpkg", list(there.geometry), ["0101", "0601"], crs="EPSG:4548")
    one, other = (parts(project, layer, area="ellipsoid") for layer in (near, far))
    assert one == pytest.approx(other, abs=0.01)


def test_a_shapefile_in_gbk(tmp_path, project):
    layer = write(
        tmp_path / "DLTB.shp", [box(0, 0, 50, 100)], ["水田"], driver="ESRI Shapefile", geometry_type="Polygon",
        encoding="gb18030",
    )  # fmt: skip
    (tmp_path / "DLTB.cpg").unlink(missing_ok=True)
    assert parts(project, layer, by=["现状=DLBM"]) == {"水田": 5000, "未覆盖": 5000}


def test_a_source_that_another_program_has_locked(tmp_path, project):
    layer = write(tmp_path / "占用.gpkg", [box(0, 0, 50, 100)])
    with closing(sqlite3.connect(layer, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        try:
            assert parts(project, layer) == {"0101 水田": 5000, "未覆盖": 5000}
        except UnusableInput as error:
            assert "占用.gpkg" in error.message
        holder.execute("ROLLBACK")


def test_a_target_that_another_program_has_open(tmp_path, project):
    """The old file stays as it is until the new one is complete, whoever has it open."""
    layer = write(tmp_path / "现状.gpkg", [box(0, 0, 50, 100)])
    out = write(tmp_path / "结果.gpkg", [box(0, 0, 1, 1)])
    with closing(sqlite3.connect(out, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        overlay(project, {"现状": layer}, out=out, overwrite=True, job=Job())
        holder.execute("ROLLBACK")
    assert sorted(read_layer(f"{out}|layername=pieces_1").columns["area_m2"]) == [5000, 5000]
