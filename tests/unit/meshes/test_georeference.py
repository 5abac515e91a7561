"""Where a mesh lies: metadata.xml in its variants, contradictions, and less than a millimetre lost in any format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
from scenes import dataset, hill

from pointcloud.errors import UnusableSource
from pointcloud.meshes.georeference import Georeference, enu_frame, geodetic
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.metadata import read_metadata
from pointcloud.meshes.obj import write_obj
from pointcloud.meshes.placement import placement
from pointcloud.meshes.sources import open_meshes
from pointcloud.meshes.tiles3d.writer import write_tileset
from pointcloud.task import Task

ORIGIN = np.array([501027.524, 2488718.808, 3.25])


def metadata(folder: Path, srs: str, origin: str = "501027.524,2488718.808,3.25", attribute: str = "version") -> Path:
    path = folder / "metadata.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<ModelMetadata {attribute}="1">\n<SRS>{srs}</SRS>\n'
        f"<SRSOrigin>{origin}</SRSOrigin><Texture><ColorSource>Visible</ColorSource></Texture></ModelMetadata>",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("srs", ["EPSG:4547", "epsg:4547", "EPSG:4547+5737", pyproj.CRS(4547).to_wkt("WKT1_GDAL")])
@pytest.mark.parametrize("attribute", ["version", "_version"])
def test_codes_and_wkt(tmp_path: Path, srs: str, attribute: str) -> None:
    found = read_metadata(metadata(tmp_path, srs.replace('"', "&quot;"), attribute=attribute))
    assert found.warnings == []
    np.testing.assert_array_equal(found.georeference.origin, ORIGIN)
    way = pyproj.Transformer.from_crs(4547, 4979, always_xy=True)
    expected = way.transform(501027.524, 2488718.808)
    got = np.degrees(geodetic(found.georeference.ecef(np.zeros((1, 3))))[0])
    np.testing.assert_allclose(got[:2], expected, atol=1e-10)


def test_a_plane_at_a_place(tmp_path: Path) -> None:
    found = read_metadata(metadata(tmp_path, "ENU:22.495,113.38", "0,0,0"))
    place = geodetic(found.georeference.ecef(np.array([[0, 0, 0], [0, 0, 100.0]])))
    np.testing.assert_allclose(np.degrees(place[:, :2]), [[113.38, 22.495]] * 2, atol=1e-11)
    np.testing.assert_allclose(place[:, 2], [0, 100], atol=1e-6)
    east = geodetic(found.georeference.ecef(np.array([[1000.0, 0, 0]])))[0]
    away = pyproj.Geod(ellps="WGS84").inv(113.38, 22.495, *np.degrees(east[:2]))
    assert away[0] == pytest.approx(90.0, abs=0.01) and away[2] == pytest.approx(1000.0, abs=0.01)


def test_frames_against_proj() -> None:
    way = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    np.testing.assert_allclose(enu_frame(113.4, 22.5, 17.0)[:3, 3], way.transform(113.4, 22.5, 17.0), atol=1e-8)


def test_a_code_that_contradicts_the_parameters_is_told(tmp_path: Path) -> None:
    wkt = pyproj.CRS(4547).to_wkt("WKT1_GDAL").replace('"central_meridian",114', '"central_meridian",113.37')
    found = read_metadata(metadata(tmp_path, wkt.replace('"', "&quot;")))
    (warning,) = [text for text in found.warnings if "自相矛盾" in text]
    assert "EPSG:4547" in warning and "中央子午线是 113.37 而不是 114" in warning
    assert found.georeference.crs.to_epsg() is None
    longitude = np.degrees(geodetic(found.georeference.ecef(np.zeros((1, 3))))[0, 0])
    assert longitude == pytest.approx(113.38, abs=0.001)


@pytest.mark.data
def test_the_town_that_says_another_meridian(data_folder: Path) -> None:
    found = read_metadata(data_folder / "realscene/osgb_zhongshan/metadata.xml")
    assert any("64.8 km" in text for text in found.warnings)
    place = np.degrees(geodetic(found.georeference.ecef(np.zeros((1, 3))))[0, :2])
    np.testing.assert_allclose(place, [113.379986, 22.495137], atol=1e-6)


def test_no_system_and_an_origin_out_of_place(tmp_path: Path) -> None:
    assert not read_metadata(metadata(tmp_path, "Local")).georeference.placed
    warnings = read_metadata(metadata(tmp_path, "EPSG:4547", "38501027,2488718,0")).warnings
    assert any("带号" in text for text in warnings)


@pytest.mark.parametrize(
    ("srs", "origin", "words"),
    [
        ("EPSG:999999", "0,0,0", "不认识"),
        ("ENU:113.38,22.495", "0,0,0", "纬度,经度"),
        ("EPSG:4547", "a,b", "SRSOrigin"),
        ("EPSG:4978", "0,0,0", "不是平面坐标系"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, srs: str, origin: str, words: str) -> None:
    with pytest.raises(UnusableSource, match=words):
        read_metadata(metadata(tmp_path, srs, origin))


def test_entities_do_not_expand(tmp_path: Path) -> None:
    path = tmp_path / "metadata.xml"
    path.write_text('<!DOCTYPE a [<!ENTITY x "EPSG:4547">]><M><SRS>&x;</SRS><SRSOrigin>1,2,3</SRSOrigin></M>')
    with pytest.raises(UnusableSource):
        read_metadata(path)


@pytest.mark.parametrize("form", ["obj", "glb", "tiles"])
@pytest.mark.parametrize("crs", [None, 4548])
def test_less_than_a_millimetre_is_lost(tmp_path: Path, form: str, crs: int | None) -> None:
    source = dataset([hill((1234.5678, 3210.9876, 2.0))], Georeference(pyproj.CRS(4547), ORIGIN))
    (mesh,) = source.roots[0].load()
    truth = source.georeference.ecef(mesh.positions)
    if form == "tiles":
        write_tileset(source, tmp_path / "t", Task())
        path = tmp_path / "t"
    else:
        place = placement(source, None if crs is None else pyproj.CRS(crs))
        path = tmp_path / f"m.{form}"
        write = write_obj if form == "obj" else write_glb
        write(path, [place.move(mesh)], origin=place.origin, crs=place.crs)
    back = open_meshes(path, Task())
    (again,) = back.roots[0].load() if form != "tiles" else back.finest()[0].load()
    got = back.georeference.ecef(again.positions)
    nearest = np.linalg.norm(got[:, None] - truth[None], axis=2).min(axis=1)
    assert len(got) == len(truth) and nearest.max() < 0.001
    assert again.material.image is not None and len(again.triangles) == len(mesh.triangles)
