"""Results that were wrong or destroyed data without a word."""

from __future__ import annotations

import hashlib

import numpy as np
import pyogrio.raw
import pytest
import shapely

from tim.boundary.command import write_file
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.landuse.transition import land_use_change
from tim.overlay.command import overlay
from tim.script.tool import run_tool
from tim.sources.sheets import read_sheet
from zhscript import check_text
from zhscript.engine import ScriptError, run_script

TOOL = """工具箱 试
工具“抄写”
参数 图斑：图层（面）
输出 结果：图层（面），字段 名称（文本）
遍历 图斑 中的每个 块：
    把 要素（形状：块的形状，名称：“甲”） 加入 结果
结束
结束
"""


def box(left, bottom, right, top):
    return shapely.box(500_000 + left, 3_400_000 + bottom, 500_000 + right, 3_400_000 + top)


def _write(path, shapes, codes, field="DLBM"):
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    options = {"layer": path.stem, "geometry_type": "Polygon", "crs": "EPSG:4547", "driver": "GPKG"}
    pyogrio.raw.write(str(path), wkb, [np.array(codes, dtype=object)], [field], **options)
    return str(path)


def test_a_tool_does_not_write_over_its_input(tmp_path):
    script = tmp_path / "抄写.zh"
    script.write_text(TOOL, encoding="utf-8")
    source = _write(tmp_path / "图斑.gpkg", [box(0, 0, 1, 1)], ["0101"])
    before = hashlib.sha256((tmp_path / "图斑.gpkg").read_bytes()).digest()
    with pytest.raises(UsageError, match="这个文件是输入"):
        run_tool(str(script), "抄写", {"图斑": source, "结果": source}, overwrite=True, job=Job())
    assert hashlib.sha256((tmp_path / "图斑.gpkg").read_bytes()).digest() == before


def test_overlaps_of_the_earlier_layer_are_told(tmp_path):
    before = _write(tmp_path / "前.gpkg", [box(0, 0, 100, 100), box(50, 0, 150, 100)], ["0101", "0301"])
    after = _write(tmp_path / "后.gpkg", [box(0, 0, 150, 100)], ["0601"])
    job = Job()
    land_use_change(before, after, area="plane", job=job)
    assert any("前期图斑互相重叠，重复约 5000.00" in warning for warning in job.warnings)


def test_only_change_between_known_classes_counts(tmp_path):
    before = _write(tmp_path / "前.gpkg", [box(0, 0, 100, 100), box(100, 0, 200, 100)], ["0101", None])
    after = _write(tmp_path / "后.gpkg", [box(0, 0, 50, 100), box(100, 0, 300, 100)], ["0601", "0601"])
    message = land_use_change(before, after, area="plane", job=Job()).message
    assert "地类改变 5000.00 平方米" in message
    assert "后期没有覆盖 5000.00 平方米" in message
    assert "前期没有覆盖 10000.00 平方米" in message
    assert "没有填写地类 10000.00 平方米" in message


def test_ground_that_overlapping_patches_cover_counts_once(tmp_path):
    projects = _write(tmp_path / "项目.gpkg", [box(0, 0, 100, 100), box(50, 0, 150, 100)], ["甲", "乙"], "XMMC")
    land = _write(tmp_path / "地类.gpkg", [box(0, 0, 60, 100), box(40, 0, 90, 100)], ["0101", "0301"])
    job = Job()
    covered = overlay(projects, {"现状": land}, job=job).data["layers"][0]["covered_m2"]
    assert covered == 9000 + 4000
    assert any("项目互相重叠约 5000.00" in warning for warning in job.warnings)


def test_a_parcel_that_crosses_itself_is_not_written(tmp_path):
    bow = shapely.Polygon([(500000, 3400000), (500010, 3400010), (500010, 3400000), (500000, 3400010)])
    with pytest.raises(UnusableInput, match="不规范"):
        write_file(_write(tmp_path / "宗.gpkg", [bow], ["甲"]), str(tmp_path / "x.txt"), job=Job())


def test_an_invalid_shape_has_no_area_in_a_script():
    program, problems = check_text("显示 由WKT（“POLYGON((0 0,10 10,10 0,0 10,0 0))”）的面积")
    assert program is not None, problems
    for engine in ("compiled", "interpreter"):
        with pytest.raises(ScriptError, match="图形无效"):
            run_script(program, None, engine=engine)


@pytest.mark.parametrize("text, told", [("村,人口\n甲,1,200\n", "第 2 行有 3 格"), ('村,人口\n乙,"2\n丙,3\n', "引号")])
def test_rows_of_a_table_are_not_lost(tmp_path, text, told):
    path = tmp_path / "表.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput, match=told):
        read_sheet(path, None, 1)


def test_no_fix_turns_the_meaning_round():
    text = (
        "规则集 甲\n图层 宗地 来自“ZD”，字段 用途（文本）\n规则“用途”\n依据“规划”\n检查 宗地 中的每个 块：\n"
        "    要求 块的用途 等于 “住宅” 或 “商业”\n结束\n结束\n"
    )
    _, problems = check_text(text)
    assert problems
    assert not any("没有" in fix["title"] or "并非" in fix["title"] for problem in problems for fix in problem.fixes)
