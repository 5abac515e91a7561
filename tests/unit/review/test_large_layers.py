"""A layer read piece by piece gives the same review as one that is held."""

from __future__ import annotations

import numpy as np
import pyogrio.raw
import pytest
import shapely

from tim.job import Job
from tim.review import inputs
from tim.review.check import check_rules
from tim.sources.vector import measure_in_pieces, read_pieces

RULES = """规则集 大图层
图层 图斑 来自“图斑”，字段 DLBM
图层 农田 来自“农田”
规则“占用”
依据“对照”
等级“强制”
检查 图斑 中的每个 子，其中 子的DLBM 不等于“0101”：
    要求 子 与 农田 的相交面积 不大于 20平方米，否则报告“占{子 与 农田 的相交面积：平方米，两位小数}”
结束
结束
"""


@pytest.fixture
def folder(tmp_path):
    shapes = [shapely.box(x * 12, 0, x * 12 + 10, 10) for x in range(30)]
    shapes[7] = shapely.Polygon([(84, 0), (94, 10), (94, 0), (84, 10)])  # a bow tie: repaired for the review
    shapes[25] = shapely.Polygon([(0, 0), (5, 5), (0, 0)])  # flat: nothing is left of it
    _write(tmp_path / "图斑.gpkg", shapes, {"DLBM": ["0101", "0201", "0301"] * 10})
    _write(tmp_path / "农田.gpkg", [shapely.box(-5, 5, 200, 20), shapely.box(300, 8, 400, 20)], {})
    (tmp_path / "规则.zh").write_text(RULES, "utf-8")
    return tmp_path


def _write(path, shapes, columns):
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(shapely.transform(np.array(shapes), lambda xy: np.add(xy, (500_000, 3_000_000)))),
        [np.array(values, dtype=object) for values in columns.values()],
        list(columns),
        geometry_type="Polygon",
        driver="GPKG",
        crs="EPSG:4547",
    )


def _reviewed(folder):
    job = Job()
    layers = {name: str(folder / f"{name}.gpkg") for name in ("图斑", "农田")}
    result = check_rules(str(folder / "规则.zh"), layer=layers, job=job)
    return result.data, sorted(job.warnings)


def test_pieces_give_the_review_of_the_whole(folder, monkeypatch):
    whole = _reviewed(folder)
    monkeypatch.setattr(inputs, "LARGE", 20)
    monkeypatch.setattr(inputs, "PIECE", 7)
    assert _reviewed(folder) == whole
    rule = whole[0]["rules"][0]
    # by hand: of the 17 shapes that meet the first field 6 are 0101; the others lie in it by 25 m² or more
    assert (rule["checked"], rule["violations"], rule["undecided"]) == (20, 11, 1)
    assert sum("要素 8、要素 26" in warning for warning in whole[1]) == 1  # repaired, told once
    assert sum("没有可用的图形" in warning and "要素 26" in warning for warning in whole[1]) == 1


def test_all_features_come_once(folder):
    spec = folder / "图斑.gpkg"
    sizes = [len(piece) for piece in read_pieces(spec, 7)]
    assert sizes == [7, 7, 7, 7, 2]
    fids = np.concatenate([piece.fids for piece in read_pieces(spec, 10)])
    assert list(fids) == list(range(1, 31))
    count, extent = measure_in_pieces(spec)
    assert (count, extent[0], extent[3]) == (30, 500_000, 3_000_010)
