"""Hover, outline, renaming, references, dictionaries."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from zhscript_support import CORPUS, checked

from zhscript import check_text
from zhscript.diagnostics import Fix
from zhscript.editing import dictionaries
from zhscript.editing.colours import colours
from zhscript.editing.complete import complete
from zhscript.editing.folding import folds
from zhscript.editing.format import format_text
from zhscript.editing.hover import hover
from zhscript.editing.lint import lint
from zhscript.editing.model import read_model
from zhscript.editing.outline import outline
from zhscript.editing.rename import Refused, rename
from zhscript.editing.signature import signature

TEXT = """规则集 用地
图层 宗地 来自“ZD”，字段 编号、用地性质 来自“YDXZ”、高度（米）
图层 农田 来自“YJJBNTTB”
参数 限高 为 24米，依据“某规范”
参数 最小 为 15亩，依据“某规范”
函数 折算（占地：面积） 为 占地 换算为 亩
规则“高度”
依据“某规范”
检查 宗地 中的每个 地块，其中 地块的用地性质 等于“0101”：
    设定 占用 为 地块 与 农田 的相交面积
    要求 地块的高度 不大于 限高，且 占用 不大于 最小，否则报告“{地块的编号}占{折算（占用）：取整}亩，高{地块的高度：米}”
结束
结束
例外“小项目” 针对“高度”
依据“某规范”
条件 占用 小于 1平方米，且 地块的“编号” 不为空
结束
测试“甲”
    已知 宗地 为 列表（要素（编号：“1”，高度：3米，形状：矩形（0，0，1，1）））
    已知 农田 为 列表（要素（形状：矩形（0，0，1，1）））
    期望 规则“高度” 的报告 的第1个 的占用 小于 1公顷
