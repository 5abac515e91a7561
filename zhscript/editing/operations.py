"""Editors on 功能“…”（…）: titles, parameters, choices, what the result can be asked for, and what is said of them."""

from __future__ import annotations

from typing import Iterator, Optional

from ..characters import normalize
from ..lexer import Lexeme
from ..operations import OperationDeclaration, OperationParameter, find_operation, operations
from .context import Context
from .items import FIELD, FUNCTION, VALUE, Item

WORD = "功能"


def operation_titles() -> Iterator[Item]:
    """What can stand in the quotation marks behind 功能."""
    for item in (operations() or {}).values():
        yield Item(item.title, FUNCTION, item.group, "", 0, documentation=item.summary)


def operation_calls() -> Iterator[Item]:
    """Whole calls, with the parameters that must be given."""
    for item in (operations() or {}).values():
        needed = [parameter for parameter in item.parameters if parameter.required]
        given = "，".join(f"{parameter.label}：${{{number}}}" for number, parameter in enumerate(needed, 1))
        insert = f"{WORD}“{item.title}”（{given or '$1'}）"
        yield Item(f"{WORD}“{item.title}”", FUNCTION, item.group, insert, 8, (item.title,), item.summary)


def called(before: list[Lexeme], opening: int) -> Optional[OperationDeclaration]:
    """The capability whose bracket opens at a lexeme: 功能“…”（."""
    if opening < 2 or before[opening - 1].kind != "STRING" or before[opening - 2].text[-2:] != WORD:
        return None
    return find_operation(before[opening - 1].text[1:-1])


def innermost_call(before: list[Lexeme]) -> tuple[int, int]:
    """Where the innermost open bracket stands, -1 when there is none, and the commas since."""
    depth = commas = 0
    for number in range(len(before) - 1, -1, -1):
        kind = before[number].kind
        depth += (kind == "_CLOSE") - (kind == "_OPEN")
        commas += kind == "_COMMA" and depth == 0
        if depth < 0:
            return number, commas
    return -1, 0


def parameter_at(before: list[Lexeme]) -> Optional[OperationParameter]:
    """The parameter whose value is being written."""
    opening, _ = innermost_call(before)
    operation = called(before, opening) if opening >= 0 else None
    if operation is None or before[-1].kind != "_COLON":
        return None
    return operation.parameter(_text(before[-2]))


def parameter_names(context: Context) -> Iterator[Item]:
    """The parameters that can still be given where an argument begins."""
    before = context.before
    opening, _ = innermost_call(before)
    operation = called(before, opening) if opening >= 0 and context.last in ("_OPEN", "_COMMA") else None
    if operation is None:
        return
    written = {normalize(_text(lexeme)) for lexeme in before[opening:]}
    for rank, parameter in enumerate(operation.parameters, -len(operation.parameters)):  # before all names
        if parameter.key not in written:
            yield Item(parameter.label, VALUE, parameter.wanted, f"{parameter.label}：", rank, (), parameter.facts)


def choices(context: Context) -> Iterator[Item]:
    """The texts that a parameter allows."""
    parameter = parameter_at(context.before) if context.before else None
    for value, title in parameter.choices if parameter is not None else ():
        yield Item(title, VALUE, value, "", 0)


def members(title: str) -> Iterator[Item]:
    """What a result can be asked for."""
    operation = find_operation(title)
    for name in operation.members if operation is not None else ():
        yield Item(name, FIELD, "结果", "", 0)


def about_title(title: str) -> Iterator[str]:
    """A capability in lines: what it does, its parameters, its result."""
    operation = find_operation(title)
    if operation is None:
        return
    yield f"功能“{operation.title}”（{operation.group}）：{operation.summary}"
    for parameter in operation.parameters:
        yield f"{parameter.label}：{parameter.facts}"
    yield "结果：" + "、".join(operation.members)


def about_argument(before: list[Lexeme], lexeme: Lexeme) -> Iterator[str]:
    """What is said of the name of an argument."""
    opening, _ = innermost_call(before)
    operation = called(before, opening) if opening >= 0 else None
    parameter = operation.parameter(_text(lexeme)) if operation is not None else None
    if parameter is not None and before[-1].kind in ("_OPEN", "_COMMA"):
        yield f"参数 {parameter.label}：{parameter.facts}"


def _text(lexeme: Lexeme) -> str:
    return lexeme.text.strip('“”"【】')
