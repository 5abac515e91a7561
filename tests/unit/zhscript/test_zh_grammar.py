"""The grammar, its table and the four spellings."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from lark import Tree
from zh_segmentation import Generator, field_names, layer_names
from zhscript_support import CORPUS, plain, respell

from zhscript.grammar import build
from zhscript.grammar.driver import Branch, parser
from zhscript.lexer import Lexer
from zhscript.messages import NAMES


@pytest.fixture(scope="module")
def lark():
    return build.lark_parser(strict=True)  # raises on any conflict


def test_the_table_is_the_grammars(lark):
    assert build.encode(build.table(lark)) == build.TABLE.read_text(encoding="ascii")


def test_every_terminal_has_a_chinese_name():
    kinds = {kind for row in json.loads(build.TABLE.read_text())["rows"] for kind in row if kind.isupper()}
    assert kinds - set(NAMES) == set()
    assert not [name for name in NAMES.values() if name.isascii()]


def _as_lark(node):
    if isinstance(node, Branch):
        return (node.rule, [_as_lark(child) for child in node.children])
    return (node.kind, node.start)


def _lark_shape(node):
    if isinstance(node, Tree):
        return (str(node.data), [_lark_shape(child) for child in node.children])
    return (node.type, node.start_pos)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_driver_builds_larks_tree(path, lark):
    lexemes = Lexer(path.read_text(encoding="utf-8")).run()
    assert _as_lark(parser().parse(lexemes)) == _lark_shape(lark.parse(lexemes, start="start"))


@pytest.mark.parametrize("seed", range(4))
def test_the_driver_builds_larks_tree_of_generated_rules(seed, lark):
    generator = Generator(random.Random(seed), field_names(), layer_names(), field_names())
    lines = [generator.condition().spaced for _ in range(60)]
    lexemes = Lexer(generator.head() + "\n".join(lines) + "\n结束\n结束\n").run()
    assert _as_lark(parser().parse(lexemes)) == _lark_shape(lark.parse(lexemes, start="start"))


@pytest.mark.parametrize("how", ["half", "wide", "glued"])
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_all_spellings_give_the_same_tree(path, how):
    source = path.read_text(encoding="utf-8")
    other = respell(source, how)
    lexer = Lexer(other)
    tree = parser().parse(lexer.run())
    assert not lexer.problems
    assert plain(tree, other) == plain(parser().parse(Lexer(source).run()), source)


def test_the_front_end_needs_no_third_party_package():
    code = (
        "import sys, zhscript; zhscript.check_text('设定 甲 为 15亩\\n显示 甲');"
        "print([name for name in ('lark', 'numpy', 'shapely', 'pickle') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
