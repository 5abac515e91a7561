"""A document tells after every edit what a check of the whole text tells."""

from __future__ import annotations

import random

import pytest

import zhscript
from zhscript import check_text, session
from zhscript.session import Document

TEXT = """规则集 编辑
图层 项目 来自“XM”，字段 编号、高度（米）、用途
图层 农田 来自“NT”
参数 误差面积 为 1平方米，依据“规定”
函数 折算（占地：面积） 为 占地 换算为 亩

规则“占用”
依据《土地管理法》第三十五条
检查 项目 中的每个 地块：
    设定 部分 为 地块 与 农田 的相交部分
    要求 部分 的面积 不大于 误差面积，否则报告“占{部分 的面积：亩，两位小数}”
结束
结束

规则“高度”
依据“规定”
检查 项目 中的每个 地块：
    设定 限高 为 24米
    如果 地块的用途 等于“甲”，那么 跳过
    要求 地块的高度 不大于 限高，或者 地块的高度 不大于 30米
结束
结束
设定 常数 为 3

测试“换算”
    期望 折算（1公顷） 等于 15
    期望 常数 等于 3
结束

规则“面积”
检查 项目 中的每个 地块，其中 地块的面积 大于 误差面积：
    要求 折算（地块的面积） 大于 常数
结束
结束
"""
WORDS = "地块 的高度 不大于 5米 24 限高 为 常数 （ “ 跳过 折算 新名 甲 误差 部分 。"
PIECES = WORDS.split()
PIECES += ["\n", " ", "注：说明\n", "设定 新名 为 1\n", "结束\n", "要求 真\n", "依据“某”\n", "规则“高度”\n"]


@pytest.fixture
def whole(monkeypatch):
    """How many whole checks the documents have made."""
    calls: list[str] = []

    def counted(text, *rest):
        calls.append(text)
        return check_text(text, *rest)

    monkeypatch.setattr(session, "check_text", counted)
    return calls


@pytest.mark.parametrize("seed", range(6))
def test_random_edits(seed, monkeypatch):
    monkeypatch.setattr(zhscript, "_repaired", lambda *arguments: arguments[-1])  # repairs take long and are not ours
    chance = random.Random(seed)
    document, text = Document(TEXT), TEXT
    for _ in range(60):
        if chance.random() < 0.4:
            text = TEXT
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 0, 1, 2, 6)))
        text = text[:start] + chance.choice(PIECES) + text[end:]
        assert document.update(text) == check_text(text)[1], text
        assert (document.program is None) == any(item.severity == "error" for item in document.diagnostics)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("24米", "25.5米"),
        ("24米", "2亩 除以 3米"),
        ("设定 限高 为 24米", "设定 限高 为 24米\n    设定 新限值 为 限高 加上 1米"),
        ("期望 常数 等于 3", "期望 常数 等于 4"),
        ("    如果 地块的用途 等于“甲”，那么 跳过\n", ""),
        ("依据“规定”\n检查", "检查"),
    ],
)
def test_an_edit_inside_a_block_checks_that_block_only(whole, before, after):
    document = Document(TEXT)
    count = len(whole)
    for text in (TEXT.replace(before, after), TEXT, TEXT.replace(before, after)):
        assert document.update(text) == check_text(text)[1]
    assert len(whole) == count


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("参数 误差面积 为 1平方米", "参数 误差面积 为 1米"),
        ("设定 限高 为 24米", "设定 常数 为 24米"),  # hides a name of the file
        ("规则“高度”", "规则“占用”"),
        ("设定 限高 为 24米", "设定 限高 为 24米\n    设定 的高 为 限高"),  # a name that occurs elsewhere
        ("24米", "24里"),
    ],
)
def test_an_edit_that_others_may_depend_on_checks_everything(before, after):
    document = Document(TEXT)
    text = TEXT.replace(before, after)
    assert document.update(text) == check_text(text)[1]
    assert document.update(TEXT) == check_text(TEXT)[1]


def test_a_rule_sees_what_was_declared_before_it(whole):
    document = Document(TEXT)
    text = TEXT.replace("设定 限高 为 24米", "设定 限高 为 24米 乘以 常数")  # 常数 is declared later
    told = document.update(text)
    assert told == check_text(text)[1]
    assert any(item.severity == "error" for item in told)
    assert document.update(TEXT) == check_text(TEXT)[1]
