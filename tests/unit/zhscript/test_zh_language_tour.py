"""The programs of the language tour check without errors and run, interpreted and compiled, with the same results."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from language_support import CRS, LAYERS, WorldHost, areas, array, box, check, make_project
from zhscript_support import CORPUS

from tim.script.writing import write_layer
from zhscript.engine import run_script, run_tests
from zhscript.syntax import Tool

PLOTS = [box(0, 0, 100, 100), box(200, 0, 230, 10), box(400, 0, 410, 10)]
VALUES: dict[str, list[Any]] = {
    "编号": ["A-01", "A-02", "A-03"],
    "用地性质": ["0701", "0101", "0701"],
    "建筑高度": [20, 120, 30],
    "容积率（计容）": [2.0, 3.0, 2.6],
    "村名": ["东村", "西村", "南村"],
    "DKBH": ["A1", "A2", "A9"],
    "RJL": [2.0, 3.0, 1.0],
    "YDMJ": [10000.0, 300.0, 100.0],
    "标识码": ["1", "2", "2"],
    "名称": ["甲", "乙", "丙"],
    "批准机关": ["国务院", "某市", "国务院"],
    "批准日期": [datetime.date(2024, 1, 1)] * 3,
    "总投资": [12, 1, 2],
    "户数": [100, 150, 300],
    "车位数": [100, 20, 300],
    "容积率上限": [2.5, 2.5, 2.5],
    "限高": [24, 24, 24],
    "地类名称": ["水田", "旱地", "林地"],
    "乡镇": ["东镇", "西镇", "东镇"],
    "标注": [None, None, None],
}
SHAPES = {
    "GDZD": [shapely.Point(50, -100)],
    "DLHX": [box(-20, -20, 500, -8)],
    "XX": [box(0, 0, 20, 20)],
    "小学": [box(0, 0, 20, 20)],
    "JZYD": [box(0, 0, 1000, 100)],
    "YJJBNTTB": [box(50, 0, 150, 100)],
    "GD": [box(0, 0, 300, 50)],
    "JSXM": PLOTS,
    "KGDY": [box(-50, -50, 150, 150), box(190, -50, 300, 150), box(390, -50, 500, 150)],
    "XZQ": [box(-50, -50, 150, 150), box(190, -50, 300, 150), box(390, -50, 500, 150)],
}
# what the scripts print, and the verdicts of the rules, worked out by hand
PRINTED = {
    "01": ["清溪镇占地1.00公顷", "需要报县级审批"],
    "07": ["小图斑", "小型居住用地", "保留"],
    "08": ["东村", "西村", "南村", "2. 西村", "3. 南村", "2020年", "2025年", "2030年", *["再核对一遍"] * 3],
    "09": ["30", "30.0%", "3"],
    "10": ["1 2 2", "3 6 3 3、2、1 5.5"],
    "11": ["耕地：2", "林地：1", "清查表 清查表 66.6666666667平方米"],
    "12": [
        "东村面积18.52亩，占25.7%，共12,345元，编号12346",
        "批次007，日期2026年1月15日，字面括号写两遍：{不是式子}",
        "这里的{花括号}原样输出",
        "甲、乙 01 07",
        "是 是 2",
        "第一行\n第二行偏高",
    ],
    "13": [
        "2021年3月31日批准，2023年3月31日期满，已过1751天",
        "满二年未动工，按规定处置",
        "2024-07-01 6 2023-12-01",
        "19个月",
    ],
    "14": ["0701：2宗，1.01公顷", "0101：1宗，0.03公顷", "A-02 西村", "A-03 南村", "A-01 东村"],
    "16": ["15", "德清县"],
    "18": ["30"],
    "19": [],
    "21": ["有1个文件读不了：变更图斑/坏.shp"],
    "27": ["2"],
}
VERDICTS = {
    "02": {"不通过": 1, "通过": 2},
    "03": {"不通过": 2, "通过": 1},
    "15": {"通过": 3},
    "17": {"不通过": 1, "通过": 2},
    "22": {"通过": 1, "不通过": 1, "不适用": 1},
    "24": {"例外": 1, "不通过": 1, "通过": 1},
    "25": {"不通过": 1, "通过": 2},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = make_project(tmp_path_factory.mktemp("tour") / "项目")
    (folder / "变更图斑").mkdir()
    (folder / "变更图斑" / "坏.shp").write_bytes(b"not a shapefile")
    write_layer(folder / "变更图斑" / "好.shp", "好", {"乡镇": ["东镇"]}, array(PLOTS[:1]), CRS)
    return folder


def world(program: Any, folder: Path) -> WorldHost:
    layers = dict(LAYERS)
    for item in program.layers:
        shapes = SHAPES.get(item.source, PLOTS)
        columns = {column: VALUES[column][: len(shapes)] for _, column, _ in item.fields if column in VALUES}
        layers[item.source] = (columns, shapes)
    return WorldHost(folder, layers)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_programs_of_the_tour_run(path, project):
    number = path.stem[-2:]
    program = check(path.read_text(encoding="utf-8"), project)
    results = []
    for engine in ("interpreter", "compiled"):
        today = datetime.date(2026, 1, 15)
        host = world(program, project)
        results.append(run_script(program, host, today=today, ellipsoidal_area=areas, engine=engine))
    assert results[0].printed == results[1].printed
    assert [rule.verdicts for rule in results[0].rules] == [rule.verdicts for rule in results[1].rules]
    if number in PRINTED:
        assert results[1].printed == PRINTED[number]
    if number in VERDICTS:
        found = {verdict: count for verdict, count in results[1].rules[0].verdicts.items() if count}
        assert found == VERDICTS[number]
    if number == "21":
        assert host.requests == ["询问", "运行算法", "添加到地图"]
    assert [item.message for item in run_tests(program, ellipsoidal_area=areas) if not item.passed] == []
    assert bool(results[1].printed or results[1].rules or host.outputs or program.of_kind(Tool)) or number in (
        "05",
        "06",
    )
