"""Emits arithmetic, comparisons, logic, queries and relations between geometries.

空 never passes silently: Python itself refuses None in arithmetic and in < and >, so a = b between values that may be
空 is written a <= b <= a. Whatever Python refuses, the interpreter evaluates again to tell it in Chinese.
"""

from __future__ import annotations

import ast
from typing import Any

from ... import syntax as s
from ...types import ANY, BOOLEAN, DATE, NUMBER, SHAPE, Type, list_of, number_of
from ...units import AREA, LENGTH, NONE, find_unit
from .emitted import SCALARS, Emitted
from .values import Values

_OPERATORS: dict[str, Any] = {"+": ast.Add(), "-": ast.Sub(), "×": ast.Mult(), "÷": ast.Div()}
_SLOW = {"+": "k_add", "-": "k_subtract", "×": "k_multiply", "÷": "k_divide"}
_ORDERS: dict[str, Any] = {"大于": ast.Gt(), "小于": ast.Lt(), "不大于": ast.LtE(), "不小于": ast.GtE()}
_EQUALS: dict[str, Any] = {"等于": ast.Eq(), "不等于": ast.NotEq()}
_COMPARERS = {
    "大于": "k_greater",
    "小于": "k_less",
    "不大于": "k_at_most",
    "不小于": "k_at_least",
    "等于": "k_equal",
    "不等于": "k_unequal",
}
_AT_MOST = ast.LtE()
_LARGE = 2**62  # products below are let through without a call
_TESTS = {"属于": "k_among", "位于": "k_inside", "包含": "k_contains"}
_LOGIC: dict[str, Any] = {"且": ast.And(), "或": ast.Or()}
_NOT = ast.Not()
_IS, _IS_NOT = ast.Is(), ast.IsNot()
_MEASURES = {"相交面积": number_of(AREA), "相交长度": number_of(LENGTH)}


