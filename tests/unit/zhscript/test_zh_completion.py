"""Completion: what is offered, in which order, and that it can be written as it is offered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from zhscript_support import CORPUS, checked

from zhscript.data import read_table
from zhscript.editing.complete import complete, needs_quotes
from zhscript.editing.model import read_model
from zhscript.editing.pinyin import NameIndex, readings
from zhscript.lexer import Lexer
from zhscript.names import declarations
from zhscript.vocabulary import CONNECTIVES, STATEMENT_WORDS

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "zhscript" / "范例").glob("*.zh"))

HEAD = (
    "规则集 甲\n图层 宗地 来自“ZD”，字段 编号、用地性质、建筑高度（米）、【容积率（计容）】\n图层 道路 来自“DL”\n"
    "参数 最小退界 为 5米\n函数 折算亩数（占地：面积） 为 占地 换算为 亩\n"
)
CHECK = HEAD + "规则“高”\n依据“乙”\n检查 宗地 中的每个 地块：\n    设定 占用 为 地块 与 道路 的相交部分\n    "


def offered(text: str) -> list[str]:
    """The labels offered at the end of a text."""
    return [item.label for item in complete(text, len(text))]


def written(text: str, label: str) -> str:
    """The text with an entry of the list taken, its places to fill in left empty."""
    item = next(item for item in complete(text, len(text)) if item.label == label)
    return text[: item.start] + item.insert + text[item.end :]


FIRST = {
    CHECK + "要求 地块的jz": "建筑高度",
    CHECK + "设定 乙 为 道路 的500米hcq": "缓冲区",
    HEAD + "测试“甲”\n    已知 宗地 为 列表（要素（ydxz": "用地性质",
    HEAD + "显示 折算亩数（zd": "占地",
    "参数 甲 为 5米，yj": "依据",
    "图层 宗地 来自“ZD”，字段 编号（wb": "文本",
    "显示（1 至 10）的pjz": "平均值",
    "sm": "说明",
    CHECK + "要求 地块的建zhu": "建筑高度",
    CHECK + "要求 地块的建筑gd": "建筑高度",
    CHECK + "要求 地块的建筑高度bda": "不大于",
    CHECK + "要求 地块的建筑高度 budayu": "不大于",
    CHECK + "要求 地块的建筑高度 不大于 zuix": "最小退界",
    CHECK + "要求 地块的建筑高度 不大于 5m": "亩",
    CHECK + "要求 地块的建筑高度 不大于 24平": "平方米",
    CHECK + "要求 地块的建筑高度 不大于 5米，fzbg": "否则报告",
    CHECK + "要求 占用的mj": "面积",
    CHECK + "要求 地块 到 道路 的juli": "距离",
    CHECK + "设定 乙 为 地块 与 道路 的xjmj": "相交面积",
    CHECK + "要求 真，否则报告“高{地块的jz": "建筑高度",
    CHECK + "要求 真，否则报告“高{地块的建筑高度：lwxs": "两位小数",
    CHECK + "yq": "要求",
    CHECK + "js": "结束",
    CHECK + "要求 地块的用地性质 等于“0703": "0703",
    CHECK + "要求 地块的用地性质 等于“shuit": "0101",
    HEAD + "规则“高”\ndj": "等级",
    HEAD + "规则“高”\n等级“": "强制",
    HEAD + "检查 zd": "宗地",
    HEAD + "检查 宗地 中的每个 地块，其中 地块的中心点 所在的 dl": "道路",
    HEAD + "设定 甲 为 zsms": "折算亩数",
    HEAD + "面积口径 tq": "椭球面积",
    HEAD + "坐标系“120": "EPSG:4549",
    CHECK + "要求 真\n结束\n结束\n例外“小” 针对“高”\n条件 zy": "占用",
    CHECK + "要求 真\n结束\n结束\n测试“甲”\n期望 规则“高” 的报告的第1个 的zy": "占用",
    "图层 yjjbnt": "永久基本农田图斑",
    "图层 农田 来自“永久": "YJJBNTTB",
    "图层 地类图斑 来自“DLTB”，字段 tbmj": "图斑面积",
    "图层 地类图斑 来自“DLTB”，字段 标识码、dileibm": "地类编码",
    "图层 地类图斑 来自“DLTB”，字段 编码 来自“DLB": "DLBM",
    "设定 甲 为 15亩 换算为 gongq": "公顷",
    "设定 甲：mj": "面积",
    "变量 甲 为 列表（1，2）\n显示 甲的zh": "总和",
    "设定 甲 为 2024年6月1日\n显示 甲的nf": "年份",
    "权限 gl": "管理",
    "gzj": "规则集",
}


@pytest.mark.parametrize("text", FIRST, ids=lambda text: text[-12:])
def test_the_first_entry(text):
    assert offered(text)[:1] == [FIRST[text]]


def test_what_is_inserted():
    assert written("图层 yjjbnt", "永久基本农田图斑") == "图层 永久基本农田图斑 来自“YJJBNTTB”"
    fields = "图层 地类图斑 来自“DLTB”，字段 "
    assert written(fields + "tbmj", "图斑面积") == fields + "图斑面积（平方米） 来自“TBMJ”"
    assert written(CHECK + "要求 地块的rjl", "容积率（计容）").endswith("地块的【容积率（计容）】")
    for text in ("图层 yjjbnt", fields + "tbmj"):
        checked(written(text, offered(text)[0]) + "\n")


def test_nothing_where_nothing_fits():
    for text in ("设定 ", "# 注释里jz", "显示 “文字里jz", "检查 宗地 中的每个 ", CHECK + "要求 地块的mymmm"):
        assert offered(text) == [], text
    assert not {"设定", "跳出", "如果"} & set(offered(CHECK + "要求 地块的"))
    assert "要求" not in offered("y") and "规则" not in offered(CHECK + "gz")


def test_names_end_with_their_block():
    assert "占用" in offered(CHECK + "要求 zhany") and "占用" not in offered(CHECK + "结束\n结束\n设定 甲 为 zhany")


def test_snippets_become_programs():
    text = HEAD + "规则"
    snippet = next(item for item in complete(text, len(text)) if item.snippet).insert
    filled = snippet
    for number, word in enumerate(["名称", "甲法", "强制", "宗地", "地块", "地块的建筑高度 不大于 24米", "太高"], 1):
        start = filled.index(f"${{{number}:")
        filled = filled[:start] + word + filled[filled.index("}", start) + 1 :]
    checked(HEAD + filled + "\n")


def test_an_earlier_model_serves_while_typing():
    model = read_model(CHECK + "要求 真\n结束\n结束\n")
    text = CHECK + "要求 地块的jzgd"
    assert [item.label for item in complete(text, len(text), model)][:1] == ["建筑高度"]


def test_every_place_of_the_corpus_can_be_completed():
    for path in CORPUS:
        text = path.read_text(encoding="utf-8")
        model = read_model(text)
        for offset in range(0, len(text), 29):
            for item in complete(text, offset, model):
                assert item.start <= offset == item.end and item.label and not item.label.isspace()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("yjjbnt", "永久基本农田"),
        ("yongjiu", "永久基本农田"),
        ("永jbnt", "永久基本农田"),
        ("yongjjbnt", "永久基本农田"),
        ("jbnt", "永久基本农田"),
        ("永农", "永久基本农田"),
        ("yjnt", "永久基本农田"),
        ("csx", "长沙县"),
        ("changsha", "长沙县"),
        ("zsx", "长沙县"),
        ("lvdl", "绿地率"),
        ("dlbm", "DLBM"),
        ("rongjil", "容积率（计容）"),
        ("㮾li", "㮾梨街道"),
    ],
)
def test_names_are_found_by_what_is_typed(typed, name):
    names = ["永久基本农田", "长沙县", "绿地率", "DLBM", "容积率（计容）", "㮾梨街道", "用地性质", "建筑密度"]
    index = NameIndex(names)
    assert [index.names[match.number] for match in index.find(typed)][:1] == [name]


def test_strange_input_finds_nothing_and_takes_no_time():
    index = NameIndex(["永久基本农田", "啊" * 80, "a" * 80, "", "（）"])
    for typed in ("（", "!!", "\n", "a" * 500, "\\d+", "(?:a+)+", "𠀀", "永" * 100):
        index.find(typed)
    assert index.find("b" * 40) == []


def test_the_right_name_is_among_the_first_five(data_folder: Path):
    places = json.loads((data_folder / "vector/china_admin/pca-code.json").read_text("utf-8"))
    names = [
        row["title"] for table in ("layers.csv", "layer_fields.csv", "field_aliases.csv") for row in read_table(table)
    ]
    while places:
        place = places.pop()
        names.append(place["name"])
        places += place.get("children", [])
    names = list(dict.fromkeys(names))
    index = NameIndex(names)
    sample = names[::5]
    hits = 0
    for name in sample:
        initials = "".join(readings().get(letter, letter.lower())[0] for letter in name if letter.isalnum())[:5]
        hits += name in [names[match.number] for match in index.find(initials)[:5]]
    assert len(names) > 3000 and hits / len(sample) >= 0.9


def test_names_that_need_brackets(data_folder: Path):
    places = json.loads((data_folder / "vector/china_admin/pca-code.json").read_text("utf-8"))
    names = [
        "相交",
        "标注",
        "其他",
        "容积率（计容）",
        "2020年",
        "a b",
        "A区",
        "二七区",
        "一亩泉镇",
        "五百米",
        "三分之一",
    ]
    names += [place["name"] for place in places] + [city["name"] for place in places for city in place["children"]]
    for name in names:
        lexemes = Lexer(f"要求 甲的{name}，且 真", frozenset({name, "甲"})).run()
        reads = [lexeme.text for lexeme in lexemes if lexeme.kind == "NAME"] == ["甲", name, "真"]
        assert reads or needs_quotes(name), name


def test_words_of_real_programs_are_offered_where_they_stand():
    """Every name and keyword of the worked scripts, typed by its initials, is among the first five."""
    hits = total = 0
    for path in EXAMPLES[::3]:
        text = path.read_text(encoding="utf-8")
        model, new = read_model(text), {end for _, end in declarations(text)}
        for lexeme in Lexer(text).run():
            word = lexeme.text.strip("【】")
            if len(word) < 2 or lexeme.end in new or not (lexeme.kind in ("NAME", "QUOTED") or is_keyword(word)):
                continue
            typed = "".join(readings().get(letter, letter.lower())[0] for letter in word if letter.isalnum())[:5]
            before = text[: lexeme.start] + typed
            found = complete(before + text[lexeme.end :], len(before), model)
            hits += word in [item.label for item in found[:5]]
            total += 1
    assert total > 500 and hits / total >= 0.95


def is_keyword(word: str) -> bool:
    return word in STATEMENT_WORDS or word in CONNECTIVES


def test_names_as_they_are_written_come_before_mixtures_and_rarer_readings():
    """xias: 夏商 as it is spelt before 西安市, which mixes; 长 read as it rarely is comes last."""
    names = ["西安市", "夏商湖泊区", "长度", "常度河"]
    index = NameIndex(names)

    def found(typed):
        return [names[match.number] for match in index.find(typed)]

    assert found("xias") == ["夏商湖泊区", "西安市"]
    usual, other = readings()["长"].split("/")[:2]
    assert {usual, other} == {"zhang", "chang"}
    assert found("zhangd") == ["长度"]
    assert found("changd") == ["常度河", "长度"]  # the longer name is the usual reading
