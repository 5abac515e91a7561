"""`tim script run FILE TOOL`, `tim script tools` and the engine's `script_tool`, in real processes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import pyogrio.raw
import pytest
import shapely
from engine_client import Client

from tim.cli.tool import run_tool_command
from tim.errors import TimError, UsageError
from tim.job import Job
from tim.script.tool import run_tool

ROOT = Path(__file__).resolve().parents[2]
TOUR = (ROOT / "tests" / "unit" / "zhscript" / "corpus" / "tour_20.zh").read_text(encoding="utf-8")
SMALL = """工具箱 小工具
权限 计算
工具“求和”
说明“求大图斑的总面积”
参数 图斑：图层（面），标题“地类图斑”，默认“DLTB”
参数 下限：面积，默认 50平方米，不小于 0平方米
参数 方式：选项（“全部”，“大的”），默认“大的”
参数 逐个：是否，默认 否
输出 大的：图层（面），字段 名称（文本）、面积（公顷）
输出 总面积：面积
变量 合计 为 0平方米
遍历 图斑 中的每个 块：
    如果 方式 等于“大的”，且 块的面积 小于 下限，那么 跳过
    合计 增加 块的面积
    如果 逐个，那么 显示 块的 名称
    把 要素（形状：块的形状，名称：块的 名称，面积：块的面积） 加入 大的
结束
把 合计 写入 总面积
结束
工具“慢”
参数 次数：整数
变量 数 为 0
循环 号 从 1 到 次数：
    数 增加 1
