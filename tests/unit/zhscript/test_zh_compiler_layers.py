"""Compiled scripts over layers: features, columns, geometry; the interpreter gives the same."""

from __future__ import annotations

import pytest
from zhscript_support import box, checked, opener

from zhscript.engine import ScriptError, run_script
from zhscript.engine.compiler.program import compile_script

HEAD = (
    "图层 地块 来自“地”，字段 编号（文本）、高（米）、面积数（数值）、用途、批准（日期）、临街（是否）\n"
    "图层 村 来自“村”，字段 村名\n"
)
SHAPES = [box(0, 0, 10, 10), box(20, 0, 30, 20), box(8, 8, 22, 12), box(100, 100, 101, 101)]
COLUMNS = {
    "编号": ["a", "b", None, "a"],
    "高": [12.0, 24.5, None, 100.0],
    "面积数": [1, 2.5, 7, None],
    "用途": ["住", 3, None, "工"],
    "批准": ["2024-01-31", None, "2023-05-01", "2024-02-29"],
    "临街": [True, False, None, True],
}
VILLAGES = ([box(-5, -5, 15, 15), box(15, -5, 40, 40)], {"村名": ["东村", "西村"]})

PROGRAMS = [
    "变量 合计 为 0米\n遍历 地块 中的每个 块，其中 块的高 不为空：\n合计 增加 块的高\n结束\n显示 合计",
    "遍历 地块 中的每个 块（第 序 个）：\n显示“{序} {块的编号} {块的高：厘米} {块的面积数} {块的用途}”\n结束",
    "遍历 地块 中的每个 块：\n如果 块的编号 等于“a”，那么 显示 块的高\n结束",
    "遍历 地块 中的每个 块：\n如果 块的编号 不为空 且 块的编号 等于“a” 且 块的高 大于 20米，那么 显示 块的高\n结束",
    "遍历 地块 中的每个 块，其中 块的临街 不为空：\n如果 块的临街，那么 显示 块的面积\n结束",
    "遍历 地块 中的每个 块：\n如果 块的临街，那么 显示 块的面积\n结束",
    "遍历 地块 中的每个 块：\n显示 块的面积 换算为 亩，块的周长，块的节点数\n结束",
    "遍历 地块 中的每个 块：\n设定 归属 为（块的中心点 所在的 村）\n如果 没有 归属，那么\n显示“无”\n否则\n"
    "显示 归属的村名\n结束\n结束",
    "遍历 地块 中的每个 块：\n显示 块 与 其他 地块 的相交面积，块 到 村 的距离，（块 与 村 相交）\n结束",
    "设定 高的 为（地块 中的每个 块，其中 块的高 不为空 且 块的高 大于 20米，列出 块的编号）\n显示 高的，高的的个数",
    "设定 高的 为（地块 中的每个 块，其中 块的面积数 不为空 且 块的面积数 大于 2）\n遍历 高的 中的每个 块：\n"
    "显示 块的编号\n结束",
    "显示（地块 中的每个 块 都满足 块的面积 大于 0平方米），（地块 中有 块 满足 块的高 大于 50米）",
    "显示（地块 中的每个 块 都满足 块的高 大于 0米）",
    "设定 组 为 地块 的分组（“编号”）\n遍历 组 的键列表 中的每个 号：\n显示“{号} {组的（号）的个数}”\n结束",
    "遍历 地块 的排序（“高”，降序：真） 中的每个 块：\n显示“{块的高}”\n结束",
    "显示 地块 的面积 的总和，地块的面积数，地块 的总面积",
    "遍历 地块 中的每个 块：\n如果 块的批准 不为空，那么 显示 块的批准 加上 1个月，块的批准的年份\n结束",
    "遍历 地块 中的每个 块：\n显示 块的批准 加上 1个月\n结束",
    "函数 判（块：地块）：长度\n如果 块的高 为空，那么 返回 0米\n返回 块的高 乘以 2\n结束\n遍历 地块 中的每个 块：\n"
    "显示 判（块）\n结束",
    "函数 判（值） 为 值 加上 1\n遍历 地块 中的每个 块：\n显示 判（块的面积数）\n结束",
    "遍历 地块 中的每个 甲：\n遍历 地块 中的每个 乙，其中 乙 与 甲 相交：\n显示“{甲的编号}{乙的编号}”\n结束\n结束",
    "遍历 地块 中的每个 块：\n设定 环 为 块 的2米缓冲区\n显示 环 与 块 的差异部分 的面积 大于 1平方米\n结束",
    "显示（地块 的第 2 个）的编号，（地块的最后一个）的高，地块的个数",
    "遍历 地块 中的每个 块：\n显示 块的用途 加上 1\n结束",
]  # fmt: skip


