"""Compiled scripts and the interpreter: the same output, and the same errors at the same places."""

from __future__ import annotations

import pytest
from zh_programs import random_script
from zhscript_support import checked

from zhscript import check_text
from zhscript.engine import ScriptError, run_script
from zhscript.engine.compiler import failure
from zhscript.engine.compiler.program import compile_script


def outcome(program, engine):
    """What a script prints, or how it fails."""
    try:
        return run_script(program, None, engine=engine).printed
    except ScriptError as error:
        return (error.reason, error.line, error.column)


def agreed(text):
    """The outcome of a script that is compiled and that the interpreter gives too."""
    program = checked(text)
    compile_script(program)  # raises Uncovered
    compiled = outcome(program, "compiled")
    assert compiled == outcome(program, "interpreter")
    return compiled


@pytest.mark.parametrize(
    "text, printed",
    [
        ("变量 甲 为 0亩\n循环 子 从 1 到 4：\n甲 增加 1亩 乘以 子\n结束\n显示 甲 换算为 亩", ["10"]),
        ("函数 阶乘（n：整数）\n如果 n 小于 2，那么 返回 1\n返回 n 乘以 阶乘（n 减去 1）\n结束\n"
         "显示 阶乘（20）", ["2432902008176640000"]),
        ("设定 甲 为（3，1，2）\n显示（甲 中的每个 子，其中 子 大于 1，列出 子 乘以 2）", ["6、4"]),
        ("变量 甲 为 列表（）\n遍历（5，7）中的每个 子（第 序 个）：\n把 子 乘以 序 加入 甲\n结束\n"
         "显示 甲，甲的最后一个", ["5、14 14"]),
        ("变量 甲 为 字典（）\n甲的（“子”） 改为 3亩\n甲的（“子”） 增加 1亩\n显示 甲的（“子”） 换算为 亩", ["4"]),
        ("变量 甲 为（1，2）\n设定 乙 为 甲\n甲 的第 1 个 改为 9\n显示 甲，乙", ["9、2 1、2"]),
        ("变量 剩余 为 10亩\n只要 剩余 大于 0亩，就重复：\n剩余 减少 3亩\n如果 剩余 小于 2亩，那么 跳出\n结束\n"
         "显示“{剩余：亩}”", ["1亩"]),
        ("变量 甲 为 空\n如果 甲 为空，那么 显示“空的”", ["空的"]),
        ("变量 甲：数值 为 空\n如果 甲 大于 1 且 1 大于 2，那么 显示“不”\n"
         "显示“{甲 除以 2}、{甲}”", ["（无法判断）、空"]),
        ("变量 零 为 0\n如果（1 除以 零）大于 1 或 零 等于 0，那么 显示“对”", ["对"]),
        ("设定 甲 为（1，2，3）\n"
         "显示（甲 中的每个 子 都满足 子 大于 0），（甲 中有 子 满足 子 除以（子 减去 1）大于 1）", ["是 是"]),
        ("变量 次 为 0\n函数 记（）\n次 增加 1\n返回 次\n结束\n记（）\n显示 记（），次", ["2 2"]),
        ("函数 和（甲：数值，乙：数值 默认 2）为 甲 加上 乙\n显示 和（1），和（1，乙：5），3 的 和（4）", ["3 6 7"]),
        ("显示 2024年1月31日 加上 1个月，（2024年3月1日 减去 2024年2月1日）", ["2024-02-29 29天"]),
        ("设定 甲 为 “a”\n设定 乙 为 如果 甲 等于 “a” 则取 1亩，否则取 2亩\n显示“{乙：亩}”", ["1亩"]),
        ("变量 列 为（1，2）\n遍历 列 中的每个 子：\n把 子 加入 列\n结束\n显示 列", ["1、2、1、2"]),
        ("参数日期 2024年6月1日\n参数 价：\n自2020年1月1日起 为 3.5万元每亩\n自2024年1月1日起 为 4.2万元每亩\n结束\n"
         "显示 价 乘以 1亩", ["42000元"]),
        ("重复 3 次：\n显示“x”\n结束", ["x", "x", "x"]),
        ("函数 甲（）\n返回 乙（）\n结束\n函数 乙（）\n返回 3公顷\n结束\n显示 甲（）", ["30000平方米"]),
        ("显示 乙（）\n函数 乙（）\n返回 3公顷\n结束", ["30000平方米"]),
        ("变量 列 为 列表（）\n变量 对 为 列表（）\n循环 子 从 1 到 3：\n循环 丑 从 1 到 2：\n把 丑 加入 列\n"
         "如果 丑 大于 1 且 子 大于 2，那么 跳出\n结束\n把（子，1）加入 对\n结束\n显示 列，对",
         ["1、2、1、2、1、2 1、1、2、1、3、1"]),
        ("变量 甲 为 3\n变量 乙 为 1\n循环 子 从 1 到 9：\n甲 改为 余数（甲 乘以 子 加上 2，7）\n"
         "乙 改为 乙 乘以 甲\n结束\n显示 甲，乙", ["3 0"]),
        ("变量 数 为 1\n函数 甲（）\n数 改为 5\n返回 2\n结束\n数 增加 甲（）\n显示 数", ["7"]),
        ("循环 甲 从 0 到 0.3，每次增加 0.1：\n显示 甲\n结束", ["0", "0.1", "0.2", "0.3"]),
    ],
)  # fmt: skip
def test_what_scripts_print(text, printed):
    assert agreed(text) == printed


