"""The parameters of the function whose brackets the cursor stands in."""

from __future__ import annotations

from typing import NamedTuple, Optional

from ..characters import normalize
from ..library import FUNCTIONS
from ..meanings import explain
from .context import CODE, contexts
from .model import Model
from .operations import called, innermost_call
from .wording import parameter_names, usage


class Signature(NamedTuple):
    """`active` is the number of the parameter that is being written, from 0."""

    label: str
    documentation: str
    parameters: tuple[str, ...]
    active: int


def signature(model: Model, offset: int) -> Optional[Signature]:
    """The function at an offset, or None outside of brackets."""
    context = contexts(model.text, offset, model.names)[-1]
    before = context.before
    opening, commas = innermost_call(before)
    operation = called(before, opening) if opening > 0 else None
    if operation is not None:
        names = tuple(parameter.label for parameter in operation.parameters)
        written = [lexeme.text for lexeme in before[opening:]]
        active = next((number for number, name in enumerate(names) if name in written[-2:]), commas)
        return Signature(f"功能“{operation.title}”（{'，'.join(names)}）", operation.summary, names, active)
    if opening < 1 or context.place != CODE or before[opening - 1].kind not in ("NAME", "QUOTED"):
        return None
    is_member = opening > 1 and before[opening - 2].kind == "_OF"
    return _signature(model, before[opening - 1].text, commas + is_member)


def _signature(model: Model, word: str, active: int) -> Optional[Signature]:
    own = [
        symbol
        for symbol in model.symbols
        if symbol.name == normalize(word) and symbol.role in ("函数", "标准") and hasattr(symbol.node, "formals")
    ]
    if own:
        formals = own[0].node.formals
        names = tuple(model.text[formal.start : formal.end].strip() for formal in formals)
        return Signature(f"{own[0].text}（{'，'.join(names)}）", own[0].role, names, active)
    if word not in FUNCTIONS:
        return None
    names = tuple(parameter_names(word))
    return Signature(f"{word}（{'，'.join(names)}）", f"{explain(word)}\n{usage(word)}".strip(), names, active)
