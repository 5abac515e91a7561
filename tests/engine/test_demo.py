"""The demonstration with a thinner scan, over the rests of an earlier run, in a path with blanks and Chinese."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RESULTS = (
    "第一期模型.gpkg",
    "第一期模型_仅点云.gpkg",
    "第二期模型_仅点云.gpkg",
    "审查报告.docx",
    "审查报告.html",
    "审查问题.gpkg",
    "第一期模型.city.json",
    "地图.png",
    "三维图.png",
)


@pytest.mark.timeout(280)
def test_the_demonstration_ends_well_over_an_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "演示 结果"
    (folder / "示例数据").mkdir(parents=True)
    for name in (*RESULTS, "示例数据/规划数据.gpkg", "示例数据/第一期_西.laz"):
        (folder / name).write_bytes(b"old")
    done = run(folder)
    text = done.stdout.decode("utf-8")
    assert done.returncode == 0, text + done.stderr.decode("utf-8")
    assert re.search(r"找到 +\d+ 栋", text) and re.search(r"加高 +1 +1 ", text)
    assert re.search(r"云溪镇物流中转站 +899\.8576 +899\.85", text)
    assert "与真值不符" not in text
    assert all((folder / name).stat().st_size > 5_000 for name in RESULTS)
    assert not list(folder.rglob(".*"))  # nothing half-written


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    occupied = tmp_path / "文件"
    occupied.write_text("不是文件夹")
    done = run(occupied)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr.decode("utf-8") and "文件" in done.stderr.decode("utf-8")
    assert occupied.read_text() == "不是文件夹"


def run(folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tim.demo", "--out", str(folder), "--density", "2"]
    return subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONUTF8": "1"}, check=False)