@pytest.mark.parametrize(
    "text, line, column, words",
    [
        ("变量 甲 为 0\n显示 5 除以 甲", 2, 4, "除数是零"),
        ("变量 甲：数值 为 空\n变量 乙 为 1\n乙 改为 1 加上（2 乘以 甲）", 3, 17, "“甲”为空"),
        ("变量 甲：数值 为 空\n如果 甲 等于 1，那么 显示 1", 2, 4, "“甲”为空"),
        ("变量 甲：文本 为 空\n如果 “a” 不等于 甲，那么 显示 1", 2, 12, "“甲”为空"),
        ("设定 甲 为 字典（子：“x”，丑：1）\n显示 1 加上 甲的子", 2, 4, "不是数"),
        ("函数 甲（乙：整数）\n返回 1 加上 甲（乙 加上 1）\n结束\n显示 甲（1）", 2, 9, "一层层调用"),
        ("参数日期 2019年6月1日\n参数 价：\n自2020年1月1日起 为 3元\n结束\n显示 价", 2, 1, "还没有值"),
        ("函数 甲（乙：数值）\n返回 1 除以 乙\n结束\n\n显示 甲（0）", 2, 4, "除数是零"),
        ("变量 甲 为（1，2）\n把 1 加入 甲\n显示 甲的第4个", 3, 4, "没有第 4 个"),
        ("变量 甲 为 2\n重复 100 次：\n甲 改为 甲 乘以 甲\n结束", 3, 1, "太大"),
        ("变量 甲：面积 为 1亩\n设定 乙 为 字典（子：“x”，丑：1）\n甲 改为 乙的子", 3, 1, "这里要面积"),
    ],
)  # fmt: skip
def test_errors_have_their_place(text, line, column, words):
    told = agreed(text)
    assert (told[1], words in told[0]) == (line, True), told


@pytest.mark.parametrize("first", [0, 20])
def test_random_programs_come_to_the_same(first):
    printed = 0
    for seed in range(first, first + 15):
        program, _ = check_text(random_script(seed))
        if program is not None:
            compile_script(program)
            compiled = outcome(program, "compiled")
            assert compiled == outcome(program, "interpreter"), seed
            printed += isinstance(compiled, list)
    assert printed  # not all of them fail


@pytest.mark.parametrize(
    "text",
    [
        "变量 甲 为 0\n变量 乙 为 1\n显示 乙 除以 甲",
        "变量 甲：数值 为 空\n变量 乙 为 1\n乙 改为 1 加上（2 乘以 甲）",
        "函数 甲（乙：数值）\n返回 1 除以 乙\n结束\n显示 甲（0）",
    ],
)
def test_without_ranges_of_instructions_the_line_is_right(text, monkeypatch):
    """Python 3.10 keeps only the line of an instruction."""
    program = checked(text)
    expected = outcome(program, "interpreter")
    monkeypatch.setattr(failure, "position", lambda *_: None)
    assert outcome(program, "compiled")[:2] == expected[:2]
