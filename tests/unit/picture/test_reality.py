"""Pictures of meshes and clouds, and the page that shows them offline."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import cv2
import laspy
import numpy as np
import pytest

from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import Material, Mesh
from pointcloud.meshes.pictures import png_of
from tim.errors import UsageError
from tim.job import Job
from tim.picture.draw import draw_scene
from tim.picture.scene import draw_view
from tim.picture.view import View, open_view
from tim.picture.viewer import viewer_page, write_viewer

GREEN = (40, 160, 60)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A square of 40 m whose picture is red in the west and blue in the east."""
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:, :8, 0], pixels[:, 8:, 2] = 220, 220
    places = np.array([[0, 0, 0], [40, 0, 0], [40, 40, 0], [0, 40, 0]], float)
    mesh = Mesh(
        places,
        np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        uv=(places[:, :2] / 40.0).astype(np.float32),
        material=Material(image=png_of(pixels)),
    )
    path = tmp_path / "板.glb"
    write_glb(path, [mesh], origin=(500000, 2500000, 0), crs="EPSG:4547")
    return path


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    header = laspy.LasHeader(version="1.4", point_format=7)
    header.scales = np.full(3, 0.001)
    las = laspy.LasData(header)
    x, y = (part.ravel() for part in np.meshgrid(np.arange(0, 30, 0.1), np.arange(0, 30, 0.1)))
    las.x, las.y, las.z = x, y, np.where((x > 10) & (x < 15), 8.0, 0.0)
    las.red, las.green, las.blue = (np.full(len(x), value * 257, np.uint16) for value in GREEN)
    las.write(tmp_path / "云.laz")
    return tmp_path / "云.laz"


def pixels(path: Path) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)


@pytest.mark.parametrize("renderer", ["open3d", "painter"])
def test_a_mesh_shows_its_own_picture(board: Path, tmp_path: Path, renderer: str) -> None:
    if renderer == "open3d":
        pytest.importorskip("open3d")
    view = open_view(str(board), Job(), most_triangles=10, most_points=10)
    draw_view(view, tmp_path / "a.png", Job(), renderer=renderer, size=(480, 300))
    picture = pixels(tmp_path / "a.png")
    red = np.argwhere((picture[:, :, 0] > 180) & (picture[:, :, 2] < 80))
    blue = np.argwhere((picture[:, :, 2] > 180) & (picture[:, :, 0] < 80) & (picture[:, :, 1] < 80))
    assert len(red) > 1000 and len(blue) > 1000
    # looked at from the south-west, west is left; no light is cast on photographs
    assert red[:, 1].mean() < blue[:, 1].mean()
    if renderer == "open3d":
        assert np.abs(np.median(picture[tuple(red.T)], axis=0) - [220, 0, 0]).max() <= 3


def test_a_cloud_is_a_closed_surface_of_its_colour(cloud: Path, tmp_path: Path) -> None:
    result = draw_scene(str(cloud), str(tmp_path / "c.png"), Job())
    assert result.data["renderer"] == "points"
    picture = pixels(tmp_path / "c.png")
    green = (np.abs(picture - np.array(GREEN)).max(axis=2) < 12).astype(np.uint8)
    assert green.mean() > 0.15
    # no holes: closing the area of the points changes next to nothing
    closed = cv2.morphologyEx(green, cv2.MORPH_CLOSE, np.ones((5, 5)))
    assert (closed - green).mean() < 0.02


def unpacked(page: str) -> tuple[dict, bytes]:
    head = re.search(r'<script type="application/json" id="head">(.*?)</script>', page, re.S)
    body = re.search(r'<script type="text/plain" id="body">(.*?)</script>', page, re.S)
    return json.loads(head[1]), base64.b64decode(body[1])


def test_the_page_holds_everything(board: Path, tmp_path: Path) -> None:
    result = write_viewer(str(board), str(tmp_path / "页.html"), Job(), title="</script><b>试")
    page = (tmp_path / "页.html").read_text(encoding="utf-8")
    assert result.data == {"triangles": 2, "points": 0, "bytes": len(page.encode())}
    assert not re.search(r"https?://", page) and "default-src 'none'" in page
    assert page.count("<script") == 3  # what a title says starts no script
    head, body = unpacked(page)
    assert head["title"] == "</script><b>试" and "EPSG:4547" in head["system"]
    (thing,) = head["things"]
    place = thing["position"]
    corners = np.frombuffer(body, "<f4", 12, place["at"]).reshape(4, 3)
    np.testing.assert_allclose(np.ptp(corners, axis=0), [40, 40, 0], atol=1e-4)
    image = head["images"][thing["image"]]
    assert body[image["at"] :].startswith(b"\x89PNG") and all(entry["at"] % 4 == 0 for entry in head["images"])


def test_a_cloud_on_the_page(cloud: Path, tmp_path: Path) -> None:
    write_viewer(str(cloud), str(tmp_path / "页.html"), Job())
    head, body = unpacked((tmp_path / "页.html").read_text(encoding="utf-8"))
    (thing,) = head["things"]
    assert thing["count"] == 90_000 and thing["index"] is None
    colours = np.frombuffer(body, np.uint8, 4 * thing["count"], thing["colour"]["at"]).reshape(-1, 4)
    assert (colours == [*GREEN, 255]).all()


def test_a_model_on_the_page_has_attributes_of_its_buildings(small_model: Path, tmp_path: Path) -> None:
    write_viewer(str(small_model), str(tmp_path / "页.html"), Job())
    head, body = unpacked((tmp_path / "页.html").read_text(encoding="utf-8"))
    columns = dict(head["columns"])
    assert "高度（米）" in columns and head["groups"] == ["地形", "树木和边缘", "建筑"]
    buildings = [thing for thing in head["things"] if thing["group"] == 2]
    rows = {int(np.frombuffer(body, "<f4", 1, thing["feature"]["at"])[0]) for thing in buildings}
    heights = [columns["高度（米）"][row] for row in sorted(rows)]
    assert len(rows) == 3 and all(height is not None and height > 2 for height in heights)


def test_results_are_not_overwritten(board: Path, tmp_path: Path) -> None:
    (tmp_path / "页.html").write_text("mine")
    with pytest.raises(UsageError, match="已经存在"):
        write_viewer(str(board), str(tmp_path / "页.html"), Job())


def test_numbers_that_json_does_not_know_do_not_reach_the_page() -> None:
    mesh = Mesh(np.eye(3), np.array([[0, 1, 2]], np.uint32))
    view = View("mesh", "x", "", np.zeros(3), meshes=[mesh], group=[0], groups=("a",))
    assert "NaN" not in viewer_page(view).split("<script>")[0]
