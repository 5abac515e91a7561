"""Repairs: tried before they are offered, told once, in the right place."""

from __future__ import annotations

import random

import pytest
from zh_mistakes import Mistakes, Tally, apply_fix, tree
from zhscript_support import CORPUS, checked

from zhscript import check_text
from zhscript.grammar.driver import parser
from zhscript.lexer import Lexer

PROGRAMS = CORPUS[0].parent
HEAD = """规则集 修改
图层 宗地 来自“ZD”，字段 编号、建筑高度（米）、用地性质（文本）、户数
图层 道路 来自“DL”
参数 限高 为 24米，依据“某规划”
"""
RULE = """规则“第{0}条”
依据《某办法》第三条
检查 宗地 中的每个 地块，其中 地块的户数 大于 0：
    设定 退界 为 地块 到 道路 的距离
    如果 地块的用地性质 属于（“0701”，“0702”），那么
        提示“居住用地{{地块的编号}}，退界{{退界：米，一位小数}}”
    结束
    要求 地块的建筑高度 不大于 限高，否则报告“超高{{地块的建筑高度}}”，标注 地块
结束
结束
"""


def errors(text: str) -> list:
    """The errors of a text."""
    return [item for item in check_text(text)[1] if item.severity == "error"]


def program(count: int = 1) -> str:
    """A program of some rules without errors."""
    return HEAD + "\n".join(RULE.format(number) for number in range(count))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_states_are_followed_as_the_parser_goes(path):
    kinds = [lexeme.kind for lexeme in Lexer(path.read_text(encoding="utf-8")).run()]
    count, states = parser().follow(kinds)
    assert count == len(kinds)
    states = []
    for place, kind in enumerate(kinds[:80]):
        states = parser().follow(kinds[:place])[1]
        assert kind in parser().acceptable(states)
    assert parser().follow(["_LET", "_LET"])[0] == 1 and "NAME" in parser().acceptable(parser().follow(["_LET"])[1])


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("不大于 限高", "小于等于 限高"),
        ("不大于 限高", "<= 限高"),
        ("不大于 限高", "不大鱼 限高"),
        ("不大于 限高", "不大 限高"),
        ("不大于 限高", "不大于 不大于 限高"),
        ("否则报告“", "否则报“"),
        ("否则报告“", "報告“"),
        ("要求 地块", "必须 地块"),
        ("要求 地块", "要求地块地块"),
        ("要求 地块的", "要求 地块"),
        ("设定 退界 为", "设定 退界为"),
        ("设定 退界 为", "設定 退界 为"),
        ("设定 退界 为", "令 退界 为"),
        ("地块 到 道路", "地块 道 道路"),
        ("地块 到 道路", "地块 道路"),
        ("属于（“0701”", "属于“0701”"),
        ("“0702”），", "“0702”，"),
        ("“0701”，", "“0701”。"),
        ("“0701”，", "‘0701”，"),
        ("“0701”，", "“0701，"),
        ("提示“居住", "提示居住"),
        ("，那么\n", "，则\n"),
        ("    结束\n", ""),
        ("    结束\n", "    结朿\n"),
        ("    结束\n", "    结束\n    结束\n"),
        ("中的每个 地块", "中的每 地块"),
        ("中的每个 地块", "里的每个 地块"),
        ("《某办法》", "《某办法"),
        ("来自“ZD”", "来自“ZD"),
        ("为 24米", "为 24公尺"),
        ("为 24米", "为 24"),
        ("地块的户数", "地块的户说"),
        ("{地块的编号}", "{地块的编好}"),
        ("：米，", "：来，"),
        ("建筑高度（米）", "建筑高渡（米）"),
        ("参数 限高 为", "参数 限搞 为"),
    ],
)
def test_common_slips_are_repaired(right, wrong):
    text = program()
    assert right in text
    slip = text.replace(right, wrong, 1)
    told = errors(slip)
    if not told:  # what cannot be told apart from a mistake is not one
        assert tree(slip) == tree(text)
        return
    fixed = [apply_fix(slip, fix) for item in told[:1] for fix in item.fixes]
    if (right, wrong) not in {("为 24米", "为 24"), ("：米，", "：来，")}:
        assert tree(text) in [tree(one) for one in fixed]
    for one in fixed:
        checked(one)


