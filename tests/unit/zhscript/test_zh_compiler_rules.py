"""The code of rules and tools, without plans: it tells what the interpreter tells, and stops at their lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_zh_plan import told
from zh_worlds import HEAD, conditions, programs, statements, worlds
from zhscript_support import box, checked, opener

from tim.script.debug import main
from zhscript.engine import Cancelled, ScriptError, run_rules, run_script, run_tool
from zhscript.engine.compiler.emitted import Uncovered
from zhscript.engine.compiler.program import compile_script
from zhscript.engine.values import show
from zhscript.tools import ToolError, bind, tools_of


def by_code(program, open_layer):
    """Everything that a run of the code tells, feature by feature, and the lines of rules that it came to."""
    lines = set()

    def decide(stop, debugger):
        lines.update(call.line for call in stop.calls if call.word == "检查")
        return "step"

    def run(program, open_layer, *, indexed, ellipsoidal_area):
        return run_rules(program, open_layer, ellipsoidal_area=ellipsoidal_area, decide=decide)

    return told(program, open_layer, True, run), lines


@st.composite
def rule_sets(draw):
    """A rule set with names of the rule as a whole, loops in the check, and what cannot be known."""
    where = f"，其中 {draw(conditions(1))}" if draw(st.booleans()) else ""
    lines = draw(st.lists(statements(), min_size=1, max_size=3))
    body = "\n".join(line.replace("@", f"值{number}") for number, line in enumerate(lines))
    loop = (
        f"遍历 农田 中的每个 块，其中 {draw(st.sampled_from(['块 与 甲 相交', '块的等别 大于 2']))}：\n"
        f"如果 块的等别 等于 5，那么 {draw(st.sampled_from(['跳过', '跳出']))}\n"
        "要求 块的面积 不小于 总的一半，否则报告“{甲的编号}碰到{块的等别}”\n结束\n"
        "循环 数 从 1 到 2：\n要求 数 小于 甲的占比\n结束\n"
    )
    return (
        f"{HEAD}规则“一”\n依据“对照”\n设定 总的一半 为 全部 除以 2\n"
        f"检查 项目 中的每个 甲{where}：\n{body}\n{loop}结束\n"
        f"要求 {draw(st.sampled_from(['总的一半', '全部']))} 大于 9平方米\n"
        "如果 全部 大于 20平方米，那么\n检查 农田 中的每个 块：\n提示“{块的等别}”\n结束\n结束\n结束\n"
        f"例外“二” 针对“一”\n依据“对照”\n条件 {draw(conditions(1))}\n结束\n"
    )


@given(programs(), worlds())
@settings(max_examples=40, deadline=None)
def test_the_code_tells_what_the_interpreter_tells(text, open_layer):
    program = checked(text)
    assert by_code(program, open_layer)[0] == told(program, open_layer, False)


@given(rule_sets(), worlds())
@settings(max_examples=40, deadline=None)
def test_so_it_does_with_loops_and_names_of_the_rule(text, open_layer):
    program = checked(text)
    assert by_code(program, open_layer)[0] == told(program, open_layer, False)
    assert told(program, open_layer, True) == told(program, open_layer, False)


RULES = """规则集 高度
图层 地块 来自“地块”，字段 编号、高（米）
参数 限 为 24米，依据“甲”
函数 超出（高：长度）：长度
    设定 差 为 高 减去 限
    返回 差
结束
规则“高”
依据“甲”
设定 余量 为 1米
检查 地块 中的每个 块，其中 块的高 不为空：
    设定 多 为 超出（块的高）
    要求 多 不大于 余量，否则报告“{块的编号}高出{多}”
结束
结束
"""
PLOTS = opener(地块=([box(0, 0, 1, 1)] * 3, {"编号": ["a", "b", "c"], "高": [20.0, None, 30.0]}))


def stops_of(run, ways):
    """The stops of a run that goes on in the given ways, then to the end."""
    stops, plan = [], iter(ways)

    def decide(stop, _debugger):
        stops.append(stop)
        return next(plan, "continue")

    return stops, run(decide)


def test_steps_go_through_rules():
    stops, report = stops_of(lambda decide: run_rules(checked(RULES), PLOTS, decide=decide), ["step"] * 99)
    assert [stop.line for stop in stops] == [3, 10, 11, 11, 12, 5, 6, 13, 11, 11, 12, 5, 6, 13]
    assert [call.word for call in stops[6].calls] == ["规则", "检查", "函数"]
    assert str(stops[6].calls[0]) == "规则“高”"
    assert (stops[-1].names["多"], stops[-1].names["余量"], stops[-1].names["限"]) == ("6米", "1米", "24米")
    assert [finding.message for finding in report.rules[0].findings] == ["c高出6米"]


def test_breakpoints_in_checks_and_quitting():
    lines = []

    def decide(stop, debugger):
        debugger.breakpoints = {13}
        lines.append((stop.line, stop.names.get("多")))
        return "quit" if len(lines) == 3 else "continue"

    with pytest.raises(Cancelled):
        run_script(checked(RULES), PLOTS, decide=decide)
    assert lines == [(3, None), (13, "-4米"), (13, "6米")]


TOOL = """工具箱 箱
权限 计算
图层 地块 来自“地块”
参数 系数 为 2
工具“求和”
参数 图斑：图层（面）
参数 下限：面积，默认 0平方米
参数 倍：整数，默认 系数
条件 倍 大于 0，否则报告“倍数是{倍}”
输出 大的：图层（面），字段 面积（平方米）
输出 合计：面积
变量 和 为 0平方米
遍历 图斑 中的每个 块，其中 块的面积 大于 下限：
    和 增加 块的面积 乘以 倍
    把 要素（形状：块的形状，面积：块的面积） 加入 大的
