"""No text brings the front end down, and every message is Chinese."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zh_fuzz import WORDS, examine, programs

from zhscript import check_text


def assert_sound(text: str) -> None:
    assert examine(text) == []


@given(st.lists(st.sampled_from(WORDS), max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_words_in_any_order(words):
    assert_sound("".join(words))


@given(st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_text(text):
    assert_sound(text.replace("\r", " "))


def test_a_sample_of_all_kinds():
    """The whole count is in benchmarks/zhscript_fuzz.py."""
    for _, text in programs(44, 5):
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
