"""Layers named by a code get the Chinese title; rules find them by code, title and alias."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tim.assembly.pipeline import build_model
from tim.errors import UsageError
from tim.job import Job
from tim.model.info import model_info
from tim.model.schema import class_title, layer_title
from tim.model.validate import validate_model
from tim.review.resolve import list_available, resolve


def _build(scene: dict[str, Path], path: Path, *names: str) -> Path:
    result = build_model(
        points=[str(scene["points"])], layers=dict.fromkeys(names, str(scene["landuse"])), crs="EPSG:4547",
        out=str(path), job=Job(),
    )  # fmt: skip
    assert all(f"{class_title(name)} 3 个" in result.message for name in names)
    return path


@pytest.fixture(scope="module")
def coded(scene: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("模型") / "图层.gpkg"
    return _build(scene, path, "YJJBNTTB", "zd", "CZKFBJ", "STBHHX", "STBHHX_DC", "XZQ", "JSXM", "河流")


def test_titles_in_the_file_are_chinese_and_names_stay(coded: Path) -> None:
    with closing(sqlite3.connect(coded)) as connection:
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))
    expected = {
        "YJJBNTTB": "永久基本农田图斑", "zd": "宗地", "CZKFBJ": "城镇开发边界", "STBHHX": "生态保护红线",
        "STBHHX_DC": "生态保护红线（调查）", "XZQ": "行政区", "JSXM": "建设项目", "河流": "河流",
    }  # fmt: skip
    assert {name: titles[name] for name in expected} == expected
    assert validate_model(str(coded), job=Job()).data["errors"] == []


def test_the_message_of_info_is_chinese_and_its_keys_stay(coded: Path) -> None:
    result = model_info(str(coded), job=Job())
    assert "永久基本农田图斑 3" in result.message and "宗地 3" in result.message
    assert "YJJBNTTB" not in result.message
    assert result.data["entities"]["YJJBNTTB"] == result.data["entities"]["zd"] == 3


@pytest.mark.parametrize(
    ("declared", "original", "table"),
    [
        ("农田", "YJJBNTTB", "YJJBNTTB"),
        ("永久基本农田图斑", None, "YJJBNTTB"),
        ("永久基本农田", None, "YJJBNTTB"),
        ("农田", "YJJBNT", "YJJBNTTB"),
        ("宗地", "ZD", "zd"),
        ("宗地", None, "zd"),
        ("项目", "建设项目红线", "JSXM"),
        ("生态红线", None, "STBHHX"),
        ("红线", "生态保护红线（调查）", "STBHHX_DC"),
        ("边界", "CZKFBJFW", "CZKFBJ"),
    ],
)
def test_rules_find_the_layers(declared: str, original: str | None, table: str, coded: Path) -> None:
    assert resolve({declared: original}, {}, list_available(coded)) == {declared: f"{coded}|layername={table}"}


def test_a_title_that_is_another_layers_name_is_not_taken(scene: dict[str, Path], tmp_path: Path) -> None:
    path = _build(scene, tmp_path / "同名.gpkg", "ZD", "宗地")
    with closing(sqlite3.connect(path)) as connection:
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))
    assert (titles["ZD"], titles["宗地"]) == ("ZD", "宗地")


def test_names_that_differ_in_case_only_are_refused(scene: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="大小写"):
        _build(scene, tmp_path / "大小写.gpkg", "ZD", "zd")
    assert list(tmp_path.iterdir()) == []


def test_titles() -> None:
    assert layer_title("dltb") == "地类图斑" and layer_title("河流") == "河流"
    assert class_title("building_footprint") == "无高度的建筑轮廓" and class_title("land_use") == "土地利用图斑"
    assert class_title("XZQ") == "行政区" and class_title("河流") == "河流"
