"""引用: what comes in, where files are looked for, and what is refused."""

from __future__ import annotations

import os

import numpy as np
import pytest
import shapely

from zhscript import FileSources, Found, SourceProblem, check_text
from zhscript.engine import ScriptError, Table, run_rules, run_script

FILES = {
    "计算": """版本 “1.2”
参数 系数 为 2
函数 辅助（x：面积） 为 x 乘以 系数
函数 折算（占地：面积） 为 辅助（占地） 换算为 亩
设定 零值 为 0
函数 出错（n：数值） 为 n 除以 零值
函数 读（名：文本） 为 读取文本（名）
显示“引用时不应运行”
""",
    "代码": "设定 首府 为 “德清”\n设定 表 为 字典（“330521”：“德清县”）\n函数 县名（代码：文本） 为 表的（代码）\n",
    "规则": """规则集 公共
图层 地 来自“DK”，字段 高
参数 最低 为 1，依据“某”
规则“高度”
依据“某”
检查 地 中的每个 块：
    要求 块的高 大于 最低，否则报告“矮”
结束
结束
""",
    "再引": "引用“计算” 中的 折算\n函数 双倍（x：面积） 为 折算（x） 乘以 2\n",
    "甲": "引用“乙”\n",
    "乙": "引用“甲”\n",
    "坏": "设定 一 为 1\n函数 坏（） 为 1 加上\n",
    "椭球": "面积口径 椭球面积\n函数 占地（） 为 矩形（0，0，1，1） 的面积\n",
    "写": "权限 管理\n函数 存（） 为 保存文本（“一”，“一.txt”）\n",
    "工具": """工具箱 公用
引用“计算” 中的 折算
参数 倍 为 2
工具“亩数”
参数 占地：面积
输出 亩：数值
把 折算（占地） 乘以 倍 写入 亩
结束
""",
    "两处": "引用“计算” 中的 折算\n引用“再引” 中的 双倍\n函数 合（x：面积） 为 折算（x） 加上 双倍（x）\n",
    "别处": "图层 地 来自“别的”，字段 高\n规则“别”\n依据“某”\n检查 地 中的每个 块：\n要求 块的高 大于 0\n结束\n结束\n",
}


def sources(title: str, _referring: str) -> Found:
    if title not in FILES:
        raise SourceProblem(f"找不到“{title}”")
    return Found(FILES[title], title)


def layer(_declaration):
    return Table("DK", {"高": [0, 2]}, np.array([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]), "EPSG:4547")


def printed(text: str) -> list[str]:
    program, diagnostics = check_text(text, "主.zh", sources)
    assert program is not None, [item.message for item in diagnostics]
    results = [run_script(program, layer, engine=engine).printed for engine in ("interpreter", "compiled")]
    assert results[0] == results[1]
    return results[0]


def problems(text: str) -> list[tuple[int, str, str]]:
    _, diagnostics = check_text(text, "主.zh", sources)
    return [(item.line, item.code, item.message) for item in diagnostics if item.severity == "error"]


def test_names_come_in_with_all_they_need():
    assert printed("引用“计算” 中的 折算\n显示 折算（1公顷）") == ["30"]
    assert printed("引用“计算” 中的 折算，版本“1.2”\n显示（2公顷） 的折算") == ["60"]
    assert printed("引用“再引” 中的 双倍\n显示 双倍（1公顷）") == ["60"]


def test_a_file_that_others_share_comes_in_once():
    assert printed("引用“两处” 中的 合\n引用“计算” 中的 折算\n显示 合（1公顷），折算（1公顷）") == ["90 30"]


def test_tools_of_the_other_file_become_part():
    assert printed("引用“工具”\n显示（工具“亩数”（占地：1公顷）） 的亩") == ["60"]


def test_own_names_do_not_meet_those_of_the_other_file():
    text = "引用“计算” 中的 折算\n设定 系数 为 100\n函数 辅助（n：数值） 为 n 加上 系数\n显示 折算（1公顷），辅助（1）"
    assert printed(text) == ["30 101"]


def test_a_file_under_a_name():
    text = "引用“代码” 为 库\n显示 库的县名（“330521”），库的首府，库的县名（代码：“330521”）"
    assert printed(text) == ["德清县 德清 德清县"]