def test_every_mistake_is_told_once_where_it_is():
    """k mistakes in k blocks: k errors, one in each of these blocks."""
    chance = random.Random(11)
    for _ in range(4):
        wrong = sorted(chance.sample(range(5), chance.randint(2, 4)))
        blocks = [RULE.format(number) for number in range(5)]
        for number in wrong:
            blocks[number] = _with_one_error(blocks[number], chance.random())
        text = HEAD + "\n".join(blocks)
        first, places = HEAD.count("\n") + 1, []
        for block in blocks:
            places.append(range(first, first + block.count("\n") + 1))
            first += block.count("\n") + 1
        found = [next(n for n, lines in enumerate(places) if item.line in lines) for item in errors(text)]
        assert found == wrong, text


def _with_one_error(block: str, seed: float) -> str:
    texts = [mistake.text for mistake in Mistakes(HEAD + block, seed).draw(1) if mistake.text.startswith(HEAD)]
    random.Random(seed).shuffle(texts)
    return next(text for text in texts if len(errors(text)) == 1)[len(HEAD) :]


def test_most_mistakes_of_one_token_are_repaired():
    """A sample of benchmarks/zhscript_repairs.py."""
    tally = Tally()
    for path in CORPUS:
        text = path.read_text(encoding="utf-8")
        wanted = tree(text)
        if wanted is not None and not errors(text):
            mistakes = Mistakes(text, path.name).draw(1)
            for mistake in random.Random(path.name).sample(mistakes, min(3, len(mistakes))):
                tally.add(mistake, wanted)
    assert sum(map(sum, (counts.values() for counts in tally.outcomes.values()))) > 50
    assert tally.rate() >= 0.8
    assert not tally.bad_fixes


def test_a_name_misspelt_where_it_is_declared_is_one_error():
    text = program(3).replace("参数 限高 为", "参数 限搞 为")
    told = errors(text)
    assert len(told) == 1
    assert told[0].fixes[0]["title"] == "把声明的“限搞”改为“限高”"


def test_errors_of_readable_blocks_are_told_beside_broken_ones():
    broken = RULE.format(0).replace("要求 地块的", "要求 的")
    unknown = RULE.format(1).replace("地块的户数", "地块的人数")
    dimension = RULE.format(2).replace("不大于 限高", "不大于 3亩")
    codes = [item.code for item in errors(HEAD + broken + unknown + dimension)]
    assert codes == ["ZH120", "ZH205", "ZH245"]


def test_a_fix_that_would_hide_the_mistake_is_not_offered():
    text = "设定  为 “清溪镇”\n显示 乡镇\n"
    assert [fix for item in errors(text) for fix in item.fixes] == []


def test_texts_that_are_no_programs_are_left_alone():
    assert all(not item.fixes for item in errors("@@@@ ^^^ ~~~ ||| %%% &&& $$$\n" * 3))


LAYER = "脚本 甲\n图层 宗地 来自“ZD”，字段 建筑高度（米）\n"
QUERY = LAYER + "设定 高的 为 宗地 中的每个 块，其中 {}\n显示 高的的个数\n"


@pytest.mark.parametrize(
    "wrong, right",
    [
        ("脚本 甲\n设定限高为24米\n显示 限高\n", "脚本 甲\n设定限高 为24米\n显示 限高\n"),
        ("脚本 甲\n设定容积率上限为2.5\n显示 容积率上限\n", "脚本 甲\n设定容积率上限 为2.5\n显示 容积率上限\n"),
        ("脚本 甲\n显示 10平米\n", "脚本 甲\n显示 10平方米\n"),
        ("脚本 甲\n显示 24m\n", "脚本 甲\n显示 24米\n"),
        (QUERY.format("块的建筑高度 小于等于 24米"), QUERY.format("块的建筑高度 不大于 24米")),
        (QUERY.format("块的建筑高度 大于或等于 24米"), QUERY.format("块的建筑高度 不小于 24米")),
        (
            QUERY.format("10米 小于 块的建筑高度 小于 24米"),
            QUERY.format("10米 小于 块的建筑高度 且 块的建筑高度 小于 24米"),
        ),
        (QUERY.format("10米 ≤ 块的建筑高度 ＜ 24米"), QUERY.format("10米 ≤ 块的建筑高度 且 块的建筑高度 ＜ 24米")),
    ],
)
def test_what_is_meant_is_plain_so_nothing_else_is_offered(wrong, right):
    (told,) = errors(wrong)
    assert [tree(apply_fix(wrong, fix)) for fix in told.fixes] == [tree(right)]


