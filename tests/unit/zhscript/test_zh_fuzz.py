"""No text brings the front end down, and every message is Chinese."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zhscript_support import CORPUS

from zhscript import check_text
from zhscript.lexer import Lexer
from zhscript.vocabulary import CONNECTIVES, LIBRARY_WORDS, MARKS, STATEMENT_WORDS

_SAMPLES = """甲 乙 地块 15亩 3.5万元每亩 三分之一 25% 2024年6月1日 “文{甲：亩}字” “ ” 《法》 第三条 第2个 【名（字）】
{ } < __ 12,000 3。5 5里 \u202e 注： //"""
WORDS = [
    *sorted({*STATEMENT_WORDS, *CONNECTIVES, *LIBRARY_WORDS, *MARKS}),
    *_SAMPLES.split(),
    "\n",
    "\n",
    " ",
    "\u3000",
]
ENGLISH = re.compile("[A-Za-z_]{2,}")


def assert_sound(text: str) -> None:
    _, diagnostics = check_text(text)
    lines = text.split("\n")
    for item in diagnostics:
        assert 1 <= item.line <= item.end_line <= len(lines)
        assert 1 <= item.column <= len(lines[item.line - 1]) + 1
        assert (item.line, item.column) <= (item.end_line, item.end_column)
        assert re.fullmatch("ZH[0-9]{3}", item.code)
        own = {word.upper() for word in ENGLISH.findall(text)} | {"WKT", "EPSG"}  # terms of the trade
        foreign = [word for word in ENGLISH.findall(item.message) if word.upper() not in own]
        assert not foreign, item.message


@given(st.lists(st.sampled_from(WORDS), max_size=60))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_words_in_any_order(words):
    assert_sound("".join(words))


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text(text):
    assert_sound(text.replace("\r", " "))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_mutated_programs(path):
    source = path.read_text(encoding="utf-8")
    lexemes = [lexeme for lexeme in Lexer(source).run() if lexeme.end > lexeme.start]
    chance = random.Random(path.name)
    for _ in range(25):
        first, second = sorted(chance.sample(range(len(lexemes)), 2))
        a, b = lexemes[first], lexemes[second]
        kind = chance.randrange(4)
        if kind == 0:
            text = source[: a.start] + source[a.end :]
        elif kind == 1:
            text = source[: a.start] + b.text + source[a.end : b.start] + a.text + source[b.end :]
        elif kind == 2:
            text = source[: a.end] + chance.choice(WORDS) + source[a.end :]
        else:
            text = source[: b.start]
        assert_sound(text)


@pytest.mark.parametrize(
    "text",
    [
        "设定 甲 为 " + "（" * 10_000,
        "设定 甲 为 " + "（" * 50 + "1" + "）" * 50,
        "设定 甲 为 " + "－" * 5_000 + "1",
        "设定 甲 为 1" + " 加上 1" * 5_000,
        "如果 真\n" * 3_000,
        "结束\n" * 3_000,
        "设定 甲 为 " + "并非 " * 3_000 + "真",
        "设定 甲 为 “" * 2_000,
        "“{" * 2_000,
        "显示 " + "，".join(["1"] * 20_000),
        "甲" * 200_000,
        "1" * 200_000,
        "第" * 5_000 + "个",
        "中的每个" * 50_000,
        "中的每个 甲（" * 20_000,
        "图层 甲；" * 50_000,
        "设定 甲 为 1\n如果 甲 " + "大鱼" * 50_000,
        "引用“" * 20_000,
        "一" * 100_000 + "甲",
        "\ufeff显示 1\r\n显示 2\r\n",
    ],
    ids=range(20),
)
def test_extreme_texts_end_quickly(text):
    assert_sound(text)


def test_a_huge_text_is_refused():
    _, diagnostics = check_text("显示 1\n" * 500_000)
    assert [item.code for item in diagnostics] == ["ZH100"]


def test_bidirectional_controls_are_refused():
    _, diagnostics = check_text("显示 1 \u202e")
    assert [(item.line, item.column, item.code) for item in diagnostics] == [(1, 6, "ZH103")]
