"""What can stand at a place: keywords, names in scope, fields, functions, units."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Iterator

from .. import vocabulary as words
from ..lexer import Lexeme
from ..library import BUFFERS, FUNCTIONS, Function
from ..meanings import explain
from ..syntax import Rule
from ..types import Type, named_type
from ..units import COUNTERS, MEASURES
from . import declaring, operations
from .arguments import argument_names, open_call
from .context import FORMAT, TEXT, Context
from .inference import Inference
from .items import FIELD, FUNCTION, KEYWORD, LAYER, NAME, TYPE, UNIT, VALUE, Group, Item
from .model import Model
from .snippets import SNIPPETS
from .symbols import Symbol
from .wording import describe

_FORMATS = ("两位小数", "一位小数", "取整", "百分数", "千分位", "补零三位", "年月日", "不带单位")
_COMMON_UNITS = (
    *("平方米", "亩", "公顷", "米", "千米", "元", "万元"),
    *("天", "个月", "年", "元每平方米", "万元每亩", "平方千米"),
)
_FILE_HEADERS = frozenset({"版本", "权限", "面积口径", "坐标系", "参数日期"})
_WITH_HEADERS = frozenset(["_RULE", "_EXCEPTION", "_STANDARD", "_TOOL", "_FUNCTION", "_TEST"])
# behind these comes a new name, which nobody can foresee
_NEW_NAME = frozenset(
    ["_LET", "_VARIABLE", "_EACH", "_SOME", "_FOR", "MODULE", "_FUNCTION", "_STANDARD", "_PARAMETER", "_OUTPUT"]
)
_ANNOTATED = frozenset(["_LET", "_VARIABLE", "_FUNCTION", "_STANDARD", "_PARAMETER", "_OUTPUT"])
_LAYER_FIRST = frozenset(["_CHECK", "_LOCATED", "_GIVEN", "_OTHER", "_IN"])
_OF_RULES = ("报告数", "报告", "例外数", "提示数", "无法判断数")
# what the first value of a function may be, by the kind of type
_TAKEN = {
    "text": {"text"},
    "number": {"number", "quantity", "length"},
    "date": {"date"},
    "shape": {"shape", "region"},
    "feature": {"shape", "region"},
    "layer": {"list", "region", "layer", "table", "shape"},
    "list": {"list", "table"},
    "mapping": {"mapping"},
}


class Candidates:
    """The candidates of one place."""

    def __init__(self, context: Context, model: Model, visible_at: int) -> None:
        self.context = context
        self.model = model
        self.inference = Inference(model, context, visible_at)
        self._visible_at = visible_at

    def groups(self) -> Iterator[Group]:
        """Everything that fits; several entries may have one label."""
        context = self.context
        if context.after_number:
            yield Group(_units(counters=True))
        elif context.place == FORMAT:
            yield Group((*_formats(), *_units()))
        elif context.place == TEXT:
            yield Group(declaring.texts(context, self.model, self.inference))
        elif context.last == "_OF":
            yield from self._members()
        elif context.last == "_CONVERT":
            yield Group(_units())
        elif context.last == "QUANTITY" and len(context.before) > 1 and context.before[-2].kind == "_OF":
            yield Group(Item(word, FUNCTION, documentation=explain(word)) for word in sorted(BUFFERS))
        elif declaring.types_field(context):
            yield Group((*_types(), *_units()))
        elif declaring.declares_field(context):
            yield Group(declaring.fields_to_declare(context))
        elif context.last == "LAYER":
            yield Group(declaring.layers_to_declare())
        else:
            yield from self._code()

    def _code(self) -> Iterator[Group]:
        context = self.context
        yield Group(self._keywords())
        if context.statement == "META":
            yield Group(_header_values(context.before[0].text))
        elif {"NAME", "WORD"} & context.expected and context.last not in _NEW_NAME:
            if self._annotates():
                yield Group(_types())
                yield self._names(layers_first=True)
            else:
                yield Group(argument_names(context, self.model, self._receiver()))
                yield self._names(context.last in _LAYER_FIRST)
                if context.last not in _LAYER_FIRST:
                    yield _library()
                    yield Group(operations.operation_calls())

    def _receiver(self) -> str:
        """The key of the layer of which a function is asked: 控规指标 的查找（."""
        place = open_call(self.context)
        if place is None or place < 2 or self.context.before[place - 1].kind != "_OF":
            return ""
        return self.inference.type_before(place - 1).layer

    # -- keywords

    def _keywords(self) -> Iterator[Item]:
        context = self.context
        tables = [words.STATEMENT_WORDS] if context.at_head else []
        tables += [words.LINE_WORDS.get(context.statement, {}), words.CONNECTIVES]
        fitting = {word: kind for table in tables for word, kind in table.items() if kind in context.expected}
        for word, kind in fitting.items():
            if self._sensible(word, kind):
                yield Item(word, KEYWORD, rank=4 if context.at_head else 3, documentation=explain(word))
        for kind, item in SNIPPETS.items() if context.at_head else ():
            if kind in context.expected and self._sensible("", kind):
                yield item
        if "_BASIS" in context.expected and not context.at_head:
            yield Item("依据", KEYWORD, rank=3, documentation=explain("依据"))
        if "_OTHER" in context.expected and not context.at_head:
            yield Item("其他", KEYWORD, rank=6, documentation=explain("其他"))

    def _sensible(self, word: str, kind: str) -> bool:
        """Leave out what the grammar allows but the place does not."""
        inside = [line[0].kind for line in self.context.lines]
        if kind == "META":
            return word == "说明" or (word in _FILE_HEADERS) != bool(inside and inside[0] in _WITH_HEADERS)
        return kind not in ("_REQUIRE", "_HINT") or "_CHECK" in inside or "_RULE" in inside

    # -- names and expressions

    def _annotates(self) -> bool:
        """Whether a type comes next: 设定 甲：, 函数 甲（乙：."""
        before = self.context.before
        unbound = not any(lexeme.kind in ("_IS", "_EQUALS") for lexeme in before)
        return self.context.last == "_COLON" and self.context.statement in _ANNOTATED and unbound

    def _names(self, layers_first: bool) -> Group:
        symbols = self._visible()
        key = ("names", layers_first, *map(id, symbols))
        if key not in self.model.groups:
            self.model.groups[key] = Group(self._name(symbol, layers_first) for symbol in symbols)
        return self.model.groups[key]

    def _name(self, symbol: Symbol, layers_first: bool) -> Item:
        detail = partial(describe, symbol, self.model)
        is_layer = symbol.role in ("图层", "表格")
        rank = 0 if is_layer == layers_first else 2
        if symbol.role in ("函数", "标准") and symbol.text.isidentifier():
            return Item(symbol.text, FUNCTION, detail, f"{symbol.text}（$1）", rank)
        return Item(symbol.text, LAYER if is_layer else NAME, detail, "", rank, plain=False)

    def _visible(self) -> list[Symbol]:
        """The names in scope. What the block declares above counts even when the model could not read the block."""
        known = {symbol.name: symbol for symbol in self.model.visible(self._visible_at)}
        first = self.context.lines[0] if self.context.lines else []
        if first and first[0].kind == "_EXCEPTION":  # it knows the names of the rule that it is made for
            known.update({symbol.name: symbol for symbol in self._inside_rules(first)})
        known.update(self.inference.local)
        return list(known.values())

    def _inside_rules(self, lexemes: list[Lexeme]) -> list[Symbol]:
        """The names inside the rules whose titles stand among the lexemes."""
        titles = {lexeme.text.strip('“”"') for lexeme in lexemes if lexeme.kind == "STRING"}
        rules = [rule for rule in self.model.program.of_kind(Rule) if rule.title in titles]
        return [
            symbol
            for symbol in self.model.symbols
            if symbol.owner is None and any(rule.start <= symbol.declared.start < rule.end for rule in rules)
        ]

    # -- members

    def _members(self) -> Iterator[Group]:
        kind = self.inference.type_before(len(self.context.before) - 1)
        if kind.kind == "outcome":
            yield Group(operations.members(kind.layer))
            return
        layer = kind.layer or (kind.item.layer if kind.item is not None else "")
        if layer or kind.kind == "any":
            yield self._fields(layer)
        if kind.kind == "any":
            yield Group(self._of_findings())
        yield Group((*self._own_functions(), *_functions(kind), *self._relations(kind)))

    def _fields(self, layer: str) -> Group:
        """The fields of a layer; of all layers when it is not known."""
        key = ("fields", layer)
        if key not in self.model.groups:
            symbols = (symbol for symbol in self.model.symbols if symbol.owner is not None)
            self.model.groups[key] = Group(
                Item(symbol.text, FIELD, partial(describe, symbol, self.model), "", 0, plain=False)
                for symbol in symbols
                if not layer or symbol.owner == layer
            )
        return self.model.groups[key]

    def _of_findings(self) -> Iterator[Item]:
        """规则“…” 的报告 的第1个 的占用面积: what the rule's check sets."""
        for symbol in self._inside_rules(self.context.before):
            if symbol.role == "设定":
                yield Item(symbol.text, NAME, partial(describe, symbol, self.model), "", 0, plain=False)

    def _own_functions(self) -> Iterator[Item]:
        for symbol in self._visible():
            if symbol.role in ("函数", "标准") and getattr(symbol.node, "formals", None):
                yield Item(symbol.text, NAME, partial(describe, symbol, self.model), "", 2, plain=False)

    def _relations(self, kind: Type) -> Iterator[Item]:
        pair = {lexeme.kind for lexeme in self.context.before}
        for word in sorted(words.RELATIONS) if "_WITH" in pair else ():
            yield Item(word, FUNCTION, rank=1, documentation=explain(word))
        if "_TO" in pair:
            yield Item("距离", FUNCTION, rank=1, documentation=explain("距离"))
        for word in sorted(BUFFERS) if kind.is_shape else ():
            yield Item(word, FUNCTION, "", f"${{1:500}}米{word}", 4, documentation=explain(word))


