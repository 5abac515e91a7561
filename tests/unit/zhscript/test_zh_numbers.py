"""Numbers, units, numerals, rounding; scripts' mistakes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zhscript_support import checked

from zhscript import check_text
from zhscript.engine import ScriptError, run_script
from zhscript.engine.functions import IMPLEMENTED
from zhscript.engine.functions_outside import OUTSIDE
from zhscript.engine.functions_tables import TABLES
from zhscript.engine.interpreter.calls import SHAPE_FUNCTIONS
from zhscript.engine.values import Quantity, plain_text, round_half_even, show
from zhscript.formats import read_formats
from zhscript.library import FUNCTIONS
from zhscript.units import AREA, find_unit, han_number, number, quantity, ratio

HAN_DIGITS = "零一二三四五六七八九"


def to_han(value: int) -> str:
    """An independent writer of Han numerals below 10⁸."""
    if value >= 10_000:
        above, below = divmod(value, 10_000)
        return to_han(above) + "万" + ("" if not below else ("零" if below < 1000 else "") + to_han(below))
    text, zero = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // power % 10
        if digit:
            text += ("零" if zero and text else "") + HAN_DIGITS[digit] + name
            zero = False
        else:
            zero = True
    return text or "零"


@given(st.integers(0, 99_999_999))
def test_han_numerals_come_back(value):
    assert han_number(to_han(value)) == value


@pytest.mark.parametrize(
    "text, value",
    [
        ("五百", 500),
        ("一万二千", 12000),
        ("十五", 15),
        ("两千零六", 2006),
        ("二〇二四", 2024),
        ("1.2万", 12000),
        ("１２．５", 12.5),
    ],
)  # fmt: skip
def test_numerals(text, value):
    assert number(text) == Fraction(value)


@pytest.mark.parametrize(
    "text, value",
    [
        ("25%", "1/4"),
        ("3‰", "3/1000"),
        ("三分之一", "1/3"),
        ("百分之八十", "4/5"),
        ("千分之五", "1/200"),
        ("百分之2.5", "1/40"),
    ],
)
def test_ratios(text, value):
    assert ratio(text) == Fraction(value)


def test_areas_are_exact():
    def base(text):
        value, unit = quantity(text)
        return value * unit.factor

    assert base("15亩") == base("1公顷") == 10_000
    assert base("1亩") == Fraction(2000, 3)
    assert base("3.5万元每亩") == Fraction(35_000 * 3, 2000)


@given(st.fractions(min_value=0, max_value=10**9), st.sampled_from(["亩", "公顷", "平方公里", "万亩", "平方米"]))
def test_conversion_and_back_is_exact(value, word):
    unit = find_unit(word)
    assert value * unit.factor / unit.factor == value
    assert unit.dimension == AREA


@pytest.mark.parametrize(
    "value, digits, text",
    [
        (2.5, 0, "2"), (3.5, 0, "4"), (2.675, 2, "2.68"), (2.665, 2, "2.66"), (-2.5, 0, "-2"), (1.25, 1, "1.2"),
        (1 / 3, 4, "0.3333"), (0.05, 1, "0.0"), (12.15, 1, "12.2"), (0.995, 2, "1.00"),
    ],
)  # fmt: skip
def test_rounding_is_half_to_even(value, digits, text):
    form, unknown = read_formats([f"{digits}位小数"])
    assert unknown is None
    assert show(value, form) == text
    assert round_half_even(value, digits) == Fraction(text)


@pytest.mark.parametrize(
    "value, text",
    [
        (0.1 + 0.2, "0.3"), (1e-7, "0.0000001"), (320214000000012345, "320214000000012345"), (1e15, "1000000000000000"),
        (-0.0, "0"), (2.5, "2.5"), (Fraction(2000, 3), "666.666666667"), (-1234.5, "-1234.5"),
    ],
)  # fmt: skip
def test_plain_numbers(value, text):
    assert plain_text(value) == text


def test_quantities_always_show_their_unit():
    assert show(Quantity(Fraction(2000, 3), AREA), read_formats(["亩"])[0]) == "1亩"
    assert show(Quantity(1234.5, AREA)) == "1234.5平方米"
    assert show(Quantity(1234.5, AREA), read_formats(["不带单位", "取整"])[0]) == "1234"


def test_every_library_function_is_there():
    assert set(FUNCTIONS) == set(IMPLEMENTED) | SHAPE_FUNCTIONS | {"排序", "分组"} | set(TABLES) | set(OUTSIDE)


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("设定 甲 为 列表（）\n显示 甲的平均值", 2, "列表是空的"),
        ("设定 甲 为（1，2）\n显示 甲的第3个", 2, "没有第 3 个"),
        ("设定 甲 为 0\n显示 5 除以 甲", 2, "除数是零"),
        ("函数 甲（乙：整数）\n返回 甲（乙 加上 1）\n结束\n显示 甲（1）", 2, "一层层调用"),
        ("设定 甲 为 字典（名称：1）\n显示 甲的名字", 2, "没有“名字”"),
        ("变量 甲 为 2.5\n重复 100 次：\n甲 改为 甲 乘以 甲\n结束\n显示 甲", 5, "太大"),
        ("变量 甲 为 1\n重复 2000 次：\n甲 改为 甲 乘以 2\n结束\n显示 甲", 5, "太大"),
        ("循环 甲 从 1 到 2，每次增加 0：\n显示 甲\n结束", 1, "大于零"),
        ("显示 “a”的转为数值", 1, "不能转为数值"),
        ("显示 “2024-02-30”的转为日期", 1, "不能转为日期"),
        ("报错“停”", 1, "停"),
        ("变量 甲 为 2\n重复 100 次：\n甲 改为 甲 乘以 甲\n结束", 3, "太大"),
        ("显示 乘方（9，99999）", 1, "太大"),
        ("显示 （1 至 99999999）的个数", 1, "太长"),
        ("设定 甲 为 字典（值：空）\n显示 甲的值 加上 1", 2, "为空"),
        ("显示 由WKT（“POLYGON((”）的面积", 1, "WKT"),
    ],
)
def test_mistakes_at_run_time_have_their_line(text, line, words):
    program, diagnostics = check_text(text)
    assert program is not None, diagnostics
    with pytest.raises(ScriptError) as caught:
        run_script(program, None)
    assert (caught.value.line, words in caught.value.message) == (line, True), caught.value.message


@pytest.mark.parametrize(
    "condition",
    [
        "15亩 等于 1公顷", "三分之一 加上 三分之一 加上 三分之一 等于 1", "0.1 加上 0.2 等于 0.3",
        "7亩 除以 7 等于 1亩", "1亩 乘以 3 换算为 平方米 等于 2000", "甲 乘以 3 等于 1",
        "乙 加上 乙 加上 乙 等于 2000平方米",
    ],
)  # fmt: skip
def test_constants_are_exact(condition):
    program = checked(f"设定 甲 为 三分之一\n设定 乙 为 1亩\n如果 {condition}，那么 显示“真”")
    assert run_script(program, None).printed == ["真"]


@pytest.mark.parametrize(
    "header, turns",
    [
        ("从 0 到 0.3，每次增加 0.1", 4), ("从 0 到 1，每次增加 六分之一", 7), ("从 0亩 到 15亩，每次增加 1亩", 16),
        ("从 5 到 1，每次减少 2", 3), ("从 1 到 0", 0), ("从 一亿 到 一亿", 1),
    ],
)  # fmt: skip
def test_turns_are_counted_exactly(header, turns):
    program = checked(f"变量 数 为 0\n循环 甲 {header}：\n数 增加 1\n结束\n显示 数")
    assert run_script(program, None).printed == [str(turns)]


def test_every_expression_has_a_type():
    program = checked("设定 甲 为 3亩 加上 1公顷\n显示 甲 换算为 亩")
    binding, shown = program.items
    assert program.types[binding.value].dimension == AREA
    assert program.constants.get(shown.values[0]) == 18


def test_lists_are_values():
    text = "变量 甲 为（1，2）\n设定 乙 为 甲\n把 3 加入 甲\n显示 甲的个数，乙的个数"
    assert run_script(checked(text), None).printed == ["3 2"]


def test_data_is_never_read_as_a_template():
    text = "设定 甲 为 拼接（（「{1 加上 1}」，「」））\n显示“{甲}”"
    assert run_script(checked(text), None).printed == ["{1 加上 1}"]
