"""A small world for whole programs: a project with files, layers, and a map that answers."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyproj
import shapely

from tim.area import ellipsoidal_area
from tim.job import Job
from tim.review.inputs import Inputs
from tim.review.tables import sheet_table
from tim.script.host import ScriptHost
from tim.script.paths import Folders
from tim.script.writing import write_layer
from tim.sources.sheets import read_sheet
from zhscript import FileSources, Program, check_text
from zhscript.engine import Table, run_script, run_tests
from zhscript.engine.host import Refused

CRS = "EPSG:4547"
COMMON = """版本 “1.2”
函数 折算亩数（占地：面积） 为 占地 换算为 亩
函数 建筑密度（基底：面积，用地：面积） 为 基底 除以 用地
"""
CODES = "设定 表 为 字典（“330521”：“德清县”）\n函数 县名（代码：文本） 为 表的（代码）\n"
CHECKS = "规则集 公共检查\n规则“有地”\n依据“某”\n要求 1 大于 0\n结束\n"


def box(left: float, bottom: float, right: float, top: float) -> Any:
    return shapely.box(left, bottom, right, top)


def array(shapes: list[Any]) -> np.ndarray:
    result = np.empty(len(shapes), dtype=object)
    result[:] = shapes
    return result


ZD = {
    "编号": ["A1", "A2", "A3"],
    "用地性质": ["0701", "0101", "0701"],
    "户数": [50, 150, 200],
    "建筑高度": [20, 60, 30],
}
LAYERS: dict[str, tuple[dict[str, list[Any]], list[Any]]] = {
    "ZD": (ZD, [box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10)]),
}


def make_project(folder: Path) -> Path:
    """A project's folder with the files that the examples name."""
    (folder / "数据").mkdir(parents=True)
    for name, text in (("通用计算", COMMON), ("县区代码", CODES), ("公共检查", CHECKS)):
        (folder / f"{name}.zh").write_text(text, encoding="utf-8")
    (folder / "说明.txt").write_text("说明", encoding="gbk")
    (folder / "模板.txt").write_text("关于{项目}的说明", encoding="utf-8")
    (folder / "人口.csv").write_text("乡镇,户籍人口\n东,10\n西,20\n", encoding="gbk")
    (folder / "数据" / "旧.csv").write_text("乡镇,户籍人口\n东,9\n", encoding="gbk")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "指标"
    for row in (["某片区", None, None], ["地块编号", "容积率上限", "建筑限高（m）"], ["A1", 2.5, 60], ["A2", 1.5, 24]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    book.save(folder / "指标.xlsx")
    book.save(folder / "控规指标表.xlsx")
    sheet.title = "2024"
    for row in sheet["A1:C4"]:
        for cell, value in zip(row, ("乡镇", "户籍人口", "备注") if row[0].row == 3 else ("东", 30, None)):
            if cell.row > 2:
                cell.value = value
    book.save(folder / "数据" / "人口.xlsx")
    write_layer(folder / "红线.gpkg", "红线", {"名称": ["甲厂"]}, array([box(0, 0, 5, 5)]), CRS)
    return folder


class WorldHost(ScriptHost):
    """Layers by the name after 来自, files of a project, and a map whose user takes every default."""

    def __init__(self, folder: Path, layers: dict[str, Any]) -> None:
        super().__init__(Inputs(pyproj.CRS.from_user_input(CRS)), Folders(folder), Job(), overwrite=True)
        self.interactive = True
        self._layers = layers
        self.requests: list[str] = []

    def open_layer(self, declaration: Any) -> Table:
        if declaration.kind == "table":
            options = dict(declaration.options)
            path = self._open(declaration.source)
            return sheet_table(read_sheet(path, options.get("工作表"), options.get("表头", 1)))
        columns, shapes = self._layers[declaration.source]
        return Table(declaration.source, columns, array(shapes), CRS)

    def request(self, word: str, given: list[Any], named: dict[str, Any]) -> Any:
        self.requests.append(word)
        if word == "打开图层":
            return self.read_layer(f"{given[0]}.gpkg", {})
        if word == "运行算法":
            source: Table = named["INPUT"]
            return Table("结果", {"编号": ["合"]}, array([shapely.union_all(source.geometry)]), CRS)
        if word == "询问":
            return named["缺省"]
        if word == "询问文件":
            return "人口.csv"
        if word in ("添加到地图", "缩放到"):
            assert isinstance(given[0], Table)
            return None
        raise Refused(f"不会“{word}”")


def areas(shapes: np.ndarray, crs: str) -> np.ndarray:
    return ellipsoidal_area(shapes, pyproj.CRS.from_user_input(crs))


def check(text: str, folder: Path) -> Program:
    """The program of a file in the project, which must be without errors."""
    program, diagnostics = check_text(text, str(folder / "这.zh"), FileSources(folder))
    errors = [f"{item.line}:{item.column} {item.message}" for item in diagnostics if item.severity == "error"]
    assert program is not None, errors
    return program


def run(text: str, folder: Path, engine: str = "compiled", layers: dict[str, Any] | None = None) -> list[str]:
    """What a program tells: printed lines, messages of findings, results of tests."""
    program = check(text, folder)
    host = WorldHost(folder, LAYERS if layers is None else layers)
    today = datetime.date(2026, 1, 15)
    result = run_script(program, host, today=today, ellipsoidal_area=areas, engine=engine)
    told = [*result.printed, *(finding.message for rule in result.rules for finding in rule.findings)]
    return told + [
        "测试通过" if item.passed else item.message for item in run_tests(program, today=today, ellipsoidal_area=areas)
    ]
