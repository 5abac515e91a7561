"""工具: declarations, values given to them, what is refused and in which words, and runs."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pytest
import shapely
from zhscript_support import CORPUS, box, checked, errors, opener

from zhscript import check_text
from zhscript.engine import ScriptError, run_script, run_tool
from zhscript.tools import ToolError, bind, convert, facts, shown, tools_of
from zhscript.units import AREA, DAYS, LENGTH, MONEY

TOUR = next(path for path in CORPUS if path.stem == "tour_20").read_text(encoding="utf-8")
HEAD = "工具箱 箱\n权限 计算\n工具“试”\n"


def tool(lines: str, body: str = "显示 1"):
    """The declaration of a tool with these lines in its head."""
    return tools_of(checked(f"{HEAD}{lines}\n{body}\n结束\n"))[0]


def parameter(line: str):
    return tool(line).parameters[-1]


def codes(lines: str, body: str = "显示 1") -> list[tuple[int, str]]:
    return [(line, code) for line, _, code in errors(f"{HEAD}{lines}\n{body}\n结束\n")]


def message(declaration, **given) -> str:
    with pytest.raises(ToolError) as caught:
        bind(declaration, given)
    assert "\n" not in caught.value.message
    return caught.value.message


# -- declarations


def test_the_tool_of_the_tour():
    (declaration,) = tools_of(checked(TOUR))
    assert (declaration.title, declaration.group, declaration.line) == ("占用地类统计", "用地审查", 4)
    assert declaration.description == "统计每个建设项目占用各地类的面积"
    kinds = {item.name: item.kind for item in declaration.parameters}
    assert kinds == {
        "项目图层": "layer",
        "地类图层": "layer",
        "地类字段": "field",
        "误差面积": "quantity",
        "统计单位": "choice",
        "只看耕地": "boolean",
        "截止日期": "date",
        "抽查比例": "number",
        "结果文件": "save",
    }
    assert declaration.parameter("项目图层").geometry == "polygon"
    assert declaration.parameter("项目图层").title == "建设项目红线"
    assert declaration.parameter("地类字段").parent == "地类图层"
    assert declaration.parameter("截止日期").optional
    assert [item.name for item in declaration.parameters if item.required] == ["项目图层", "结果文件"]
    patches, total = declaration.outputs
    assert (patches.kind, patches.geometry) == ("layer", "polygon")
    assert patches.fields == (("项目名", ""), ("地类", ""), ("占用面积", "平方米"))
    assert (total.kind, total.dimension) == ("value", AREA)


@pytest.mark.parametrize(
    ("line", "kind", "dimension", "unit"),
    [
        ("参数 甲：面积，默认 1.5万亩", "quantity", AREA, "万亩"),
        ("参数 甲：面积，不小于 2公顷", "quantity", AREA, "公顷"),
        ("参数 甲：长度", "quantity", LENGTH, "米"),
        ("参数 甲：时长，默认 30天", "quantity", DAYS, "天"),
        ("参数 甲：金额", "quantity", MONEY, "元"),
        ("参数 甲：米", "quantity", LENGTH, "米"),
    ],
)
def test_quantities_are_shown_in_the_unit_of_their_declaration(line, kind, dimension, unit):
    item = parameter(line)
    assert (item.kind, item.dimension, item.unit) == (kind, dimension, unit)


def test_defaults_are_typed():
    assert parameter("参数 甲：面积，默认 1亩").default == Fraction(2000, 3)
    assert parameter("参数 甲：比率，默认 25%").default == Fraction(1, 4)
    assert parameter("参数 甲：面积，默认 －5亩").default == Fraction(-10000, 3)
    assert parameter("参数 甲：整数，默认 1 加上 2").default is None  # computed when the tool is called
    assert parameter("参数 甲：是否，默认 是").default is True
    assert parameter("参数 甲：日期，默认 2024年6月1日").default == datetime.date(2024, 6, 1)
    assert parameter("参数 甲：多选（“东”，“西”，“南”），默认（“南”、“东”）").default == ("东", "南")
    assert parameter("参数 甲：文本，默认“无”").default == "无"


def test_a_declaration_is_plain_json():
    import json

    (declaration,) = tools_of(checked(TOUR))
    again = json.loads(json.dumps(declaration.as_dict()))
    assert again["parameters"][3]["limits"] == [{"operator": "不小于", "value": "0", "text": "0平方米"}]
    assert again["parameters"][6]["default"] == "2024-12-31"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("参数 甲：面际", (4, "ZH216")),
        ("参数 甲：面积，默认 5米", (4, "ZH220")),
        ("参数 甲：面积，默认 5", (4, "ZH220")),
        ("参数 甲：面积，不小于 5米", (4, "ZH219")),
        ("参数 甲：面积，默认 1平方米，不小于 2平方米", (4, "ZH220")),
        ("参数 甲：数值，介于 3 至 1", (4, "ZH219")),
        ("参数 甲：文本，不小于 3", (4, "ZH219")),
        ("参数 甲：整数，默认 2.5", (4, "ZH220")),
        ("参数 甲：选项", (4, "ZH217")),
        ("参数 甲：选项（“东”，“东”）", (4, "ZH217")),
        ("参数 甲：选项（“东”，“西”），默认“南”", (4, "ZH220")),
        ("参数 甲：图层（圈）", (4, "ZH217")),
        ("参数 甲：图层（点，线）", (4, "ZH217")),
        ("参数 甲：乙的字段", (4, "ZH214")),
        ("参数 甲：图层\n参数 丙：甲的名字", (5, "ZH216")),
        ("参数 甲：是否，默认 1", (4, "ZH220")),
        ("参数 甲：日期，默认“明天”", (4, "ZH220")),
        ("参数 甲：数值\n参数 甲：数值", (5, "ZH202")),
        ("参数 甲：数值\n输出 甲：数值", (5, "ZH202")),
        ("参数 a：数值\n参数 A：数值", (5, "ZH215")),
        ("参数 帮助：数值", (4, "ZH215")),
        ("参数 甲：数值，单位“亩”", (4, "ZH218")),
        ("参数 甲：数值，标题 3", (4, "ZH218")),
        ("输出 甲：选项（“东”）", (4, "ZH213")),
        ("输出 甲：数值，字段 乙", (4, "ZH212")),
        ("条件 1 加上 1", (4, "ZH221")),
        ("图层 甲 来自“ZD”", (4, "ZH293")),
        ("等级“强制”", (4, "ZH264")),
    ],
)
def test_what_is_wrong_in_a_head(lines, expected):
    assert expected in codes(lines)


def test_names_of_a_tool_end_with_it():
    other = "工具“二”\n显示 甲\n结束\n"
    assert (8, "ZH201") in [(line, code) for line, _, code in errors(f"{HEAD}参数 甲：数值\n显示 甲\n结束\n{other}")]


def test_statements_stand_inside_tools():
    assert [code for _, _, code in errors("工具箱 箱\n显示 1\n工具“甲”\n显示 1\n结束\n")] == ["ZH294"]
    assert [code for _, _, code in errors("脚本 本\n参数 甲：数值\n显示 1\n")] == ["ZH295"]


def test_bodies_are_checked_with_the_types_of_parameters():
    assert (5, "ZH238") in codes("参数 甲：面积", "显示 甲 加上 5米") or codes("参数 甲：面积", "显示 甲 加上 5米")
    assert not codes("参数 甲：面积", "显示 甲 加上 5亩")
    assert codes("参数 甲：选项（“东”，“西”）", "显示 甲 加上 1")
    assert codes("输出 甲：面积", "把 5米 写入 甲")
    assert not codes("输出 甲：面积", "把 5亩 写入 甲")


# -- values


@pytest.mark.parametrize(
    ("line", "given", "value"),
    [
        ("参数 甲：面积", "2亩", Fraction(4000, 3)),
        ("参数 甲：面积", "２．５ 公顷", Fraction(25000)),
        ("参数 甲：面积", "1.2万亩", Fraction(8_000_000)),
        ("参数 甲：面积", 12.5, Fraction(25, 2)),
        ("参数 甲：长度", "五百米", Fraction(500)),
        ("参数 甲：长度", "-3米", Fraction(-3)),
        ("参数 甲：数值", "1e-3", Fraction(1, 1000)),
        ("参数 甲：数值", "－2.5", Fraction(-5, 2)),
        ("参数 甲：整数", "3.0", Fraction(3)),
        ("参数 甲：比率", "25%", Fraction(1, 4)),
        ("参数 甲：比率", "百分之八十", Fraction(4, 5)),
        ("参数 甲：比率", "0.3", Fraction(3, 10)),
        ("参数 甲：是否", "是", True),
        ("参数 甲：是否", "False", False),
        ("参数 甲：日期", "2024-6-1", datetime.date(2024, 6, 1)),
        ("参数 甲：日期", "2024年06月01日", datetime.date(2024, 6, 1)),
        ("参数 甲：选项（“平方米”，“亩”）", " 亩 ", "亩"),
        ("参数 甲：多选（“东”，“西”，“南”）", "南，东", ("东", "南")),
        ("参数 甲：多选（“东”，“西”，“南”）", ["西"], ("西",)),
        ("参数 甲：坐标系", "EPSG:4547", "EPSG:4547"),
        ("参数 甲：颜色", "#ff8000", "#FF8000"),
        ("参数 甲：范围", "0, 1, 2.5, 3 [EPSG:4547]", (0, 1, Fraction(5, 2), 3, "EPSG:4547")),
        ("参数 甲：坐标", "500000.25,3400000", (Fraction(2000001, 4), 3400000, "")),
        ("参数 甲：保存文件（“xlsx”）", "结果.XLSX", "结果.XLSX"),
    ],
)
def test_values(line, given, value):
    assert convert(parameter(line), given) == value


@pytest.mark.parametrize(
    ("line", "given", "told"),
    [
        ("参数 甲：面积", "abc", "参数“甲”（第 4 行）要写面积，带单位，例如 2平方米；给出的是“abc”"),
        ("参数 甲：面积", "5", "参数“甲”（第 4 行）要带单位，例如 5平方米；给出的是“5”"),
        ("参数 甲：面积", "5米", "要写面积，带单位，例如 2平方米；给出的是“5米”"),
        ("参数 甲：面积", "5里", "的单位“里”不认识或不是面积的单位，例如 2平方米"),
        ("参数 甲：面积，不小于 1亩", "0.5亩", "参数“甲”（第 4 行）应不小于 1亩；给出的是“0.5亩”"),
        ("参数 甲：数值，介于 0 至 1", "3", "应介于 0 至 1；给出的是“3”"),
        ("参数 甲：数值，大于 0", 0, "应大于 0；给出的是“0”"),
        ("参数 甲：数值", "nan", "要写数值；给出的是“nan”"),
        ("参数 甲：数值", float("inf"), "要写数值；给出的是“inf”"),
        ("参数 甲：整数", "2.5", "要写整数；给出的是“2.5”"),
        ("参数 甲：是否", "也许", "要写 是 或 否；给出的是“也许”"),
        ("参数 甲：日期", "2024-13-01", "要写日期，例如 2024年6月1日；给出的是“2024-13-01”"),
        ("参数 甲：日期，不小于 2024年1月1日", "2023-12-31", "应不小于 2024年1月1日；给出的是“2023年12月31日”"),
        ("参数 甲：选项（“平方米”，“公顷”）", "公倾", "没有选项“公倾”；可选：平方米、公顷；是不是想写“公顷”？"),
        ("参数 甲：多选（“东”，“西”）", "东、北", "没有选项“北”；可选：东、西"),
        ("参数 甲：坐标系", "四五四七", "要写坐标系，例如 EPSG:4547；给出的是“四五四七”"),
        ("参数 甲：颜色", "红", "要写颜色，例如 #FF0000；给出的是“红”"),
        ("参数 甲：范围", "3,1,2,3", "的左要小于右、下要小于上"),
        ("参数 甲：坐标", "1", "要写坐标，例如 x,y"),
        ("参数 甲：保存文件（“xlsx”，“csv”）", "a.doc", "的扩展名应是 .xlsx 或 .csv；给出的是“a.doc”"),
        ("参数 甲：图层（面）", 5, "要写面图层；给出的是“5”"),
        ("参数 甲：文本", "\0", "是空白或含有无效字符"),
        ("参数 甲：面积，标题“最小的”", "x", "参数“甲”（最小的，第 4 行）要写面积"),
    ],
)
def test_what_is_refused_and_in_which_words(line, given, told):
    with pytest.raises(ToolError) as caught:
        convert(parameter(line), given)
    assert told in caught.value.message
    assert caught.value.line == 4
    assert "\n" not in caught.value.message


def test_names_of_arguments():
    declaration = tool("参数 误差面积：面积，默认 1亩\n参数 数：整数")
    assert bind(declaration, {"数": 3, "误差面积": ""}) == {"误差面积": Fraction(2000, 3), "数": 3}
    assert "没有参数“误差面”；是不是想写“误差面积”？" in message(declaration, 误差面="1亩")
    assert message(declaration) == "缺少参数“数”（第 5 行），要写整数"


def test_shown_values_can_be_given_again():
    for line, given in (
        ("参数 甲：面积，默认 1亩", "2.5亩"),
        ("参数 甲：面积，默认 1亩", Fraction(1, 3)),
        ("参数 甲：日期", "2024-06-01"),
        ("参数 甲：多选（“东”，“西”）", "东、西"),
        ("参数 甲：范围", "0,1,2.5,3 [EPSG:4547]"),
        ("参数 甲：是否", True),
    ):
        item = parameter(line)
        value = convert(item, given)
        again = convert(item, shown(item, value))
        assert again == value or float(again) == pytest.approx(float(value))


def test_facts_tell_type_limits_and_default():
    assert facts(parameter("参数 甲：面积，默认 1亩，不小于 0亩，标题“误差”")) == (
        "误差；面积，带单位，例如 1亩；不小于 0亩；缺省 1亩"
    )
    assert facts(parameter("参数 甲：文本，可选")) == "文本；可以不写"


# -- runs

RUN = """工具箱 箱
权限 计算
参数 系数 为 2
工具“求和”
参数 图斑：图层（面）
参数 名称字段：图斑的字段，默认“名称”
参数 下限：面积，默认 50平方米，不小于 0平方米
参数 上限：面积，默认 下限 乘以 100
参数 倍：整数，默认 系数
条件 上限 大于 下限，否则报告“上限{上限}要大于下限{下限}”
输出 大的：图层（面），字段 名称（文本）、面积（平方米）
输出 总面积：面积
输出 个数：数值
变量 合计 为 0平方米
遍历 图斑 中的每个 块，其中 块的面积 介于 下限 至 上限：
    合计 增加 块的面积 乘以 倍
    把 要素（形状：块的形状，名称：块的（名称字段），面积：块的面积） 加入 大的
