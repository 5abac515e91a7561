"""The formatter: a fixpoint that loses nothing."""

from __future__ import annotations

import random

import pytest
from zhscript_support import CORPUS, respell

from tim.cli.main import main
from zhscript.editing.format import format_text
from zhscript.editing.tokens import logical_lines
from zhscript.lexer import Lexer

_ADDED = '，。；：、“”"（）()【】 \n\u3000=-+与的为到且a1年亩#注：《》{}\r\u200b\U00020000'
_SPELLING = str.maketrans(',:()=+-−*＊/／><"', "，：（）＝＋－－××÷÷＞＜“")


def _bare(text: str) -> list[tuple[str, str]]:
    """The lexemes of a text in one spelling; ＝ and the words that stand for it are one kind."""
    words = {"_EQUALS": "＝", "_IS": "＝", "_BECOMES": "＝"}
    result = []
    for lexeme in Lexer(text).run():
        spelling = lexeme.text.translate(_SPELLING).replace("”", "“")
        if spelling == "等于" or lexeme.kind in words:
            result.append(("＝", "＝"))
        elif lexeme.kind == "_NL":
            result.append(("_NL", ""))
        else:
            result.append((lexeme.kind, {">=": "≥", "<=": "≤", "!=": "≠"}.get(lexeme.text, spelling)))
    return result


def _comments(text: str) -> list[str]:
    return sorted(
        comment
        for line in logical_lines(text)
        for part in (line.before, line.beside.values(), *line.breaks.values())
        for comment in part
        if comment
    )


def _holds(text: str) -> None:
    formatted = format_text(text)
    assert format_text(formatted) == formatted, text
    assert _bare(formatted) == _bare(text), text
    assert _comments(formatted) == _comments(text), text


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_fixpoint_and_nothing_lost_in_four_spellings(path):
    source = path.read_text(encoding="utf-8")
    _holds(source)
    without_comments = "\n".join(line for line in format_text(source).split("\n") if not line.strip().startswith("#"))
    for how in ("half", "wide", "glued"):
        _holds(respell(source, how))
        if "注：" not in source and "//" not in source:  # comments keep their own spelling
            same = format_text(respell(without_comments, how)).replace("、", "，")
            assert same == without_comments.replace("、", "，")


def test_fixpoint_and_nothing_lost_in_damaged_texts():
    chance = random.Random(20)
    texts = [path.read_text(encoding="utf-8") for path in CORPUS]
    for _ in range(120):
        text = chance.choice(texts)
        for _ in range(chance.choice([1, 1, 2, 5])):
            place, other = chance.randrange(len(text)), chance.randrange(len(text))
            text = chance.choice(
                [
                    text[:place] + text[place + 1 :],
                    text[:place] + chance.choice(_ADDED) + text[place:],
                    text[:place] + text[other : other + 9] + text[place:],
                ]
            )
        _holds(text)


FORMS = {
    "设定 限高=24米": "设定 限高 为 24米\n",
    "变量 甲=1\n甲=甲+1": "变量 甲 为 1\n甲 改为 甲 ＋ 1\n",
    "如果 甲=1，那么 甲=2": "如果 甲 等于 1，那么 甲 改为 2\n",
    "设定 甲=(乙=1)": "设定 甲 为（乙 等于 1）\n",
    "设定 甲 为 -5+ -3": "设定 甲 为 -5 ＋ -3\n",
    "显示  (3亩)的面积": "显示（3亩） 的面积\n",
    "\n\n# 头\n\n\n\n设定 甲 为 1；设定 乙 为 2。 注：尾\n\n": "# 头\n\n设定 甲 为 1\n设定 乙 为 2  注：尾\n",
    "如果 真，那么\n显示 1\n# 中\n否则\n显示 2\n# 末\n结束": ""
    "如果 真，那么\n    显示 1\n    # 中\n否则\n    显示 2\n    # 末\n结束\n",
    "图层 宗地 来自“ZD”,字段 编号、  # 一\n  # 二\n 性质\n": ""
    "图层 宗地 来自“ZD”，字段 编号、  # 一\n    # 二\n    性质\n",
    '显示"甲"': "显示“甲”\n",
    "检查宗地中的每个 地块\n结束": "检查 宗地 中的每个 地块：\n结束\n",
    "": "",
    "   \n\n": "",
}


@pytest.mark.parametrize("text", FORMS)
def test_canonical_form(text):
    assert format_text(text) == FORMS[text]


def test_what_cannot_be_read_is_left_alone():
    text = "设定 甲 为 “没有写完\n   设定 乙  为  5里\n如果 真，那么\n显示 3\n结束\n"
    assert format_text(text) == "设定 甲 为 “没有写完\n设定 乙  为  5里\n如果 真，那么\n    显示 3\n结束\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_files_keep_encoding_and_line_ends(tmp_path, encoding, capsys):
    file = tmp_path / "甲.zh"
    file.write_bytes("设定 甲=1 # 注\r\n显示 甲\r\n".encode(encoding))
    assert main(["script", "format", "--check", str(file)]) == 1
    assert file.read_bytes().decode(encoding) == "设定 甲=1 # 注\r\n显示 甲\r\n"
    assert main(["script", "format", str(tmp_path)]) == 0
    assert file.read_bytes().decode(encoding) == "设定 甲 为 1  # 注\r\n显示 甲\r\n"
    before = file.stat().st_mtime_ns
    assert main(["script", "format", str(file)]) == 0 and main(["script", "format", "--check", str(file)]) == 0
    assert file.stat().st_mtime_ns == before
    assert "1 个已整理" in capsys.readouterr().out


def test_what_is_no_text_is_refused(tmp_path, capsys):
    file = tmp_path / "图.zh"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    assert main(["script", "format", str(file)]) == 2
    assert main(["script", "format", str(tmp_path / "没有.zh")]) == 2
    told = capsys.readouterr().err
    assert "不是文字文件" in told and "不存在" in told and "Traceback" not in told
