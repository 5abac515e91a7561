"""Runs end when they are cancelled or over a limit, in generated code, in the interpreter and in the library."""

from __future__ import annotations

import threading
import time

import pytest
from zhscript_support import box, checked, opener

from zhscript.engine import Cancelled, Limits, ScriptError, run_rules, run_script, run_tool

ENDLESS = {
    "loop": "变量 数 为 0\n只要 数 小于 1，就重复：\n数 改为 数 乘以 1\n结束",
    "calls": "函数 甲（乙：整数）\n如果 乙 小于 1，那么 返回 0\n甲（乙 减去 1）\n"
    "返回 甲（乙 减去 1）\n结束\n显示 甲（60）",
    "query": "设定 列 为（1 至 900000）\n"
    "显示（（列 中的每个 甲，其中 （列 中有 乙 满足 乙 大于 甲 乘以 900000））的个数）",
    "match": "变量 文 为 “a”\n重复 19 次：\n文 改为 拼接（（文，文））\n结束\n"
    "变量 样 为 “a”\n重复 7 次：\n样 改为 拼接（（样，样））\n结束\n显示 匹配（文，“＊{样}b”），匹配（文，“＊{样}b”）",
    "sorting": "设定 列 为（（1 至 900000）中的每个 甲，列出 余数（甲 乘以 7919，1000003））\n"
    "只要 1 大于 0，就重复：\n设定 乙 为 列 的排序（降序：真） 的第 1 个\n结束",
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
def test_a_cancel_takes_effect(name, engine):
    program = checked(ENDLESS[name])
    asked: list[float] = []

    def cancelled() -> bool:
        if stop.is_set():
            asked.append(time.monotonic())
        return stop.is_set()

    stop = threading.Event()
    timer = threading.Timer(0.15, stop.set)
    timer.start()
    with pytest.raises(Cancelled):
        run_script(program, None, cancelled=cancelled, engine=engine)
    assert len(asked) == 1  # the first look after the cancel ends the run


@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
def test_time_is_limited(engine):
    with pytest.raises(ScriptError, match=r"超过了 0\.2 秒"):
        run_script(checked(ENDLESS["loop"]), None, limits=Limits(seconds=0.2), engine=engine)


@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
def test_memory_is_limited(engine):
    text = "变量 列 为 列表（）\n循环 子 从 1 到 900：\n把（1 至 20000）加入 列\n结束\n显示 列的个数"
    with pytest.raises(ScriptError, match="内存"):
        run_script(checked(text), None, limits=Limits(memory=30 * 2**20), engine=engine)


@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
@pytest.mark.parametrize(
    "text, line, words",
    [
        ("变量 甲 为 “ab”\n重复 40 次：\n甲 改为 拼接（（甲，甲））\n结束", 3, "太长"),
        ("变量 甲 为 “ab”\n重复 40 次：\n甲 改为“{甲}{甲}”\n结束", 3, "太长"),
        ("变量 甲 为 “aa”\n重复 18 次：\n甲 改为“{甲}{甲}”\n结束\n显示 甲 的替换（“a”，甲）", 5, "太长"),
        ("变量 甲 为 3\n重复 40 次：\n甲 改为 甲 乘以 甲\n结束", 3, "太大"),
        ("变量 甲 为 3.5\n重复 40 次：\n甲 改为 甲 乘以 甲\n结束\n显示 甲", 5, "太大"),
        ("设定 甲 为（（1 至 1000）中的每个 乙，列出（1 至 1000））\n设定 丙 为（甲，甲）\n显示 丙", 1, "太长"),
        ("显示（1 至 1000000）", 1, "太长"),
        ("显示 匹配（“a”，（1 至 300） 的拼接（“＊”））", 1, "太长"),
    ],
)
def test_what_would_grow_without_bound_is_refused(text, line, words, engine):
    with pytest.raises(ScriptError) as caught:
        run_script(checked(text), None, engine=engine, limits=Limits(seconds=20))
    assert (caught.value.line, words in caught.value.reason) == (line, True), caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "变量 列 为 列表（）\n循环 子 从 1 到 1000001：\n把 子 加入 列\n结束",
        "变量 甲 为（1 至 1000）\n重复 40 次：\n把 甲 加入 甲\n结束",
        "变量 列 为 列表（）\n只要 1 大于 0，就重复：\n把 1 加入 列\n结束",
    ],
)
def test_lists_are_limited_with_all_they_hold(text):
    with pytest.raises(ScriptError) as caught:
        run_script(checked(text), None)
    assert caught.value.message.startswith("第 3 行：列表太长")


SLOW_RULE = """规则集 甲
图层 地块 来自“地块”
规则“一”
检查 地块 中的每个 块：
    设定 数列 为（（1 至 3000）中的每个 子，其中（（1 至 3000）中有 丑 满足 丑 大于 子 乘以 3000））
    要求 数列的个数 等于 0
结束
结束
"""
SLOW_TOOL = "工具“慢”\n输出 数：数值\n变量 次 为 0\n只要 次 小于 1，就重复：\n次 改为 次 乘以 1\n结束\n结束\n"


def rule_run(**options):
    run_rules(checked(SLOW_RULE), opener(地块=[box(0, 0, 1, 1)] * 3), **options)


def tool_run(**options):
    run_tool(checked(SLOW_TOOL), "慢", {}, opener(), **options)


@pytest.mark.parametrize("run", [rule_run, tool_run])
def test_rules_and_tools_are_limited_and_cancelled(run):
    with pytest.raises(ScriptError, match=r"超过了 0\.2 秒") as caught:
        run(limits=Limits(seconds=0.2))
    assert caught.value.line == (5 if run is rule_run else 4)
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Cancelled):
        run(cancelled=stop.is_set)


def test_reports_are_limited(monkeypatch):
    monkeypatch.setattr("zhscript.engine.interpreter.checked.LONGEST", 2)
    text = "规则集 甲\n图层 地块 来自“地块”\n规则“一”\n检查 地块 中的每个 块：\n提示“有”\n结束\n结束\n"
    with pytest.raises(ScriptError, match="报告的太多"):
        run_rules(checked(text), opener(地块=[box(0, 0, 1, 1)] * 3))


@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
def test_a_limit_is_no_error_that_a_loop_can_take(engine):
    text = f"遍历（1，2）中的每个 甲：\n{ENDLESS['loop']}\n如果出错：\n显示 出错原因\n结束\n"
    with pytest.raises(ScriptError, match=r"超过了 0\.2 秒"):
        run_script(checked(text), None, limits=Limits(seconds=0.2), engine=engine)
