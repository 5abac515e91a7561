"""The algorithms in QGIS's own command, with an empty home and the real engine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_layers import square, write_layer

FAKE = Path(__file__).with_name("fake_engine.py")
RULES = """规则集 压占检查
版本 1
权限 检查
面积口径 椭球面积

图层 建设项目 来自“JSXM”，字段 项目名称 来自“XMMC”
图层 永久基本农田 来自“YJJBNTTB”

规则“建设项目不得压占永久基本农田”
依据《中华人民共和国土地管理法》第三十五条
等级“强制”
检查 建设项目 中的每个 项目：
    设定 占用面积 为 项目 与 永久基本农田 的相交面积
    要求 占用面积 不大于 1平方米，否则报告“{项目的 项目名称}压占永久基本农田”
结束
结束
"""


class Command:
    """`qgis_process.bin` in a home of its own."""

    def __init__(self, home: Path, plugins: Path, engine: Path | None) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen",
            "QGIS_PLUGINPATH": str(plugins),
        }
        if engine is not None:
            self._environment["TIM_ENGINE"] = str(engine)
        self._call("plugins", "enable", "territory_tim")

    def _arguments(self, name: str, parameters: dict) -> list[str]:
        given = ["run", f"territory_tim:{name}", "--json"]
        for key, value in parameters.items():
            given += [f"--{key}={item}" for item in (value if isinstance(value, list) else [value])]
        return given

    def _call(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["qgis_process.bin", *arguments],
            capture_output=True, text=True, encoding="utf-8", timeout=120, env=self._environment,
        )  # fmt: skip

    def list(self) -> str:
        return self._call("list").stdout

    def run(self, name: str, **parameters) -> dict:
        """The results of an algorithm that succeeds, `RESULT` decoded."""
        done = self._call(*self._arguments(name, parameters))
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)["results"]
        return {**results, "RESULT": json.loads(results["RESULT"])}

    def fail(self, name: str, **parameters) -> str:
        """Everything that an algorithm that fails says."""
        done = self._call(*self._arguments(name, parameters))
        assert done.returncode != 0
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, name: str, **parameters) -> subprocess.Popen:
        return subprocess.Popen(
            ["qgis_process.bin", *self._arguments(name, parameters)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment,
        )  # fmt: skip


@pytest.fixture(scope="module")
def command(tmp_path_factory, plugins_folder, engine_path):
    if shutil.which("qgis_process.bin") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs qgis_process.bin")
        pytest.skip("no qgis_process.bin")
    return Command(tmp_path_factory.mktemp("home"), plugins_folder, engine_path)


def test_build_from_several_sources(command, small_scan, built_model, tmp_path):
    folder = built_model.parent
    target = tmp_path / "结果 一.gpkg"
    results = command.run(
        "build",
        POINTS=str(small_scan),
        LANDUSE=str(folder / "地类图斑.gpkg"),
        LAYERS_NAMED=f"河流={folder / '河流.gpkg'}",
        RESOLUTION="0.5",
        OUT=str(target),
    )
    assert results["OUT"] == str(target)
    assert results["STATUS"] == "ok"
    assert target.is_file()
    assert results["RESULT"]["entities"]["building"] == 2
    assert results["RESULT"]["crs"].startswith("EPSG:4547")
    assert os.listdir(tmp_path) == [target.name]
    info = command.run("info", MODEL=str(target))["RESULT"]
    assert info["entities"] == results["RESULT"]["entities"]
    assert command.run("validate", MODEL=str(target))["STATUS"] == "ok"


def test_export(command, built_model, tmp_path):
    target = tmp_path / "镇.city.json"
    results = command.run("export", MODEL=str(built_model), TO=str(target))
    assert results["TO"] == str(target)
    assert json.loads(target.read_text("utf-8"))["version"] == "2.0"


def test_points_info_of_several_files(command, small_scan):
    one = command.run("points_info", POINTS=str(small_scan))["RESULT"]
    two = command.run("points_info", POINTS=[str(small_scan), str(small_scan.parent)])["RESULT"]
    assert one["points"] == 6 * 120 * 120
    assert two["points"] >= one["points"]


def test_check_lists_violations_and_is_no_failure_of_the_run(command, tmp_path):
    rules = tmp_path / "压占.zh"
    rules.write_text(RULES, encoding="utf-8")
    farmland = write_layer(tmp_path / "农田.gpkg", [(square(0, 0, 50), {"BSM": "1"})])
    projects = [(square(40, 0, 20), {"XMMC": "学校"}), (square(80, 0, 20), {"XMMC": "医院"})]
    project = write_layer(tmp_path / "项目.gpkg", projects)
    findings = tmp_path / "问题.gpkg"
    results = command.run(
        "check",
        RULES=str(rules),
        LAYER_NAMED=f"建设项目={project}\n永久基本农田={farmland}",
        FINDINGS=str(findings),
    )
    assert results["STATUS"] == "violations"
    (rule,) = results["RESULT"]["rules"]
    assert (rule["checked"], rule["violations"]) == (2, 1)
    assert findings.is_file()


def test_failures_are_one_line_in_chinese(command, small_scan, built_model, tmp_path):
    assert "不存在" in command.fail("points_info", POINTS=str(tmp_path / "没有.laz"))
    broken = tmp_path / "坏.laz"
    broken.write_bytes(small_scan.read_bytes()[:500])
    assert "坏.laz" in command.fail("points_info", POINTS=str(broken))
    assert "已经存在" in command.fail("build", POINTS=str(small_scan), OUT=str(built_model))
    assert "坐标系“西安”无法识别" in command.fail(
        "build", POINTS=str(small_scan), CRS="西安", OUT=str(tmp_path / "x.gpkg")
    )


def test_without_an_engine_the_toolbox_is_complete_and_says_why(command, plugins_folder, tmp_path, small_scan):
    alone = Command(tmp_path, plugins_folder, tmp_path / "nothing")
    assert "territory_tim:build" in alone.list()
    assert "不存在或不能运行（来自环境变量 TIM_ENGINE）" in alone.fail("points_info", POINTS=str(small_scan))


def test_a_killed_qgis_leaves_no_engine_behind(command, plugins_folder, tmp_path, small_scan):
    pid_file = tmp_path / "pid"
    engine = tmp_path / "tim"
    engine.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" slow "{pid_file}"\n', encoding="utf-8")
    engine.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    qgis = Command(home, plugins_folder, engine).start("points_info", POINTS=str(small_scan))
    wait_until(lambda: pid_file.exists() and pid_file.read_text("utf-8") != "", 30)
    qgis.send_signal(signal.SIGKILL)
    qgis.wait(10)
    wait_until(lambda: not Path(f"/proc/{pid_file.read_text('utf-8')}").exists(), 10)


def wait_until(reached, seconds):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)
