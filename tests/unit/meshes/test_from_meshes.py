"""Surfaces, points and single buildings out of meshes."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import hill

from pointcloud.meshes.cutting import cut, with_cropped_picture
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import Mesh
from pointcloud.meshes.pictures import pixels_of
from pointcloud.meshes.raster import raise_cells
from pointcloud.meshes.sampling import areas
from pointcloud.meshes.sources import open_meshes
from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.meshes.sample import mesh_sample
from tim.meshes.split import TABLE, split_mesh
from tim.meshes.surface import mesh_dsm

ORIGIN = (501000.0, 2488000.0, 0.0)


@pytest.fixture
def placed(tmp_path: Path) -> Path:
    """A hill of 60 m in EPSG:4547."""
    path = tmp_path / "山.glb"
    write_glb(path, [hill(cells=24)], origin=ORIGIN, crs="EPSG:4547")
    return path


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.3, 40.0))
def test_a_cell_holds_the_highest_plane_over_its_centre(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    triangles = rng.uniform(0, 30, (12, 1, 3)) + rng.uniform(-size, size, (12, 3, 3))
    heights = np.full((20, 25), -np.inf)
    raise_cells(heights, triangles, -5.0, 35.0, 2.0)
    x, y = np.meshgrid(-5 + 2.0 * (np.arange(25) + 0.5), 35 - 2.0 * (np.arange(20) + 0.5))
    expected = np.full(heights.shape, -np.inf)
    for corners in triangles:  # each triangle on its own, by solving for its plane
        plan = shapely.Polygon(corners[:, :2])
        if plan.area < 1e-6:
            continue
        plane = np.linalg.solve(np.column_stack((corners[:, :2], np.ones(3))), corners[:, 2])
        z = plane[0] * x + plane[1] * y + plane[2]
        expected = np.where(shapely.intersects_xy(plan, x, y), np.maximum(expected, z), expected)
    np.testing.assert_allclose(heights, expected, atol=1e-6)


def test_surface_of_a_hill(placed: Path, tmp_path: Path) -> None:
    result = mesh_dsm(mesh=str(placed), out=str(tmp_path / "dsm.tif"), resolution=0.5, job=Job())
    with rasterio.open(tmp_path / "dsm.tif") as source:
        heights = source.read(1)
        assert source.crs.to_epsg() == 4547 and source.transform.c == 501000.0 and source.transform.f == 2488060.0
    x, y = np.meshgrid(np.arange(120) * 0.5 + 0.25, 60 - np.arange(120) * 0.5 - 0.25)
    formula = 5.0 * np.sin(x / 11.0) * np.cos(y / 7.0)
    assert result.data["covered"] > 0.99
    # facets of 2.5 m differ from the formula by less than their bow
    assert np.abs(heights - formula).max() < 0.15


def test_points_are_spread_evenly_and_coloured(placed: Path, tmp_path: Path) -> None:
    result = mesh_sample(mesh=str(placed), out=str(tmp_path / "p.laz"), density=4.0, job=Job())
    points = laspy.read(tmp_path / "p.laz")
    assert len(points.points) == result.data["points"]
    assert result.data["points"] == pytest.approx(4.0 * result.data["surface_m2"], rel=0.02)
    assert points.header.parse_crs().to_epsg() == 4547
    counts = np.histogram2d(points.x - ORIGIN[0], points.y - ORIGIN[1], bins=4, range=[[0, 60], [0, 60]])[0]
    assert counts.min() > 0.8 * counts.mean()
    pixels = pixels_of(open_meshes(placed, Task()).roots[0].load()[0].material.image)
    assert set(np.unique(points.red >> 8)) <= set(np.unique(pixels[:, :, 0]))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_what_is_cut_and_what_is_left_are_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = hill()
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    outline = shapely.Polygon(np.column_stack((np.cos(angles), np.sin(angles))) * rng.uniform(4, 35, (7, 1)) + 30.0)
    if not outline.is_valid or outline.area < 1.0:
        return
    rest = shapely.difference(shapely.box(-100, -100, 200, 200), outline)
    inner, outer = cut(whole, outline), cut(whole, rest)
    assert areas(inner).sum() + areas(outer).sum() == pytest.approx(areas(whole).sum(), rel=1e-6)
    plan = shapely.polygons(inner.positions[inner.triangles][:, :, :2])
    assert shapely.area(plan).sum() == pytest.approx(shapely.intersection(outline, shapely.box(0, 0, 60, 60)).area)
    # triangles keep their side, texture follows the place
    a, b, c = (inner.positions[inner.triangles[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > -1e-9).all()
    np.testing.assert_allclose(inner.uv, inner.positions[:, :2] / 60.0, atol=1e-5)


def test_a_cropped_picture_shows_the_same() -> None:
    from pointcloud.meshes.sampling import Colours

    part = cut(hill(cells=8), shapely.box(16, 31, 24, 44))
    small = with_cropped_picture(part)
    assert len(small.material.image.data) < len(part.material.image.data)
    shares = np.full((len(part.triangles), 3), 1 / 3)
    before, after = (Colours().at(mesh, np.arange(len(mesh.triangles)), shares) for mesh in (part, small))
    np.testing.assert_array_equal(before, after)


def footprints(path: Path, shapes: list[shapely.Geometry], names: list[str]) -> str:
    pyogrio.raw.write(
        str(path), shapely.to_wkb(np.array(shapes)), [np.array(names, object)], ["BSM"], layer="f", driver="GPKG",
        geometry_type="Polygon", crs="EPSG:4547",
    )  # fmt: skip
    return str(path)


@pytest.mark.parametrize("form", ["glb", "obj"])
def test_single_buildings(placed: Path, tmp_path: Path, form: str) -> None:
    x, y = ORIGIN[:2]
    shapes = [shapely.box(x + 10, y + 10, x + 20, y + 25), shapely.box(x + 900, y, x + 910, y + 9)]
    layer = footprints(tmp_path / "轮廓.gpkg", shapes, ["楼/1", "远"])
    job = Job()
    result = split_mesh(
        mesh=str(placed), footprints=layer, out=str(tmp_path / "单体"), key="BSM", buffer=0.5, form=form, job=job
    )
    assert result.data["buildings"] == 1 and result.data["empty"] == ["远"]
    assert any("没有三维模型" in text for text in job.warnings)
    back = open_meshes(tmp_path / f"单体/楼_1.{form}", Task())
    box = back.box() + back.georeference.origin
    np.testing.assert_allclose(box[:, :2], [[x + 9.5, y + 9.5], [x + 20.5, y + 25.5]], atol=1e-3)
    assert back.roots[0].load()[0].material.image is not None
    table = pyogrio.raw.read(tmp_path / "单体" / TABLE)
    columns = dict(zip(table[0]["fields"], table[3]))
    assert columns["BSM"].tolist() == ["楼/1", "远"] and columns["file"].tolist() == [f"楼_1.{form}", None]
    assert columns["height_m"][0] == pytest.approx(np.ptp(back.box()[:, 2]), abs=1e-3)


def test_footprints_that_do_not_fit_are_told(placed: Path, tmp_path: Path) -> None:
    layer = footprints(tmp_path / "f.gpkg", [shapely.box(0, 0, 1, 1)], ["a"])
    with pytest.raises(UsageError, match="没有字段"):
        split_mesh(mesh=str(placed), footprints=layer, out=str(tmp_path / "o"), key="没有", job=Job())
    write_glb(tmp_path / "local.glb", [hill()])
    with pytest.raises(UnusableInput, match="没有坐标系"):
        split_mesh(mesh=str(tmp_path / "local.glb"), footprints=layer, out=str(tmp_path / "o"), job=Job())


def test_upright_walls_belong_where_their_middle_is() -> None:
    wall = Mesh(np.array([[5, 5, 0], [9, 5, 0], [9, 5, 8]], float), np.array([[0, 1, 2]], np.uint32))
    assert len(cut(wall, shapely.box(0, 0, 10, 10)).triangles) == 1
    assert len(cut(wall, shapely.box(0, 0, 10, 4)).triangles) == 0
