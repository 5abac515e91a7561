"""Runs end when they are cancelled or over a limit, in generated code, in the interpreter and in the library."""

from __future__ import annotations

import threading
import time

import pytest
from zhscript_support import checked

from zhscript.engine import Cancelled, Limits, ScriptError, run_script

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
    ],
)
def test_lists_are_limited_with_all_they_hold(text):
    with pytest.raises(ScriptError) as caught:
        run_script(checked(text), None)
    assert caught.value.message.startswith("第 3 行：列表太长")
