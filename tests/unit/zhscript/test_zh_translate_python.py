"""Programs as Python do what the interpreter does. Translations are run here as their readers would run them."""

from __future__ import annotations

from hypothesis import given, settings
from translation_support import RULES, as_engine, engine_verdicts, worlds
from zhscript_support import checked

from zhscript.translate.python_rules import rules_text


def module(text):
    """The names of a module with this text."""
    names = {"__name__": "译文"}
    exec(compile(text, "译文.py", "exec"), names)
    return names


PROGRAM = checked(RULES)
RUN = module(rules_text(PROGRAM))["运行"]


def rows(shapes, columns):
    return [
        {**{name: values[row] for name, values in columns.items()}, "形状": shape} for row, shape in enumerate(shapes)
    ]


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_rules_come_to_the_verdicts_of_the_engine(world):
    expected = engine_verdicts(PROGRAM, world)
    given_rows = {name: rows(*content) for name, content in world.items()}
    for title, results in RUN(given_rows).items():
        assert as_engine([verdict for verdict, _ in results]) == expected[title], title
