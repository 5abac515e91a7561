"""Levels of figures, the ledger, and the watch over a folder."""

from __future__ import annotations

import re
import shutil
import threading
import time
from pathlib import Path

import pytest
from town import make_county, make_sheet

from pointcloud.task import Cancelled
from tim.errors import UnusableInput, UsageError
from tim.indicators import history as ledger
from tim.indicators.levels import judge, load_levels
from tim.indicators.statistics import Target
from tim.indicators.warn import list_warnings, watch
from tim.job import Job

RULES = load_levels()


@pytest.mark.parametrize(
    ("value", "direction", "target", "year", "level"),
    [
        (99, "not_less", Target(100, binding=True), 2024, "red"),
        (99, "not_less", Target(100), 2024, "yellow"),
        (100, "not_less", Target(100, binding=True), 2024, "normal"),
        (101, "not_more", Target(100, binding=True), 2024, "red"),
        (95, "not_more", Target(100, binding=True), 2024, "orange"),
        (94.9, "not_more", Target(100, binding=True), 2024, "yellow"),
        (84.9, "not_more", Target(100, binding=True), 2024, "normal"),
        # an allowance from 80 to 100: at 99 it is used to 95 %, at 97 to 85 %
        (99, "not_more", Target(100, base=80), 2024, "orange"),
        (97, "not_more", Target(100, base=80), 2024, "yellow"),
        (96, "not_more", Target(100, base=80), 2024, "normal"),
        # farmland may shrink from 120 to 100
        (101, "not_less", Target(100, base=120), 2024, "orange"),
        (110, "not_less", Target(100, base=120), 2024, "normal"),
        # forest must grow from 20 to 30 in ten years: half way 25 are due
        (23.9, "not_less", Target(30, base=20, base_year=2020, target_year=2030), 2025, "orange"),
        (24.4, "not_less", Target(30, base=20, base_year=2020, target_year=2030), 2025, "yellow"),
        (24.6, "not_less", Target(30, base=20, base_year=2020, target_year=2030), 2025, "normal"),
        (29, "not_less", Target(30, binding=True, base=20, base_year=2020, target_year=2030), 2030, "red"),
        (30, "not_less", Target(30, base=20, base_year=2020, target_year=2030), 2022, "normal"),
        (23.9, "not_less", Target(30, base=20), 2025, "normal"),  # no years, no schedule
    ],
)
def test_levels(value: float, direction: str, target: Target, year: int, level: str) -> None:
    found, reason = judge(value, target, direction, year, RULES)
    assert found == level, reason
    assert reason


def test_a_trend_that_will_cross_the_target_is_told() -> None:
    target = Target(100, target_year=2030)
    past = [(2022, 110.0), (2023, 108.0)]
    assert judge(106, target, "not_less", 2024, RULES, past)[0] == "yellow"  # 94 in 2030
    assert "2030 年将为 94" in judge(106, target, "not_less", 2024, RULES, past)[1]
    assert judge(109.9, target, "not_less", 2024, RULES, [(2022, 110.0)])[0] == "normal"


def test_own_levels_and_mistakes_in_them(tmp_path: Path) -> None:
    path = tmp_path / "等级.json"
    path.write_text('{"levels": []}')
    with pytest.raises(UnusableInput, match=re.escape("等级.json")):
        load_levels(str(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "来料"
    place.mkdir()
    make_county(place / "县2023.gpkg")
    make_county(place / "县2024.gpkg", farmland=930)
    return place


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    heads = ("指标", "目标值", "方向", "属性")
    return make_sheet(tmp_path / "目标.xlsx", heads, ("耕地保有量", 0.14, "不低于", "约束性"))


def test_new_files_are_computed_once_and_warnings_listed(folder: Path, targets: Path, tmp_path: Path) -> None:
    history = str(tmp_path / "台账.sqlite")
    more = {"history": history, "targets": str(targets), "only": ["耕地保有量"]}
    (folder / "坏2022.gpkg").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    job = Job()
    result = watch(folder=str(folder), job=job, **more)  # type: ignore[arg-type]
    assert [item["epoch"] for item in result.data["processed"]] == ["2023", "2024"]
    assert [item["file"] for item in result.data["refused"]] == ["坏2022.gpkg"]
    assert watch(folder=str(folder), job=Job(), **more).data["processed"] == []  # type: ignore[arg-type]
    shutil.copy(folder / "县2023.gpkg", folder / "再来一次.gpkg")
    assert watch(folder=str(folder), job=Job(), **more).data["processed"] == []  # type: ignore[arg-type]
    assert len(ledger.read(history)) == 2
    found = list_warnings(history=history, report=str(tmp_path / "预警.html"), job=Job()).data
    assert [(item["name"], item["level"], item["change"]) for item in found["warnings_found"]] == [
        ("耕地保有量", "red", "正常 → 红")
    ]
    assert "正常 → 红" in (tmp_path / "预警.html").read_text("utf-8")


def test_a_watch_that_goes_on_is_cancelled_at_once(folder: Path, tmp_path: Path) -> None:
    job = Job()
    threading.Timer(3.5, job.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        watch(folder=str(folder), history=str(tmp_path / "台账.sqlite"), only=["耕地保有量"], every=60, job=job)
    assert time.monotonic() - started < 30


def test_what_is_no_ledger_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="找不到指标台账"):
        list_warnings(history=str(tmp_path / "没有.sqlite"), job=Job())
    (tmp_path / "坏.sqlite").write_text("不是数据库" * 100)
    with pytest.raises(UnusableInput, match=re.escape("坏.sqlite")):
        list_warnings(history=str(tmp_path / "坏.sqlite"), job=Job())