class Conditions(Values):
    """Arithmetic and conditions."""

    # -- arithmetic

    def _arithmetic(self, node: s.Arithmetic) -> Emitted:
        constant = self.constants.get(node)
        if constant is not None:
            return self.number(node, constant, self.types[node])
        left, right = self._operands(node)
        return self.computed(node.operator, left, right, node, self.constants.scales(node))

    def _operands(self, node: Any) -> tuple[Emitted, Emitted]:
        """Both sides; the left one is asked for 空 before the right one calls a function."""
        left = self.value(node.left)
        called = self.called
        right = self.value(node.right)
        if self.called > called and not left.sure:
            at = self.range(node.left)
            text = self.program.source.slice(node.left.start, node.left.end).replace("\n", " ")
            name = self.temporary()
            kept = ast.NamedExpr(ast.Name(name, ast.Store(), **at), left.tree, **at)
            known = ast.Compare(kept, [_IS_NOT], [self.constant(None, at)], **at)
            refuse = self.call("k_sure", [self.constant(None, at), self.constant(text, at)], at)
            left.tree = ast.IfExp(known, self.name(name, at), refuse, **at)
        return left, right

    def computed(self, operator: str, left: Emitted, right: Emitted, node: Any, scaling: bool = False) -> Emitted:
        """left operator right; `scaling` marks the product with a constant."""
        at = self.range(node)
        if not (left.is_number and right.is_number):
            name = "k_scale" if operator == "×" and scaling else _SLOW[operator]
            tree = self.call(name, [self.boxed(left, at), self.boxed(right, at)], at)
            return Emitted(tree, _date_result(operator, left, right), True)
        kind = _number_result(operator, left, right)
        tree = ast.BinOp(left.tree, _OPERATORS[operator], right.tree, **at)
        total = left.total and right.total and left.sure and right.sure
        bits = _bits(operator, left, right)
        if operator == "÷":
            total = total and isinstance(right.tree, ast.Constant) and right.tree.value != 0
        elif operator == "×" and not (scaling or bits) and left.dimension == right.dimension == NONE:
            tree = self._limited(tree, at)
        return Emitted(tree, kind, True, total, bits)

    def _limited(self, product: Any, at: Any) -> Any:
        """product if it is not large, else the runtime's verdict on it; two plain tests cost less than a chain."""
        name = self.temporary()
        kept = ast.NamedExpr(ast.Name(name, ast.Store(), **at), product, **at)
        verdict = self.call("k_limited", [self.name(name, at)], at)
        above = ast.Compare(self.name(name, at), [_ORDERS["大于"]], [self.constant(-_LARGE, at)], **at)
        below = ast.Compare(kept, [_ORDERS["小于"]], [self.constant(_LARGE, at)], **at)
        return ast.IfExp(below, ast.IfExp(above, self.name(name, at), verdict, **at), verdict, **at)

    def _negative(self, node: s.Negative) -> Emitted:
        constant = self.constants.get(node)
        if constant is not None:
            return self.number(node, constant, self.types[node])
        operand, at = self.value(node.operand), self.range(node)
        if operand.is_number:
            return Emitted(
                ast.UnaryOp(ast.USub(), operand.tree, **at), operand.type, True, operand.sure and operand.total
            )
        return Emitted(self.call("k_negative", [operand.tree], at), ANY, True)

    def _convert(self, node: s.Convert) -> Emitted:
        constant = self.constants.get(node)
        if constant is not None:
            return self.number(node, constant, NUMBER)
        operand, unit, at = self.value(node.operand), find_unit(node.unit.name), self.range(node)
        if not operand.is_number or unit is None:
            name = self.requests.name("k_convert", node.unit.name, lambda runtime: runtime.converter(node.unit.name))
            return Emitted(self.call(name, [self.boxed(operand, at)], at), NUMBER, True)
        tree = operand.tree
        if unit.factor.denominator != 1 or unit.factor.numerator == 1:
            tree = ast.BinOp(tree, _OPERATORS["×"], self.constant(unit.factor.denominator, at), **at)
        if unit.factor.numerator != 1:
            tree = ast.BinOp(tree, _OPERATORS["÷"], self.constant(unit.factor.numerator, at), **at)
        return Emitted(tree, NUMBER, True, operand.sure and operand.total)

    # -- conditions

    def condition(self, node: Any) -> Emitted:
        """The tree of a condition, surely true or false."""
        value = self.value(node)
        if value.type == BOOLEAN and value.sure:
            return value
        at = self.range(node)
        return Emitted(self.call("k_truth", [self.boxed(value, at)], at), BOOLEAN, True)

    def noted(self, node: Any) -> Emitted:
        """The same where both outcomes matter: an observer is told which one came."""
        value, observed = self.condition(node), self.observed
        if observed is None or node not in observed.wanted:
            return value
        at, tell = self.range(node), observed.condition
        name = self.requests.name("k_came", node, lambda _runtime: lambda outcome: tell(node, outcome) or outcome)
        return Emitted(self.call(name, [value.tree], at), BOOLEAN, True)

    def _not(self, node: s.Not) -> Emitted:
        operand = self.condition(node.operand)
        return Emitted(ast.UnaryOp(_NOT, operand.tree, **self.range(node)), BOOLEAN, True, operand.total)

    def _logical(self, node: s.Logical) -> Emitted:
        left, right = self.condition(node.left), self.condition(node.right)
        at = self.range(node)
        if left.total or self.pure:
            tree = ast.BoolOp(_LOGIC[node.operator], [left.tree, right.tree], **at)
            return Emitted(tree, BOOLEAN, True, left.total and right.total)
        thunks = [self.thunk(side.tree, self.range(part)) for side, part in ((left, node.left), (right, node.right))]
        return Emitted(self.call("k_both" if node.operator == "且" else "k_either", thunks, at), BOOLEAN, True)

    def _compare(self, node: s.Compare) -> Emitted:
        left, right = self._operands(node)
        word, at = node.operator, self.range(node)
        if word in _COMPARERS:
            return self.compared(word, left, right, at)
        if word in ("开头是", "结尾是"):
            name = "k_starts" if word == "开头是" else "k_ends"
            return Emitted(self.call(name, [left.tree, right.tree], at), BOOLEAN, True)
        negated = word.startswith("不")
        tree = self.call(_TESTS[word.removeprefix("不")], [self.boxed(left, at), self.boxed(right, at)], at)
        return Emitted(ast.UnaryOp(_NOT, tree, **at) if negated else tree, BOOLEAN, True)

    def compared(self, word: str, left: Emitted, right: Emitted, at: Any) -> Emitted:
        """left word right."""
        alike = left.type.kind in SCALARS and left.type.kind == right.type.kind and left.dimension == right.dimension
        if not alike or (word in _ORDERS and left.type.kind not in ("number", "date")):
            tree = self.call(_COMPARERS[word], [self.boxed(left, at), self.boxed(right, at)], at)
            return Emitted(tree, BOOLEAN, True)
        sure = left.sure and right.sure
        total = sure and left.total and right.total
        if word in _ORDERS:
            return Emitted(ast.Compare(left.tree, [_ORDERS[word]], [right.tree], **at), BOOLEAN, True, total)
        if sure:
            return Emitted(ast.Compare(left.tree, [_EQUALS[word]], [right.tree], **at), BOOLEAN, True, total)
        if not isinstance(left.tree, (ast.Name, ast.Constant)):
            left, right = right, left
        if not isinstance(left.tree, (ast.Name, ast.Constant)):
            return Emitted(self.call(_COMPARERS[word], [left.tree, right.tree], at), BOOLEAN, True)
        tree = ast.Compare(left.tree, [_AT_MOST, _AT_MOST], [right.tree, left.tree], **at)
        return Emitted(ast.UnaryOp(_NOT, tree, **at) if word == "不等于" else tree, BOOLEAN, True)

    def _between(self, node: s.Between) -> Emitted:
        parts = [self.value(part) for part in (node.operand, node.low, node.high)]
        at = self.range(node)
        plain = all(part.is_number and part.dimension == parts[0].dimension for part in parts)
        if plain or all(part.type == DATE for part in parts):
            value, low, high = (part.tree for part in parts)
            if isinstance(value, (ast.Name, ast.Constant)):
                tests: list[Any] = [
                    ast.Compare(value, [_ORDERS["不小于"]], [low], **at),
                    ast.Compare(value, [_ORDERS["不大于"]], [high], **at),
                ]
                total = all(part.total and part.sure for part in parts)
                return Emitted(ast.BoolOp(_LOGIC["且"], tests, **at), BOOLEAN, True, total)
        trees = [self.boxed(part, at) for part in parts[:2]] + [self.thunk(self.boxed(parts[2], at), at)]
        return Emitted(self.call("k_between", trees, at), BOOLEAN, True)

    def _about(self, node: s.About) -> Emitted:
        at = self.range(node)
        return Emitted(
            self.call("k_about", [self.box(part) for part in (node.left, node.right, node.tolerance)], at),
            BOOLEAN,
            True,
        )

    def _empty(self, node: s.Empty) -> Emitted:
        value, at = self.value(node.operand), self.range(node)
        if value.type.kind in SCALARS:
            tree = ast.Compare(value.tree, [_IS_NOT if node.negated else _IS], [self.constant(None, at)], **at)
            return Emitted(tree, BOOLEAN, True, value.total)
        tree = self.call("k_empty", [self.boxed(value, at)], at)
        return Emitted(ast.UnaryOp(_NOT, tree, **at) if node.negated else tree, BOOLEAN, True, value.total)

    def _absent(self, node: s.Absent) -> Emitted:
        value, at = self.value(node.operand), self.range(node)
        return Emitted(self.call("k_absent", [self.boxed(value, at)], at), BOOLEAN, True, value.total)

    # -- geometry

    def _relation(self, node: s.Relation) -> Emitted:
        at, word = self.range(node), node.word.name
        arguments = [self.box(node.left), self.box(node.right), self.constant(word, at)]
        return Emitted(self.call("k_relation", arguments, at), _MEASURES.get(word, SHAPE), True)

    def _distance(self, node: s.Distance) -> Emitted:
        tree = self.call("k_distance", [self.box(node.left), self.box(node.right)], self.range(node))
        return Emitted(tree, number_of(LENGTH), True)

    def _touching(self, node: s.Touching) -> Emitted:
        at = self.range(node)
        arguments = [self.box(node.left), self.box(node.right), self.constant(node.word, at)]
        return Emitted(self.call("k_touching", arguments, at), BOOLEAN, True)

    def _measuredmember(self, node: s.MeasuredMember) -> Emitted:
        at, distance = self.range(node), float(node.measure.value)
        if node.identifier.name == "内缩范围":
            distance = -distance
        return Emitted(self.call("k_buffer", [self.box(node.base), self.constant(distance, at)], at), SHAPE, True)

    def _located(self, node: s.Located) -> Emitted:
        at, key = self.range(node), node.layer.name
        tree = self.call("k_located", [self.box(node.base), self.layer(key, at)], at)
        return Emitted(tree, Type("feature", layer=key))

    def _unique(self, node: s.Unique) -> Emitted:
        at = self.range(node)
        operand: Any = node.operand
        arguments = [self.box(operand.base), self.constant(operand.identifier.name, at), self.box(operand)]
        return Emitted(self.call("k_unique", arguments, at), BOOLEAN, True)

    # -- queries

    def _query(self, node: s.Query) -> Emitted:
        at = self.range(node)
        source, element = self.source(node.source)
        result = self.temporary()
        outer, self.before = self.before, []
        self.scopes.append({})
        variable = self.declare(node.identifier, *element)
        where = None if node.where is None else self.condition(node.where)
        ahead, self.before = self.before, []
        listed = self.value(node.listing) if node.listing is not None else None
        items = self.list_type([listed]) if listed is not None else list_of(ANY)
        if not ahead and not self.before:
            self.before = outer
            self.scopes.pop()
            return Emitted(self._comprehension(node, variable, source, where, listed), items, True)
        item = self.name(variable.python, at) if listed is None else self.boxed(listed, self.range(node.listing))
        add: list[Any] = [*self.before, ast.Expr(self.call("k_append", [self.name(result, at), item], at), **at)]
        self.scopes.pop()
        body: list[Any] = [self.look(at), *ahead]
        body += [ast.If(where.tree, add, [], **at)] if where is not None else add
        self.before = outer
        start = self.assign(result, ast.List([], ast.Load(), **at), at)
        loop = self.loop(variable, "t_all", body, at)
        name = self.temporary("f_")
        self.before.append(self.define(name, ["t_all"], [start, loop, ast.Return(self.name(result, at), **at)], at))
        return Emitted(self.call(name, [source], at), items, True)

    def _comprehension(self, node: s.Query, variable: Any, source: Any, where: Any, listed: Any) -> Any:
        """[listed for variable in source if not (k_stop and k_look()) and where]; k_look gives false."""
        at = self.range(node)
        stopped = ast.BoolOp(_LOGIC["且"], [self.name("k_stop", at), self.call("k_look", [], at)], **at)
        if where is None:
            test: Any = ast.UnaryOp(_NOT, stopped, **at)
        else:
            test = ast.BoolOp(_LOGIC["或"], [stopped, where.tree], **at)
        item = self.name(variable.python, at) if listed is None else self.boxed(listed, self.range(node.listing))
        loop = ast.comprehension(ast.Name(variable.python, ast.Store(), **at), source, [test], 0)
        return ast.ListComp(item, [loop], **at)

    def _quantifier(self, node: s.Quantifier) -> Emitted:
        at = self.range(node)
        source, element = self.source(node.source)
        outer, self.before = self.before, []
        self.scopes.append({})
        variable = self.declare(node.identifier, *element)
        condition = self.condition(node.condition)
        self.scopes.pop()
        decisive = ast.UnaryOp(_NOT, condition.tree, **at) if node.every else condition.tree
        every = self.constant(node.every, at)
        if condition.total or self.pure:
            test: Any = ast.If(decisive, [ast.Return(self.constant(not node.every, at), **at)], [], **at)
            body, last = [self.look(at), *self.before, test], every
        else:
            test = ast.Expr(self.call("k_note", [self.name("t_state", at), self.thunk(decisive, at)], at), **at)
            leave = ast.If(
                self.call("k_settled", [self.name("t_state", at)], at),
                [ast.Return(self.constant(not node.every, at), **at)],
                [],
                **at,
            )
            body, last = [self.look(at), *self.before, test, leave], None
        self.before = outer
        loop = self.loop(variable, "t_all", body, at)
        statements: list[Any] = [loop]
        if last is None:
            statements.insert(0, self.assign("t_state", ast.List([], ast.Load(), **at), at))
            last = self.call("k_conclude", [self.name("t_state", at), every], at)
        name = self.temporary("f_")
        self.before.append(self.define(name, ["t_all"], [*statements, ast.Return(last, **at)], at))
        return Emitted(self.call(name, [source], at), BOOLEAN, True)

    def source(self, node: Any) -> tuple[Any, tuple[Type, bool]]:
        """What a loop goes through, and what its elements are known to be."""
        value, at = self.value(node), self.range(node)
        tree = self.call("k_elements", [self.boxed(value, at)], at)
        if value.type.kind == "layer":
            return tree, (Type("feature", layer=value.type.layer), True)
        item = value.type.item
        if value.type.kind == "list" and item is not None and item.kind in ("number", "text"):
            known = item if item.kind == "text" or item.dimension == NONE else ANY
            return tree, (known, known is not ANY)
        return tree, (ANY, False)

    def loop(self, variable: Any, source: str, body: list[Any], at: Any) -> Any:
        """for variable in source: body."""
        return ast.For(ast.Name(variable.python, ast.Store(), **at), self.name(source, at), body, [], **at)

    def look(self, at: Any) -> Any:
        """if k_stop: k_look()."""
        return ast.If(self.name("k_stop", at), [ast.Expr(self.call("k_look", [], at), **at)], [], **at)


def _bits(operator: str, left: Emitted, right: Emitted) -> int:
    """A bound of the result where both operands are small whole numbers."""
    if not (left.bits and right.bits) or operator == "÷":
        return 0
    bits = left.bits + right.bits if operator == "×" else max(left.bits, right.bits) + 1
    return bits if bits <= _SMALL else 0


_SMALL = 512


def _number_result(operator: str, left: Emitted, right: Emitted) -> Type:
    if operator == "×":
        return number_of(left.dimension.times(right.dimension))
    if operator == "÷":
        return number_of(left.dimension.over(right.dimension))
    return left.type


def _date_result(operator: str, left: Emitted, right: Emitted) -> Type:
    if left.type == DATE and operator in "+-" and right.is_number:
        return DATE
    return ANY
