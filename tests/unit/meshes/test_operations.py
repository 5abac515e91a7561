"""`tim mesh`: what the functions behind the commands return."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tim.errors import UsageError
from tim.job import Job
from tim.meshes.convert import convert_mesh
from tim.meshes.info import mesh_info


@pytest.mark.data
def test_info_of_a_town(data_folder: Path) -> None:
    job = Job()
    data = mesh_info(mesh=str(data_folder / "realscene/osgb_zhongshan"), job=job).data
    assert (data["vertices"], data["triangles"], data["levels"], data["tiles"]) == (118_045, 81_260, 6, 40)
    assert len(data["missing"]) == 27 and data["textures"] == 28
    assert data["origin"] == [501027.524, 2488718.808, 0.0]
    np.testing.assert_allclose(data["place"], [113.3805, 22.5073], atol=1e-4)
    assert any("自相矛盾" in text and "64.8 km" in text for text in job.warnings)


@pytest.mark.data
def test_a_town_as_3d_tiles_keeps_levels_and_place(data_folder: Path, tmp_path: Path) -> None:
    source = str(data_folder / "realscene/osgb_zhongshan")
    before = mesh_info(mesh=source, job=Job()).data
    convert_mesh(mesh=source, out=str(tmp_path / "瓦片"), height_offset=-5.0, job=Job())
    after = mesh_info(mesh=str(tmp_path / "瓦片"), job=Job()).data
    for key in ("vertices", "triangles", "levels", "tiles", "textures"):
        assert after[key] == before[key], key
    np.testing.assert_allclose(after["place"], before["place"], atol=1e-5)


@pytest.mark.data
@pytest.mark.parametrize(("name", "level", "triangles"), [("a.obj", 0, 2399), ("a.glb", None, 38_807)])
def test_one_level_as_one_file(data_folder: Path, tmp_path: Path, name: str, level: int | None, triangles: int) -> None:
    job = Job()
    source = str(data_folder / "realscene/osgb_zhongshan")
    result = convert_mesh(mesh=source, out=str(tmp_path / name), crs="EPSG:4547", level=level, job=job)
    assert result.data["triangles"] == triangles and result.data["crs"] == "EPSG:4547"
    again = mesh_info(mesh=str(tmp_path / name), job=Job()).data
    assert again["triangles"] == triangles and again["crs"] == "EPSG:4547"
    np.testing.assert_allclose(again["place"], [113.3805, 22.5073], atol=1e-3)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.data
@pytest.mark.parametrize(
    ("out", "more", "words"),
    [
        ("a.xyz", {}, "不认识输出格式"),
        ("瓦片", {}, "没有坐标系"),
        ("a.glb", {"height_offset": 3.0}, "只用于 3D Tiles"),
        ("a.obj", {"source_origin": "一,二"}, "东,北,高"),
    ],
)
def test_what_cannot_be_done_is_told(data_folder: Path, tmp_path: Path, out: str, more: dict, words: str) -> None:
    source = str(data_folder / "realscene/fanvanzh_test.osgb")
    with pytest.raises(UsageError, match=words):
        convert_mesh(mesh=source, out=str(tmp_path / out), job=Job(), **more)
    assert not list(tmp_path.iterdir())


@pytest.mark.data
def test_a_given_system_places_a_local_mesh(data_folder: Path, tmp_path: Path) -> None:
    source = str(data_folder / "realscene/fanvanzh_test.osgb")
    out = tmp_path / "瓦片"
    convert_mesh(
        mesh=source,
        out=str(out),
        source_crs="EPSG:4547",
        source_origin="500000,2500000,0",
        height_offset=0.0,
        job=Job(),
    )
    place = mesh_info(mesh=str(out), job=Job()).data["place"]
    np.testing.assert_allclose(place, [114.0, 22.6], atol=0.01)
