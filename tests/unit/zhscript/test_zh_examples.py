"""The worked scripts of the documentation: clean, in canonical form, their tests hold, and those that write are run."""

from __future__ import annotations

import shutil

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely

from tim.job import Job
from tim.script.run import run_script
from tim.script.testing import test_scripts as run_tests_of
from tim.script.tool import run_tool
from tim.sources.vector import read_layer
from zhscript import check_text, syntax
from zhscript.editing.format import format_text

WITHOUT_TESTS = {"20-占用地类统计工具.zh", "21-分镇耕地汇总.zh", "24-压占分析与汇总.zh"}  # run below


@pytest.fixture(scope="module")
def folder(project_root):
    return project_root / "docs" / "zhscript" / "范例"


def test_every_script_is_clean_and_canonical(folder):
    files = sorted(folder.glob("*.zh"))
    assert len(files) >= 20
    for file in files:
        text = file.read_text(encoding="utf-8")
        program, diagnostics = check_text(text, str(file))
        assert program is not None, (file.name, diagnostics)
        assert not [item for item in diagnostics if item.severity != "hint"], (file.name, diagnostics)
        assert format_text(text) == text, file.name
        assert program.of_kind(syntax.Test) or file.name in WITHOUT_TESTS


def test_all_their_tests_hold(folder):
    result = run_tests_of([str(folder)], job=Job())
    assert result.status == "ok", [test for test in result.data["tests"] if not test["passed"]]
    assert len(result.data["tests"]) >= 20


def test_the_page_tells_all_of_them(folder):
    page = (folder.parent / "范例.md").read_text(encoding="utf-8")
    for file in folder.glob("*.zh"):
        assert f"范例/{file.name}" in page


def _write(path, shapes, **columns):
    values = [np.array(column, dtype=object) for column in columns.values()]
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    options = {"layer": path.stem, "driver": "GPKG", "geometry_type": "Polygon", "crs": "EPSG:4547"}
    pyogrio.raw.write(str(path), wkb, values, list(columns), **options)
    return str(path)


def _box(left, bottom, right, top):
    return shapely.box(500_000 + left, 3_400_000 + bottom, 500_000 + right, 3_400_000 + top)


def test_the_tool_sums_what_is_under_projects(folder, tmp_path):
    script = shutil.copy(folder / "20-占用地类统计工具.zh", tmp_path)
    projects = _write(tmp_path / "项目.gpkg", [_box(0, 0, 100, 100)], XMMC=["甲厂"])
    land = _write(tmp_path / "地类.gpkg", [_box(0, 0, 60, 100), _box(60, 0, 200, 100)], DLMC=["水田", "村庄"])
    arguments = {
        "项目图层": projects,
        "地类图层": land,
        "只看耕地": "否",
        "结果文件": str(tmp_path / "结果.xlsx"),
        "占用图斑": str(tmp_path / "图斑.gpkg"),
    }
    result = run_tool(script, "占用地类统计", arguments, job=Job())
    assert result.data["results"][0]["value"] == 10_000
    sheet = openpyxl.load_workbook(tmp_path / "结果.xlsx")["占用明细"]
    rows = list(sheet.iter_rows(values_only=True))[1:]
    assert sorted((row[0], row[1], row[2]) for row in rows) == [("甲厂", "村庄", 4000), ("甲厂", "水田", 6000)]
    assert shapely.area(read_layer(str(tmp_path / "图斑.gpkg")).geometry).sum() == pytest.approx(10_000)


def test_the_script_writes_a_workbook_and_a_marked_copy(folder, tmp_path):
    script = shutil.copy(folder / "21-分镇耕地汇总.zh", tmp_path)
    shapes = [_box(0, 0, 100, 100), _box(100, 0, 110, 10), _box(200, 0, 300, 100)]
    columns = {"DLBM": ["0101", "0103", "0301"], "ZLDWMC": ["东镇", "东镇", "西镇"], "BZ": [None, None, "原有"]}
    source = _write(tmp_path / "DLTB.gpkg", shapes, **columns)
    before = (tmp_path / "DLTB.gpkg").read_bytes()
    result = run_script(script, layer={"地类图斑": source}, job=Job())
    assert result.data["printed"] == ["共15.15亩耕地；标注1块"]
    sheet = openpyxl.load_workbook(tmp_path / "输出" / "分镇耕地汇总.xlsx")["耕地"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("乡镇", "图斑数", "耕地（亩）")
    assert rows[1][:2] == ("东镇", 2)
    assert rows[1][2] == pytest.approx(15.15)
    assert rows[2] == ("西镇", 0, 0)
    marked = read_layer(str(tmp_path / "输出" / "地类图斑_已标注.gpkg"))
    assert list(marked.columns["BZ"]) == [None, "疑似细碎", "原有"]
    assert (tmp_path / "DLTB.gpkg").read_bytes() == before


def test_the_script_that_calls_an_operation(folder, tmp_path):
    script = shutil.copy(folder / "24-压占分析与汇总.zh", tmp_path)
    layers = {
        "建设项目": _write(tmp_path / "项目.gpkg", [_box(0, 0, 100, 100), _box(200, 0, 210, 10)], XMMC=["甲厂", "小"]),
        "永久基本农田": _write(tmp_path / "农田.gpkg", [_box(50, 0, 150, 100)], DLBM=["0101"]),
        "生态保护红线": _write(tmp_path / "红线.gpkg", [_box(0, 90, 300, 200)], HXMC=["某山"]),
    }
    result = run_script(script, layer=layers, job=Job())
    assert result.data["printed"][0].startswith("1 个项目共 ")
    rows = list(openpyxl.load_workbook(tmp_path / "输出" / "压占汇总.xlsx")["汇总"].iter_rows(values_only=True))
    covered = {row[0]: row[1] for row in rows[1:]}
    # on the central meridian, where the areas on the ellipsoid are those of the plane
    assert covered == pytest.approx({"永久基本农田": 5000, "生态保护红线": 1000}, abs=0.01)
    assert (tmp_path / "输出" / "压占报告.docx").stat().st_size > 1000
    assert len(result.outputs) == 3
    with pytest.raises(Exception, match="已经存在"):
        run_script(script, layer=layers, job=Job())
    assert run_script(script, layer=layers, overwrite=True, job=Job()).data["printed"] == result.data["printed"]
