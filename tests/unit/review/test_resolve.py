"""Which layer a rule's name denotes: explicit, by name, title or alias; never a guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from tim.errors import UsageError
from tim.review.names import normal, same_layer
from tim.review.resolve import Available, list_available, resolve


def _file(*tables: tuple[str, str]) -> list[Available]:
    return [Available(Path("数据.gpkg"), table, title) for table, title in tables]


@pytest.mark.parametrize(
    ("declared", "original", "table", "title"),
    [
        ("永久基本农田", "YJJBNTTB", "YJJBNTTB", ""),
        ("永久基本农田", "YJJBNTTB", "yjjbnttb", ""),
        ("农田", "永久基本农田图斑", "t1", "永久基本农田图斑"),
        ("永久基本农田", None, "YJJBNTTB", ""),
        ("永久基本农田", "YJJBNTTB", "t1", "永久基本农田"),
        ("农田", "YJJBNTTB", "永久基本农田", ""),
        ("项目", "建设项目红线", "JSXM", "建设项目"),
        ("地类图斑", "DLTB", "land_use", "土地利用"),
        ("红线", "生态保护红线（调查）", "x", "生态保护红线(调查)"),
    ],
)
def test_found_by(declared: str, original: str | None, table: str, title: str) -> None:
    available = _file((table, title), ("entity", "实体"), ("CZKFBJ", "城镇开发边界"))
    assert resolve({declared: original}, {}, available) == {declared: f"数据.gpkg|layername={table}"}


def test_explicit_source_comes_first_under_either_name() -> None:
    available = _file(("YJJBNTTB", ""))
    for name in ("永久基本农田", "YJJBNTTB"):
        assert resolve({"永久基本农田": "YJJBNTTB"}, {name: "a.shp"}, available) == {"永久基本农田": "a.shp"}


def test_exact_table_name_wins_over_an_alias() -> None:
    available = _file(("YJJBNTTB", ""), ("永久基本农田", ""))
    assert resolve({"农田": "YJJBNTTB"}, {}, available)["农田"].endswith("=YJJBNTTB")


def test_two_candidates_are_an_error_that_names_both() -> None:
    available = _file(("永久基本农田", ""), ("yjjbnt_2023", "永久基本农田图斑"))
    with pytest.raises(UsageError) as caught:
        resolve({"基本农田": "YJJBNTTB"}, {}, available)
    assert "多个候选：永久基本农田、yjjbnt_2023（永久基本农田图斑）" in caught.value.message


def test_missing_layers_are_told_together_with_what_is_there() -> None:
    with pytest.raises(UsageError) as caught:
        resolve({"宗地": "ZD", "甲": None}, {}, _file(("DLTB", "地类图斑")))
    message = caught.value.message
    assert "找不到图层“宗地”（来自“ZD”）；找不到图层“甲”" in message
    assert "数据里有：DLTB（地类图斑）" in message
    assert "\n" not in message


def test_without_data_file() -> None:
    with pytest.raises(UsageError, match="没有给出数据文件"):
        resolve({"宗地": None}, {}, [])


def test_option_for_a_layer_that_the_rules_do_not_use() -> None:
    with pytest.raises(UsageError, match="“农田”不是规则里的图层；规则用到：宗地"):
        resolve({"宗地": None}, {"农田": "a.gpkg"}, [])


def test_planning_redline_and_survey_redline_stay_apart() -> None:
    assert same_layer("STBHHX").isdisjoint(same_layer("STBHHX_DC"))


def test_names_fold_width_case_and_blanks() -> None:
    assert normal("ＤＬＴＢ ") == normal("dltb")
    assert same_layer("无名图层") == {"无名图层"}


def test_titles_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "数据 库.gpkg"
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(np.array([shapely.box(0, 0, 1, 1)])),
        [np.array([1])],
        ["a"],
        layer="t1",
        driver="GPKG",
        geometry_type="Polygon",
        crs="EPSG:4547",
        layer_options={"IDENTIFIER": "永久基本农田"},
    )
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert [str(layer) for layer in list_available(path)] == ["t1（永久基本农田）"]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