结束
把 合计 写入 总面积
把 大的 的个数 写入 个数
结束
"""
SHAPES = (
    [box(0, 0, 10, 10), box(20, 0, 21, 1), box(40, 0, 60, 10)],
    {"名称": ["甲", "乙", "丙"], "别名": ["a", "b", "c"]},
)


def run(source: str, title: str, **given):
    program = checked(source)
    declaration = next(item for item in tools_of(program) if item.title == title)
    return run_tool(program, title, bind(declaration, given), opener(图斑=SHAPES))


def test_a_run_gives_layers_and_values():
    result = run(RUN, "求和", 图斑="x")
    assert result.values["总面积"].value == 600
    assert result.values["个数"] == 2
    layer = result.layers["大的"]
    assert layer.columns == {"名称": ["甲", "丙"], "面积": [100, 200]}
    assert shapely.equals(layer.geometry[1], box(40, 0, 60, 10))
    assert layer.crs == "EPSG:4547"


def test_fields_are_chosen_by_parameter():
    assert run(RUN, "求和", 图斑="x", 名称字段="别名").layers["大的"].columns["名称"] == ["a", "c"]
    with pytest.raises(ToolError) as caught:
        run(RUN, "求和", 图斑="x", 名称字段="名呈")
    assert caught.value.message == "参数“名称字段”（第 6 行）：图层“图斑”没有字段“名呈”；有：名称"


FIELDS = """工具箱 箱
工具“数”
参数 图斑：图层（面）
参数 看：是否，默认 否
输出 个数：数值
变量 数 为 0
遍历 图斑 中的每个 块：
    如果 块的面积 大于 1000平方米，那么 跳过
    如果 块的 {} 等于“甲”，那么
        显示 块的 只在这里
    结束
    数 增加 1
    如果 并非 看，那么 跳过
    显示 块的 备注