def outcome(program, engine):
    try:
        return run_script(program, opener(地块=(SHAPES, COLUMNS), 村=VILLAGES), engine=engine).printed
    except ScriptError as error:
        return (error.reason, error.line, error.column)


@pytest.mark.parametrize("text", PROGRAMS)
def test_both_engines_agree(text):
    program = checked(HEAD + text)
    compile_script(program)
    compiled = outcome(program, "compiled")
    assert compiled == outcome(program, "interpreter")
    assert compiled


def test_what_is_written_is_read_again():
    text = (
        "脚本 甲\n权限 计算\n" + HEAD + "遍历 地块 中的每个 块，其中 块的高 不为空：\n把 块的高 加上 1米 写入 块的高\n"
        "显示 块的高\n结束\n遍历 地块 中的每个 块，其中 块的高 不为空：\n显示 块的高\n结束"
    )
    program = checked(text)
    compile_script(program)
    assert outcome(program, "compiled") == ["13米", "25.5米", "101米"] * 2 == outcome(program, "interpreter")


STANDARD = (
    "设定 基 为 10米\n标准 限（块：地块，加：长度 默认 1米）\n依据“甲”\n原则上 为 基 加上 加\n"
    "例外“住宅” 如果 块的用途 不为空 且 块的用途 等于“住”则取 30米\n"
    "例外“高楼” 优先于“住宅” 如果 块的高 大于 {limit}米 则取 块的高 乘以 2\n"
    "例外“临街” 如果 块的临街 不为空 且 块的临街 则取 {front}米\n结束\n"
)
RULES = (
    "变量 次 为 0\n次 增加 2\n设定 名单 为（“a”，“b”）\n"
    "规则“高”\n依据“甲”\n检查 地块 中的每个 块，其中 块的编号 不为空 且 名单的个数 等于 2：\n"
    "要求 块的高 不大于 限（块） 加上 次 乘以 1米，否则报告“{块的编号}超过{限（块）：米}”\n结束\n结束\n"
)


@pytest.mark.parametrize("limit, front", [(5, 24), (50, 200), (50, 30), (200, 7)])
@pytest.mark.parametrize(
    "body",
    [
        "遍历 地块 中的每个 块，其中 块的高 不为空：\n显示 限（块），块的限，限（块，加：3米）\n结束\n",
        "函数 倍（块：地块）\n返回 限（块） 乘以 2\n结束\n"
        "遍历 地块 中的每个 块，其中 块的编号 不为空：\n如果 块的高 不为空，那么 显示 倍（块）\n结束\n",
        "遍历 地块 中的每个 块：\n显示 限（块）\n结束\n",
        "变量 先 为 20米\n检查 地块 中的每个 块：\n要求 块的高 不大于 先\n结束\n先 改为 限（地块的第 1 个）\n"
        "检查 地块 中的每个 块：\n要求 块的高 不大于 先\n结束\n显示 先\n",
    ],
)
def test_standards_rules_and_checks_of_scripts_agree(limit, front, body):
    program = checked("脚本 甲\n" + HEAD + STANDARD.format(limit=limit, front=front) + body + RULES)
    compile_script(program)
    opened = opener(地块=(SHAPES, COLUMNS), 村=VILLAGES)
    told = []
    for engine in ("compiled", "interpreter"):
        try:
            result = run_script(program, opened, engine=engine)
            told.append((result.printed, [vars(outcome) for outcome in result.rules]))
        except ScriptError as error:
            told.append((error.reason, error.line, error.column))
    assert repr(told[0]) == repr(told[1])
