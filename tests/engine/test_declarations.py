"""Every declaration names a function that takes exactly the declared parameters."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from tim.declare import Kind, Operation
from tim.engine.internal import INTERNAL
from tim.operations import OPERATIONS
from tim.operations.script import SCRIPTS

ALL = (*OPERATIONS, *SCRIPTS, *INTERNAL)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.identifier)
def test_function_takes_the_declared_parameters(operation: Operation) -> None:
    taken = inspect.signature(operation.function()).parameters
    assert set(taken) == {parameter.name for parameter in operation.parameters} | {"job"}
    assert not any(parameter.kind is parameter.POSITIONAL_ONLY for parameter in taken.values())


def test_names_are_unique() -> None:
    identifiers = [operation.identifier for operation in ALL]
    assert len(set(identifiers)) == len(identifiers)
    assert all(identifier.isidentifier() and identifier.isascii() for identifier in identifiers)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.identifier)
def test_declarations_are_sound(operation: Operation) -> None:
    json.dumps(operation.as_dict())
    for parameter in operation.parameters:
        assert parameter.name.isidentifier()
        assert not (parameter.required and parameter.default is not None), parameter.name
        assert (parameter.kind is Kind.CHOICE) == bool(parameter.choices), parameter.name
        if parameter.kind is Kind.CHOICE and parameter.default is not None:
            assert parameter.default in [value for value, _ in parameter.choices]
        for text in (parameter.title, parameter.help, operation.title, operation.summary):
            assert text.zh
            assert text.en
            assert not any("\u4e00" <= character <= "\u9fff" for character in text.en)


def test_titles_are_unique() -> None:
    titles = [operation.title.zh.replace(" ", "") for operation in OPERATIONS]
    assert len(set(titles)) == len(titles), "scripts call operations by their Chinese titles"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.identifier)
def test_a_script_can_call_it(operation: Operation) -> None:
    """功能“…”（…） with every parameter on a line of its own has no error; names are what the result is asked for."""
    from tim.script.catalogue import provide_operations
    from zhscript import check_text
    from zhscript.operations import find_operation

    provide_operations()
    word = find_operation(operation.title.zh)
    assert word is not None
    labels = [parameter.label for parameter in word.parameters]
    assert len(set(labels)) == len(labels), "two parameters have one title"
    given = "，\n".join(f"    {parameter.label}：{_value(parameter)}" for parameter in word.parameters)
    asked = "".join(f"显示 结果的“{name}”\n" for name in word.members)
    text = f"脚本 甲\n权限 管理\n图层 乙 来自“乙”\n设定 结果 为 功能“{operation.title.zh}”（\n{given}\n）\n{asked}"
    _, diagnostics = check_text(text)
    assert not [(item.line, item.message) for item in diagnostics if item.severity == "error"], text
    assert len(word.members) == 4 + len(word.outputs) + len({item.title for item in word.results})


def _value(parameter: Any) -> str:
    """A value of the language for a parameter."""
    if parameter.kind in ("vector", "layers"):
        return "乙"
    if parameter.kind == "arguments":
        return "字典（甲：1）"
    if parameter.kind == "flag":
        return "是"
    if parameter.kind in ("number", "integer"):
        return f"1{parameter.measure.name if parameter.measure is not None else ''}"
    if parameter.kind == "choice":
        return f"“{parameter.choices[0][1]}”"
    return f"“甲.{parameter.suffixes[0]}”" if parameter.suffixes else "“甲”"


def test_every_group_of_commands_has_a_title() -> None:
    from tim.cli.parser import _WORDS

    groups = {operation.name.split()[0] for operation in OPERATIONS if " " in operation.name}
    assert groups <= set(_WORDS), groups - set(_WORDS)
