"""The operations `tim code …`."""

from __future__ import annotations

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely

from tim.codes import BEIDOU, LOCATION
from tim.codes.command import check_codes, code_layer, code_neighbours, cover_layer, make_code
from tim.errors import UsageError
from tim.job import Job
from tim.sources.vector import read_layer


@pytest.fixture
def plots(tmp_path):
    """Two squares of 100 m in a projected frame, and a feature without geometry."""
    shapes = np.array(
        [shapely.box(500000, 3400000, 500100, 3400100), shapely.box(500300, 3400000, 500400, 3400100), None]
    )
    columns = [np.array(["甲", "乙", "丙"], dtype=object), np.array([10.0, 20.0, 30.0])]
    path = tmp_path / "地块.gpkg"
    wkb = np.array([None if shape is None else shape.wkb for shape in shapes], dtype=object)
    pyogrio.raw.write(str(path), wkb, columns, ["名称", "高"], geometry_type="Polygon", crs="EPSG:4547", layer="地块")
    return str(path)


def test_a_point():
    result = make_code("beidou", "116.35", "39.9", level=5, job=Job())
    assert result.data["code"] == "N50J4756400"
    west, south, _, _ = result.data["bounds"]
    assert (west, south) == (116.35, 39.9)


def test_a_layer_gets_codes(plots, tmp_path):
    out = str(tmp_path / "结果.gpkg")
    result = code_layer(plots, out, kind="location", height_field="高", job=Job())
    assert result.data == {"coded": 2, "without": 1}
    written = read_layer(out)
    assert list(written.columns["名称"]) == ["甲", "乙", "丙"]
    to_degrees = pyproj.Transformer.from_crs("EPSG:4547", "EPSG:4490", always_xy=True)
    lon, lat = to_degrees.transform(500050, 3400050)
    assert written.columns["grid_code"][0] == LOCATION.encode(lon, lat, 16, 10.0)[0]
    assert written.columns["grid_code"][2] is None


def test_cells_of_a_layer(plots, tmp_path):
    out = str(tmp_path / "网格.gpkg")
    result = cover_layer(plots, out, kind="beidou", level=6, job=Job())
    cells = read_layer(out, target_crs=pyproj.CRS("EPSG:4547"))
    assert result.data["cells"] == len(cells) > 2
    plot = shapely.union_all([shape for shape in read_layer(plots).geometry if shape is not None])
    assert shapely.union_all(cells.geometry).buffer(0.01).covers(plot)
    assert all(BEIDOU.check(code).valid for code in cells.columns["code"])


def test_wrong_codes_of_a_field_are_named(plots):
    result = check_codes(kind="parcel_code", layer=plots, field="名称", job=Job())
    assert result.status == "violations"
    assert result.data["wrong"] == 3
    assert result.data["invalid"][1]["code"] == "乙"
    assert "19 位" in result.data["invalid"][1]["reason"]


def test_neighbours():
    assert "S30A00" in code_neighbours("N31A00", kind="beidou", job=Job()).data["neighbours"]
    with pytest.raises(UsageError, match="第 4 位"):
        code_neighbours("N319", kind="beidou", job=Job())


def test_nothing_to_check():
    with pytest.raises(UsageError, match="没有要检查的编码"):
        check_codes(kind="bsm", job=Job())
