"""Stopping in compiled scripts; tracebacks and Python's own debugger speak of the lines of the text."""

from __future__ import annotations

import io
import pdb
import traceback

import pytest
from zhscript_support import box, checked, opener

from tim.script.debug import main
from zhscript.engine import Cancelled, ScriptError, run_script
from zhscript.engine.compiler.execution import bound
from zhscript.engine.compiler.limits import Clock
from zhscript.engine.compiler.program import compile_script
from zhscript.engine.run import Runner

SCRIPT = """函数 加倍（n：整数）：整数
    设定 两倍 为 n 乘以 2
    返回 两倍
结束
变量 合计 为 0亩
设定 名单 为（“甲”，“乙”）
循环 子 从 1 到 3：
    设定 值 为 加倍（子）
    合计 增加 值 乘以 1亩
结束
显示“{合计：亩}”
"""


def debugged(text, ways, breakpoints=()):
    """The stops of a run that goes on in the given ways, one after the other."""
    stops = []
    plan = iter(ways)

    def decide(stop, debugger):
        debugger.breakpoints = set(breakpoints)
        stops.append(stop)
        return next(plan, "continue")

    result = run_script(checked(text), None, decide=decide)
    return stops, result.printed


def test_steps_go_into_functions():
    stops, printed = debugged(SCRIPT, ["step"] * 7)
    assert [stop.line for stop in stops] == [5, 6, 7, 8, 2, 3, 9, 7]
    assert [call.function for call in stops[5].calls] == ["", "加倍"]
    assert [call.line for call in stops[5].calls] == [8, 3]
    assert printed == ["12亩"]


def test_next_stays_in_the_function():
    assert [stop.line for stop in debugged(SCRIPT, ["next"] * 6)[0]] == [5, 6, 7, 8, 9, 7, 8]


def test_out_of_a_function_and_breakpoints():
    stops, _ = debugged(SCRIPT, ["continue", "out", "continue", "continue"], {3})
    assert [stop.line for stop in stops] == [5, 3, 9, 3, 3]


def test_names_have_values_as_people_see_them():
    stop = debugged(SCRIPT, ["continue"], {3})[0][2]
    assert (stop.names["n"], stop.names["两倍"], stop.names["名单"]) == ("2", "4", "甲、乙")
    assert stop.names["合计"] == "1333.33333333平方米"


def test_quitting_cancels():
    with pytest.raises(Cancelled):
        debugged(SCRIPT, ["step", "quit"])


def test_parts_of_expressions_are_no_stops_of_their_own():
    text = "设定 列 为（3，1）\n变量 零 为 0\n显示（列 中有 子 满足 子 除以 零 大于 1），“{1 除以 零}”\n"
    with pytest.raises(ScriptError):
        debugged(text, ["step"] * 9)
    lines = [stop.line for stop in debugged(text.replace("为 0", "为 2"), ["step"] * 9)[0]]
    assert lines == [1, 2, 3]


def test_steps_go_through_turns_that_fail():
    text = "遍历（1，0） 中的每个 数：\n显示 1 除以 数\n如果出错：\n显示 出错原因\n结束\n"
    stops, printed = debugged(text, ["step"] * 9)
    assert [stop.line for stop in stops] == [1, 2, 1, 2, 4, 1]
    assert (stops[4].names["出错原因"], printed) == ("除数是零", ["1", "除数是零"])


def test_steps_go_into_standards_and_rules_run_after_the_script():
    text = "脚本 甲\n标准 限（n：数值）\n依据“甲”\n原则上 为 n\n例外“大” 如果 n 大于 2 则取 9\n结束\n"
    text += "显示 限（1）\n显示 限（3）\n"
    rule = "图层 地 来自“地”\n规则“乙”\n依据“丙”\n检查 地 中的每个 子：\n提示“丁”\n结束\n结束\n"
    stops = []

    def decide(stop, _debugger):
        stops.append(stop)
        return "step"

    result = run_script(checked(text + rule), opener(地=[box(0, 0, 1, 1)]), decide=decide)
    assert (result.printed, [len(outcome.findings) for outcome in result.rules]) == (["1", "9"], [1])
    assert {str(call) for stop in stops for call in stop.calls} == {"脚本", "标准“限”", "规则“乙”", "检查"}
    assert {stop.names.get("n") for stop in stops} == {None, "1", "3"}


def code_of(text):
    program = checked(text)
    compiled = compile_script(program)
    runner = Runner(program, {})
    return bound(compiled, program, runner, Clock(runner.check))


def test_tracebacks_show_the_line_of_the_script():
    names = code_of("函数 除（n：数值）\n    返回 1 除以 n\n结束\n显示 除（0）\n")
    with pytest.raises(ZeroDivisionError) as caught:
        names["f_script"]()
    told = "".join(traceback.format_exception(caught.value))
    assert "返回 1 除以 n" in told
    assert "显示 除（0）" in told
    assert "line 2, in f_除" in told


def test_pythons_debugger_shows_the_line_of_the_script():
    names = code_of(SCRIPT)
    output = io.StringIO()
    debugger = pdb.Pdb(
        stdin=io.StringIO("step\nnext\np u_合计\nlist\nquit\n"), stdout=output, nosigint=True, readrc=False
    )
    debugger.use_rawinput = False
    try:
        debugger.runcall(names["f_script"])
    except Exception as error:  # BdbQuit
        assert type(error).__name__ == "BdbQuit"
    assert "-> 变量 合计 为 0亩" in output.getvalue()
    assert "设定 名单 为" in output.getvalue()


def test_the_command_asks_on_the_terminal(tmp_path, monkeypatch, capsys):
    script = tmp_path / "甲.zh"
    script.write_text(SCRIPT, encoding="utf-8")
    entries = iter(["断点 3", "b 4", "继续", "变量", "w", "列表", "n", "什么", "b 3", "c"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(entries))
    assert main(str(script)) == 0
    told = capsys.readouterr().out
    assert "第 3 行设了断点" in told
    assert "第 4 行没有可以停的语句" in told
    assert "→●   3      返回 两倍" in told
    assert "  两倍 ＝ 2" in told
    assert "第 3 行，函数“加倍”" in told
    assert told.endswith("12亩\n")
    assert next(entries, None) is None
