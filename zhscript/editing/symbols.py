"""The names of a program: where each is declared, how long it lives, where it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from .. import syntax as s
from ..characters import normalize
from ..program import Program
from ..syntax.nodes import Node, parts


@dataclass(frozen=True)
class Use:
    """A place where a name stands, without brackets 【】 around it or with them."""

    start: int
    end: int
    text: str
    quoted: bool = False  # inside quotation marks, where 【】 would be a part of the text


@dataclass
class Symbol:
    """A declared name. `role` is the word that declares it; `owner` the key of the layer that a field belongs to."""

    name: str
    text: str
    role: str
    declared: Use
    node: Any
    start_of_life: int
    end_of_life: int
    owner: Optional[str] = None
    value: Any = None  # the expression that it stands for
    uses: list[Use] = field(default_factory=list)

    @property
    def places(self) -> list[Use]:
        """Its declaration and its uses, in the order of the text."""
        return sorted([self.declared, *self.uses], key=lambda use: use.start)


_GROUPING = frozenset({"分组", "排序"})


def collect(program: Program, length: int) -> list[Symbol]:
    """The symbols of a program, in the order in which they are met."""
    collector = _Collector(program, length)
    collector.run()
    return collector.symbols


class _Collector:
    def __init__(self, program: Program, length: int) -> None:
        self.program = program
        self.length = length
        self.symbols: list[Symbol] = []
        self._scopes: list[dict[str, Symbol]] = [{}]
        self._fields: dict[tuple[str, str], Symbol] = {}
        self._rules: dict[str, dict[str, Symbol]] = {}  # names inside a rule, by its title
        self._layer = ""
        self._columns = ""  # the layer whose fields the names in 要素（…） are

    def run(self) -> None:
        items = [item for item in self.program.items if item.start < self.length]
        later = (s.RuleException, s.Test)  # they speak of names inside rules
        for item in items:
            self._announce(item)
        for item in sorted(items, key=lambda item: isinstance(item, later)):
            self._visit(item)

    def _announce(self, item: Node) -> None:
        """Layers, functions and standards are known in the whole file."""
        if isinstance(item, s.Layer):
            self._layer = _key(item.identifier)
            self._declare(item.identifier, item.kind, item, start=0)
            self._declare_fields(item.fields)
        elif isinstance(item, s.Fields):
            self._declare_fields(item.fields)
        elif isinstance(item, s.Function):
            self._declare(item.identifier, "函数", item, start=0)
        elif isinstance(item, s.Standard):
            self._declare(item.identifier, "标准", item, start=0)

    def _declare_fields(self, fields: list[s.Field]) -> None:
        for node in fields:
            use = _use(node.identifier)
            symbol = Symbol(
                _key(node.identifier), node.identifier.text, "字段", use, node, 0, self.length + 1, owner=self._layer
            )
            self.symbols.append(symbol)
            self._fields.setdefault((self._layer, symbol.name), symbol)

    def _declare(
        self,
        identifier: s.Identifier,
        role: str,
        node: Any,
        value: Any = None,
        start: int = -1,
    ) -> Symbol:
        start = identifier.end if start < 0 else start
        symbol = Symbol(
            _key(identifier), identifier.text, role, _use(identifier), node, start, self.length + 1, value=value
        )
        self.symbols.append(symbol)
        self._scopes[-1][_key(identifier)] = symbol
        return symbol

    def _find(self, name: str) -> Optional[Symbol]:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def _used(self, identifier: s.Identifier) -> None:
        symbol = self._find(_key(identifier))
        if symbol:
            symbol.uses.append(_use(identifier))

    def _field_used(self, layer: str, name: str, use: Use) -> bool:
        symbol = self._fields.get((layer, name))
        if symbol:
            symbol.uses.append(use)
        return symbol is not None

    # -- walking

    def _visit(self, node: Node) -> None:
        handler: Optional[Callable[[Any], None]] = getattr(self, "_on_" + type(node).__name__.lower(), None)
        if handler:
            handler(node)
        else:
            self._inside(node)

    def _inside(self, node: Node) -> None:
        for part in parts(node):
            self._visit(part)

    def _block(self, node: Node) -> None:
        """What stands inside a block lives until its end."""
        self._scopes.append({})
        self._inside(node)
        self._leave(node.end)

    def _leave(self, end: int) -> dict[str, Symbol]:
        scope = self._scopes.pop()
        for symbol in scope.values():
            symbol.end_of_life = end
        return scope

    _on_test = _on_tool = _on_while = _on_repeat = _on_if = _block

    def _on_identifier(self, _node: s.Identifier) -> None:
        """Names that stand for themselves: options, titles."""

    def _on_layer(self, node: s.Layer) -> None:
        if not any(symbol.node is node for symbol in self.symbols):  # of a tool
            self._announce(node)
        self._inside_fields(node.fields)

    def _on_fields(self, node: s.Fields) -> None:
        self._inside_fields(node.fields)

    def _inside_fields(self, fields: list[s.Field]) -> None:
        for item in fields:
            if item.type:
                self._visit(item.type)

    def _on_import(self, node: s.Import) -> None:
        for identifier in node.names:
            self._declare(identifier, "引用", node)
        if node.alias:
            self._declare(node.alias, "引用", node)

    def _on_binding(self, node: s.Binding) -> None:
        if node.annotation:
            self._visit(node.annotation)
        self._visit(node.value)
        self._declare(node.identifier, "变量" if node.variable else "设定", node, node.value, start=node.end)

    def _on_parameter(self, node: s.Parameter) -> None:
        self._visit(node.value)
        self._declare(node.identifier, "参数", node, node.value, start=node.end)

    def _on_datedparameter(self, node: s.DatedParameter) -> None:
        self._inside(node)
        self._declare(node.identifier, "参数", node, start=node.end)

    def _on_formparameter(self, node: s.FormParameter) -> None:
        self._inside(node)
        self._declare(node.identifier, "参数", node, start=node.end)

    def _on_output(self, node: s.Output) -> None:
        self._visit(node.type)
        symbol = self._declare(node.identifier, "输出", node, start=node.end)
        self._layer = symbol.name
        self._declare_fields(node.fields)
        self._inside_fields(node.fields)

    def _on_function(self, node: s.Function) -> None:
        self._scopes.append({})
        self._formals(node.formals)
        for part in parts(node):
            if part is not node.identifier and not isinstance(part, s.Formal):
                self._visit(part)
        self._leave(node.end)

    def _on_standard(self, node: s.Standard) -> None:
        self._on_function(node)  # type: ignore[arg-type]

    def _formals(self, formals: list[s.Formal]) -> None:
        for formal in formals:
            for part in (formal.annotation, formal.default):
                if part is not None:
                    self._visit(part)
            self._declare(formal.identifier, "形参", formal)

    def _on_rule(self, node: s.Rule) -> None:
        self._scopes.append({})
        for part in parts(node):
            self._visit(part)
        self._leave(node.end)
        own = [symbol for symbol in self.symbols if node.start <= symbol.declared.start < node.end]
        self._rules[node.title] = {symbol.name: symbol for symbol in own}

    def _on_ruleexception(self, node: s.RuleException) -> None:
        """The names of the rule's check are known in its exceptions."""
        self._scopes.append(dict(self._rules.get(node.target, {})))
        self._inside(node)
        self._scopes.pop()

    def _on_check(self, node: s.Check) -> None:
        self._loop(node, node.source, [(node.identifier, "要素")])

    def _on_foreach(self, node: s.ForEach) -> None:
        names = [(node.identifier, "遍历")] + ([(node.numbering, "序号")] if node.numbering else [])
        self._loop(node, node.source, names)

    def _on_query(self, node: s.Query) -> None:
        self._loop(node, node.source, [(node.identifier, "要素")])

    _on_quantifier = _on_query

    def _on_for(self, node: s.For) -> None:
        self._loop(node, None, [(node.identifier, "循环")])

    def _loop(self, node: Any, source: Any, names: list[tuple[s.Identifier, str]]) -> None:
        if source is not None:
            self._visit(source)
        self._scopes.append({})
        for identifier, role in names:
            self._declare(identifier, role, node, source)
        for part in parts(node):
            if part is not source:
                self._visit(part)
        self._leave(node.end)

    # -- uses

    def _on_name(self, node: s.Name) -> None:
        self._used(node.identifier)

    def _on_others(self, node: s.Others) -> None:
        self._used(node.identifier)

    def _on_typename(self, node: s.TypeName) -> None:
        identifier = s.Identifier(node.start, node.start + len(node.text), normalize(node.name), node.text)
        self._used(identifier)
        for argument in node.arguments:
            self._visit(argument)

    def _on_located(self, node: s.Located) -> None:
        self._visit(node.base)
        self._used(node.layer)

    def _on_given(self, node: s.Given) -> None:
        self._used(node.identifier)
        self._with_columns(_key(node.identifier), node.value)

    def _on_put(self, node: s.Put) -> None:
        target = _key(node.target.identifier) if isinstance(node.target, s.Name) else ""
        self._with_columns(target, node.value)
        for part in parts(node):
            if part is not node.value:
                self._visit(part)

    def _with_columns(self, layer: str, value: Node) -> None:
        outer, self._columns = self._columns, layer
        self._visit(value)
        self._columns = outer

    def _on_member(self, node: s.Member) -> None:
        self._visit(node.base)
        if self._field_used(self._layer_of(node.base), _key(node.identifier), _use(node.identifier)):
            return
        base: Any = node.base
        while isinstance(base, (s.Member, s.Item, s.LastItem)):
            base = base.base
        found = self._rules.get(base.title, {}).get(_key(node.identifier)) if isinstance(base, s.Reference) else None
        if found:  # a value of a finding: 规则“…” 的报告 的第1个 的占用面积
            found.uses.append(_use(node.identifier))
        else:
            self._function_used(node.identifier)

    def _function_used(self, identifier: s.Identifier) -> None:
        symbol = self._find(_key(identifier))
        if symbol and symbol.role in ("函数", "标准", "引用"):
            symbol.uses.append(_use(identifier))

    def _on_item(self, node: s.Item) -> None:
        self._visit(node.base)
        if isinstance(node.key, s.Text):
            self._text_used(self._layer_of(node.base), node.key)
        else:
            self._visit(node.key)

    def _on_call(self, node: s.Call) -> None:
        if node.receiver is not None:
            self._visit(node.receiver)
        self._function_used(node.function)
        symbol = self._find(_key(node.function))
        formals = getattr(symbol.node, "formals", []) if symbol else []
        layer = self._layer_of(node.receiver) if node.receiver is not None else ""
        columns = layer if _key(node.function) == "查找" else self._columns if _key(node.function) == "要素" else ""
        for argument in node.arguments:
            if argument.name is not None and not self._field_used(columns, _key(argument.name), _use(argument.name)):
                self._formal_used(formals, argument.name)
            if isinstance(argument.value, s.Text) and _key(node.function) in _GROUPING:
                self._text_used(layer, argument.value)
            self._visit(argument.value)

    def _formal_used(self, formals: list[s.Formal], identifier: s.Identifier) -> None:
        for symbol in self.symbols:
            if any(symbol.node is formal and symbol.name == _key(identifier) for formal in formals):
                symbol.uses.append(_use(identifier))

    def _text_used(self, layer: str, text: s.Text) -> None:
        """“编号” as the name of a field."""
        if text.end - text.start == len(text.value) + 2:
            use = Use(text.start + 1, text.end - 1, text.value, quoted=True)
            self._field_used(layer, normalize(text.value), use)

    def _layer_of(self, node: Any) -> str:
        """The key of the layer whose features a value holds, or ""."""
        kind = self.program.types.get(node)
        if kind is None:
            return ""
        return kind.layer or (kind.item.layer if kind.item is not None else "")


def _key(identifier: s.Identifier) -> str:
    """The name as this file says it; names of referenced files have keys of their own in a program."""
    return normalize(identifier.text)


def _use(identifier: s.Identifier) -> Use:
    return Use(identifier.start, identifier.end, identifier.text)