def test_a_name_misspelt_where_a_loop_declares_it_is_one_error():
    text = program().replace("中的每个 地块，", "中的每个 地快，")
    (told,) = errors(text)
    assert told.fixes[0]["title"] == "把声明的“地快”改为“地块”"
    assert tree(apply_fix(text, told.fixes[0])) == tree(program())


def test_two_steps_of_one_mistake_are_one_fix():
    text = (PROGRAMS / "tour_22.zh").read_text(encoding="utf-8")
    lines = text.split("\n")
    del lines[25]
    for told in errors("\n".join(lines)):
        assert told.fixes
        for fix in told.fixes:
            checked(apply_fix("\n".join(lines), fix))


def test_errors_of_two_rules_are_repaired_one_by_one():
    text = HEAD + RULE.format(0).replace("不大于 限高", "不大鱼 限高") + RULE.format(1).replace("那么", "那麽")
    first, second = errors(text)
    assert [len(errors(apply_fix(text, item.fixes[0]))) for item in (first, second)] == [1, 1]
    both = apply_fix(apply_fix(text, second.fixes[0]), first.fixes[0])
    checked(both)


def test_a_lost_name_is_not_put_in_the_place_of_another():
    """The name that a declaration has lost is told as not known elsewhere: no fix of either would be meant."""
    text = (
        "规则集 甲\n图层 项目 来自“XM”\n参数  为 1平方米\n检查 项目 中的每个 子：\n    要求 子的面积 大于 误差\n结束\n"
    )
    told = errors(text)
    assert len(told) == 2
    assert not [fix for item in told for fix in item.fixes]


@pytest.mark.parametrize(
    "wrong, right",
    [
        ("设定 甲 为 0\n设定 甲 为 甲 加上 1\n显示 甲\n", "变量 甲 为 0\n甲 改为 甲 加上 1\n显示 甲\n"),
        ("变量 甲 为 0\n设定 甲 为 甲 加上 1\n显示 甲\n", "变量 甲 为 0\n甲 改为 甲 加上 1\n显示 甲\n"),
    ],
)
def test_a_name_bound_twice_was_to_be_changed(wrong, right):
    (error,) = errors(wrong)
    assert [apply_fix(wrong, fix) for fix in error.fixes] == [right]


def test_in_a_rule_a_name_bound_twice_is_not_respelt():
    text = program().replace("    如果", "    设定 退界 为 2米\n    如果", 1)
    (error,) = errors(text)
    assert error.code == "ZH202" and not error.fixes


def test_other_fixes_are_tried_on_the_whole_text():
    tested = "测试“一”\n    已知 道路 为 列表（要素（形状：矩形（0，0，1，1）））\n    期望 1 等于 1\n结束\n"
    wrong = program().replace("到 道路 的距离", "到 道 的距离", 1) + tested
    (error,) = errors(wrong)
    fixed = [apply_fix(wrong, fix) for fix in error.fixes]
    assert fixed and not [text for text in fixed if errors(text)]


def test_braces_that_hold_no_value_are_to_be_doubled():
    wrong = "设定 问 为 “SELECT ?s WHERE { ?s ?p ?o } LIMIT 2”\n显示 问\n"
    (error,) = errors(wrong)
    assert "写两遍" in error.message
    assert apply_fix(wrong, error.fixes[0]) == wrong.replace("{ ?s ?p ?o }", "{{ ?s ?p ?o }}")
