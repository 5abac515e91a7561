"""What a script may do: the header asks, the check refuses the rest, the host confines paths."""

from __future__ import annotations

import os

import numpy as np
import pytest
from zhscript_support import checked, opener

from tim.errors import UsageError
from tim.script.host import check_permissions
from tim.script.paths import Folders, project_of
from zhscript import check_text
from zhscript.engine import ScriptError, run_script
from zhscript.engine.host import Refused, Unreadable

NEEDS = [
    ("变量 表 为 新表格（“甲”）", "计算"),
    ("变量 层 为 新图层（“甲”）", "计算"),
    ("图层 宗 来自“ZD”，字段 名\n遍历 宗 中的每个 地：\n把 “一” 写入 地的名\n结束", "计算"),
    ("把 “一” 保存为“一.txt”", "管理"),
    ("保存表（（1，2），“一.xlsx”）", "管理"),
    ("保存文本（“一”，“一.txt”）", "管理"),
    ("填充模板（“甲.txt”，字典（甲：1），“乙.txt”）", "管理"),
    ("显示 询问（“哪年？”）", "主机"),
    ("设定 层 为 打开图层（“甲”）", "主机"),
]


@pytest.mark.parametrize("text, wanted", NEEDS)
def test_what_needs_a_permission_is_refused_with_a_fix(text, wanted):
    _, diagnostics = check_text(text)
    (error,) = [item for item in diagnostics if item.severity == "error"]
    assert error.code == "ZH254"
    assert f"权限 {wanted}" in error.message
    assert error.fixes[0]["title"] == f"在文件开头写“权限 {wanted}”"
    assert check_text(f"脚本 甲\n权限 {wanted}\n{text}")[0] is not None


def test_the_fix_goes_below_the_title_or_widens_the_header():
    for text, line in (("脚本 甲\n显示 询问（“？”）", 2), ("脚本 甲\n权限 计算\n显示 询问（“？”）", 2)):
        _, (error,) = check_text(text)
        (edit,) = error.fixes[0]["edits"]
        assert edit["line"] == line
        assert edit["text"].startswith("权限 ")
    assert "计算、主机" in error.message


def test_greater_permissions_hold_the_smaller_ones():
    checked("权限 管理\n变量 表 为 新表格（“甲”）\n显示 读取文本（“甲.txt”，缺省：空）")


@pytest.mark.parametrize("word", ["读取文本（“甲.txt”）", "文件列表（“.”）", "新表格（“甲”）"])
def test_rules_touch_nothing(word):
    head = "规则集 甲\n权限 管理\n图层 宗 来自“ZD”\n"
    inside = f"检查 宗 中的每个 地：\n设定 甲 为 {word}\n要求 甲 不为空\n结束"
    through = f"函数 甲（） 为 {word}\n函数 乙（） 为 甲（）\n检查 宗 中的每个 地：\n要求 乙（） 不为空\n结束"
    for text in (inside, through):
        _, diagnostics = check_text(head + text)
        assert "ZH253" in [item.code for item in diagnostics]


def test_without_a_map_nothing_runs_and_the_lines_are_told():
    program = checked("权限 主机\n显示“一”\n显示 询问（“哪年？”）\n显示 询问（“哪月？”）")
    with pytest.raises(ScriptError, match="第 3 行“询问”、第 4 行“询问”"):
        run_script(program, opener())


def test_the_host_only_narrows():
    program = checked("权限 管理\n显示“一”")
    check_permissions(program, None)
    check_permissions(program, ["管理"])
    with pytest.raises(UsageError, match="只允许“检查”"):
        check_permissions(program, ["检查"])


# -- paths


@pytest.fixture
def folders(tmp_path):
    for name in ("项目/数据", "准许", "外面"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "甲.txt").write_text("一", encoding="utf-8")
    return Folders(tmp_path / "项目", [tmp_path / "准许"])


