"""`tim script translate` and `tim script rules`: the commands of docs/zhscript/翻译与表格.md on files like its own."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

RULES = """规则集 审查
图层 宗地 来自“ZD”，字段 建筑高度（米）
规则“建筑高度不得超过限高”
依据“测试”
检查 宗地 中的每个 地块：
    要求 地块的建筑高度 不大于 24米
结束
结束
"""
REFUSED = """规则集 审查
图层 宗地 来自“ZD”，字段 名称（文本）
规则“甲”
依据“测试”
检查 宗地 中的每个 地块：
    要求 地块的名称 的大写 等于“A”
    要求 地块的名称 不为空
结束
结束
规则“乙”
依据“测试”
要求 宗地 的个数 大于 1
结束
"""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "zhscript" / "翻译与表格.md"


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M)
    return [line for block in blocks for line in block.splitlines()]


def tim(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "tim", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "审查.zh").write_text(RULES, encoding="utf-8")
    (tmp_path / "拒.zh").write_text(REFUSED, encoding="utf-8")
    (tmp_path / "统计.py").write_text("total = 0\nfor n in [1, 2]:\n    total += n\nprint(total)\n", encoding="utf-8")
    workbook = Workbook()
    workbook.active.title = "指标"
    for row in (["地块编号", "容积率上限", "建筑限高（米）"], ["A-01", 2.5, 24], ["A-02", "≤1.8", "54米"]):
        workbook.active.append(row)
    workbook.save(tmp_path / "指标表.xlsx")
    features = [_plot("A-01", 2.6, 20.0), _plot("A-02", 1.8, 54.0), _plot("A-03", 9.0, 9.0)]
    collection = {"type": "FeatureCollection", "features": features}
    (tmp_path / "宗地.geojson").write_text(json.dumps(collection), encoding="utf-8")
    return tmp_path


def _plot(key: str, ratio: float, height: float) -> dict[str, object]:
    ring = [[114.0, 30.0], [114.001, 30.0], [114.001, 30.001], [114.0, 30.0]]
    properties = {"地块编号": key, "容积率": ratio, "建筑高度": height}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_the_commands_of_the_page(folder: Path) -> None:
    done = 0
    for line in commands():
        words = shlex.split(line.replace("宗地.gpkg", "宗地.geojson"))
        assert words[0] == "tim"
        result = tim(folder, *words[1:])
        if words[1] == "check":  # one plot has too high a ratio
            assert result.returncode == 1, result.stderr
            continue
        assert result.returncode == 0, result.stderr
        if "--out" not in words:
            assert ("array_get(" if "qgis" in words else "SELECT a.__key") in result.stdout
        done += 1
    assert done == 5
    assert "def 规则1" in (folder / "审查.py").read_text(encoding="utf-8")
    assert "显示 total" in (folder / "统计.zh").read_text(encoding="utf-8")
    found = json.loads(tim(folder, "check", "指标.zh", "--layer", "宗地=宗地.geojson", "--json").stdout)
    assert [(rule["name"], rule["violations"]) for rule in found["rules"]] == [
        ("地块编号应当列在指标表里", 1),
        ("容积率不得超过上限", 1),
        ("建筑高度不得超过上限", 0),
    ]


def test_what_cannot_be_translated_is_told_place_by_place(folder: Path) -> None:
    result = tim(folder, "script", "translate", "拒.zh", "--to", "postgis", "--verbose")
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    assert lines[0].startswith("“拒.zh” 第 6 行：“大写”")
    assert [line[:6] for line in lines[1:]] == ["第 6 行：", "第 12 行"]
    assert tim(folder, "script", "translate", "审查.zh", "--to", "postgis", "--rule", "没有").returncode == 2
    assert tim(folder, "script", "translate", "审查.zh", "--to", "python", "--rule", "甲").returncode == 2


def test_a_file_that_is_there_is_kept(folder: Path) -> None:
    (folder / "有.py").write_text("", encoding="utf-8")
    result = tim(folder, "script", "translate", "审查.zh", "--to", "python", "--out", "有.py")
    assert result.returncode == 2
    assert "已经存在" in result.stderr
    assert (folder / "有.py").read_text(encoding="utf-8") == ""