结束
把 数 写入 个数
结束
"""


def test_a_missing_field_is_told_before_the_run_where_it_is_asked_for():
    with pytest.raises(ScriptError) as caught:
        run(FIELDS.format("名呈"), "数", 图斑="x")
    assert (caught.value.line, caught.value.reason) == (9, "图层“图斑”没有字段“名呈”；有：名称")
    # what stands behind a condition, or behind one of the parameters, is told when it is asked for
    with pytest.raises(ScriptError, match="只在这里"):
        run(FIELDS.format("名称"), "数", 图斑="x")
    assert run(FIELDS.format("别名"), "数", 图斑="x").values["个数"] == 3


def test_a_layer_without_the_fields_of_a_tool_is_told_by_the_check():
    source = FIELDS.format("名称").replace("工具箱 箱", "脚本 本")
    call = "图层 地块 来自“TB”，字段 {}\n设定 果 为 工具“数”（图斑：{}）\n显示 果的个数\n"
    good = source + call.format("名称", "地块")
    assert not errors(good)
    for given in ("地块", "（地块 中的每个 甲，其中 甲的面积 大于 1平方米）"):
        _, diagnostics = check_text(source + call.format("编号", given))
        (told,) = [item for item in diagnostics if item.severity == "error"]
        assert told.line == source.count("\n") + 2
        assert told.message == "工具“数”要用字段“名称”（第 9 行），图层“地块”没有声明它"


def test_defaults_depend_on_other_parameters():
    assert run(RUN, "求和", 图斑="x", 下限="1平方米").values["个数"] == 2  # up to 100 m²
    assert run(RUN, "求和", 图斑="x", 倍="1").values["总面积"].value == 300


def test_conditions_between_parameters():
    with pytest.raises(ToolError) as caught:
        run(RUN, "求和", 图斑="x", 上限="10平方米")
    assert caught.value.message == "参数不合适（第 10 行的条件）：上限10平方米要大于下限50平方米"


def test_a_script_calls_a_tool():
    source = RUN.replace("工具箱 箱", "脚本 本") + (
        "图层 地块 来自“TB”，字段 名称\n设定 结果 为 工具“求和”（图斑：地块，下限：2平方米）\n"
        "显示 结果的总面积，结果的个数，结果的大的 的个数\n"
    )
    result = run_script(checked(source), opener(地块=SHAPES))
    assert result.printed == ["600平方米 2 2"]


def test_calls_are_checked():
    def told(call: str) -> set[str]:
        source = RUN.replace("工具箱 箱", "脚本 本")
        return {code for _, _, code in errors(source + f"图层 甲 来自“TB”\n设定 结果 为 {call}\n")}

    assert not told("工具“求和”（图斑：甲）")
    assert told("工具“求合”（图斑：甲）") == {"ZH204"}
    assert told("工具“求和”（）") == {"ZH234"}
    assert told("工具“求和”（图斑：甲，下线：1亩）") == {"ZH234"}
    assert told("工具“求和”（图斑：甲，下限：1米）") == {"ZH236"}
    assert told("工具“求和”（图斑：3）") == {"ZH236"}
    assert told("工具“求和”（图斑：甲） 的总体积") == {"ZH205"}


def test_values_out_of_range_end_a_call_in_the_same_words():
    from zhscript.engine import ScriptError

    source = RUN.replace("工具箱 箱", "脚本 本") + (
        "图层 地块 来自“TB”\n设定 限 为 0平方米 减去 5平方米\n设定 结果 为 工具“求和”（图斑：地块，下限：限）\n"
    )
    with pytest.raises(ScriptError) as caught:
        run_script(checked(source), opener(地块=SHAPES))
    assert "参数“下限”（第 7 行）应不小于 0平方米；给出的是“-5平方米”" in caught.value.message


# -- loops that an index shortens

LOOPS = """脚本 本
图层 项目 来自“XM”
图层 图斑 来自“TB”
遍历 项目 中的每个 甲（第 号 个）：
    遍历 图斑 中的每个 乙（第 序 个），其中 乙 与 甲 相交，且 乙的面积 大于 3平方米：
        显示 号，序，乙的面积
    结束
    遍历 其他 项目 中的每个 乙（第 序 个），其中 甲的2米缓冲区 与 乙 相交：
        显示 号，序
    结束