def test_rules_of_the_other_file_become_part():
    program, _ = check_text("规则集 主\n引用“规则”\n", "主.zh", sources)
    report = run_rules(program, layer)
    (rule,) = report.rules
    assert (rule.name, rule.violations, rule.findings[0].message) == ("高度", 1, "矮")
    assert (rule.findings[0].file, rule.findings[0].line) == ("规则", 7)


def test_an_exception_may_concern_a_rule_of_the_other_file():
    text = "规则集 主\n引用“规则”\n例外“旧” 针对“高度”\n依据“某”\n条件 块的高 等于 0\n结束\n"
    program, diagnostics = check_text(text, "主.zh", sources)
    assert program is not None, diagnostics
    assert run_rules(program, layer).rules[0].verdicts["例外"] == 1


def test_errors_of_a_run_name_the_file_and_its_line():
    program, _ = check_text("引用“计算” 中的 出错\n显示 出错（1）", "主.zh", sources)
    for engine in ("interpreter", "compiled"):
        with pytest.raises(ScriptError) as caught:
            run_script(program, layer, engine=engine)
        assert caught.value.message == "“计算”第 6 行：除数是零"


@pytest.mark.parametrize(
    "text, code, words",
    [
        ("引用“没有” 中的 折算\n显示 折算（1亩）", "ZH290", "找不到“没有”"),
        ("引用“计算” 中的 折\n显示 折（1亩）", "ZH291", "折算"),
        ("引用“计算”，版本“2”", "ZH290", "1.2"),
        ("引用“甲”", "ZH290", "圈"),
        ("引用“坏” 中的 坏\n显示 坏（）", "ZH290", "“坏”第 2 行"),
        ("引用“代码” 为 库\n显示 库的县（1）", "ZH291", "县名"),
        ("引用“代码” 为 库\n显示 库的县名", "ZH224", "括号"),
        ("引用“椭球” 中的 占地\n显示 占地（）", "ZH290", "面积口径"),
        ("引用“写” 中的 存\n存（）", "ZH290", "权限 管理"),
        ("规则集 主\n图层 地 来自“DK”，字段 高\n引用“别处”", "ZH290", "来自“别的”"),
        ("规则集 主\n引用“规则”\n规则“高度”\n依据“某”\n要求 真\n结束", "ZH269", "重复"),
        ("引用“计算”，颜色“红”", "ZH130", "版本"),
        (
            "规则集 主\n图层 地 来自“DK”，字段 高\n引用“计算” 中的 读\n"
            "检查 地 中的每个 块：\n要求 读（“一”） 等于“一”\n结束",
            "ZH253",
            "读取文本",
        ),
    ],
)
def test_what_is_refused(text, code, words):
    first = problems(text)[0]
    assert first[1] == code
    assert words in first[2]


def test_one_missing_file_is_told_once():
    assert len(problems("引用“没有” 中的 折算\n显示 折算（1亩）")) == 1


def test_files_are_looked_for_in_the_folder_the_project_and_the_packs(tmp_path):
    for folder, text in (("甲", "甲"), ("项目/脚本", "乙"), ("包", "丙")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / f"{text}.zh").write_text(f"设定 名 为 “{text}”", encoding="gbk")
    find = FileSources(tmp_path / "项目", [tmp_path / "包"])
    own = str(tmp_path / "甲" / "主.zh")
    assert [find(title, own).text[-2] for title in ("甲", "乙", "丙")] == ["甲", "乙", "丙"]
    with pytest.raises(SourceProblem, match="找不到"):
        find("丁", own)


@pytest.mark.parametrize("title", ["/etc/passwd", "../外", "甲/../../外", "C:\\外", "http://x/外", "", "a\0b"])
def test_paths_that_lead_out_are_refused(title, tmp_path):
    (tmp_path / "外.zh").write_text("设定 甲 为 1", encoding="utf-8")
    (tmp_path / "内").mkdir()
    with pytest.raises(SourceProblem):
        FileSources()(title, str(tmp_path / "内" / "主.zh"))


def test_links_that_lead_out_are_refused(tmp_path):
    (tmp_path / "外.zh").write_text("设定 甲 为 1", encoding="utf-8")
    (tmp_path / "内").mkdir()
    os.symlink(tmp_path / "外.zh", tmp_path / "内" / "链.zh")
    with pytest.raises(SourceProblem, match="链接"):
        FileSources()("链", str(tmp_path / "内" / "主.zh"))
