"""Emits members (甲 的面积), items and calls."""

from __future__ import annotations

import ast
from typing import Any

from ... import syntax as s
from ...library import FUNCTIONS
from ...types import ANY, NUMBER, Type, list_of
from ...units import NONE
from .conditions import Conditions
from .emitted import SCALARS, Emitted, FunctionCode, Uncovered

_CONSTRUCTORS = ("列表", "字典", "要素")
# library functions whose result is never 空
_SURE = frozenset(
    [
        "面积", "总面积", "周长", "长度", "节点数", "个数", "字数", "拼接", "替换", "拆分", "去空白", "截取",
        "大写", "小写", "匹配", "转为数值", "转为文本", "转为日期", "取整", "四舍五入", "乘方", "余数", "商",
        "年份", "月份", "日数", "星期", "推迟", "相隔天数", "相隔月数",
    ]
)  # fmt: skip


class Calls(Conditions):
    """Calls of the library and of functions of the file."""

    # -- members

    def _member(self, node: s.Member) -> Emitted:
        column = self._column(node)
        if column is not None:
            return column
        base, name, at = self.value(node.base), node.identifier.name, self.range(node)
        if base.type.kind == "feature" and base.type.layer in self.layers:
            declared = self.layers[base.type.layer].field_type(name)
            if declared is not None:
                return self._field(base, name, declared, node)
        if name in self.functions:
            return self._own_member(base, node)
        if base.sure and base.type.kind in (*SCALARS, "shape") and name in FUNCTIONS:
            return self.library(node.identifier, [base], {}, node)
        maker = self.requests.name("k_member", (name, node.start), lambda runtime: runtime.member(node))
        tree = self.call(maker, [self.boxed(base, self.range(node.base))], at)
        fixed = FUNCTIONS.get(name)
        if fixed and isinstance(fixed.result, Type) and base.type.kind == "feature":
            return self._result(fixed.result, name, tree, at)
        return Emitted(tree, ANY)

    def _column(self, node: s.Member) -> Emitted | None:
        """A declared field of a feature that comes from a loop: the column at its row."""
        variable = self.find(node.base.identifier.name) if type(node.base) is s.Name else None
        if variable is None or not variable.index:
            return None
        key = (variable.type.layer, node.identifier.name)
        declared = self.layers[key[0]].field_type(key[1])
        if declared is None:
            return None
        at, kind = self.range(node), declared if declared.kind in SCALARS else ANY
        column = self.requests.name("k_column", (*key, kind.kind), lambda runtime: runtime.column(*key, kind.kind))
        tree = ast.Subscript(self.name(column, at), self.name(variable.index, at), ast.Load(), **at)
        return Emitted(tree, kind, False, True)

    def _field(self, base: Emitted, name: str, declared: Type, node: s.Member) -> Emitted:
        """A declared field of a feature."""
        at, kind = self.range(node), declared if declared.kind in SCALARS else ANY
        tree = self.call("k_field", [base.tree, self.constant(name, at)], at)
        if kind.kind == "number" and kind.dimension != NONE:
            tree = self.call("k_plain", [tree], at)
        return Emitted(tree, kind, False, base.sure and base.total)

    def _own_member(self, base: Emitted, node: s.Member) -> Emitted:
        """甲 的 函数, unless the value is 空 or has a field or key of that name."""
        at = self.range(node)
        if base.sure and (base.type.kind in (*SCALARS, "shape") or (base.type.kind == "feature" and base.type.layer)):
            return self.own(node.identifier, [base], {}, node)
        given = self.name("t_base", at)
        own = self.own(node.identifier, [Emitted(given, base.type)], {}, node)
        maker = self.requests.name("k_member", (node.identifier.name, node.start), lambda runtime: runtime.member(node))
        test = self.call("k_holds", [given, self.constant(node.identifier.name, at)], at)
        tree = ast.IfExp(test, self.call(maker, [given], at), self.boxed(own, at), **at)
        name = self.temporary("f_")
        self.before.append(self.define(name, ["t_base"], [ast.Return(tree, **at)], at))
        return Emitted(self.call(name, [base.tree], at), own.type if own.dimension == NONE else ANY)

    # -- items

    def _item(self, node: s.Item) -> Emitted:
        base, key, at = self.value(node.base), self.value(node.key), self.range(node)
        if node.ordinal:
            tree = self.call("k_nth", [base.tree, self.boxed(key, at)], at)
            return Emitted(tree, *_element(base))
        return Emitted(self.call("k_item", [self.boxed(base, at), self.boxed(key, at)], at), ANY)

    def _lastitem(self, node: s.LastItem) -> Emitted:
        base, at = self.value(node.base), self.range(node)
        return Emitted(self.call("k_last", [base.tree], at), *_element(base))

    # -- calls

    def _call(self, node: s.Call) -> Emitted:
        name = node.function.name
        if name in _CONSTRUCTORS and name not in self.functions and node.receiver is None:
            return self._constructor(node)
        given = [] if node.receiver is None else [self.value(node.receiver)]
        given += [self.value(argument.value) for argument in node.arguments if argument.name is None]
        named = {argument.name.name: self.value(argument.value) for argument in node.arguments if argument.name}
        if name in self.functions:
            return self.own(node.function, given, named, node)
        return self.library(node.function, given, named, node)

    def _constructor(self, node: s.Call) -> Emitted:
        at = self.range(node)
        values = [(argument, self.value(argument.value)) for argument in node.arguments]
        trees = [self.boxed(value, self.range(argument)) for argument, value in values]
        total = all(value.total for _, value in values)
        if node.function.name == "列表":
            items = self.list_type([value for _, value in values]) if values else list_of(ANY)
            return Emitted(ast.List(trees, ast.Load(), **at), items, True, total)
        keys = [self.constant(argument.name.name, at) for argument in node.arguments if argument.name]
        pairs = [tree for argument, tree in zip(node.arguments, trees) if argument.name]
        return Emitted(ast.Dict(keys, pairs, **at), ANY, True, total)

    def library(self, identifier: s.Identifier, given: list[Emitted], named: dict[str, Emitted], node: Any) -> Emitted:
        """A call of the library."""
        name, at = identifier.name, self.range(node)
        function = FUNCTIONS.get(name)
        if function is None:
            raise Uncovered(name)
        if name == "余数" and not named and all(value.type == NUMBER for value in given):
            return Emitted(ast.BinOp(given[0].tree, ast.Mod(), given[1].tree, **at), NUMBER, True, bits=given[1].bits)
        maker = self.requests.name("k_library", name, lambda runtime: runtime.library(identifier))
        arguments = [self.boxed(value, at) for value in given]
        keywords = [ast.keyword(f"u_{key}", self.boxed(value, at), **at) for key, value in named.items()]
        tree = ast.Call(ast.Name(maker, ast.Load(), **at), arguments, keywords, **at)
        if isinstance(function.result, Type):
            return self._result(function.result, name, tree, at)
        return Emitted(tree, ANY)

    def _result(self, kind: Type, name: str, tree: Any, at: Any) -> Emitted:
        if kind.kind not in (*SCALARS, "shape"):
            return Emitted(tree, ANY)
        if kind.kind == "number" and kind.dimension != NONE:
            tree = self.call("k_plain", [tree], at)
        return Emitted(tree, kind, name in _SURE)

    def own(self, identifier: s.Identifier, given: list[Emitted], named: dict[str, Emitted], node: Any) -> Emitted:
        """A call of a function of the file."""
        code, at = self.functions[identifier.name], self.range(node)
        self.called += 1
        code.called = True
        formals = self.declared_functions[identifier.name].formals
        trees = [self.fitted(value, formal.type, at).tree for value, formal in zip(given, code.formals)]
        by_name = {variable.name: variable for variable in code.formals}
        values = [(by_name[name], value) for name, value in named.items()]
        for formal, variable in list(zip(formals, code.formals))[len(given) :]:
            if variable.name not in named and formal.default is not None:
                values.append((variable, self._default(formal.default)))
        keywords: list[Any] = []
        for variable, value in values:
            tree = self.fitted(value, variable.type, at).tree
            if variable is code.formals[len(trees)] if len(trees) < len(code.formals) and not keywords else False:
                trees.append(tree)
            else:
                keywords.append(ast.keyword(variable.python, tree, **at))
        if code.counted:
            trees.insert(0, self._depth(at, isinstance(self.declared_functions[identifier.name], s.Function)))
        tree = ast.Call(ast.Name(code.python, ast.Load(), **at), trees, keywords, **at)
        return Emitted(tree, code.result)

    def _default(self, node: Any) -> Emitted:
        """The default of a parameter sees the names of the file only."""
        outer, self.scopes = self.scopes, self.scopes[:1]
        try:
            return self.value(node)
        finally:
            self.scopes = outer

    def _depth(self, at: Any, function: bool) -> Any:
        """How deep what is called is: a function one more than what calls, a 标准 as deep as that."""
        if not (isinstance(self.owner, FunctionCode) and self.owner.counted):
            return self.constant(int(function), at)
        depth = self.name("t_depth", at)
        return ast.BinOp(depth, ast.Add(), self.constant(1, at), **at) if function else depth

    declared_functions: dict[str, s.Function | s.Standard]


def _element(base: Emitted) -> tuple[Type, bool]:
    item = base.type.item
    if base.type.kind == "list" and item is not None and item.kind in ("number", "text"):
        known = item.kind == "text" or item.dimension == NONE
        return (item, True) if known else (ANY, False)
    if base.type.kind == "layer":
        return Type("feature", layer=base.type.layer), True
    return ANY, False
