"""Map and 3D pictures of a small made-up model: what must be in them is looked for in the pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import shapely
from pyproj import CRS
from rasterio.transform import Affine

from pointcloud.task import Task
from tim.errors import TimError, UnusableInput
from tim.picture import fonts, raycast, scene
from tim.picture.camera import Camera
from tim.picture.content import Grid, ModelContent, read_content
from tim.picture.map import draw_findings, draw_model, hillshade
from tim.picture.mesh import model_mesh, triangulate_faces

LOW_COLOUR, TALL_COLOUR = (0xFD, 0xE0, 0xB2), (0xD9, 0x56, 0x2B)  # classes 0–6 m and 20–30 m
WEST, NORTH = 500_000.0, 3_400_100.0


def block(outline: shapely.Polygon, low: float, high: float) -> shapely.MultiPolygon:
    corners = shapely.get_coordinates(shapely.orient_polygons(outline).exterior)[:-1]
    top = shapely.Polygon([(*corner, high) for corner in corners])
    foot = shapely.Polygon([(*corner, low) for corner in corners[::-1]])
    sides = zip(corners, np.roll(corners, -1, 0))
    walls = [shapely.Polygon([(*a, low), (*b, low), (*b, high), (*a, high)]) for a, b in sides]
    return shapely.MultiPolygon([top, foot, *walls])


@pytest.fixture
def content() -> ModelContent:
    x, y = np.meshgrid(np.arange(120), np.arange(100))
    heights = (20.0 + 3.0 * np.sin(x / 20.0) + 0.02 * y).astype(np.float32)
    outlines = [shapely.box(WEST + w, NORTH - 60, WEST + w + 15, NORTH - 40) for w in (20, 60)]
    return ModelContent(
        name="小镇",
        crs=CRS.from_user_input("EPSG:4547+5737"),
        terrain=Grid(heights, Affine(1, 0, WEST, 0, -1, NORTH)),
        surface=None,
        footprints=np.array(outlines, dtype=object),
        heights=np.array([4.0, 25.0]),
        ground=np.array([20.0, 20.0]),
        solids=np.array([block(outlines[0], 20, 24), block(outlines[1], 20, 45)], dtype=object),
        land_use=np.array([shapely.box(WEST, NORTH - 100, WEST + 120, NORTH)], dtype=object),
        land_codes=np.array(["0101"], dtype=object),
    )


def pixels(path: Path) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    return picture[:, :, ::-1].astype(int)


def share(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(picture - np.array(colour)).max(axis=2) <= 3).mean())


def test_a_map_shows_buildings_in_the_colour_of_their_height(content: ModelContent, tmp_path: Path) -> None:
    draw_model(content, tmp_path / "图.png", title="小镇")
    picture = pixels(tmp_path / "图.png")
    assert picture.shape[1] > 2000
    # both have 300 m² of 12 000 m² of a map that fills about half of the sheet, and a patch in the legend
    assert share(picture, LOW_COLOUR) > 0.008 and share(picture, TALL_COLOUR) > 0.008
    content.heights = np.array([25.0, np.nan])
    draw_model(content, tmp_path / "图.png")
    later = pixels(tmp_path / "图.png")
    assert share(later, LOW_COLOUR) < 0.002 and share(later, TALL_COLOUR) > 0.008


def test_a_map_is_drawn_in_english_without_a_chinese_font(
    content: ModelContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    monkeypatch.setattr("tim.picture.sheet.chinese_font", lambda: None)
    draw_model(content, tmp_path / "map.png")
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_findings_are_red_and_layers_are_not(tmp_path: Path) -> None:
    road = shapely.LineString([(0, 50), (100, 50)])
    layers = {"地块": np.array([shapely.box(0, 0, 100, 100)]), "道路": np.array([road])}
    finding = shapely.GeometryCollection([shapely.box(20, 20, 60, 60), shapely.LineString([(60, 60), (90, 90)])])
    draw_findings(layers, [finding], tmp_path / "有.png", crs=CRS.from_epsg(4547), title="问题位置图")
    draw_findings(layers, [], tmp_path / "无.png")
    with_red, without = (
        ((p[..., 0] > 170) & (p[..., 1] < 130) & (p[..., 2] < 130)).mean()
        for p in (pixels(tmp_path / "有.png"), pixels(tmp_path / "无.png"))
    )
    assert with_red > 0.03 and without < 0.001
    with pytest.raises(ValueError):
        draw_findings({}, [], tmp_path / "空.png")


def test_hillshade_is_bright_towards_the_light() -> None:
    slope = np.add.outer(np.arange(20.0), np.arange(20.0))  # falls to the north-west, where the light is
    level = hillshade(np.zeros((20, 20)), 1.0)[10, 10]
    assert hillshade(slope, 1.0)[10, 10] > level > hillshade(-slope, 1.0)[10, 10]


@pytest.mark.parametrize("renderer", [scene.RAYCAST, scene.PAINTER])
def test_a_scene_shows_ground_buildings_and_sky(content: ModelContent, tmp_path: Path, renderer: str) -> None:
    assert scene.draw_scene(content, tmp_path / "景.png", Task(), renderer=renderer, size=(480, 300)) == renderer
    picture = pixels(tmp_path / "景.png")
    assert picture.shape == (300, 480, 3)
    assert picture[2, 240, 2] > picture[2, 240, 0] + 20  # blue above
    mesh = model_mesh(content)
    camera = Camera.over(mesh.vertices, 480, 300)
    places = np.array([[WEST + 67.5, NORTH - 50.0, 45.0], [WEST + 10.0, NORTH - 90.0, 20.0]]) - mesh.origin
    (roof_column, roof_row), (column, row) = camera.project(places)[0].astype(int)
    assert np.abs(picture[roof_row, roof_column] - picture[row, column]).max() > 25


def test_the_camera_holds_everything(content: ModelContent) -> None:
    vertices = model_mesh(content).vertices
    for azimuth in (0.0, 120.0, 203.0):
        camera = Camera.over(vertices, 640, 400, azimuth=azimuth)
        place, _ = camera.project(vertices)
        assert (place > 0).all() and (place < [640, 400]).all()
        assert np.ptp(place[:, 0]) > 0.6 * 640 or np.ptp(place[:, 1]) > 0.6 * 400


def test_without_open3d_the_painter_draws(
    content: ModelContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ImportError("open3d")

    monkeypatch.setattr(raycast, "render", missing)
    assert scene.draw_scene(content, tmp_path / "景.png", Task(), size=(160, 100)) == scene.PAINTER
    with pytest.raises(TimError, match="Open3D"):
        scene.draw_scene(content, tmp_path / "二.png", Task(), renderer=scene.RAYCAST, size=(160, 100))


def test_faces_with_holes_keep_area_and_direction() -> None:
    ring = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)]
    hole = [(2, 2, 5), (2, 4, 5), (4, 4, 5), (4, 2, 5)]
    wall = shapely.Polygon([(0, 0, 0), (10, 0, 0), (10, 0, 5), (0, 0, 5)])
    corners, triangles, normals = triangulate_faces(shapely.MultiPolygon([shapely.Polygon(ring, [hole]), wall]))
    a, b, c = (corners[triangles[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    areas = np.linalg.norm(cross, axis=1) / 2
    up = normals[:, 2] > 0.9
    assert areas[up].sum() == pytest.approx(96.0) and areas[~up].sum() == pytest.approx(50.0)
    assert (np.sum(cross * normals, axis=1) > 0).all()


def test_what_is_no_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "文.gpkg").write_text("不是模型")
    with pytest.raises(UnusableInput, match="tim build"):
        read_content(tmp_path / "文.gpkg")
