"""Expressions of rules as formulas of a query language: what SQL and QGIS expressions share.

Both know NULL and the three-valued AND, OR and NOT, which are those of the language: 假 且 空 is 假.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from .. import syntax as s
from ..program import LayerDeclaration, Program
from ..types import Type
from .conditions import Conditions
from .refusal import Refusal
from .terms import EMPTY, NEVER, UNKNOWN, Items, Later, Layer, Located, Row, Scope, Selection, Term, Value

LONGEST = 200_000
MAXIMUM_CALLS = 30
_SELECTED = frozenset({"个数", "总和", "平均值", "最大值", "最小值"})


class Formulas(Conditions):
    """Writes expressions; subclasses say how the target spells what is not common."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.layers = {layer.key: layer for layer in program.layers}
        self.functions = {item.identifier.name: item for item in program.of_kind(s.Function)}
        self.standards = {item.identifier.name: item for item in program.of_kind(s.Standard)}
        self._depth = 0

    # -- entry points

    def value(self, node: Any, scope: Scope) -> Value:
        exact = self.program.constants.get(node)
        if exact is not None:
            return self.number(exact)
        method: Optional[Callable[..., Value]] = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise self.refuse("这种写法", node)
        return method(node, scope)

    def term(self, node: Any, scope: Scope) -> Term:
        value = self.value(node, scope)
        if isinstance(value, Term):
            if len(value.text) > LONGEST:
                raise Refusal(f"译成{self.target}太长了，请把规则拆开", node)
            return value
        raise Refusal(f"这里的值不能写成{self.target}的一个值", node)

    # -- literals and names

    def _text(self, node: s.Text, _scope: Scope) -> Value:
        return self.text(node.value)

    def _template(self, node: s.Template, scope: Scope) -> Value:
        pieces = []
        for part in node.parts:
            if isinstance(part, str):
                pieces.append(self.quote(part))
                continue
            term = self.term(part.expression, scope)
            if term.kind != "text" or part.formats:
                raise self.refuse("文字里的数和日期", part)
            fallback = {EMPTY: "空", UNKNOWN: "（无法判断）"}.get(term.null)
            pieces.append(f"coalesce({term.text}, {self.quote(fallback)})" if fallback else term.text)
        return Term(f"concat({', '.join(pieces)})", "text", tight=True)

    def _date(self, node: s.Date, _scope: Scope) -> Value:
        return self.date(node.value)

    def _group(self, node: s.Group, scope: Scope) -> Value:
        return self.value(node.inner, scope)

    def _name(self, node: s.Name, scope: Scope) -> Value:
        name = node.identifier.name
        if name in scope:
            value = scope[name]
            return self.value(value.node, value.scope) if isinstance(value, Later) else value
        if name in self.layers:
            if self.layers[name].kind != "layer":
                raise self.refuse(f"表格“{node.identifier.text}”", node)
            return Layer(self.layers[name])
        if name in ("真", "是", "假", "否"):
            return Term("TRUE" if name in ("真", "是") else "FALSE", "boolean", tight=True)
        if name == "空":
            return Term("NULL", "any", EMPTY, tight=True)
        if name == "换行":
            return self.text("\n")
        if name == "今天":
            if self.program.date is None:
                raise Refusal("没有“参数日期”，不知道“今天”是哪一天；请在文件开头写 参数日期", node)
            return self.date(self.program.date)
        raise self.refuse(f"“{node.identifier.text}”", node)

    def _others(self, node: s.Others, scope: Scope) -> Value:
        layer = self.layers[node.identifier.name]
        rows = [value for value in scope.values() if isinstance(value, Row) and value.layer.key == layer.key]
        if not rows:
            raise self.refuse(f"“其他 {layer.name}”", node)
        return Layer(layer, rows[-1])

    def _listof(self, node: s.ListOf, scope: Scope) -> Value:
        return Items(tuple(node.items), scope)

    # -- members

    def _member(self, node: s.Member, scope: Scope) -> Value:
        base = self.value(node.base, scope)
        name = node.identifier.name
        if isinstance(base, (Row, Located)):
            kind = self.field_kind(base.layer, name)
            if kind and isinstance(base, Row):
                return self.field(base, name, kind)
            if kind and isinstance(base, Located):
                return self.located_field(base, name, kind)
        if isinstance(base, (Layer, Selection)):
            selection = base if isinstance(base, Selection) else Selection(base, scope=scope)
            if name in _SELECTED and (name == "个数" or selection.listing is not None):
                return self.selected(selection, name, node)
            if self.field_kind(selection.source.layer, name) or (name in ("面积", "周长", "长度")):
                return Selection(selection.source, selection.name, selection.where, node.identifier, selection.scope)
        return self._apply(node.identifier, [node.base], {}, node, scope)

    def field_kind(self, layer: LayerDeclaration, name: str) -> str:
        """The kind of a declared field, "" when there is none."""
        found: Optional[Type] = layer.field_type(name)
        return "" if found is None else found.kind

    def _item(self, node: s.Item, scope: Scope) -> Value:
        base = self.value(node.base, scope)
        if isinstance(base, Row) and isinstance(node.key, s.Text) and not node.ordinal:
            key = s.Identifier(node.key.start, node.key.end, node.key.value, node.key.value)
            return self._member(s.Member(node.start, node.end, node.base, key), scope)
        if isinstance(base, Items) and node.ordinal:
            place = self.program.constants.get(node.key)
            if place is not None and place.denominator == 1 and 1 <= place <= len(base.nodes):
                return self.value(base.nodes[int(place) - 1], base.scope)
        raise self.refuse("“第几个”和按键取值", node)

    def _query(self, node: s.Query, scope: Scope) -> Value:
        return Selection(self._source(node, scope), node.identifier.name, node.where, node.listing, scope)

    def _source(self, node: Any, scope: Scope) -> Layer:
        source = self.value(node.source, scope)
        if not isinstance(source, Layer):
            raise self.refuse("不是图层的“中的每个”", node)
        return source

    def _quantifier(self, node: s.Quantifier, scope: Scope) -> Value:
        selection = Selection(self._source(node, scope), node.identifier.name, node.condition, None, scope)
        return self.quantified(selection, node.every, node)

    # -- calls

    def _call(self, node: s.Call, scope: Scope) -> Value:
        given = [] if node.receiver is None else [node.receiver]
        given += [argument.value for argument in node.arguments if argument.name is None]
        named = {argument.name.name: argument.value for argument in node.arguments if argument.name}
        if node.function.name == "列表" and node.receiver is None and "列表" not in self.functions:
            return Items(tuple(given), scope)
        return self._apply(node.function, given, named, node, scope)

    def _apply(
        self, identifier: s.Identifier, given: list[Any], named: dict[str, Any], node: Any, scope: Scope
    ) -> Value:
        name = identifier.name
        own: Any = self.functions.get(name) or self.standards.get(name)
        if own is None:
            if named:
                raise self.refuse(f"带名字的参数“{next(iter(named))}”", node)
            return self.library(name, node, given, scope)
        if self._depth >= MAXIMUM_CALLS:
            raise self.refuse(f"一层层调用自己的函数“{identifier.text}”", node)
        inner = {**self.globals, **{key: value for key, value in scope.items() if isinstance(value, Row)}}
        for formal, argument in zip(own.formals, given):
            inner[formal.identifier.name] = Later(argument, scope)
        for formal in own.formals[len(given) :]:
            argument = named.get(formal.identifier.name, formal.default)
            inner[formal.identifier.name] = Later(argument, scope)
        self._depth += 1
        try:
            if isinstance(own, s.Standard):
                return self._standard(own, inner)
            return self._body(own.body, inner, node)
        finally:
            self._depth -= 1

    def _body(self, body: list[s.Statement], scope: Scope, node: Any) -> Value:
        """The value that the statements of a function return."""
        scope = dict(scope)
        for number, statement in enumerate(body):
            if isinstance(statement, s.Binding) and not statement.variable:
                scope[statement.identifier.name] = Later(statement.value, dict(scope))
            elif isinstance(statement, s.Return) and statement.value is not None:
                return self.value(statement.value, scope)
            elif isinstance(statement, s.If):
                rest = body[number + 1 :]
                branches = [(condition, [*block, *rest]) for condition, block in statement.branches]
                choices = [
                    (self.condition(condition, scope), self._single(block, scope, node))
                    for condition, block in branches
                ]
                return self.choice(choices, self._single([*statement.otherwise, *rest], scope, node))
            else:
                raise self.refuse("函数里除设定、如果、返回以外的语句", statement)
        raise self.refuse("没有返回值的函数", node)

    def _single(self, body: list[s.Statement], scope: Scope, node: Any) -> Term:
        value = self._body(body, scope, node)
        if not isinstance(value, Term):
            raise self.refuse("返回要素或列表的函数", node)
        return value

    def _standard(self, own: s.Standard, scope: Scope) -> Value:
        """The one exception that holds gives the value; where two hold with different values nothing is known."""
        value: Term = self.term(own.principle, scope)
        holding: list[tuple[Term, Term]] = []
        for case in own.cases:
            if case.over:
                raise self.refuse("“优先于”", case)
            holding.append((self.condition(case.condition, scope), self.term(case.value, scope)))
        for number, (condition, chosen) in reversed(list(enumerate(holding))):
            clashes = [
                f"({other.bracketed} AND {self.compared('不等于', chosen, rival)})"
                for other, rival in holding[number + 1 :]
            ]
            unknown = [f"{other.bracketed} IS NULL" for other, _ in holding[number + 1 :] if other.null != NEVER]
            spoilt = " OR ".join(clashes + unknown)
            picked = Term(f"CASE WHEN {spoilt} THEN NULL ELSE {chosen.text} END", chosen.kind, UNKNOWN)
            value = self.choice([(condition, picked if spoilt else chosen)], value)
        return value
