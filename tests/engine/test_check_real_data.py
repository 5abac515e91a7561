"""`tim check` on a real district: known areas, a frame used outside its zone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tim.job import Job
from tim.review.check import check_rules

RULES = """规则集 格网与用地叠加
图层 格网 来自“grid_250m”，字段 编号 来自“grid_id_main”
图层 用地 来自“land_use”

规则“格网内没有用地”
依据“叠加面积的核对”
等级“一般”
检查 格网 中的每个 格子：
    设定 用地面积 为 格子 与 用地 的相交面积
    要求 用地面积 等于 0平方米，否则报告“有用地{用地面积：平方米，两位小数}”
结束
结束
"""


@pytest.mark.data
def test_overlay_of_a_district_sums_to_its_known_area(data_folder: Path, tmp_path: Path) -> None:
    folder = data_folder / "vector" / "wuxi_xinwu"
    rules = tmp_path / "格网.zh"
    rules.write_text(RULES, "utf-8")
    layers = {"格网": str(folder / "xinwu_grid_250m.gpkg"), "用地": str(folder / "xinwu_land_use.gpkg")}
    job = Job()
    result = check_rules(str(rules), layer=layers, findings=str(tmp_path / "f.gpkg"), job=job)
    (rule,) = result.data["rules"]
    assert rule["checked"] == 3999
    total = sum(item["values"]["用地面积（平方米）"] for item in rule["features"])
    assert total == pytest.approx(143.398e6, rel=1e-5)  # all land use lies inside the grid
    assert any("比椭球面上的大 0.18%" in warning for warning in job.warnings)
    assert result.status == "ok"  # 一般 does not bind
