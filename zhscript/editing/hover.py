"""What is shown over a word: its explanation, declaration, type, standard meaning, or its value in other units."""

from __future__ import annotations

from fractions import Fraction
from typing import Iterator, NamedTuple, Optional

from ..characters import BLANKS
from ..lexer import Lexeme
from ..library import FUNCTIONS
from ..meanings import explain, meanings
from ..units import AREA, LENGTH, MONEY, find_unit, quantity
from . import dictionaries
from .context import contexts
from .dictionaries import doubt
from .lookup import lexeme_at
from .model import Model
from .operations import WORD, about_argument, about_title
from .symbols import Symbol
from .wording import describe, usage

_OTHER_UNITS = {
    AREA: ("平方米", "亩", "公顷", "平方千米"),
    LENGTH: ("米", "千米"),
    MONEY: ("元", "万元", "亿元"),
}
_DIGITS = 6


class Hover(NamedTuple):
    """Lines of text about the characters `start`..`end`."""

    start: int
    end: int
    lines: tuple[str, ...]


def hover(model: Model, offset: int) -> Optional[Hover]:
    """What is known of the word at an offset, or None."""
    symbol = model.symbol_at(offset)
    if symbol is not None:
        use = next(use for use in symbol.places if use.start <= offset <= use.end)
        return Hover(use.start, use.end, tuple(_about_symbol(symbol, model)))
    lexeme = lexeme_at(model.text, offset, model.names)
    if lexeme is None:
        return None
    lines = tuple(_about_call(model, lexeme)) or tuple(_about_lexeme(lexeme))
    return Hover(lexeme.start, lexeme.end, lines) if lines else None


def _about_call(model: Model, lexeme: Lexeme) -> Iterator[str]:
    """Titles and arguments of 功能“…”（…）."""
    if WORD not in model.text:
        return
    if lexeme.kind == "STRING" and model.text[: lexeme.start].rstrip(BLANKS).endswith(WORD):
        yield from about_title(lexeme.text[1:-1])
    else:
        yield from about_argument(contexts(model.text, lexeme.start, model.names)[-1].before, lexeme)


def _about_symbol(symbol: Symbol, model: Model) -> Iterator[str]:
    yield f"{symbol.text}：{describe(symbol, model)}"
    line, _ = model.source.place(symbol.declared.start)
    start = model.source.line_start(line)
    written = model.text[start : model.source.line_start(line + 1)].strip()
    yield f"第 {line} 行：{written if len(written) <= 80 else written[:80] + '…'}"
    constant = model.program.constants.get(symbol.value) if symbol.value is not None else None
    if constant is not None:
        kind = model.program.types.get(symbol.value)
        yield from _in_units(constant, kind.dimension if kind is not None and kind.kind == "number" else None, "")
    yield from _standard_meaning(symbol, model)


def _standard_meaning(symbol: Symbol, model: Model) -> Iterator[str]:
    """What the dictionaries say of a layer or a field."""
    node = symbol.node
    if symbol.role in ("图层", "表格"):
        layer = dictionaries.find_layer(getattr(node, "source", ""), symbol.text)
        if layer:
            yield f"标准图层 {layer.code} {layer.title}（{layer.geometry}，{layer.group}）{doubt(layer.confidence)}"
    elif symbol.owner is not None:
        declared = next((layer for layer in model.program.layers if layer.key == symbol.owner), None)
        names = (declared.source, declared.name) if declared else ()
        field = dictionaries.find_field(names, node.column or symbol.text, symbol.text)
        if field:
            yield (
                f"标准字段 {field.code} {field.title}"
                + "".join(f"，{part}" for part in (field.type, field.unit, field.domain) if part)
                + doubt(field.confidence)
            )


def _about_lexeme(lexeme: Lexeme) -> Iterator[str]:
    if lexeme.kind == "QUANTITY":
        value, measure = quantity(lexeme.text)
        yield from _in_units(value * measure.factor, measure.dimension, lexeme.text)
    elif lexeme.kind == "STRING":
        for item in dictionaries.land_use().get(lexeme.text[1:-1], ()):
            yield f"{item.code} {item.name}：{item.classification}{doubt(item.confidence)}"
        layer = dictionaries.find_layer(lexeme.text[1:-1])
        if layer:
            yield f"标准图层 {layer.code} {layer.title}（{layer.geometry}，{layer.group}）{doubt(layer.confidence)}"
    elif explain(lexeme.text):
        yield f"{lexeme.text}：{explain(lexeme.text)}"
        if lexeme.text in FUNCTIONS:
            yield usage(lexeme.text)
        yield from _example(lexeme.text)
    else:
        unit = find_unit(lexeme.text)
        if unit is not None:
            yield from _in_units(unit.factor, unit.dimension, f"1{lexeme.text}")


def _example(word: str) -> Iterator[str]:
    """A short program that shows the word, from the list of words."""
    lines = meanings()[word].example.split("\n")
    shown = next((line.strip() for line in lines if word in line), "")
    if shown and shown != word:
        yield f"例如：{shown}"


def _in_units(value: Fraction, dimension: Optional[tuple], written: str) -> Iterator[str]:
    """15亩 = 10000平方米 = 1公顷."""
    shown = []
    for name in _OTHER_UNITS.get(dimension, ()):  # type: ignore[call-overload]
        unit = find_unit(name)
        if unit is not None:
            text = _number(Fraction(value) / unit.factor) + name
            if text != written:
                shown.append(text)
    if shown:
        yield " = ".join([written, *shown] if written else shown)


def _number(value: Fraction) -> str:
    """Exact where six decimals suffice, else rounded and marked so."""
    rounded = round(value, _DIGITS)
    text = f"{float(rounded):.{_DIGITS}f}".rstrip("0").rstrip(".")
    return text if rounded == value else f"约{text}"