结束
"""
EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "zhscript" / "范例").glob("*.zh"))


def about(words: str, behind: int = 0, text: str = TEXT) -> str:
    """What is shown over the first place of some words."""
    found = hover(read_model(text), text.index(words) + behind)
    return "\n".join(found.lines) if found else ""


def test_hover_tells_declaration_type_and_standard_meaning():
    assert "永久基本农田图斑" in about("农田 来自") and "第 3 行" in about("农田 的相交面积")
    assert "YDXZ" in about("用地性质 等于") and "米" in about("高度 不大于")
    assert "15亩" in about("最小，否则") and "1公顷" in about("最小，否则")
    assert "平面面积" in about("占用 不大于") and "折算" in about("折算（占用）")


def test_hover_converts_numbers_and_names_codes():
    assert about("15亩") == "15亩 = 10000平方米 = 1公顷 = 0.01平方千米"
    assert "水田" in about("“0101”", 2) and "三调工作分类" in about("“0101”", 2)
    assert "面" in about("“YJJBNTTB”", 3)


def test_what_is_not_checked_against_its_source_says_so():
    assert "（未核实）" in about("“0101”", 2)
    doubtful = next(layer for layer in dictionaries.layers() if layer.confidence == "M")
    text = f"图层 甲 来自“{doubtful.code}”"
    assert "（未核实）" in about("甲 来自", 0, text)


def test_outline():
    entries = outline(read_model(TEXT))
    assert [(entry.kind, entry.name) for entry in entries] == [
        ("图层", "宗地"),
        ("图层", "农田"),
        ("参数", "限高"),
        ("参数", "最小"),
        ("函数", "折算"),
        ("规则", "高度"),
        ("例外", "小项目"),
        ("测试", "甲"),
    ]
    for entry in entries:
        assert TEXT[entry.name_start : entry.name_end] == entry.name


def renamed(words: str, new: str, text: str = TEXT, behind: int = 0) -> str:
    """The text after renaming what stands at the first place of some words."""
    edits = rename(read_model(text), text.index(words) + behind, new)
    return Fix("", tuple(edits)).apply(text)


@pytest.mark.parametrize(
    ("words", "new", "count"),
    [
        ("占用 为", "压占面积", 5),
        ("高度（米）", "檐口高度", 4),
        ("编号、", "宗地编号", 4),
        ("地块，其中", "宗", 7),
        ("农田 来自", "基本农田", 3),
        ("折算（占地", "亩数", 2),
        ("占地：面积", "大小", 2),
        ("限高 为", "高度上限", 2),
    ],
)
def test_renaming_reaches_every_place(words, new, count):
    after = renamed(words, new)
    assert after.count(new) - TEXT.count(new) == count
    checked(after)
    old = words.split(" ")[0].split("（")[0].split("、")[0].split("，")[0].split("：")[0]
    assert renamed(f"{new}", old, after, 0) is not None


def test_renaming_writes_brackets_and_the_column():
    after = renamed("高度（米）", "高度（m）")
    assert "【高度（m）】（米） 来自“高度”" in after and "{地块的【高度（m）】：米}" in after
    checked(after)
    glued = "设定 甲 为 3\n显示 甲加上1，1加上甲"
    assert renamed("甲 为", "乙丙", glued) == "设定 乙丙 为 3\n显示 乙丙加上1，1加上乙丙"
    assert "【与】" in renamed("甲 为", "与", "设定 甲 为 3\n显示 甲 加上 1")


@pytest.mark.parametrize(
    ("words", "new", "reason"),
    [
        ("占用 为", "限高", "已经用过"),
        ("高度（米）", "编号", "已经用过"),
        ("占用 为", "", "不能为空"),
        ("占用 为", "甲__乙", "下划线"),
        ("占用 为", "甲”乙", "引号"),
        ("规则集", "甲", "不是可以改名的名字"),
        ("相交面积", "甲", "不是可以改名的名字"),
    ],
)
def test_renaming_that_would_change_meaning_is_refused(words, new, reason):
    with pytest.raises(Refused) as refusal:
        renamed(words, new)
    assert reason in refusal.value.message


def test_a_field_does_not_take_the_name_of_a_measure_that_is_used():
    text = TEXT.replace("地块的高度 不大于 限高", "地块的高度 不大于 限高，且 地块的面积 大于 1亩")
    with pytest.raises(Refused):
        renamed("编号、", "面积", text)


def test_every_renaming_of_the_worked_scripts_still_checks():
    for path in EXAMPLES[:6]:
        text = path.read_text(encoding="utf-8")
        model = read_model(text)
        for symbol in model.symbols:
            edits = rename(model, symbol.declared.start, "改过的名字")
            program, found = check_text(Fix("", tuple(edits)).apply(text))
            assert program is not None, (path.name, symbol.text, [item.message for item in found])


def test_signatures():
    model = read_model("函数 甲（乙：面积，丙：长度） 为 乙\n显示 甲（1亩，2米），“abc” 的截取（1，")
    own = signature(model, model.text.index("2米"))
    assert own.label == "甲（乙：面积，丙：长度）" and own.active == 1
    library = signature(model, len(model.text))
    assert library.label.startswith("截取（") and library.active == 2


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_colours_cover_the_text_once(path):
    text = path.read_text(encoding="utf-8")
    end = 0
    for colour in colours(read_model(text)):
        assert end <= colour.start < colour.end <= len(text)
        end = colour.end


def test_texts_with_mistakes_are_read_as_far_as_possible():
    broken = TEXT.replace("不大于 限高，且", "不大与 限高 且且")
    assert "24米" in about("限高 为", 0, broken)
    assert [entry.name for entry in outline(read_model(broken))][:2] == ["宗地", "农田"]
    for path in CORPUS:
        text = path.read_text(encoding="utf-8")
        for cut in range(0, len(text), 97):
            piece = text[:cut]
            model = read_model(piece)
            outline(model), colours(model), hover(model, cut // 2), signature(model, cut)


def _everything(text: str, offset: int) -> None:
    """Ask for all that an editor can ask for."""
    model = read_model(text)
    complete(text, offset, model)
    with contextlib.suppress(Refused):
        rename(model, offset, "新的名字")
    for ask in (outline, colours, lint):
        ask(model)
    for ask_at in (hover, signature):
        ask_at(model, offset)
    folds(text)


def test_damaged_texts_break_nothing():
    chance = random.Random(6)
    texts = [path.read_text(encoding="utf-8") for path in [*CORPUS, *EXAMPLES]]
    added = '，。；：、“”"（）()【】 \n\u3000=-+与的为到且a1年亩#注《》{}\r\U00020000\u2028'
    for _ in range(60):
        text = chance.choice(texts)
        for _ in range(chance.choice([1, 2, 5, 12])):
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice([*added, "结束", ""]) + text[place + chance.randrange(3) :]
        _everything(text, chance.randrange(len(text)))


EXTREMES = {
    "brackets": "设定 甲 为 " + "（" * 10_000,
    "blocks": "如果 真，那么\n" * 600 + "显示 1\n" + "结束\n" * 600,
    "sum": "显示 " + "1 加上 " * 3_000 + "1",
    "name": "设定 " + "甲" * 100_000 + " 为 1",
    "holes": "显示 “" + "{" * 10_000 + "”",
    "quotes": "显示 “" + "“" * 3_000 + "”" * 3_000 + "”",
    "lines": "\n" * 50_000,
    "chain": "显示 甲" + "的面积" * 5_000,
}


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES)
def test_extreme_texts_break_nothing(text):
    _everything(text, len(text))
    formatted = format_text(text)
    assert format_text(formatted) == formatted