结束
把 和 写入 合计
结束
"""
TWO = [box(0, 0, 1, 3), box(0, 0, 2, 2)]


def summed(text, opened, values, **options):
    """A run of the tool 求和 over the layer 图斑."""
    program = checked(text)
    given = bind(tools_of(program)[0], {"图斑": "甲", **values})
    return run_tool(program, "求和", given, opened, **options)


@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
def test_tools_give_the_same(engine):
    opened = opener(图斑=TWO, 地块=[])
    result = summed(TOOL, opened, {"倍": "3", "下限": "1平方米"}, engine=engine)
    assert (show(result.values["合计"]), list(result.layers["大的"].columns["面积"])) == ("21平方米", [3, 4])
    with pytest.raises(ToolError, match="第 9 行的条件）：倍数是-1"):
        summed(TOOL, opened, {"倍": "-1"}, engine=engine)


def test_steps_go_through_tools():
    stops, result = stops_of(
        lambda decide: summed(TOOL, opener(图斑=TWO, 地块=[]), {"下限": "3平方米"}, decide=decide), ["step"] * 99
    )
    assert [stop.line for stop in stops] == [4, 6, 7, 8, 9, 10, 11, 12, 13, 13, 14, 15, 13, 17]
    assert (stops[-1].names["和"], str(stops[-1].calls[-1])) == ("8平方米", "工具“求和”")
    script = TOOL.replace("工具箱 箱", "脚本 本") + "显示 工具“求和”（图斑：地块） 的合计\n"
    stops, result = stops_of(lambda decide: run_script(checked(script), opener(地块=TWO), decide=decide), ["step"] * 99)
    assert result.printed == ["14平方米"]
    assert (19, 14) in {(stop.calls[0].line, stop.line) for stop in stops}


def test_what_changes_the_names_of_the_script_keeps_a_rule_from_being_compiled():
    text = RULES.replace("规则集", "脚本").replace("设定 差 为", "次 增加 1\n    设定 差 为")
    program = checked(text.replace("函数 超出", "变量 次 为 0\n函数 超出"))
    assert compile_script(program, False).left_out == ["第 10 行的“改变脚本的名字的函数”"]
    assert len(run_rules(program, PLOTS).rules[0].findings) == 1
    with pytest.raises(ScriptError, match="逐行调试"):
        run_rules(program, PLOTS, decide=lambda _stop, _debugger: "step")
    with pytest.raises(Uncovered):
        compile_script(checked(text[: text.index("规则“")].replace("函数", "变量 次 为 0\n函数", 1) + LOOSE))


LOOSE = "检查 地块 中的每个 块：\n要求 超出（块的高） 小于 1米\n结束\n"


def test_the_command_stops_in_a_rule(tmp_path, monkeypatch, capsys):
    script, data = tmp_path / "甲.zh", tmp_path / "地块.geojson"
    script.write_text(RULES, encoding="utf-8")
    data.write_text(
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4547"}},'
        '"features":[{"type":"Feature","properties":{"编号":"a","高":30},"geometry":'
        '{"type":"Polygon","coordinates":[[[5e5,3e6],[500010,3e6],[500010,3000010],[5e5,3e6]]]}}]}',
        encoding="utf-8",
    )
    entries = iter(["b 13", "c", "多", "w", "c"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(entries))
    assert main(str(script), layer={"地块": str(data)}) == 0
    shown = capsys.readouterr().out
    assert "  多 ＝ 6米" in shown
    assert "第 11 行，规则“高”" in shown
    assert "高：a高出6米" in shown


def test_the_command_stops_in_a_tool(tmp_path, monkeypatch, capsys):
    script = tmp_path / "箱.zh"
    script.write_text(
        "工具箱 箱\n工具“加倍”\n参数 数：整数\n输出 倍：数值\n把 数 乘以 2 写入 倍\n结束\n", encoding="utf-8"
    )
    entries = iter(["b 5", "c", "数", "w", "c"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(entries))
    assert main(str(script), tool="加倍", arguments={"数": "4"}) == 0
    shown = capsys.readouterr().out
    assert "  数 ＝ 4" in shown
    assert "第 5 行，工具“加倍”" in shown
    assert shown.endswith("倍：8\n")
