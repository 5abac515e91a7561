"""What can stand where something is declared, or in quotation marks: entries of the dictionaries, titles, codes."""

from __future__ import annotations

from typing import Iterator, Optional

from .. import syntax as s
from ..characters import normalize
from . import dictionaries, operations
from .context import Context
from .dictionaries import FieldEntry, LayerEntry, doubt
from .inference import Inference
from .items import FIELD, LAYER, VALUE, Item
from .model import Model

HEADER_VALUES = {
    "权限": ("检查", "计算", "管理", "主机"),
    "面积口径": ("平面面积", "椭球面积"),
    "等级": ("强制", "一般", "提示"),
}
_PLAIN_TYPES = frozenset({"文本", "数值", "整数"})  # need not be written
_FIRST_MERIDIAN, _LAST_MERIDIAN = 75, 135  # of China's 3° zones


def declares_field(context: Context) -> bool:
    """Whether the place is one for the name of a field of a layer."""
    return context.last == "_FIELDS" or (
        context.last == "_COMMA" and context.statement in ("LAYER", "_FIELDS") and in_fields(context)
    )


def types_field(context: Context) -> bool:
    """Whether the place is one for the type or unit of a field: 字段 面积（."""
    kinds = [lexeme.kind for lexeme in context.before]
    return context.last == "_OPEN" and context.statement in ("LAYER", "_FIELDS", "_OUTPUT") and "_FIELDS" in kinds


def in_fields(context: Context) -> bool:
    """Whether the place is in a list of fields, outside brackets."""
    kinds = [lexeme.kind for lexeme in context.before]
    return "_FIELDS" in kinds and kinds.count("_OPEN") == kinds.count("_CLOSE")


def layers_to_declare() -> Iterator[Item]:
    """图层 永久基本农田图斑 来自“YJJBNTTB”."""
    for entry in dictionaries.layers():
        detail = f"{entry.code}，{entry.group}{doubt(entry.confidence)}"
        name = _as_name(entry.title)
        yield Item(entry.title, LAYER, detail, f"{name} 来自“{entry.code}”", search=(entry.code, *entry.aliases))


def fields_to_declare(context: Context) -> Iterator[Item]:
    """字段 图斑面积（平方米） 来自“TBMJ”: those of the layer when the dictionaries know it, else all."""
    layer = _standard_layer(context)
    written = {normalize(lexeme.text) for lexeme in context.before}
    entries = dictionaries.fields_of(layer.code) if layer else ()
    for entry in entries or dictionaries.fields():
        if normalize(entry.title) not in written:
            yield _field_to_declare(entry)


def _field_to_declare(entry: FieldEntry) -> Item:
    kind = entry.unit or (entry.type if entry.type not in _PLAIN_TYPES else "")
    text = _as_name(entry.title) + (f"（{kind}）" if kind else "") + f" 来自“{entry.code}”"
    return Item(entry.title, FIELD, entry.code + doubt(entry.confidence), text, 0, (entry.code,), entry.domain)


def _as_name(title: str) -> str:
    return title if title.isidentifier() else f"【{title}】"


def _standard_layer(context: Context) -> Optional[LayerEntry]:
    """The layer of the dictionaries whose declaration is being written."""
    before = context.before
    if context.statement != "LAYER":
        before = next((line for line in reversed(context.lines) if line[0].kind == "LAYER"), before)
    names = [lexeme.text.strip('“”"【】') for lexeme in before[1:4] if lexeme.kind != "_FROM"]
    return dictionaries.find_layer(*reversed(names))


def texts(context: Context, model: Model, inference: Inference) -> Iterator[Item]:
    """What can stand in quotation marks."""
    if context.last == "_FROM":
        yield from _sources(context)
    elif context.before and context.before[-1].text.endswith(operations.WORD):
        yield from operations.operation_titles()
    elif context.last in ("REFERENCE", "_AGAINST"):
        yield from (Item(rule.title, VALUE, "规则", rank=0) for rule in model.program.of_kind(s.Rule))
    elif context.statement == "META":
        yield from _header_texts(context.before[0].text)
    elif inference.compares_land_use():
        yield from _land_use()
    else:
        yield from operations.choices(context)


def _sources(context: Context) -> Iterator[Item]:
    """Names in the data: of layers, and of the columns of a layer whose fields are being declared."""
    if not in_fields(context):
        for layer in dictionaries.layers():
            names = (layer.title, *layer.aliases)
            yield Item(layer.code, LAYER, layer.title + doubt(layer.confidence), "", 0, names, layer.group)
        return
    standard = _standard_layer(context)
    for entry in dictionaries.fields_of(standard.code) if standard else dictionaries.fields():
        yield Item(entry.code, FIELD, entry.title + doubt(entry.confidence), search=(entry.title,))


def _header_texts(word: str) -> Iterator[Item]:
    for value in HEADER_VALUES.get(word, ()):
        yield Item(value, VALUE, word, rank=0)
    if word == "坐标系":
        yield Item("EPSG:4490", VALUE, "CGCS2000 经纬度", rank=0)
        for meridian in range(_FIRST_MERIDIAN, _LAST_MERIDIAN + 1, 3):
            number = (meridian - _FIRST_MERIDIAN) // 3
            for code, detail in (
                (4534 + number, f"CGCS2000 3 度带，中央经线 {meridian}°"),
                (4513 + number, f"CGCS2000 3 度带第 {meridian // 3} 带，坐标带带号"),
            ):
                yield Item(f"EPSG:{code}", VALUE, detail, search=(str(meridian),))


def _land_use() -> Iterator[Item]:
    for code, classes in dictionaries.land_use().items():
        told = "；".join(f"{item.classification}：{item.name}{doubt(item.confidence)}" for item in classes)
        yield Item(code, VALUE, classes[0].name, "", len(code), (classes[0].name,), told)
