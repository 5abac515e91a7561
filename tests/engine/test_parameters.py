"""Every mistake in a parameter is one Chinese sentence that names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tim.declare import Kind, Operation, Parameter, Text
from tim.engine.parameters import check_parameters
from tim.errors import TimError, UsageError


def parameter(name: str, kind: Kind, **options: Any) -> Parameter:
    return Parameter(name, kind, Text("标题" + name, name), Text("说明", "help"), **options)


OPERATION = Operation(
    name="trial run",
    title=Text("试", "Trial"),
    summary=Text("试", "Trial"),
    group=Text("试", "Trial"),
    parameters=(
        parameter("points", Kind.POINTS, required=True, many=True),
        parameter("footprints", Kind.VECTOR),
        parameter("layers", Kind.LAYERS, many=True),
        parameter("resolution", Kind.NUMBER, minimum=0.05, maximum=100.0, unit="米"),
        parameter("count", Kind.INTEGER, default=3, minimum=1),
        parameter(
            "ground", Kind.CHOICE, default="auto", choices=(("auto", Text("自动", "a")), ("smrf", Text("重算", "s")))
        ),
        parameter("out", Kind.OUTPUT_MODEL, suffixes=("gpkg",)),
        parameter("report", Kind.OUTPUT_FILE, suffixes=("docx", "html")),
        parameter("overwrite", Kind.FLAG, default=False),
    ),
    target="none:none",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("点 云.laz", "轮廓.gpkg", "旧.gpkg"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def check(folder: Path, **given: Any) -> dict[str, Any]:
    return check_parameters(OPERATION, {"points": ["点 云.laz"], **given}, folder)


def test_defaults_and_absolute_paths(folder: Path) -> None:
    values = check(
        folder, footprints="轮廓.gpkg|layername=a", layers=["农田=轮廓.gpkg"], out="新.gpkg", resolution="0.5"
    )
    assert values == {
        "points": [str(folder / "点 云.laz")],
        "footprints": str(folder / "轮廓.gpkg") + "|layername=a",
        "layers": {"农田": str(folder / "轮廓.gpkg")},
        "resolution": 0.5,
        "count": 3,
        "ground": "auto",
        "out": str(folder / "新.gpkg"),
        "report": None,
        "overwrite": False,
    }


def test_one_value_for_many_and_mapping_for_layers(folder: Path) -> None:
    values = check(folder, points="点 云.laz", layers={"甲=乙": "轮廓.gpkg"})
    assert values["points"] == [str(folder / "点 云.laz")]
    assert values["layers"] == {"甲=乙": str(folder / "轮廓.gpkg")}


def test_sources_that_are_no_files_stay_as_they_are(folder: Path) -> None:
    for source in ("PG:dbname=x", "/vsizip/a.zip/b.shp", "https://example.org/ept.json"):
        assert check(folder, footprints=source)["footprints"] == source


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pionts": 1}, "没有参数 pionts；你是不是想写 points？"),
        ({"zzz": 1}, "没有参数 zzz；可用的参数：points、footprints"),
        ({"points": None}, "缺少参数 points（标题points）"),
        ({"points": []}, "缺少参数 points"),
        ({"points": ""}, "缺少参数 points"),
        ({"points": [5]}, "points（标题points）应是文字，给出的是“5”"),
        ({"points": [" "]}, "空白"),
        ({"points": ["a\0b"]}, "无效字符"),
        ({"points": ["没有.laz"]}, "标题points“没有.laz”不存在"),
        ({"points": ["点 云.laz/x.laz"]}, "打不开"),
        ({"points": ["长" * 300]}, "打不开"),
        ({"footprints": ["轮廓.gpkg"]}, "应是文字"),
        ({"layers": ["农田"]}, "应写作 名称=数据源，给出的是“农田”"),
        ({"layers": ["=轮廓.gpkg"]}, "应写作 名称=数据源"),
        ({"layers": ["农田=没有.gpkg"]}, "“没有.gpkg”不存在"),
        ({"layers": ["甲=轮廓.gpkg", "甲=轮廓.gpkg"]}, "图层“甲”给了两次"),
        ({"resolution": "细"}, "应是数，给出的是“细”"),
        ({"resolution": "nan"}, "应是数"),
        ({"resolution": True}, "应是数"),
        ({"resolution": [1]}, "应是数"),
        ({"resolution": 500}, "应在 0.05 到 100 米之间，给出的是“500”"),
        ({"count": 1.5}, "应是整数"),
        ({"count": 0}, "应不小于 1，给出的是“0”"),
        ({"count": 10**400}, "应是整数"),
        ({"ground": "csf"}, "没有选项“csf”；可选：auto（自动）、smrf（重算）"),
        ({"overwrite": "yes"}, "应是是或否"),
        ({"out": "a.shp"}, "扩展名应是 .gpkg"),
        ({"report": "a.pdf"}, "扩展名应是 .docx 或 .html"),
        ({"out": "没有/a.gpkg"}, "不存在；请先建立它"),
        ({"out": "旧.gpkg"}, "已经存在"),
        ({"out": "轮廓.gpkg", "footprints": "轮廓.gpkg", "overwrite": True}, "是同一个文件"),
        ({"out": "./轮廓.gpkg", "layers": ["甲=轮廓.gpkg|layername=b"], "overwrite": True}, "是同一个文件"),
    ],
)
def test_mistakes(folder: Path, given: dict[str, Any], words: str) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(UsageError) as caught:
        check(folder, **given)
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_status == 2
    assert sorted(folder.iterdir()) == before


def test_overwrite_allows_an_existing_result(folder: Path) -> None:
    assert check(folder, out="旧.gpkg", overwrite=True)["out"] == str(folder / "旧.gpkg")


def test_folder_that_cannot_be_written(folder: Path) -> None:
    with pytest.raises(TimError) as caught:
        check(folder, out="/proc/a.gpkg")
    assert "不能写入文件夹“/proc”" in caught.value.message
