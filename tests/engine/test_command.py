"""The command line as users and scripts see it: streams, exit statuses, one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from engine_client import heavy_modules


class Tim:
    """Runs `tim` in a folder."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.folder = environment, folder

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "tim", *arguments]
        return subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )

    def json(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        done = self(*arguments, "--json")
        return done.returncode, json.loads(done.stdout), done.stderr


@pytest.fixture
def tim(environment: dict[str, str], tmp_path: Path) -> Tim:
    return Tim(environment, tmp_path)


def test_result_as_one_json_object(tim: Tim, tmp_path: Path) -> None:
    status, result, stderr = tim.json("test", "write", "--out", "结 果.txt", "--text", "“㮾梨”")
    assert status == 0
    assert result["status"] == "ok"
    assert result["outputs"] == [str(tmp_path / "结 果.txt")]
    assert result["warnings"] == ["注意：㮾梨街道"]
    assert result["text"] == "“㮾梨”"
    assert {"message", "seconds"} <= result.keys()
    assert "㮾梨街道" in stderr
    assert (tmp_path / "结 果.txt").read_text(encoding="utf-8") == "“㮾梨”"


def test_result_for_people(tim: Tim) -> None:
    done = tim("test", "write", "--out", "a.txt")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "写好了"
    assert "已写出：" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "kind", "reason"),
    [
        (["test", "raises", "--what", "input"], 2, "input", "“坏.laz”不是点云文件"),
        (["test", "raises"], 1, "internal", "程序内部错误（ValueError），请把日志发给维护人员"),
        (["test", "die", "--out", "a.txt", "--watch", "读取 a.laz"], 2, "died", "读取 a.laz 时处理进程意外终止"),
        (
            ["test", "write", "--seconds", "-3", "--out", "a.txt"],
            2,
            "usage",
            "参数 seconds（测试参数）应在 0 到 600 之间",
        ),
        (["test", "write", "--secnods", "3"], 2, "usage", "不认识的参数：--secnods 3"),
        (["test", "write", "--out"], 2, "usage", "参数 --out：后面应有一个值"),
        (["test", "wirte"], 2, "usage", "参数 命令：没有选项“wirte”"),
        (["build"], 2, "usage", "缺少参数：--points, --out"),
        (["info", "没有.gpkg"], 2, "usage", "模型“没有.gpkg”不存在"),
        (["script", "check", "没有.zh"], 2, "usage", "脚本“没有.zh”不存在"),
    ],
)
def test_failures(tim: Tim, tmp_path: Path, arguments: list[str], status: int, kind: str, reason: str) -> None:
    returned, result, stderr = tim.json(*arguments)
    assert returned == status
    assert (result["status"], result["kind"]) == ("failed", kind)
    assert result["message"].startswith(reason)
    assert stderr.startswith(result["message"])
    assert len(stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_details_only_when_asked_for(tim: Tim) -> None:
    assert "Traceback" not in tim("test", "raises").stderr
    verbose = tim("test", "raises", "--verbose").stderr
    assert verbose.startswith("程序内部错误")
    assert "ValueError: wrong" in verbose


def test_violations_are_exit_status_one(tim: Tim) -> None:
    status, result, _ = tim.json("test", "violates")
    assert (status, result["status"]) == (1, "violations")


def test_prints_of_libraries_stay_off_standard_output(tim: Tim) -> None:
    status, result, stderr = tim.json("test", "noise")
    assert (status, result["message"], stderr) == (0, "安静", "")
    assert "native puts" in tim("test", "noise", "--verbose").stderr


def test_existing_result_is_kept(tim: Tim, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    assert tim("test", "write", "--out", "a.txt").returncode == 2
    assert (tmp_path / "a.txt").read_text() == "old"
    assert tim("test", "die", "--out", "a.txt").returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_reader_of_a_pipe_that_leaves(tim: Tim, tmp_path: Path) -> None:
    command = f"'{sys.executable}' -m tim test write --out a.txt | true"
    done = subprocess.run(["bash", "-c", command], env=tim.environment, cwd=tmp_path, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_help_loads_nothing_heavy_and_is_chinese(tim: Tim, tmp_path: Path) -> None:
    assert heavy_modules(tmp_path, "--help") == set()
    done = tim("--help")
    assert done.returncode == 0
    assert "用法：tim" in done.stdout
    assert "建立国土空间信息模型" in done.stdout
    assert not any(word in done.stdout for word in ("usage", "optional", "show", "positional"))


def test_nothing_heavy_is_imported_for_help(tim: Tim) -> None:
    code = """
import sys
from tim.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print(*sys.modules, sep="\\n")
"""
    done = subprocess.run([sys.executable, "-c", code], env=tim.environment, capture_output=True, text=True, check=True)
    heavy = {"numpy", "shapely", "pyproj", "laspy", "scipy", "cv2", "open3d", "lark", "asyncio", "multiprocessing"}
    assert heavy.isdisjoint(done.stdout.split())


def test_english(tim: Tim) -> None:
    tim.environment["TIM_LANG"] = "en"
    done = tim("build", "--help")
    assert "usage: tim build" in done.stdout
    assert "Build" in tim("--help").stdout
    assert not any("\u4e00" <= character <= "\u9fff" for character in done.stdout.replace("米", ""))


@pytest.mark.data
def test_points_info_on_conformance_files(tim: Tim, data_folder: Path) -> None:
    """Every damaged or unusual file ends soon, with one line and status 2, or is read."""
    folder = data_folder / "conformance" / "las"
    files = sorted(path for part in ("damaged", "versions") for path in (folder / part).rglob("*.la[sz]"))
    assert len(files) >= 15
    unusable = set()
    for path in files:
        started = time.monotonic()
        status, result, stderr = tim.json("points", "info", str(path))
        assert time.monotonic() - started < 20.0, path
        if status == 0:
            assert result["points"] > 0, path
            assert sum(result["classes"].values()) == result["points"], path
        else:
            unusable.add(path.name)
            assert (status, result["status"], len(stderr.splitlines())) == (2, "failed", 1), path
            assert path.name in result["message"]
    broken = {"broken_coder.laz", "broken_type.laz", "broken_version.laz", "zero_bytes.copc.laz"}
    assert unusable == {*broken, "1.2-no-points.las"}


@pytest.mark.data
def test_points_info_of_real_points(tim: Tim, data_folder: Path) -> None:
    status, result, _ = tim.json("points", "info", str(data_folder / "lidar" / "delft_3dfier" / "ahn3"))
    assert status == 0
    assert result["points"] == 208432
    assert result["classes"] == {"1": 86308, "2": 87130, "6": 33312, "9": 568, "26": 1114}
    assert result["crs"] is None


@pytest.mark.parametrize("content", [b"", b"hello, this is text\n" * 50, b"LASF" + b"\0" * 60])
def test_points_info_of_what_is_no_point_cloud(tim: Tim, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "假.laz").write_bytes(content)
    status, result, stderr = tim.json("points", "info", "假.laz")
    assert (status, result["status"], len(stderr.splitlines())) == (2, "failed", 1)
    assert "假.laz" in result["message"]


def test_points_info_of_a_folder_without_points(tim: Tim, tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    assert tim("points", "info", "空").returncode == 2


def test_doctor(tim: Tim) -> None:
    status, result, _ = tim.json("doctor")
    assert status == 0
    checks = {check["name"]: check for check in result["checks"]}
    assert checks["处理进程"]["status"] == "ok"
    assert checks["写出并读回 GeoPackage"]["status"] == "ok"
    assert all(check["text"] for check in checks.values())