def test_files_of_the_project_and_of_granted_folders_are_found(folders, tmp_path):
    assert folders.existing("数据/甲.txt") == tmp_path / "项目/数据/甲.txt"
    assert folders.existing("数据\\甲.txt") == tmp_path / "项目/数据/甲.txt"
    assert folders.existing("甲.txt") == tmp_path / "准许/甲.txt"
    assert folders.existing(str(tmp_path / "准许/甲.txt")) == tmp_path / "准许/甲.txt"
    assert folders.target("新的/乙.txt") == tmp_path / "项目/新的/乙.txt"
    assert folders.listing("数据", "＊.txt") == ["数据/甲.txt"]
    with pytest.raises(Unreadable):
        folders.existing("没有.txt")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../外面/甲.txt",
        "数据/../../外面/甲.txt",
        "..\\外面\\甲.txt",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "file:///etc/passwd",
        "http://127.0.0.1/a.csv",
        "https://example.org/a.gpkg",
        "/vsicurl/http://127.0.0.1/a.gpkg",
        "/VSIZIP/a.zip/b.shp",
        "数据/vsimem/甲.gpkg",
        "PG:host=localhost",
        "WMS:http://x",
        "a\0b",
    ],
)
def test_names_that_lead_out_are_refused(folders, name):
    for act in (folders.existing, folders.target):
        with pytest.raises(Refused):
            act(name)


def test_links_that_lead_out_are_refused(folders, tmp_path):
    os.symlink(tmp_path / "外面", tmp_path / "项目" / "链")
    os.symlink(tmp_path / "外面" / "甲.txt", tmp_path / "项目" / "数据" / "链.txt")
    for name in ("链/甲.txt", "数据/链.txt"):
        with pytest.raises(Refused):
            Folders(tmp_path / "项目").existing(name)
        with pytest.raises(Unreadable):
            folders.existing(name)
    with pytest.raises(Refused):
        Folders(tmp_path / "项目").target("链/新.txt")
    assert folders.listing("数据", "*") == ["数据/甲.txt"]


def test_patterns_name_files_only(folders):
    for pattern in ("../*", "a/*", "a\\*"):
        with pytest.raises(Refused):
            folders.listing("数据", pattern)
    assert folders.listing("数据", "[甲].txt") == []


def test_the_project_of_a_script(tmp_path):
    assert project_of(tmp_path / "项目" / "脚本" / "甲.zh") == (tmp_path / "项目").resolve()
    assert project_of(tmp_path / "项目" / "甲.zh") == (tmp_path / "项目").resolve()


def test_areas_of_different_bases_do_not_meet():
    plane, ellipsoid = "矩形（0，0，1，1） 的平面面积", "矩形（0，0，1，1） 的椭球面积"
    for text in (
        f"显示 {plane} 加上 {ellipsoid}",
        f"显示 {plane} 大于 {ellipsoid}",
        f"显示 矩形（0，0，1，1） 的面积 减去 {ellipsoid}",
        f"显示 {ellipsoid} 介于 1平方米 至 {plane}",
        f"显示（{ellipsoid} 乘以 2） 不大于 {plane}",
        f"函数 甲（x：椭球面积） 为 x\n显示 甲（{plane}）",
        "图层 宗 来自“ZD”，字段 调查面积（椭球面积）\n检查 宗 中的每个 地：\n要求 地的面积 小于 地的调查面积\n结束",
        "面积口径 椭球面积\n显示 矩形（0，0，1，1） 的面积 小于 矩形（0，0，1，1） 的平面面积",
    ):
        codes = [item.code for item in check_text(text)[1] if item.severity == "error"]
        assert codes == ["ZH252"], text
    for text in (
        f"显示 {plane} 加上 1亩",
        f"显示 {plane} 除以 {ellipsoid}",
        "面积口径 椭球面积\n显示 矩形（0，0，1，1） 的面积 等于 矩形（0，0，1，1） 的椭球面积",
    ):
        assert check_text(text)[0] is not None, text


def test_both_bases_in_one_program():
    program = checked("显示 矩形（0，0，10，10） 的平面面积，矩形（0，0，10，10） 的椭球面积")

    def areas(shapes, _crs):
        return np.full(len(shapes), 7.0)

    assert run_script(program, opener(), ellipsoidal_area=areas).printed == ["100平方米 7平方米"]
    with pytest.raises(ScriptError, match="椭球面积"):
        run_script(program, opener())
