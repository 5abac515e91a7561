"""`tim script check`, `run`, `test` and the engine's `script/check`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engine_client import Client, heavy_modules

GOOD = """脚本 第一个脚本
设定 占地 为 15亩
显示“占地{占地：公顷，两位小数}”
"""
BAD = """脚本 坏
设定 占地 为 15亩
显示 没有
"""
LAYERS = """规则集 高度检查
图层 建筑 来自“JZ”，字段 高度（米） 来自“GD”
规则“不得超过三十米”
依据“测试”
等级“强制”
检查 建筑 中的每个 栋：
    要求 栋的高度 不大于 30米，否则报告“超高{栋的高度：米}”
结束
结束
"""
TESTS = """脚本 测试
测试“对”
    期望 1公顷 等于 15亩
结束
测试“错”
    期望 1公顷 等于 16亩
结束
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("好.zh", GOOD), ("坏.zh", BAD), ("层.zh", LAYERS), ("测.zh", TESTS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def tim(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-P", "-m", "tim", *arguments, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=30, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_check_tells_place_and_reason(folder: Path) -> None:
    status, result, _ = tim(folder, "script", "check", "好.zh", "坏.zh")
    assert (status, result["status"]) == (1, "violations")
    diagnostics = [item for item in result["diagnostics"] if item["severity"] == "error"]
    assert [(item["file"], item["line"], item["column"]) for item in diagnostics] == [("坏.zh", 3, 4)]
    keys = {"file", "line", "column", "end_line", "end_column", "severity", "code", "message", "fixes"}
    assert keys == diagnostics[0].keys()
    assert tim(folder, "script", "check", "好.zh")[:1] == (0,)


def test_check_loads_nothing_heavy(folder: Path) -> None:
    assert heavy_modules(folder, "script", "check", "好.zh") == set()


@pytest.mark.parametrize(("content", "status"), [(b"", 2), (b"\xff\xfe\x00\xff" * 9, 2), (GOOD.encode("gb18030"), 0)])
def test_check_of_odd_files(tmp_path: Path, content: bytes, status: int) -> None:
    (tmp_path / "怪.zh").write_bytes(content)
    returned, result, stderr = tim(tmp_path, "script", "check", "怪.zh")
    assert returned == status
    assert "怪.zh" in (result["message"] if status else result["warnings"][0])
    assert len(stderr.splitlines()) == (1 if status else 0)


def test_run_prints(folder: Path) -> None:
    status, result, _ = tim(folder, "script", "run", "好.zh")
    assert status == 0
    assert result["printed"] == ["占地1.00公顷"]
    assert result["rules"] == []


def test_run_of_a_script_with_errors(folder: Path) -> None:
    status, result, stderr = tim(folder, "script", "run", "坏.zh")
    assert (status, result["status"]) == (2, "failed")
    assert "坏.zh 第 3 行" in result["message"]
    assert stderr.splitlines() == [result["message"]]


@pytest.mark.parametrize(
    "limit, reason", [(("--seconds", "1"), "运行超过了 1 秒"), (("--memory", "64"), "用的内存太多")]
)
def test_a_run_ends_at_its_limits(tmp_path: Path, limit: tuple[str, str], reason: str) -> None:
    long = "长" * 300
    text = f"变量 甲 为 列表（“一”）\n只要 甲的个数 大于 0：\n    把 “{{甲的个数}}{long}” 加入 甲\n结束\n"
    (tmp_path / "久.zh").write_text(text, encoding="utf-8")
    status, result, _ = tim(tmp_path, "script", "run", "久.zh", *limit)
    assert (status, result["status"]) == (1, "failed")
    assert "久.zh 第 " in result["message"] and reason in result["message"]


def test_run_with_layers(folder: Path) -> None:
    buildings = {
        "type": "FeatureCollection",
        "features": [_building(0, 24.0), _building(1, 36.0)],
    }
    (folder / "建筑.geojson").write_text(json.dumps(buildings), encoding="utf-8")
    before = sorted(path.name for path in folder.iterdir())
    status, result, _ = tim(folder, "script", "run", "--layer", "建筑=建筑.geojson", "层.zh")
    assert (status, result["status"]) == (1, "violations")
    assert [(rule["name"], rule["checked"], rule["violations"]) for rule in result["rules"]] == [
        ("不得超过三十米", 2, 1)
    ]
    assert sorted(path.name for path in folder.iterdir()) == before
    status, result, _ = tim(folder, "script", "run", "层.zh")
    assert (status, result["kind"]) == (2, "usage")
    assert "建筑" in result["message"]


def _building(number: int, height: float) -> dict[str, Any]:
    x = 114.0 + number * 0.001
    ring = [[x, 30.0], [x + 0.0001, 30.0], [x + 0.0001, 30.0001], [x, 30.0001], [x, 30.0]]
    return {
        "type": "Feature",
        "properties": {"GD": height},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_tests_in_scripts(folder: Path) -> None:
    status, result, _ = tim(folder, "script", "test", "测.zh")
    assert (status, result["status"]) == (1, "violations")
    assert [(item["name"], item["passed"], item["line"]) for item in result["tests"]] == [
        ("对", True, 2),
        ("错", False, 6),
    ]
    assert "15亩" in result["tests"][1]["message"] or "1公顷" in result["tests"][1]["message"]
    status, result, _ = tim(folder, "script", "test", "好.zh")
    assert (status, result["kind"]) == (2, "input")


def test_engine_checks_scripts(client: Client) -> None:
    assert client.result("script/check", text=GOOD, path="好.zh") == {"diagnostics": []}
    diagnostics = client.result("script/check", text="显示“𠮷野”\n" + BAD, path="坏.zh")["diagnostics"]
    assert {"file": "坏.zh", "line": 4, "column": 4}.items() <= diagnostics[-1].items()
    assert client.error("script/check", path="坏.zh")["code"] == -32602
    assert client.result("script/check", text="（" * 100000, path="深.zh")["diagnostics"]
