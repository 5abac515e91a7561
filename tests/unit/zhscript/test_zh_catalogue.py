"""Every syntax error has a Chinese sentence: all accept sets × all kinds of lexemes."""

from __future__ import annotations

import json
import re

import pytest

from zhscript.grammar import build
from zhscript.lexer import Lexeme
from zhscript.messages import NAMES, unexpected
from zhscript.vocabulary import CONNECTIVES, LINE_WORDS, STATEMENT_WORDS

_TEXTS = {"WORD": "某某", "NAME": "面积", "QUOTED": "【甲（乙）】", "STRING": "“文”", "BOOK": "《法》", "NUMBER": "12"}
_TEXTS.update(
    {"QUANTITY": "3亩", "RATIO": "25%", "DATE": "2024年6月1日", "ORDINAL": "第2个", "SINCE": "自2024年1月1日起"}
)


def _accept_sets() -> list[list[str]]:
    rows = json.loads(build.TABLE.read_text(encoding="ascii"))["rows"]
    return sorted({tuple(sorted(kind for kind in row if kind.isupper())) for row in rows} - {()})


def _lexemes() -> list[Lexeme]:
    """A lexeme of every kind, spelt as in a program."""
    words = {
        kind: word for table in (*LINE_WORDS.values(), CONNECTIVES, STATEMENT_WORDS) for word, kind in table.items()
    }
    words.update(_TEXTS)
    kinds = {kind for accepted in _accept_sets() for kind in accepted} - {"_NL", "$END"}
    return [Lexeme(kind, words.get(kind, NAMES[kind]), 3, 5) for kind in sorted(kinds)]


@pytest.mark.parametrize("end", [None, Lexeme("_NL", "", 3, 4)])
def test_a_statement_that_ends_early(end):
    for accepted in _accept_sets():
        _assert_chinese(unexpected(end, Lexeme("NAME", "面积", 1, 3), list(accepted), frozenset()), "")


def test_every_kind_of_lexeme_in_every_state():
    sets = _accept_sets()
    assert len(sets) > 100
    for accepted in sets:
        for lexeme in _lexemes():
            if lexeme.kind in accepted:
                continue
            problem = unexpected(lexeme, Lexeme("NAME", "面积", 1, 3), list(accepted), frozenset(["地块"]))
            _assert_chinese(problem, lexeme.text)
            assert problem.start <= lexeme.start and problem.end >= problem.start


def _assert_chinese(problem, own: str) -> None:
    assert re.fullmatch("ZH1[0-9]{2}", problem.code)
    message = problem.message.replace(own, "") if own else problem.message
    assert re.search("[一-鿿]{2}", message), message
    assert not re.search("[A-Za-z_$]", message), message
    for fix in problem.fixes:
        assert re.search("[一-鿿]", fix.title)
