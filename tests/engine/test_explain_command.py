"""`tim script explain`: plans without data, plans with data, one feature, and what cannot be explained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

RULES = """规则集 高度检查
图层 建筑 来自“JZ”，字段 名称、高度（米）
图层 农田 来自“NT”
规则“不得超过三十米”
依据《测试标准》第三条
等级“强制”
检查 建筑 中的每个 栋：
    要求 栋的高度 不大于 30米，或者 栋 与 农田 相离，否则报告“超高{栋的高度：米}”
结束
结束
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "规则.zh").write_text(RULES, encoding="utf-8")
    shapes = shapely.box([500_000, 500_050], 3_000_000, [500_020, 500_070], 3_000_010)
    columns = {"名称": np.array(["甲楼", "乙楼"], dtype=object), "高度": np.array([36.5, 12.0])}
    _write(tmp_path / "JZ.gpkg", shapes, columns)
    _write(tmp_path / "NT.gpkg", shapely.box([500_010], 3_000_000, [500_030], 3_000_030), {})
    return tmp_path


def _write(path: Path, shapes: Any, columns: dict[str, Any]) -> None:
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(np.atleast_1d(shapes)),
        list(columns.values()),
        list(columns),
        geometry_type="Polygon",
        driver="GPKG",
        crs="EPSG:4547",
    )


def explained(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-P", "-m", "tim", "script", "explain", "规则.zh", *arguments, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False)
    result = json.loads(done.stdout)
    return done.returncode, "\n".join(result.get("printed", [result["message"]]))


LAYERS = ("--layer", "建筑=JZ.gpkg", "--layer", "农田=NT.gpkg")


def test_the_plan_needs_no_data(folder: Path) -> None:
    status, text = explained(folder)
    assert status == 0
    assert "规则“不得超过三十米”" in text
    assert "用“农田”的空间索引" in text
    assert "约" not in text


def test_with_data_pairs_are_estimated(folder: Path) -> None:
    status, text = explained(folder, "--rule", "不得超过三十米", *LAYERS)
    assert (status, "2 个要素对 1 个，约 1 对外接矩形相接" in text) == (0, True)


def test_a_feature_is_explained_by_its_name(folder: Path) -> None:
    status, text = explained(folder, "--feature", "甲楼", *LAYERS)
    assert status == 0
    for part in (
        "要素 甲楼：不通过",
        "依据：《测试标准》第三条",
        "栋的高度 ＝ 36.5米",
        "面积 200平方米",
        "不通过：超高36.5米",
    ):
        assert part in text


def test_unknown_features_and_rules_are_told(folder: Path) -> None:
    status, text = explained(folder, "--feature", "丙楼", *LAYERS)
    assert (status, "没有要素“丙楼”" in text and "甲楼" in text) == (2, True)
    status, text = explained(folder, "--rule", "没有的规则")
    assert (status, "没有规则“没有的规则”" in text and "不得超过三十米" in text) == (2, True)