结束
"""


@pytest.mark.parametrize("seed", range(5))
def test_loops_over_what_meets_a_feature_are_those_of_the_long_way(seed):
    import random

    chance = random.Random(seed)

    def boxes(count):
        corners = [(chance.uniform(0, 40), chance.uniform(0, 40)) for _ in range(count)]
        return [box(x, y, x + chance.uniform(1, 6), y + chance.uniform(1, 6)) for x, y in corners]

    program = checked(LOOPS)
    layers = opener(项目=boxes(12), 图斑=boxes(60))
    short = run_script(program, layers, engine="interpreter").printed
    assert short == run_script(program, layers).printed
    assert short == run_script(program, layers, engine="interpreter", indexed=False).printed
    assert len(short) > 10


def test_invalid_features_are_still_told():
    from zhscript.engine import ScriptError

    bow = shapely.from_wkt("POLYGON((0 0,1 1,1 0,0 1,0 0))")
    for engine, indexed in (("interpreter", True), ("interpreter", False), ("compiled", True)):
        with pytest.raises(ScriptError, match="要素 1 图形无效"):
            layers = opener(项目=[box(50, 50, 51, 51)], 图斑=[bow])
            run_script(checked(LOOPS), layers, engine=engine, indexed=indexed)


# -- tools of other files


def test_tools_of_referenced_files_can_be_called(tmp_path):
    from zhscript import check_text

    other = "工具箱 公共\n权限 计算\n\n工具“加倍”\n参数 数：整数，不小于 2\n输出 倍：数值\n把 数 乘以 2 写入 倍\n结束\n"
    (tmp_path / "公共.zh").write_text(other, encoding="utf-8")
    head = "工具箱 主\n权限 计算\n引用“公共”\n工具“乙”\n参数 数：整数\n输出 结：数值\n"
    text = head + "设定 果 为 工具“加倍”（数：数）\n把 果的倍 写入 结\n结束\n"
    program, diagnostics = check_text(text, str(tmp_path / "主.zh"))
    assert program is not None, diagnostics
    own = {item.title: (item.file, item.line) for item in tools_of(program)}
    assert own == {"加倍": (str(tmp_path / "公共.zh"), 4), "乙": ("", 4)}
    assert run_tool(program, "乙", {"数": Fraction(4)}, opener()).values == {"结": 8}
    again = text.replace("工具“乙”", "工具“加倍”")
    _, diagnostics = check_text(again, str(tmp_path / "主.zh"))
    assert "ZH211" in [item.code for item in diagnostics]
