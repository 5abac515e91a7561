"""Every word of the language has a meaning and a program that shows it."""

from __future__ import annotations

import pytest
from language_support import make_project, run

from zhscript import vocabulary
from zhscript.library import FUNCTIONS
from zhscript.meanings import meanings
from zhscript.units import UNIT_WORDS


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("words") / "项目")


def test_every_word_has_a_meaning():
    words = set(vocabulary.STATEMENT_WORDS) | set(vocabulary.CONNECTIVES) | vocabulary.LIBRARY_WORDS | {"其他", "分类"}
    words |= {word for table in vocabulary.LINE_WORDS.values() for word in table}
    multiplied = {"万元", "亿元", "万亩", "万平方米"}
    assert words - set(UNIT_WORDS) - multiplied == set(meanings()) - {"次"}
    assert not [word for word, entry in meanings().items() if not entry.meaning.strip() or not entry.group.strip()]


@pytest.mark.parametrize("engine", ["interpreter", "compiled"])
@pytest.mark.parametrize("word", sorted(meanings()))
def test_the_example_shows_what_it_says(word, engine, project):
    entry = meanings()[word]
    assert word in entry.example
    assert "\n".join(run(entry.example, project, engine)) == entry.shows


def test_examples_of_functions_use_them():
    assert [name for name in FUNCTIONS if name not in meanings()] == []
