"""Blank-free conditions over real names are read as they are meant, or said to be ambiguous."""

from __future__ import annotations

import random

import pytest
from zh_segmentation import Generator, Readings, field_names, layer_names, place_names

import zhscript
from zhscript import check_text
from zhscript.lexer import Lexer

END = "结束\n结束\n"


def judge(generator: Generator, count: int) -> tuple[int, int, int]:
    """(misread, ambiguous without notice, with notice) of so many conditions of one file.

    A condition is misread when it is accepted and means something else; it is ambiguous when it is accepted and one of
    the other ways to read it, written with blanks between the words, would be accepted too.
    """
    head = generator.head()
    conditions = [generator.condition() for _ in range(count)]
    lexemes = Lexer(head + "".join(f"{condition.text}\n" for condition in conditions) + END).cut()
    lines = lexemes.lines[len(lexemes.lines) - count - 3 :]
    readings = Readings({*generator.fields, *generator.layers, *generator.values, "地块"})
    misread = unnoticed = noticed = 0
    for number, condition in enumerate(conditions):
        begin, end = lines[number], lines[number + 1] - 1
        read = list(zip(lexemes.kinds[begin:end], lexemes.texts[begin:end]))
        possible = readings.of(condition.text)
        assert condition.tokens in possible, condition.text
        if possible == [read]:
            continue
        _, told = check_text(f"{head}{condition.text}\n{END}")
        errors = {item.code for item in told if item.severity == "error"}
        others = [" ".join(text for _, text in other) for other in possible if other != read]
        accepted = any(check_text(f"{head}{other}\n{END}")[0] is not None for other in others)
        noticed += "ZH131" in errors
        misread += not errors and read != condition.tokens
        unnoticed += not errors and accepted
    return misread, unnoticed, noticed


@pytest.mark.data
@pytest.mark.parametrize("seed", range(8))
def test_no_condition_is_misread(seed, data_folder, monkeypatch):
    monkeypatch.setattr(zhscript, "_repaired", lambda *arguments: arguments[-1])  # repairs take long and change nothing
    chance = random.Random(seed)
    places = place_names(data_folder)
    generator = Generator(chance, [*field_names(), *places], layer_names(), places)
    misread, unnoticed, noticed = judge(generator, 100)
    assert (misread, unnoticed) == (0, 0)
    assert noticed or not any("的" in name for name in generator.values)


AMBIGUOUS = """规则集 甲
图层 宗地 来自“ZD”，字段 高度（米）
规则“一”
依据“乙”
检查 宗地 中的每个 地块：
    设定 地块的高度 为 5米
    要求 {} 大于 3米
结束
结束
"""


def test_two_readings_are_shown_and_each_can_be_chosen():
    text = AMBIGUOUS.format("地块的高度")
    program, told = check_text(text)
    assert program is None
    assert [(item.line, item.column, item.end_column) for item in told if item.code == "ZH131"] == [(7, 8, 13)]
    fixes = next(item.fixes for item in told if item.code == "ZH131")
    assert [fix["edits"][0]["text"] for fix in fixes] == ["【地块的高度】", "地块 的 高度"]


@pytest.mark.parametrize("written", ["【地块的高度】", "地块 的 高度", "地块的 高度"])
def test_a_chosen_reading_is_accepted(written):
    program, told = check_text(AMBIGUOUS.format(written))
    assert program is not None, told


def test_words_that_only_look_ambiguous_are_accepted():
    names = "".join(f"设定 {name} 为 3\n" for name in ("高度", "建筑高度", "其他费用", "费用"))
    text = f"脚本 甲\n{names}显示 建筑高度加上其他费用加上高度"
    program, told = check_text(text)
    assert program is not None, told
