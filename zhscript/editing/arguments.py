"""Names that can stand before a colon in brackets: fields of 要素（…）, parameters of functions."""

from __future__ import annotations

from typing import Iterator, Optional

from .. import syntax as s
from ..characters import normalize
from ..lexer import Lexeme
from ..library import FUNCTIONS
from .context import Context
from .items import FIELD, VALUE, Item
from .model import Model
from .operations import parameter_names

_OPENS_ARGUMENT = frozenset(["_OPEN", "_COMMA"])


def open_call(context: Context) -> Optional[int]:
    """Where the function stands in whose brackets an argument begins here, None when there is none."""
    before = context.before
    if context.last not in _OPENS_ARGUMENT:
        return None
    depth = 0
    for number in range(len(before) - 1, 0, -1):
        depth += (before[number].kind == "_CLOSE") - (before[number].kind == "_OPEN")
        if depth < 0:
            return number - 1 if before[number - 1].kind in ("NAME", "WORD", "QUOTED") else None
    return None


def argument_names(context: Context, model: Model, receiver: str) -> Iterator[Item]:
    """The names of the arguments that can begin here; `receiver` is the key of the layer before 的, or ""."""
    place = open_call(context)
    if place is None:
        yield from parameter_names(context)
        return
    function = normalize(context.before[place].text)
    written = {normalize(lexeme.text) for lexeme in context.before[place:]}
    if function in ("要素", "查找"):
        layer = receiver if function == "查找" else _layer_of_statement(context.before)
        names = [symbol.text for symbol in model.symbols if symbol.owner is not None and symbol.owner == layer]
        kind = FIELD
        names += ["形状"] if function == "要素" else []
    else:
        names, kind = _parameters(function, model), VALUE
    for name in names:
        if normalize(name) not in written:
            shown = name if name.isidentifier() else f"【{name}】"
            yield Item(name, kind, "参数" if kind == VALUE else "字段", f"{shown}：", 0)


def _layer_of_statement(before: list[Lexeme]) -> str:
    """已知 宗地 为 …, 把 … 加入: the layer whose features are written."""
    return normalize(before[1].text) if len(before) > 1 and before[0].kind == "_GIVEN" else ""


def _parameters(function: str, model: Model) -> list[str]:
    for symbol in model.symbols:
        if symbol.name == function and isinstance(symbol.node, (s.Function, s.Standard)):
            return [formal.identifier.text for formal in symbol.node.formals]
    return list(FUNCTIONS[function].names) if function in FUNCTIONS else []
