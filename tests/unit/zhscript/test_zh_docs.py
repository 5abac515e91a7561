"""Every program in the documentation passes the checks; scripts print what the page says; test blocks hold."""

from __future__ import annotations

import re

import pytest
from zhscript_support import checked

from installers.developer.language_reference import reference
from zhscript import syntax
from zhscript.engine import run_script, run_tests

BLOCK = re.compile(r"^```(zh|zh 接上|输出)\n(.*?)^```", re.S | re.M)


def programs(path):
    """(text, expected output or None); a block 接上 continues the one before."""
    result: list[list] = []
    for kind, text in BLOCK.findall(path.read_text(encoding="utf-8")):
        if kind == "zh":
            result.append([text, None])
        elif kind == "zh 接上":
            result.append([result[-1][0] + "\n" + text, None])
        else:
            result[-1][1] = text
    return result


@pytest.mark.parametrize("name, at_least", [("教程.md", 3), ("写法.md", 6)])
def test_programs_of_the_page(name, at_least, project_root):
    found = programs(project_root / "docs" / "zhscript" / name)
    assert len(found) >= at_least
    for text, expected in found:
        program = checked(text)
        assert all(test.passed for test in run_tests(program)), run_tests(program)
        if expected is not None:
            assert run_script(program, None).printed == expected.rstrip("\n").split("\n")
        else:
            assert program.of_kind(syntax.Rule)


def test_the_reference_is_that_of_the_grammar_and_the_words(project_root):
    page = project_root / "docs" / "zhscript" / "参考.md"
    assert page.read_text(encoding="utf-8") == reference(), "run: python -m installers.developer.language_reference"
