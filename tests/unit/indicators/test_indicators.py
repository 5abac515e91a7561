"""Indicators: figures against closed forms, what is missing, districts, years, traces, reports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
import pyogrio.raw
import pytest
from town import box, make_county, make_sheet

from tim.area import ellipsoidal_area, round_area
from tim.errors import UnusableInput, UsageError
from tim.indicators.catalogue import load_catalogue
from tim.indicators.command import indicators
from tim.job import Job
from tim.sources.crs import parse_crs

PEOPLE = ("名称", "数值", "单位", "行政区")


def survey_area(*shapes: Any) -> float:
    return round_area(float(ellipsoidal_area(np.array(shapes, dtype=object), parse_crs("EPSG:4547")).sum()))


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return make_county(tmp_path / "县.gpkg")


def run(county: Path, *only: str, **more: Any) -> dict[str, dict[str, Any]]:
    data = {} if "epochs" in more else {"data": str(county)}
    result = indicators(only=only, job=Job(), **data, **more)
    return {f"{item['name']}{item['district']}{item['epoch']}": item for item in result.data["indicators"]}


def test_the_packaged_catalogue_is_sound() -> None:
    catalogue = load_catalogue()
    assert len(catalogue.indicators) == 107 and catalogue.digest
    assert sum(bool(item.formula) for item in catalogue.indicators) == 72
    names = [item.name for item in catalogue.indicators]
    assert len(set(names)) == len(names)
    assert all(item.flag in "SDA" for item in catalogue.indicators)


def test_areas_are_those_of_the_survey(county: Path) -> None:
    found = run(county, "耕地保有量", "永久基本农田保护面积", "建设占用永久基本农田面积", "河湖水面率")
    assert found["耕地保有量"]["value"] == 0.15  # 1,000,000 m² are 1500 亩
    assert found["永久基本农田保护面积"]["value"] == 0.0135  # the net area, not that of the polygon
    assert found["建设占用永久基本农田面积"]["value"] == survey_area(box(1000, 0, 100, 500))
    water, whole = survey_area(box(1500, 0, 500, 1000)), survey_area(box(0, 0, 2000, 1000))
    assert found["河湖水面率"]["value"] == round_area(100 * water / whole)
    terms = found["河湖水面率"]["terms"]
    assert [term["features"] for term in terms] == [1, 1] and terms[0]["value"] == water


def test_what_is_missing_is_named_and_never_zero(county: Path) -> None:
    found = run(county, "人均公园绿地面积", "生态保护红线面积", "用水总量")
    assert all(item["value"] is None for item in found.values())
    assert found["人均公园绿地面积"]["note"] == "缺少统计值“常住人口”"
    assert found["生态保护红线面积"]["note"] == "缺少图层“STBHHX”"
    assert found["用水总量"]["note"] == "缺少统计值“用水总量”"


def test_statistics_in_their_units_by_district(county: Path, tmp_path: Path) -> None:
    table = make_sheet(
        tmp_path / "统计.xlsx", PEOPLE, ("城镇常住人口", 2, "万人", "西镇"), ("用水总量", "0.5", "亿m³", None)
    )
    more = {"statistics": str(table), "districts": f"{county}|layername=XZQ"}
    found = run(county, "人均城镇建设用地面积", "用水总量", **more)
    town = survey_area(box(1000, 0, 500, 1000))
    assert found["人均城镇建设用地面积西镇"]["value"] == round_area(town / 20_000)
    assert found["人均城镇建设用地面积东乡"]["note"] == "缺少东乡的统计值“城镇常住人口”"
    assert found["用水总量东乡"]["value"] is None  # a figure of the whole is not that of a part
    assert run(county, "用水总量", statistics=str(table))["用水总量"]["value"] == 0.5


def test_districts_cut_areas_and_add_up(county: Path, tmp_path: Path) -> None:
    whole = run(county, "建设占用永久基本农田面积", "耕地保有量")
    parts = run(county, "建设占用永久基本农田面积", "耕地保有量", districts=f"{county}|layername=XZQ")
    assert parts["建设占用永久基本农田面积东乡"]["value"] == 0
    assert parts["建设占用永久基本农田面积西镇"]["value"] == whole["建设占用永久基本农田面积"]["value"]
    assert parts["耕地保有量东乡"]["value"] == 0.15 and parts["耕地保有量西镇"]["value"] == 0


def test_every_figure_is_traced_to_its_features(county: Path, tmp_path: Path) -> None:
    trace = tmp_path / "溯源.gpkg"
    found = run(county, "湿地面积", "建设用地总面积", trace=str(trace))
    meta, _, _, values = pyogrio.raw.read(trace, layer="term")
    terms = dict(zip(meta["fields"], values))
    assert list(terms["code"]) == ["TJ-006", "TJ-043"]
    meta, _, _, values = pyogrio.raw.read(trace, layer=terms["table_name"][1])
    features = dict(zip(meta["fields"], values))
    assert list(features["feature"]) == [2]
    assert sum(features["amount"]) == found["建设用地总面积"]["terms"][0]["value"]


def test_walking_coverage_uses_the_network(county: Path, tmp_path: Path) -> None:
    import shapely

    from tim.sources.gpkg import write_table

    path = tmp_path / "设施.gpkg"
    road = shapely.LineString([(500_000, 3_400_500), (502_000, 3_400_500)])
    write_table(path, "步行路网", "步行路网", np.array([road]), {"a": ["b"]}, "EPSG:4547", "LineString")
    write_table(path, "小学", "小学", shapely.points([[501_000, 3_400_500]]), {"a": ["b"]}, "EPSG:4547", "Point")
    homes = np.array([box(1000, 450, 500, 100), box(0, 0, 100, 100)])
    write_table(path, "居住用地", "居住用地", homes, {"a": ["b", "c"]}, "EPSG:4547")
    found = run(path, "社区小学步行10分钟覆盖率")["社区小学步行10分钟覆盖率"]
    # 750 m each way along the road and 100 m beside it: all of the first home, nothing of the second
    assert found["value"] == pytest.approx(100 * 50_000 / 60_000, abs=0.02)


def test_years_targets_and_levels(tmp_path: Path) -> None:
    old, new = make_county(tmp_path / "旧.gpkg"), make_county(tmp_path / "新.gpkg", farmland=930)
    targets = make_sheet(
        tmp_path / "目标.xlsx",
        ("指标", "目标值", "方向", "属性", "基期值", "基期年", "目标年"),
        ("耕地保有量", 0.14, "不低于", "约束性", None, None, 2035),
        ("永久基本农田保护面积", 0.0135, "不低于", "约束性", None, None, None),
    )
    history, report = tmp_path / "台账.sqlite", tmp_path / "报告.docx"
    epochs = {"2023": str(old), "2024": str(new)}
    more = {"epochs": epochs, "targets": str(targets), "history": str(history), "report": str(report)}
    found = run(old, "耕地保有量", "永久基本农田保护面积", "人均年用水量", **more)
    assert found["耕地保有量2023"]["level"] == "normal"
    assert found["耕地保有量2024"]["level"] == "red" and "越过目标值" in found["耕地保有量2024"]["note"]
    assert found["永久基本农田保护面积2024"]["level"] == "normal"
    texts = "\n".join(paragraph.text for paragraph in docx.Document(str(report)).paragraphs)
    assert "一、概况" in texts and "SHA-256" in texts and "耕地保有量（历年）" in texts
    assert "L（设计，使用前由本地确定）" in texts
    cells = [cell.text for table in docx.Document(str(report)).tables for row in table.rows for cell in row.cells]
    assert "0.1395" in cells and "红" in cells
    assert "缺少2023的统计值“用水总量”；缺少2023的统计值“常住人口”" in cells


def test_ambiguous_formulas_get_no_level_before_they_are_confirmed(county: Path, tmp_path: Path) -> None:
    targets = make_sheet(tmp_path / "目标.xlsx", ("指标", "目标值"), ("城乡建设用地面积", 0.1))
    found = run(county, "城乡建设用地面积", targets=str(targets))["城乡建设用地面积"]
    assert found["flag"] == "A" and found["level"] is None and "有歧义" in found["note"]
    found = run(county, "城乡建设用地面积", targets=str(targets), confirm_ambiguous=True)["城乡建设用地面积"]
    assert found["level"] == "yellow"


def test_the_same_figures_in_every_format(county: Path, tmp_path: Path) -> None:
    found = run(county, "建设用地总面积", report=str(tmp_path / "a.xlsx"))["建设用地总面积"]
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert found["value"] in values
    run(county, "建设用地总面积", report=str(tmp_path / "a.html"))
    assert f"{found['value']:.4f}" in (tmp_path / "a.html").read_text("utf-8")


def _catalogue(path: Path, **changes: Any) -> Path:
    entry = {"code": "X-1", "name": "试", "unit": "公顷", "formula": "甲", "flag": "S"}
    entry["terms"] = {"甲": {"layer": "DLTB", "where": ["地类编码=01*"], "measure": "area"}}
    path.write_text(json.dumps({"indicators": [{**entry, **changes}]}, ensure_ascii=False), "utf-8")
    return path


def test_a_bureau_writes_its_own_catalogue(county: Path, tmp_path: Path) -> None:
    found = run(county, catalogue=str(_catalogue(tmp_path / "c.json", formula="甲 × 2 − 甲")))
    assert found["试"]["value"] == round_area(survey_area(box(0, 0, 1000, 1000)) / 10_000)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"formula": "甲 + 乙"}, "公式用到的“乙”没有在 terms 里"),
        ({"formula": "__import__('os')"}, "有不能用的写法"),
        ({"formula": "甲 +"}, "读不懂"),
        ({"unit": "里"}, "不认识单位“里”"),
        ({"terms": {"甲": {"layer": "DLTB", "measure": "volume"}}}, "measure 应是"),
        ({"terms": {"甲": {"layer": "DLTB", "measure": "sum"}}}, "要给 field"),
        ({"direction": "up"}, "direction 应是"),
        ({"terms": {"甲": {"layer": "DLTB", "measure": "area", "where": ["坏"]}}}, "条件“坏”写法不对"),
    ],
)
def test_mistakes_in_a_catalogue_are_told(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path = _catalogue(tmp_path / "c.json", **changes)
    with pytest.raises((UnusableInput, UsageError), match=re.escape(words)):
        load_catalogue(str(path))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("人口", "很多", "人", None),), "表!B2 应是数"),
        ((("人口", 1, "打", None),), "表!C2：不认识单位“打”"),
        ((("人口", 1, "人", None), ("人口", 2, "人", None)), "两个不同的值"),
    ],
)
def test_mistakes_in_statistics_name_the_cell(
    county: Path, tmp_path: Path, rows: tuple[tuple[object, ...], ...], words: str
) -> None:
    table = make_sheet(tmp_path / "统计.xlsx", PEOPLE, *rows)
    with pytest.raises(UnusableInput, match=re.escape(words)):
        run(county, "用水总量", statistics=str(table))


def test_an_unknown_indicator_is_told_with_those_alike(county: Path) -> None:
    with pytest.raises(UsageError, match=r"没有指标“保有量”；名称相近的有：耕地保有量、林地保有量"):
        run(county, "保有量")
