"""Control lines, projects and versions against areas known in closed form."""

from __future__ import annotations

import zipfile

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely

from tim.conformity.command import plan_conformity
from tim.errors import UsageError
from tim.job import Job
from tim.sources.vector import list_layers, read_layer

X, Y = 500_000, 3_400_000


def box(left, bottom, right, top):
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def _write(path, shapes, crs="EPSG:4547", **columns):
    values = [np.array(column, dtype=object) for column in columns.values()]
    wkb = shapely.to_wkb(np.array(shapes, dtype=object))
    pyogrio.raw.write(str(path), wkb, values, list(columns), geometry_type="Polygon", crs=crs, layer=path.stem)
    return str(path)


@pytest.fixture
def plan(tmp_path):
    """Farmland 100×100; a red line that shares 10×100 with it; two zones of the boundary beside it."""
    return {
        "永久基本农田": _write(tmp_path / "永农.gpkg", [box(0, 0, 50, 100), box(50, 0, 100, 100)], BSM=["1", "2"]),
        "生态保护红线": _write(tmp_path / "红线.gpkg", [box(90, 0, 200, 100)], LHLX=["水源涵养"]),
        "城镇开发边界": _write(
            tmp_path / "边界.gpkg",
            [box(0, 100, 100, 200), box(100, 100, 120, 200)],
            GHFQMC=["集中建设区", "弹性发展区"],
        ),
    }  # fmt: skip


def _rules(result):
    return {rule["number"]: (rule["violations"], rule["hints"]) for rule in result.data["rules"]}


def test_overlaps_of_lines(plan, tmp_path):
    out, report = tmp_path / "结果.gpkg", tmp_path / "报告.docx"
    result = plan_conformity(plan, area="plane", out=str(out), report=str(report), job=Job())
    assert result.data["overlaps"] == [{"one": "永久基本农田", "other": "生态保护红线", "area_m2": 1000.0}]
    assert result.data["totals"]["城镇开发边界 弹性发展区"] == 2000
    assert _rules(result)["SX-01"] == (1, 0)
    assert _rules(result)["SX-05"] == (0, 1)  # 20 % of the concentrated zone
    assert set(result.data["not_checked"]) == {"SX-02", "SX-03", "SX-04", "SX-06"}
    assert result.status == "violations"
    overlap = read_layer(f"{out}|layername=overlap")
    assert (overlap.columns["feature_a"][0], overlap.columns["area_m2"][0]) == (2, 1000)
    assert {name for name, _ in list_layers(out)} == {"finding", "overlap"}
    text = zipfile.ZipFile(report).read("word/document.xml").decode()
    for part in ("1000.00", "没有给出 项目", "不是“符合规划”的结论", "可信度 L", "SHA-256"):
        assert part in text


def test_projects_inside_and_outside(plan, tmp_path):
    shapes = [box(10, 110, 20, 120), box(95, 95, 105, 105), box(300, 0, 310, 10), box(300, 20, 310, 30)]
    names, kinds = ["内", "压", "外", "路"], ["工业", "工业", "工业", "交通"]
    projects = _write(tmp_path / "项目.gpkg", shapes, XMMC=names, XMLB=kinds)
    result = plan_conformity({**plan, "项目": projects}, area="plane", job=Job())
    inside = {item["project"]: item["inside_m2"] for item in result.data["projects"]}
    assert inside["压"] == {"永久基本农田": 25.0, "生态保护红线": 50.0, "城镇开发边界": 50.0}
    assert inside["内"]["城镇开发边界"] == 100
    rules = _rules(result)
    assert (rules["SX-02"], rules["SX-03"]) == ((1, 0), (1, 0))
    assert rules["SX-04"] == (2, 1)  # 压 and 外; 路 may be there


def test_what_became_of_what(plan, tmp_path):
    old = {
        "永久基本农田": _write(tmp_path / "旧永农.gpkg", [box(0, 0, 100, 120)], BSM=["1"]),
        "城镇开发边界": _write(tmp_path / "旧边界.gpkg", [box(0, 150, 120, 200)], GHFQMC=["集中建设区"]),
    }
    table = tmp_path / "表.xlsx"
    result = plan_conformity(plan, before=old, area="plane", table=str(table), job=Job())
    farmland, boundary = result.data["changes"]
    assert {(row["before"], row["after"]): row["area_m2"] for row in farmland["matrix"]} == {
        ("永久基本农田", "永久基本农田"): 10000.0,
        ("永久基本农田", ""): 2000.0,
    }
    assert farmland["went_m2"] == {"生态保护红线": 0.0, "城镇开发边界": 2000.0}
    assert {(row["before"], row["after"]): row["area_m2"] for row in boundary["matrix"]} == {
        ("集中建设区", "集中建设区"): 5000.0,
        ("集中建设区", "弹性发展区"): 1000.0,
        ("", "集中建设区"): 5000.0,
        ("", "弹性发展区"): 1000.0,
    }
    assert _rules(result)["SX-06"] == (0, 1)
    assert len(openpyxl.load_workbook(table).sheetnames) > 3


def test_touching_lines_do_not_overlap(tmp_path):
    lines = {
        "甲": _write(tmp_path / "甲.gpkg", [box(0, 0, 1, 1)]),
        "乙": _write(tmp_path / "乙.gpkg", [box(1, 0, 2, 1)]),
    }
    result = plan_conformity(lines, area="plane", job=Job())
    assert result.data["overlaps"] == []
    assert result.status == "ok"


def test_the_rules_can_be_changed(plan, tmp_path):
    rules = tmp_path / "本地.zh"
    rules.write_text(
        "规则集 本地\n图层 重叠表 来自“@重叠”，字段 重叠面积（数值）\n规则“容许”\n依据“本地”\n等级“强制”\n"
        "检查 重叠表 中的每个 项：\n要求 项的重叠面积 不大于 5000\n结束\n结束\n",
        "utf-8",
    )
    assert plan_conformity(plan, area="plane", rules=str(rules), job=Job()).status == "ok"
    rules.write_text("规则集 本地\n图层 表 来自“@没有”，字段 数（数值）\n规则“一”\n要求 真\n结束\n", "utf-8")
    with pytest.raises(UsageError, match="只能来自"):
        plan_conformity(plan, rules=str(rules), job=Job())


def test_wrong_usage(plan):
    with pytest.raises(UsageError, match="没有给出控制线"):
        plan_conformity({"项目": plan["永久基本农田"]}, job=Job())
    with pytest.raises(UsageError, match="前期图层“别的”"):
        plan_conformity(plan, before={"别的": plan["永久基本农田"]}, job=Job())
    with pytest.raises(UsageError, match="图层=字段"):
        plan_conformity(plan, by=["没有=字段"], job=Job())
