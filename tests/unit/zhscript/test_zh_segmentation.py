"""Blank-free conditions over real names are read as they are meant, or said to be ambiguous."""

from __future__ import annotations

import random

import pytest
from zh_segmentation import Generator, Readings, field_names, layer_names, place_names

import zhscript
from zhscript import check_text
from zhscript.lexer import Lexer

END = "结束\n结束\n"


def judge(generator: Generator, count: int) -> tuple[int, int, int]:
    """(misread, ambiguous without notice, with notice) of so many conditions of one file.

    A condition is misread when it is accepted and means something else; it is ambiguous when it is accepted and one of
    the other ways to read it, written with blanks between the words, would be accepted too.
    """
    head = generator.head()
    conditions = [generator.condition() for _ in range(count)]
    lexemes = Lexer(head + "".join(f"{condition.text}\n" for condition in conditions) + END).cut()
    lines = lexemes.lines[len(lexemes.lines) - count - 3 :]
    readings = Readings({*generator.fields, *generator.layers, *generator.values, "地块"})
    misread = unnoticed = noticed = 0
    for number, condition in enumerate(conditions):
        begin, end = lines[number], lines[number + 1] - 1
        read = list(zip(lexemes.kinds[begin:end], lexemes.texts[begin:end]))
        possible = readings.of(condition.text)
        assert condition.tokens in possible, condition.text
        if possible == [read]:
            continue
        _, told = check_text(f"{head}{condition.text}\n{END}")
        errors = {item.code for item in told if item.severity == "error"}
        others = [" ".join(text for _, text in other) for other in possible if other != read]
        accepted = any(check_text(f"{head}{other}\n{END}")[0] is not None for other in others)
        noticed += "ZH131" in errors
        misread += not errors and read != condition.tokens
        unnoticed += not errors and accepted
    return misread, unnoticed, noticed


@pytest.mark.data
@pytest.mark.parametrize("seed", range(8))
def test_no_condition_is_misread(seed, data_folder, monkeypatch):
    monkeypatch.setattr(zhscript, "_repaired", lambda *arguments: arguments[-1])  # repairs take long and change nothing
    chance = random.Random(seed)
    places = place_names(data_folder)
    generator = Generator(chance, [*field_names(), *places], layer_names(), places)
    misread, unnoticed, noticed = judge(generator, 100)
    assert (misread, unnoticed) == (0, 0)
    assert noticed or not any("的" in name for name in generator.values)
