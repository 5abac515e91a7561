"""What editors say about words, names and fields."""

from __future__ import annotations

from typing import Any

from ..library import FUNCTIONS
from ..types import Type
from . import dictionaries
from .model import Model
from .symbols import Symbol

_TAKES = {
    "text": "文字",
    "number": "数",
    "quantity": "数",
    "length": "长度",
    "shape": "图形",
    "region": "图形或图层",
    "list": "列表",
    "layer": "图层",
    "table": "表格",
    "mapping": "字典",
    "date": "日期",
    "value": "值",
}


def describe(symbol: Symbol, model: Model) -> str:
    """What a name stands for, in a few words."""
    if symbol.owner is not None:
        return describe_field(symbol, model)
    if symbol.role in ("图层", "表格"):
        source = getattr(symbol.node, "source", "")
        entry = dictionaries.find_layer(source, symbol.text)
        title = f"，{entry.title}{dictionaries.doubt(entry.confidence)}" if entry and entry.title != symbol.text else ""
        return f"{symbol.role} 来自“{source}”{title}"
    kind = type_of(symbol, model)
    return f"{symbol.role} {kind}".strip()


def type_of(symbol: Symbol, model: Model) -> str:
    """The type of what a name stands for, in Chinese, "" when it is not known."""
    annotation = getattr(symbol.node, "annotation", None) or getattr(symbol.node, "type", None)
    if symbol.role in ("形参", "参数", "输出") and annotation is not None:
        return str(annotation.text)
    kind: Any = model.program.types.get(symbol.value) if symbol.value is not None else None
    if kind is None or kind.kind == "any":
        return ""
    if symbol.role in ("要素", "遍历"):
        kind = Type("feature", layer=kind.layer) if kind.kind == "layer" else kind.item
    if kind is not None and kind.kind == "feature" and kind.layer:
        return next((f"{layer.name}的要素" for layer in model.program.layers if layer.key == kind.layer), "要素")
    return str(kind) if kind is not None else ""


def describe_field(symbol: Symbol, model: Model) -> str:
    """A field: its type or unit, its column, its standard meaning."""
    node = symbol.node
    column = node.column or symbol.text
    parts = [f"字段（{node.type.text}）" if node.type else "字段"]
    if column != symbol.text:
        parts.append(f"来自“{column}”")
    layer = next((layer for layer in model.program.layers if layer.key == symbol.owner), None)
    entry = dictionaries.find_field((layer.source, layer.name) if layer else (), column, symbol.text)
    if entry and entry.title != symbol.text:
        parts.append(entry.title + dictionaries.doubt(entry.confidence))
    elif entry and entry.code != column:
        parts.append(entry.code + dictionaries.doubt(entry.confidence))
    return "，".join(parts)


def parameter_names(word: str) -> list[str]:
    """What the parameters of a function of the library are called, or what they take."""
    function = FUNCTIONS[word]
    given = [
        function.names[number] if number < len(function.names) else _TAKES.get(kind, kind)
        for number, kind in enumerate(function.parameters)
    ]
    return [*given, "…"] if function.rest else given


def usage(word: str) -> str:
    """How a function of the library is written: 甲 的截取（数值，数值）."""
    given = parameter_names(word)
    if not FUNCTIONS[word].parameters:
        return f"写法：{word}（{'，'.join(given)}）"
    rest = f"（{'，'.join(given[1:])}）" if given[1:] else ""
    return f"写法：{given[0]} 的{word}{rest}，或 {word}（{'，'.join(given)}）"
