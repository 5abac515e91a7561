"""Layers made fit for computing: one frame, nothing silently wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely
from pyproj import Transformer

from tim.errors import UnusableInput
from tim.job import Job
from tim.review.inputs import Frame, open_layers

SQUARE = shapely.box(500000, 3000000, 500100, 3000100)


def _write(path: Path, geometries: list[shapely.Geometry | None], crs: str | None = "EPSG:4547") -> str:
    geometry = np.array(geometries, dtype=object)
    names = np.array([f"要素{number}" for number in range(len(geometries))], dtype=object)
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(geometry),
        [names],
        ["名称"],
        geometry_type="Unknown",
        crs=crs,
        layer="t",
        driver="GPKG",
    )
    return str(path)


def _moved(east: float, north: float) -> shapely.Geometry:
    return shapely.transform(SQUARE, lambda xy: xy + np.array([east, north]))


def test_layers_come_into_the_first_layers_frame(tmp_path: Path) -> None:
    to_degrees = Transformer.from_crs(4547, 4490, always_xy=True).transform
    degrees = shapely.transform(SQUARE, to_degrees, interleaved=False)
    one = _write(tmp_path / "a.gpkg", [SQUARE])
    two = _write(tmp_path / "b.gpkg", [degrees], "EPSG:4490")
    job = Job()
    inputs = open_layers({"甲": one, "乙": two}, Frame(), job)
    assert inputs.crs is not None and inputs.crs.to_epsg() == 4547
    assert shapely.hausdorff_distance(inputs.layers["乙"].geometry[0], SQUARE) < 1e-6
    assert [use.crs for use in inputs.uses] == ["EPSG:4547", "EPSG:4490"]
    assert "转换" in "".join(inputs.uses[1].notes)
    assert job.warnings == []


def test_degrees_alone_need_a_projection_and_the_advice_fits_the_place(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.gpkg", [shapely.box(120.1, 30, 120.2, 30.1)], "EPSG:4490")
    with pytest.raises(UnusableInput, match="EPSG:4549"):  # central meridian 120°
        open_layers({"甲": source}, Frame(), Job())
    inputs = open_layers({"甲": source}, Frame(crs="EPSG:4549"), Job())
    assert shapely.area(inputs.layers["甲"].geometry[0]) == pytest.approx(9650 * 11085, rel=0.01)


def test_web_mercator_is_refused(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.gpkg", [SQUARE], "EPSG:3857")
    with pytest.raises(UnusableInput, match="墨卡托"):
        open_layers({"甲": source}, Frame(), Job())


def test_old_datum_is_not_silently_taken_for_the_new_one(tmp_path: Path) -> None:
    one = _write(tmp_path / "a.gpkg", [SQUARE])
    two = _write(tmp_path / "b.gpkg", [SQUARE], "EPSG:2383")  # Xian 1980, CM 114
    with pytest.raises(UnusableInput, match="没有公开的转换参数"):
        open_layers({"甲": one, "乙": two}, Frame(), Job())


def test_wgs84_is_taken_with_a_warning(tmp_path: Path) -> None:
    one = _write(tmp_path / "a.gpkg", [SQUARE])
    two = _write(tmp_path / "b.gpkg", [shapely.box(114, 27.1, 114.001, 27.101)], "EPSG:4326")
    job = Job()
    open_layers({"甲": one, "乙": two}, Frame(), job)
    assert any("按两个基准重合转换" in warning for warning in job.warnings)


def test_missing_crs_is_an_error(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.gpkg", [SQUARE], None)
    with pytest.raises(UnusableInput, match="没有坐标系"):
        open_layers({"甲": source}, Frame(crs="EPSG:4547"), Job())


def test_unusable_geometries_are_told_and_repaired_ones_counted(tmp_path: Path) -> None:
    bow_tie = shapely.from_wkt(
        "POLYGON ((500000 3000000, 500010 3000010, 500010 3000000, 500000 3000010, 500000 3000000))"
    )
    holes = [SQUARE, None, shapely.Polygon(), bow_tie, shapely.Point(np.nan, np.nan)]
    path = _write(tmp_path / "a.gpkg", holes)
    before = Path(path).read_bytes()
    job = Job()
    geometry = open_layers({"甲": path}, Frame(), job).layers["甲"].geometry
    assert shapely.is_missing(geometry).tolist() == [False, True, True, False, True]
    assert shapely.area(geometry[3]) == pytest.approx(50.0)  # both wings, 25 m² each
    assert any("1 个无效图形" in warning and "要素 4" in warning for warning in job.warnings)
    assert any("3 个要素没有可用的图形" in warning for warning in job.warnings)
    assert Path(path).read_bytes() == before


def test_ground_that_a_ring_covers_twice_counts_as_covered(tmp_path: Path) -> None:
    twice = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0), (5, 0), (5, 5), (0, 5), (0, 0)]
    ring = shapely.Polygon([(500000 + x, 3000000 + y) for x, y in twice])
    source = _write(tmp_path / "a.gpkg", [ring])
    assert shapely.area(open_layers({"甲": source}, Frame(), Job()).layers["甲"].geometry[0]) == pytest.approx(100.0)


def test_layers_far_apart_and_empty_layers_are_told(tmp_path: Path) -> None:
    one = _write(tmp_path / "a.gpkg", [SQUARE])
    two = _write(tmp_path / "b.gpkg", [_moved(0, 50_100)])
    three = _write(tmp_path / "c.gpkg", [])
    job = Job()
    open_layers({"甲": one, "乙": two, "丙": three}, Frame(), job)
    assert any("“甲”与“乙”的范围相距约 50 公里" in warning for warning in job.warnings)
    assert any("“丙”" in warning and "没有要素" in warning for warning in job.warnings)


def test_plane_areas_outside_the_zone_are_told(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.gpkg", [_moved(330_000, 0)], "EPSG:32650")
    job = Job()
    open_layers({"甲": source}, Frame(), job)
    assert any("平面面积比椭球面上的大 0.1" in warning for warning in job.warnings)


def test_ellipsoidal_areas_need_cgcs2000(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.gpkg", [SQUARE], "EPSG:32650")
    with pytest.raises(UnusableInput, match="CGCS2000"):
        open_layers({"甲": source}, Frame(ellipsoidal=True), Job())


def test_digests_name_every_part_of_a_shapefile(tmp_path: Path) -> None:
    path = tmp_path / "甲.shp"
    geometry = np.array([SQUARE], dtype=object)
    pyogrio.raw.write(
        str(path), shapely.to_wkb(geometry), [np.array([1])], ["a"], geometry_type="Polygon", crs="EPSG:4547"
    )
    (tmp_path / "甲.txt").write_text("另一个文件")
    use = open_layers({"甲": str(path)}, Frame(), Job()).uses[0]
    assert {name for name, _ in use.files} == {"甲.shp", "甲.shx", "甲.dbf", "甲.prj", "甲.cpg"}
    assert all(len(digest) == 64 for _, digest in use.files)