def _functions(kind: Type) -> Iterator[Item]:
    """What a value of this type can be asked for."""
    if kind.kind == "rule":
        yield from (Item(word, FIELD, "规则", rank=0, documentation=explain(word)) for word in _OF_RULES)
    for word, function in FUNCTIONS.items():
        if _takes(function, kind):
            insert = word + ("（$1）" if function.required > 1 else "")
            rank = 5 if function.parameters[0] == "value" else 3
            yield Item(word, FUNCTION, "", insert, rank, documentation=explain(word))


@lru_cache(maxsize=1)
def _library() -> Group:
    constants = [Item(word, VALUE, rank=4, documentation=explain(word)) for word in sorted(words.CONSTANTS)]
    functions = [
        Item(word, FUNCTION, "", f"{word}（$1）", 7, documentation=explain(word))
        for word in dict.fromkeys(["列表", "字典", "要素", *FUNCTIONS])
    ]
    return Group([*constants, *functions])


def _header_values(word: str) -> Iterator[Item]:
    quote = "“{}”" if word == "等级" else "{}"
    for value in declaring.HEADER_VALUES.get(word, ()):
        yield Item(value, VALUE, word, quote.format(value), 0, documentation=explain(value))


def _formats() -> Iterator[Item]:
    yield from (Item(word, VALUE, "格式", rank=0) for word in _FORMATS)


def _takes(function: Function, kind: Type) -> bool:
    """Whether 甲 的 f is possible for a value of this type."""
    takes = function.parameters[:1]
    if not takes:
        return False
    shapes = kind.kind == "list" and kind.item is not None and kind.item.kind in ("shape", "feature")
    return (
        kind.kind == "any"
        or takes[0] == "value"
        or takes[0] in _TAKEN.get(kind.kind, ())
        or (shapes and "shape" in takes)
    )


def _types() -> Iterator[Item]:
    yield from (Item(word, TYPE, "类型", documentation=explain(word)) for word in sorted(words.TYPE_WORDS))


def _units(counters: bool = False) -> Iterator[Item]:
    for rank, unit in enumerate(_COMMON_UNITS):
        yield Item(unit, UNIT, str(named_type(unit) or ""), rank=min(rank, 4))
    for unit in MEASURES:
        if unit not in _COMMON_UNITS:
            yield Item(unit, UNIT, str(named_type(unit) or ""), rank=5)
    if counters:
        yield from (Item(unit, UNIT, "量词", rank=6) for unit in COUNTERS)