结束
显示 数
结束
"""


def write_boxes(path: Path, boxes: list[tuple[float, float, float, float]], layer: str, **columns: list[Any]) -> Path:
    shapes = shapely.box(*np.array(boxes).T)
    values = [np.array(column, dtype=object) for column in columns.values()]
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(shapes),
        values,
        list(columns),
        layer=layer,
        driver="GPKG",
        geometry_type="Polygon",
        crs="EPSG:4547",
    )
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("工具 试验")
    (folder / "小工具.zh").write_text(SMALL, encoding="utf-8")
    (folder / "用地审查工具.zh").write_text(TOUR.replace("项目的 名称", "项目的 XMMC"), encoding="utf-8")
    x, y = 500_000.0, 3_400_000.0
    boxes = [(x, y, x + 10, y + 10), (x + 20, y, x + 21, y + 1), (x + 40, y, x + 60, y + 10)]
    write_boxes(folder / "数据.gpkg", boxes, "DLTB", 名称=["甲", "乙", "丙"], DLMC=["水田", "林地", "旱地"])
    write_boxes(folder / "项目.gpkg", [(x + 5, y, x + 50, y + 5)], "项目", XMMC=["路"])
    return folder


def tim(folder: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-P", "-m", "tim", "script", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_help_is_made_from_the_declaration(folder: Path) -> None:
    for word in ("--help", "--帮助"):
        status, text, _ = tim(folder, "run", "用地审查工具.zh", "占用地类统计", word)
        assert status == 0
        assert "统计每个建设项目占用各地类的面积" in text
        for line in (
            "--误差面积 面积",
            "不小于 0平方米；缺省 1平方米",
            "--统计单位 选项",
            "--占用图斑 文件",
            "（必须）",
        ):
            assert line in text
        assert "tim script run 用地审查工具.zh 占用地类统计 --项目图层 图层.gpkg --结果文件 结果.xlsx" in text
    status, text, _ = tim(folder, "run", "小工具.zh", "--help")
    assert status == 0
    assert "求大图斑的总面积" in text


def test_list_of_tools(folder: Path, tmp_path: Path) -> None:
    status, text, _ = tim(folder, "tools", ".", "--json")
    found = json.loads(text)
    assert (status, [item["title"] for item in found["tools"]]) == (0, ["求和", "慢", "占用地类统计"])
    (tmp_path / "坏.zh").write_text("工具箱 坏\n工具“甲”\n参数 乙：面际\n显示 1\n结束\n", encoding="utf-8")
    status, text, _ = tim(tmp_path, "tools", "坏.zh")
    assert status == 1
    assert "坏.zh 第 3 行：参数没有“面际”这种类型" in text


def test_the_tool_of_the_tour(folder: Path, tmp_path: Path) -> None:
    arguments = ["--项目图层", "项目.gpkg", "--data", "数据.gpkg", "--误差面积=2平方米"]
    files = ["--结果文件", str(tmp_path / "结果.xlsx"), "--占用图斑", str(tmp_path / "占用.gpkg")]
    status, text, _ = tim(folder, "run", "用地审查工具.zh", "占用地类统计", *arguments, *files, "--json")
    result = json.loads(text)
    assert (status, result["status"]) == (0, "ok")
    # 5 m × 5 m of the first patch, 10 m × 5 m of the third; the second is too small
    assert result["results"] == [
        {"name": "占用总面积", "title": "占用总面积", "value": 75.0, "unit": "平方米", "text": "75平方米"}
    ]
    assert sorted(Path(path).name for path in result["outputs"]) == ["占用.gpkg", "结果.xlsx"]
    rows = list(openpyxl.load_workbook(tmp_path / "结果.xlsx")["占用明细"].values)
    assert rows == [("项目名", "地类", "占用面积"), ("路", "水田", 25), ("路", "旱地", 50)]
    saved = pyogrio.read_dataframe(tmp_path / "占用.gpkg", layer="占用图斑")
    assert list(saved["占用面积"]) == [25, 50]
    assert saved.crs.to_epsg() == 4547
    assert list(saved.area) == pytest.approx([25, 50])
    status, text, error = tim(folder, "run", "用地审查工具.zh", "占用地类统计", *arguments, *files)
    assert status == 2
    assert "已经存在，没有改动" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["占用.gpkg", "结果.xlsx"]
    assert tim(folder, "run", "用地审查工具.zh", "占用地类统计", *arguments, *files, "--覆盖")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"图斑": "数据.gpkg", "下限": "-5平方米"}, "参数“下限”（第 6 行）应不小于 0平方米；给出的是“-5平方米”"),
        ({"图斑": "数据.gpkg", "下线": "5亩"}, "工具“求和”没有参数“下线”；是不是想写“下限”？"),
        ({"图斑": "无.gpkg"}, "参数“图斑”（地类图斑，第 5 行）：“无.gpkg”不存在；请检查路径"),
        ({}, "“DLTB”不存在；请给出文件，或用 --data 给出有这个图层的数据文件"),
        ({"图斑": "数据.gpkg", "方式": "都"}, "没有选项“都”；可选：全部、大的"),
        ({"图斑": "数据.gpkg", "大的": "结果.doc"}, "“大的”要保存为"),
    ],
)
def test_values_that_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, str], told: str
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError) as caught:
        run_tool("小工具.zh", "求和", arguments, job=Job())
    assert told in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["求和", "--下限", "1亩", "--下限", "2亩"], "参数 --下限 写了两次"),
        (["求合"], "“小工具.zh”里没有工具“求合”；有：求和、慢"),
        ([], "“小工具.zh”里有 2 个工具，请在文件名后面写出要运行的：求和、慢"),
        (["求和", "甲.gpkg"], "“甲.gpkg”前面要写参数名，例如 --图斑 甲.gpkg"),
    ],
)
def test_commands_that_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match=re.escape(told)):
        run_tool_command(["script", "run", "小工具.zh", *arguments])


def test_a_refusal_is_one_line_and_exit_status_2(folder: Path) -> None:
    status, text, error = tim(folder, "run", "小工具.zh", "求和", "--图斑", "数据.gpkg", "--下限", "5")
    assert (status, text) == (2, "")
    assert error.splitlines() == ["参数“下限”（第 6 行）要带单位，例如 5平方米；给出的是“5”"]


def test_options_without_a_value_and_words_that_a_tool_prints(folder: Path) -> None:
    status, text, _ = tim(folder, "run", "小工具.zh", "求和", "--逐个", "--图斑", "数据.gpkg", "--方式", "全部")
    assert status == 0
    assert text.splitlines()[:5] == ["“求和”运行完毕", "甲", "乙", "丙", "总面积：301平方米"]


def test_a_cancelled_tool_leaves_nothing(folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    command = [sys.executable, "-P", "-m", "tim", "script", "run", "小工具.zh", "慢", "--次数", "1000000000", "--json"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2.0)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert time.monotonic() - started < 3
    assert process.returncode == 130
    assert json.loads(output)["kind"] == "cancelled"
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_engine_runs_tools(client: Client, folder: Path) -> None:
    arguments = {"图斑": str(folder / "数据.gpkg"), "下限": "10平方米"}
    job = client.start("script_tool", script=str(folder / "小工具.zh"), tool="求和", arguments=arguments)
    result = client.finished(job)["result"]
    assert result["results"][0]["value"] == 300
    assert result["layers"] == [{"name": "大的", "title": "大的", "features": 2, "path": ""}]
    job = client.start(
        "script_tool", script=str(folder / "小工具.zh"), tool="求和", arguments={**arguments, "下限": "10米"}
    )
    assert "参数“下限”（第 6 行）要写面积" in client.finished(job)["failure"]["message"]


TABLES = """工具箱 表
权限 计算
工具“数表”
参数 图层：图层（面），可选
参数 表：表格
参数 列：表的字段，默认“人口”
输出 合计：数值
输出 明细：表格，字段 名称（文本）、人口（整数）
变量 和 为 0
遍历 表 中的每个 行：
    和 增加 行的（列）
    把 字典（名称：行的 名称，人口：行的（列）） 加入 明细
