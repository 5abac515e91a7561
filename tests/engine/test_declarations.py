"""Every declaration names a function that takes exactly the declared parameters."""

from __future__ import annotations

import inspect
import json

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
