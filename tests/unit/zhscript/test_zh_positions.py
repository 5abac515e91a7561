"""Positions are exact: the text of every node, read alone, is that node again."""

from __future__ import annotations

import pytest
from zh_mistakes import plain
from zhscript_support import CORPUS

from zhscript import check_text
from zhscript import syntax as s
from zhscript.builder import Builder
from zhscript.grammar.driver import columns
from zhscript.lexer import Lexer
from zhscript.parsing import BlockReader, parse_text
from zhscript.syntax.nodes import walk

# what has no text of its own, or whose text is part of another construct
_STATEMENTS = (s.Binding, s.Assign, s.Require, s.Hint, s.Return, s.Show, s.Fail, s.Put, s.If, s.Check, s.ForEach, s.For)
_STATEMENTS += (s.Repeat, s.While, s.Skip, s.Break, s.Rule, s.Function, s.Standard, s.Test, s.Layer, s.Parameter)


def _again(text: str, node: s.Node, names: frozenset[str]) -> object:
    """The node that the text of `node` gives when it is read alone."""
    piece = text[node.start : node.end]
    problems: list = []
    builder = Builder(BlockReader(names, problems, [])._hole, problems)
    if isinstance(node, s.Expression):
        return plain(builder.hole(columns(Lexer(piece, names, head=False).run())))
    lexemes = Lexer(piece, names).run()
    return plain(builder.items(columns(lexemes))[0])


def _nodes(text: str) -> list:
    return [node for item in parse_text(text).items for node in walk(item)]


def _assert_exact(text: str) -> int:
    names = parse_text(text).names
    count = 0
    nodes = _nodes(text)
    ordinals = {id(node.key) for node in nodes if isinstance(node, s.Item) and node.ordinal}  # 第2个 is no expression
    for node in nodes:
        if id(node) in ordinals:
            continue
        if not isinstance(node, (s.Expression, *_STATEMENTS)) or node.end <= node.start:
            continue
        if isinstance(node, (s.Range, s.Reference, s.Return)):  # a range needs its 循环; a short function has no 返回
            continue
        assert _again(text, node, names) == plain(node), text[node.start : node.end]
        count += 1
    return count


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_node_read_alone_is_itself(path):
    assert _assert_exact(path.read_text(encoding="utf-8")) > 4


def test_characters_beyond_the_basic_plane():
    text = "设定 𠀀村 为 15亩\n设定 【𠮷田（甲）】 为 𠀀村 加上 3亩\n显示“{𠀀村：亩}𠮷{【𠮷田（甲）】}”\n"
    assert _assert_exact(text) > 6
    told = check_text(text + "显示 𠀀材")[1][0]
    assert (told.line, told.column, told.end_column) == (4, 4, 6)


def test_ranges_are_inside_each_other():
    for path in CORPUS:
        text = path.read_text(encoding="utf-8")
        for node in _nodes(text):
            for inner in walk(node):
                if inner.end > inner.start and node.end > node.start and isinstance(node, s.Statement):
                    assert node.start <= inner.start and inner.end <= node.end, text[node.start : node.end]