结束
把 和 写入 合计
如果 图层 不为空，那么 显示 图层 的个数
结束
"""


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_tables_in_and_out(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    (tmp_path / "表.zh").write_text(TABLES, encoding="utf-8")
    (tmp_path / "人口.csv").write_text("名称,人口\n东村,100\n西村,230\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run_tool("表.zh", "数表", {"表": "人口.csv", "明细": f"明细.{suffix}"}, job=Job())
    assert result.data["results"][0]["value"] == 330
    again = {"表": f"明细.{suffix}", "图层": str(folder / "数据.gpkg")}
    result = run_tool("表.zh", "数表", again, job=Job())
    assert (result.data["results"][0]["value"], result.data["printed"]) == (330, ["3"])


@pytest.mark.parametrize(("allow", "told"), [(["检查"], "要权限“计算”，这里只允许“检查”"), (["计算"], "")])
def test_permissions_can_be_narrowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allow: list[str], told: str
) -> None:
    (tmp_path / "表.zh").write_text(TABLES, encoding="utf-8")
    (tmp_path / "人口.csv").write_text("名称,人口\n东村,100\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    if told:
        with pytest.raises(UsageError, match=told):
            run_tool("表.zh", "数表", {"表": "人口.csv"}, allow=allow, job=Job())
    else:
        assert run_tool("表.zh", "数表", {"表": "人口.csv"}, allow=allow, job=Job()).status == "ok"


@pytest.mark.parametrize(("place", "good"), [("本地.xlsx", True), ("别处", False)])
def test_a_tool_writes_only_in_its_project_and_where_the_user_said(
    folder: Path, tmp_path: Path, place: str, good: bool
) -> None:
    project, elsewhere = tmp_path / "工程", tmp_path / "别处"
    project.mkdir()
    elsewhere.mkdir()
    target = place if good else str(elsewhere / "结果.xlsx")
    text = f"""工具箱 写
权限 管理
工具“写”
参数 去向：保存文件（“csv”），可选
变量 表 为 新表格（“甲”）
把 字典（甲：1） 加入 表
如果 去向 不为空，那么 把 表 保存为 去向
把 表 保存为「{target}」
结束
"""
    (project / "写.zh").write_text(text, encoding="utf-8")
    if good:
        chosen = elsewhere / "说过的.csv"
        result = run_tool(str(project / "写.zh"), "写", {"去向": str(chosen)}, job=Job())
        assert [Path(path).name for path in result.outputs] == ["说过的.csv", "本地.xlsx"]
        assert (project / "本地.xlsx").exists()
    else:
        with pytest.raises(TimError, match="在项目文件夹之外"):
            run_tool(str(project / "写.zh"), "写", job=Job())
        assert list(elsewhere.iterdir()) == []


@pytest.mark.data
def test_the_tool_of_the_tour_on_a_district(data_folder: Path, folder: Path, tmp_path: Path) -> None:
    """Occupied areas by class equal those of an overlay with geopandas."""
    import geopandas

    land = data_folder / "vector" / "wuxi_xinwu" / "xinwu_land_use.gpkg"
    patches = geopandas.read_file(land)
    left, bottom, right, top = patches.total_bounds
    corners = np.random.default_rng(7).uniform((left, bottom), (right, top), (25, 2))
    boxes = [(x, y, x + 600, y + 400) for x, y in corners]
    projects = geopandas.GeoDataFrame(
        {"XMMC": [f"项目{number}" for number in range(25)]}, geometry=shapely.box(*np.array(boxes).T), crs=patches.crs
    )
    projects.to_file(tmp_path / "项目.gpkg")
    arguments = ["--项目图层", str(tmp_path / "项目.gpkg"), "--地类图层", str(land), "--地类字段", "Class"]
    files = ["--结果文件", str(tmp_path / "结果.xlsx"), "--误差面积", "1亩"]
    status, text, error = tim(folder, "run", "用地审查工具.zh", "占用地类统计", *arguments, *files, "--json")
    assert status == 0, error
    result = json.loads(text)
    patches["geometry"] = patches.make_valid()
    pieces = geopandas.overlay(projects, patches, keep_geom_type=True)
    pieces["area"] = pieces.area
    pieces = pieces[pieces["area"] > 2000 / 3]
    assert result["layers"][0]["features"] == len(pieces) > 50
    assert result["results"][0]["value"] == pytest.approx(pieces["area"].sum(), rel=1e-9)
    rows = list(openpyxl.load_workbook(tmp_path / "结果.xlsx")["占用明细"].values)[1:]
    by_class: dict[Any, float] = {}
    for _, kind, area in rows:
        by_class[kind] = by_class.get(kind, 0.0) + area
    assert by_class == pytest.approx(pieces.groupby("Class")["area"].sum().to_dict(), rel=1e-9)
