"""A finished review with known numbers."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyproj
import pytest
import shapely

from tim.review.record import FAILS, UNDECIDED, Finding, LayerUse, Review, RuleOutcome, Value


@pytest.fixture
def review() -> Review:
    """Two projects over farmland (900 and 1234.565 m²), one without geometry, one hint without findings."""
    farmland = RuleOutcome(
        "建设项目不得占用永久基本农田",
        "YN-01",
        "强制",
        "《中华人民共和国土地管理法》第三十五条",
        "",
        4,
        1,
        (
            _finding("物流中转站", shapely.box(500000, 3000000, 500036, 3000025), 900.0),
            _finding("<b>厂&区</b>\x0b", shapely.box(500100, 3000000, 500150, 3000024.6913), 1234.565),
            Finding("建设项目", "要素 7", UNDECIDED, "没有图形", None, ()),
        ),
    )
    width = RuleOutcome("项目应有名称", "", "提示", "", "", 4, 4, ())
    return Review(
        title="建设项目用地审查",
        rules_file=Path("占用.zh"),
        rules_digest="a" * 64,
        rules_version="1",
        area_basis="平面面积",
        crs=pyproj.CRS("EPSG:4547"),
        crs_name="EPSG:4547",
        software="tim 0.1.0",
        created=datetime(2026, 1, 2, 3, 4, 5),
        reference_date=date(2026, 1, 1),
        parameters=(("误差面积", "1 平方米", "《某规定》"),),
        rules=(farmland, width),
        layers=(
            LayerUse("建设项目", "JSXM", Path("数据.gpkg"), "EPSG:4547", 4, (("数据.gpkg", "b" * 64),), ("已转换",)),
        ),
        warnings=("图层“建设项目”有 1 个要素没有可用的图形",),
    )


def _finding(name: str, geometry: shapely.Geometry, area: float) -> Finding:
    return Finding(
        "建设项目", name, FAILS, f"占用{area / 2000 * 3:.2f}亩", geometry, (Value("占用面积", area, "平方米"),)
    )
