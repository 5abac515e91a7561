"""Text from word processors and chats, and everything that a Chinese input method gives, reads like typed text."""

from __future__ import annotations

import random
import re

import pytest
from zh_segmentation import place_names
from zhscript_support import CORPUS, plain

from zhscript import check_text
from zhscript.grammar.driver import parser
from zhscript.lexer import Lexer
from zhscript.parsing import parse_text
from zhscript.syntax.nodes import walk
from zhscript.vocabulary import CONNECTIVES, LIBRARY_WORDS, LINE_WORDS, MARKS, STATEMENT_WORDS

BLANKS = ["\t", "\u00a0", "\u3000", "\u2002", "\u200b", "\u202f", "\ufeff ", " \u2060"]
INVISIBLE = "\u200b\u00ad\u2060\ufeff"
LINE_ENDS = ["\r\n", "\r", "\u2028", "\u2029", "\x0b", "\n\n", " \n", "\u200b\n"]
LIST_MARKS = [
    "1. ",
    "2）",
    "（3）",
    "(4) ",
    "五、",
    "（六）",
    "• ",
    "- ",
    "* ",
    "· ",
    "① ",
    "⑵ ",
    "●",
    "a) ",
    "①",
    "— ",
]


def tree(text: str) -> object:
    """The tree of a text that must be readable, without positions and spelling."""
    lexer = Lexer(text)
    result = plain(parser().parse(lexer.run()), text)
    assert not lexer.problems, lexer.problems[:2]
    return result


def pieces(text: str) -> list[str]:
    """Quoted texts, comments, line ends, blanks and everything between them."""
    found = re.findall(
        "“(?:[^“”]|“[^”]*”)*”|「[^」]*」|《[^》]*》|【[^】]*】|(?:#|//|注：)[^\n]*|\n| +|[^“「《【#/注\n ]+|.", text
    )
    assert "".join(found) == text
    return found


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_blanks_and_line_ends_of_other_programs(path):
    source = path.read_text(encoding="utf-8")
    for seed in range(4):
        chance = random.Random(f"{path.stem}{seed}")
        changed = []
        for piece in pieces(source):
            if set(piece) == {" "}:
                piece = "".join(chance.choice(BLANKS) for _ in piece)
            elif piece == "\n":
                piece = chance.choice(LINE_ENDS)
            changed.append(piece)
        assert tree("".join(changed)) == tree(source)


def _nodes(text: str) -> list[object]:
    """The nodes of a text, each with what it covers when invisible characters are left out."""
    parsed = parse_text(text)
    assert not parsed.problems
    hidden = str.maketrans("", "", INVISIBLE)
    return [
        (type(node).__name__, text[node.start : node.end].translate(hidden))
        for item in parsed.items
        for node in walk(item)
    ]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_invisible_characters_anywhere(path):
    source = path.read_text(encoding="utf-8")
    chance = random.Random(path.stem)
    places = sorted(chance.sample(range(len(source)), 40), reverse=True)
    text = source
    for place in places:
        text = text[:place] + chance.choice(INVISIBLE) + text[place:]
    assert _nodes(text) == _nodes(source)


def test_what_is_wrong_beside_an_invisible_character_is_told_at_its_place():
    _, told = check_text("设定 用\u200b地 为 3\n显示 用地 加上 没声\u200b明")
    assert [(item.line, item.column, item.end_column) for item in told if item.severity == "error"] == [(2, 10, 14)]


def _starts_a_statement(line: str) -> bool:
    return line.strip().startswith(tuple(STATEMENT_WORDS)) and not line.startswith(" " * 3 + "字段")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_numbers_and_bullets_of_lists(path):
    source = path.read_text(encoding="utf-8")
    chance = random.Random(path.stem)
    lines, goes_on = [], False
    for line in source.split("\n"):
        mark = chance.choice(LIST_MARKS) if _starts_a_statement(line) and not goes_on and chance.random() < 0.7 else ""
        lines.append(mark + line)
        goes_on = line.rstrip().endswith(("，", "、"))
    assert tree("\n".join(lines)) == tree(source)


def test_a_continued_list_keeps_its_numbers():
    program, _ = check_text("设定 名单 为（\n  1、2，\n  3、4\n）\n显示 名单的个数")
    assert program is not None
    assert len(program.items[0].value.items) == 4


def test_a_minus_sign_at_the_beginning_of_a_continued_line_counts():
    program, told = check_text("设定 甲 为（5\n - 3）\n显示 甲")
    assert program is not None, told


@pytest.mark.parametrize(
    ("pasted", "typed"),
    [
        ("设定 甲 为 3 – 1", "设定 甲 为 3 － 1"),
        ("设定 甲：长度 为 3米", "设定 甲∶长度 为 3米"),
        ('设定 甲 为 "文"', "设定 甲 为 “文”"),
        ("设定 甲 为（1﹐2﹑3）", "设定 甲 为（1，2、3）"),
        ("设定 甲 为 2 ∗ 3", "设定 甲 为 2 × 3"),
    ],
)
def test_marks_that_word_processors_put_in_their_place(pasted, typed):
    assert tree(pasted) == tree(typed)


def test_comparisons_have_one_meaning_however_they_are_written():
    for marks, word in (("≥≧⩾", "不小于"), ("≤≦⩽", "不大于"), (">＞﹥", "大于"), ("<＜﹤", "小于"), ("≠", "不等于")):
        for mark in marks:
            program, _ = check_text(f"显示 5 {mark} 3")
            assert program is not None
            assert program.items[0].values[0].operator == word


# what the usual Chinese input methods give in their default state, besides Han characters, digits and Latin letters
_MARKS_OF_AN_IME = set(
    "，。、；：？！…—·ˉˇ¨〃々～‖∶＂＇｀｜〔〕〈〉《》「」『』．〖〗【】（）［］｛｝“”‘’＋－×÷±＝≠≤≥＜＞％‰￥/*+-=.%"
)


def test_every_word_can_be_typed_without_leaving_the_input_method():
    words = {*STATEMENT_WORDS, *CONNECTIVES, *(word for table in LINE_WORDS.values() for word in table), *LIBRARY_WORDS}
    for word in words - {"由WKT", "㎡"}:  # a term of the trade; 平方米 says the same
        assert all("\u4e00" <= character <= "\u9fff" for character in word), word


def test_every_mark_has_a_form_that_an_input_method_gives():
    kinds = {kind for mark, kind in MARKS.items() if mark in _MARKS_OF_AN_IME}
    assert kinds == set(MARKS.values())


@pytest.mark.data
def test_every_place_name_is_a_name(data_folder):
    names = [name for name in place_names(data_folder) if name != "市辖区"]
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        text = "".join(f"设定 {name} 为 {number}\n显示 {name}加上【{name}】\n" for number, name in enumerate(part))
        lexer = Lexer(text)
        kinds = [lexeme.kind for lexeme in lexer.run()]
        expected = ["_LET", "NAME", "_IS", "NUMBER", "_NL", "_SHOW", "NAME", "_PLUS", "QUOTED", "_NL"]
        assert kinds == expected * len(part)
        assert not lexer.problems
