"""Emits statements and functions of the file."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any, Callable

from ... import syntax as s
from ...types import ANY, NUMBER, TEXT, Type
from ..functions import LONGEST
from ..interpreter.nearby import other_side
from ..interpreter.statements import FAILURE
from ..values import declared
from .base import NOWHERE
from .calls import Calls
from .effects import Effects
from .emitted import ROW, SCALARS, Emitted, FunctionCode, Uncovered, Variable
from .loops import Bounds, appended


class Statements(Calls):
    """Statements of scripts and functions. `appending` holds the lists that grow in a loop, with what adds to them."""

    effects: Effects
    bounds: Bounds
    ruling = False  # in a rule

    def block(self, body: list[s.Statement]) -> list[Any]:
        """The statements of a block in a scope of their own."""
        self.scopes.append({})
        trees = self.statements(body)
        self.scopes.pop()
        return trees

    def statements(self, body: list[s.Statement]) -> list[Any]:
        """Statements in the scope at hand, each after what it needs before it."""
        trees: list[Any] = []
        outer = self.before
        for node in body:
            self.before = []
            emitted = self.statement(node)
            trees += self.before
            trees += emitted
        self.before = outer
        return trees

    def statement(self, node: s.Statement) -> list[Any]:
        """The trees of a statement."""
        kind = type(node)
        method = self._doers.get(kind)
        if method is None:
            method = getattr(self, "_do_" + kind.__name__.lower(), None)
            if method is None:
                raise Uncovered(kind.__name__)
            self._doers[kind] = method
        return method(node) if self.observed is None else [self._ran(node), *method(node)]

    def _ran(self, node: s.Statement) -> Any:
        """Tell the observer that a statement runs."""
        at, tell = self.range(node), self.observed.statement if self.observed else None
        name = self.requests.name("k_ran", node, lambda _runtime: partial(tell, node) if tell else None)
        return ast.Expr(self.call(name, [], at), **at)

    # -- names

    def _do_binding(self, node: s.Binding) -> list[Any]:
        value, at = self.value(node.value), self.range(node)
        if node.annotation is not None:
            value = self.fitted(value, declared(node.annotation, self.layers), at)
        kind, tree = self.kept(value, node.variable), value.tree
        if kind is ANY:
            tree = self.call("k_copy", [self.boxed(value, self.range(node.value))], at)
        variable = self.declare(node.identifier, kind, value.sure and not node.variable)
        if node.variable and kind.kind == "number":
            variable.bits = self.bounds.bits(variable.name)
        return [self.assign(variable.python, tree, at)]

    def kept(self, value: Emitted, variable: bool) -> Type:
        """The type under which a name holds the value. Lists that may change can hold anything."""
        kind = value.type
        if kind.kind in SCALARS:
            return kind
        known = kind.kind == "shape" or (kind.kind == "feature" and kind.layer)
        known = known or (kind.kind == "list" and kind.item is not None and kind.item.kind in SCALARS)
        return kind if known and not variable else ANY

    def _do_assign(self, node: s.Assign) -> list[Any]:
        called, first = self.called, []
        at, value = self.range(node), self.value(node.value)
        if node.operator != "=":
            if self.called > called:  # what is called may change the target
                name = self.temporary()
                first = [self.assign(name, value.tree, at)]
                value = Emitted(self.name(name, at), value.type, value.sure, value.total, value.bits)
            value = self.computed(node.operator, self.value(node.target), value, node)
        return [*first, *self._assigned(node, value)]

    def _assigned(self, node: s.Assign, value: Emitted) -> list[Any]:
        at = self.range(node)
        target: Any = node.target
        if isinstance(target, s.Name):
            variable = self.find(target.identifier.name)
            if variable is None:
                raise Uncovered("name")
            self._reaches_out(variable)
            if variable.type.kind in SCALARS:
                tree = self.fitted(value, variable.type, at).tree
            else:
                value = self.fitted(value, self.types.get(target, ANY), at)
                tree = self.boxed(value, at)
                if value.type.kind not in SCALARS:
                    tree = self.call("k_copy", [tree], at)
            return [self.assign(variable.python, tree, at)]
        name = self.temporary()
        first = self.assign(name, self.call("k_copy", [self.boxed(value, at)], at), at)
        changer = "k_set_nth" if target.ordinal else "k_set_item"
        arguments = [self.box(target.base), self.box(target.key), self.name(name, at)]
        return [first, ast.Expr(self.call(changer, arguments, at), **at)]

    def _reaches_out(self, variable: Variable) -> None:
        """A function changes a name of the script around it."""
        if variable.owner is not self.owner:
            self.outer.add(variable.python)
            self.reach(variable)

    def _do_put(self, node: s.Put) -> list[Any]:
        if node.word == "写入":
            return self._write(node)
        if node.word != "加入":
            return self._save(node)
        at = self.range(node)
        target = self.value(node.target)
        value = self.value(node.value)
        tree = self.boxed(value, at)
        if value.type.kind not in SCALARS:
            tree = self.call("k_copy", [tree], at)
        if not isinstance(target.tree, ast.Name) or self.types[node.target].kind != "list":
            return [ast.Expr(self.call("k_put", [target.tree, tree], at), **at)]
        name = target.tree.id
        if name in self.appending and value.type.kind in SCALARS:
            return [ast.Expr(self.call(self.appending[name][0], [tree], at), **at)]
        length = self.call("k_len", [target.tree], at)
        full = ast.Compare(length, [ast.GtE()], [self.constant(LONGEST, at)], **at)
        refuse = ast.If(full, [ast.Expr(self.call("k_full", [], at), **at)], [], **at)
        return [refuse, ast.Expr(self.call("k_append", [target.tree, tree], at), **at)]

    def _write(self, node: s.Put) -> list[Any]:
        """把 值 写入 要素的字段."""
        at, target = self.range(node), node.target
        value = self.box(node.value)
        if isinstance(target, s.Name):  # an 输出 of a tool
            variable = self.find(target.identifier.name)
            if variable is None:
                raise Uncovered("写入")
            return [self.assign(variable.python, self.call("k_copy", [value], at), at)]
        if isinstance(target, s.Member):
            field = self.constant(target.identifier.name, at)
        elif isinstance(target, s.Item):
            field = self.box(target.key)
        else:
            raise Uncovered("写入")
        return [ast.Expr(self.call("k_write", [value, self.box(target.base), field], at), **at)]

    def _save(self, node: s.Put) -> list[Any]:
        """把 值 保存为“文件”，选项“…”."""
        at = self.range(node)
        given = [option for option in node.options if option.value is not None]
        names = [self.constant(option.identifier.name, at) for option in given]
        options = ast.Dict(names, [self.box(option.value) for option in given], **at)
        arguments = [self.box(node.value), self.box(node.target), options]
        return [ast.Expr(self.call("k_save", arguments, at), **at)]

    def _do_callstatement(self, node: s.CallStatement) -> list[Any]:
        return [ast.Expr(self.value(node.call).tree, **self.range(node))]

    def _do_show(self, node: s.Show) -> list[Any]:
        at = self.range(node)
        values = [self.box(value) for value in node.values]
        return [ast.Expr(self.call("k_show", values, at), **at)]

    def _do_fail(self, node: s.Fail) -> list[Any]:
        at = self.range(node)
        return [ast.Expr(self.call("k_fail", [self.box(node.message)], at), **at)]

    # -- flow

    def _do_if(self, node: s.If) -> list[Any]:
        otherwise = self.block(node.otherwise)
        tests = [self.noted(condition).tree for condition, _ in node.branches]
        for test, (condition, body) in reversed(list(zip(tests, node.branches))):
            otherwise = [
                ast.If(test, self.block(body) or [ast.Pass(**self.range(node))], otherwise, **self.range(condition))
            ]
        return otherwise

    def _do_skip(self, node: s.Skip) -> list[Any]:
        return [ast.Continue(**self.range(node))]

    def _do_break(self, node: s.Break) -> list[Any]:
        return [ast.Break(**self.range(node))]

    def _do_return(self, node: s.Return) -> list[Any]:
        at = self.range(node)
        if node.value is None:
            return [ast.Return(self.constant(None, at), **at)]
        value = self.value(node.value)
        self.returned.append(value)
        return [ast.Return(self.fitted(value, self.owner.result, at).tree, **at)]

    def _do_foreach(self, node: Any) -> list[Any]:
        return self.hoisted(node, self._foreach)

    def _foreach(self, node: s.ForEach) -> list[Any]:
        at, other = self.range(node), other_side(node)
        source, element = self.source(node.source)
        if other is not None:
            meets = self.thunk(self.box(other), at)
            source = self.call("k_near", [self.box(node.source), meets], at)
        elif element[0].kind != "feature":
            source = self.call("k_list", [source], at)  # the body may change the list that it goes through
        ahead, self.before = self.before, []
        self.scopes.append({})
        variable = self.declare(node.identifier, *element)
        body: list[Any] = []
        if element[0].kind == "feature" and not self.writing and other is None:
            variable.index = ROW + variable.python
        if node.numbering:
            number = self.declare(node.numbering, NUMBER, True)
        if node.where is not None:
            where = self.noted(node.where)
            skip = ast.If(ast.UnaryOp(ast.Not(), where.tree, **at), [ast.Continue(**at)], [], **at)
            body += [*self.before, skip]
        turn = self.turn(node.body, at)
        body += turn if node.failed is None else [self._guarded(node.failed, turn, at)]
        self.scopes.pop()
        target: Any = ast.Name(variable.python, ast.Store(), **at)
        if variable.index and not variable.whole:
            source = self.call("k_places", source.args, at)
            target = ast.Name(variable.index, ast.Store(), **at)
        elif variable.index:
            source = self.call("k_rows", [source], at)
            names: list[Any] = [target, ast.Name(variable.index, ast.Store(), **at)]
            target = ast.Tuple(names, ast.Store(), **at)
        if node.numbering or other is not None:
            source = source if other is not None else self.call("k_numbered", [source], at)
            counter = number.python if node.numbering else self.temporary()
            target = ast.Tuple([ast.Name(counter, ast.Store(), **at), target], ast.Store(), **at)
        self.before = ahead
        return [ast.For(target, source, body, [], **at)]

    def hoisted(self, node: Any, emit: Callable[[Any], list[Any]]) -> list[Any]:
        """A loop; lists that only grow in it are asked for their length after it, and when the run looks up."""
        if self.ruling or not self.adding:
            return emit(node)
        puts = [put for put in appended(node, self.effects) if self._is_list(put.target)]
        outer, ahead, after = self.appending, [], []
        for put in puts:
            at, python = self.range(put), self.value(put.target).tree.id
            if python not in outer:
                name = self.temporary()
                self.appending = {**self.appending, python: (name, at)}
                ahead.append(self.assign(name, self.call("k_appender", [self.name(python, at)], at), at))
                after.append(self._measured(python, at))
        trees = [*ahead, *emit(node), *after]
        self.appending = outer
        return trees

    def _is_list(self, target: Any) -> bool:
        return self.types[target].kind == "list" and self.find(target.identifier.name) is not None

    def _measured(self, python: str, at: Any) -> Any:
        return ast.Expr(self.call("k_measured", [self.name(python, at)], at), **at)

    def look(self, at: Any) -> Any:
        """if k_stop: k_look(), and lists that grow are measured."""
        tree = super().look(at)
        if self.appending:
            tree.body += [self._measured(python, place) for python, (_, place) in self.appending.items()]
        return tree

    def turn(self, body: list[s.Statement], at: Any) -> list[Any]:
        """One turn of a loop."""
        self.loops += 1
        trees = [self.look(at), *self.block(body)]
        self.loops -= 1
        return trees

    def _guarded(self, failed: list[s.Statement], turn: list[Any], at: Any) -> Any:
        """A turn whose errors 如果出错 takes; `k_reason` tells why, and raises again what nothing may take."""
        there = self.range(failed[0]) if failed else at
        self.scopes.append({})
        reason = self.declare_named(FAILURE, TEXT, True)
        start = self.assign(reason.python, self.call("k_reason", [], NOWHERE), NOWHERE)
        body = [start, *self.turn(failed, there)]
        handler = ast.ExceptHandler(self.name("k_failure", NOWHERE), None, body, **NOWHERE)
        self.scopes.pop()
        return ast.Try(turn, [handler], [], [], **at)

    def _do_for(self, node: Any) -> list[Any]:
        return self.hoisted(node, self._for)

    def _for(self, node: s.For) -> list[Any]:
        at = self.range(node)
        parts = [node.low, node.high] + ([] if node.step is None else [node.step])
        values = [self.value(part) for part in parts]
        exact = [self.constants.get(part) for part in parts]
        known = all(value.is_number and value.dimension == values[0].dimension for value in values)
        if known:
            arguments = [self._bound(value, constant, at) for value, constant in zip(values, exact)]
        else:
            arguments = [self.boxed(value, at) for value in values]
        if node.step is None:
            arguments.append(self.constant(1 if known else None, at))
        arguments.append(self.constant(node.down, at))
        if not known:
            arguments.append(ast.Tuple([self._exact(constant, at) for constant in exact], ast.Load(), **at))
        source = self.call("k_steps" if known else "k_any_steps", arguments, at)
        ahead, self.before = self.before, []
        self.scopes.append({})
        variable = self.declare(node.identifier, values[0].type if known else ANY, True)
        if all(value.bits for value in values):
            variable.bits = max(value.bits for value in values)
        body = self.turn(node.body, at)
        self.scopes.pop()
        self.before = ahead
        return [ast.For(ast.Name(variable.python, ast.Store(), **at), source, body, [], **at)]

    def _bound(self, value: Emitted, constant: Any, at: Any) -> Any:
        """A bound of a loop: exact where it is a constant with decimals."""
        return value.tree if constant is None or constant.denominator == 1 else self._exact(constant, at)

    def _exact(self, constant: Any, at: Any) -> Any:
        if constant is None:
            return self.constant(None, at)
        return self.name(self.requests.name("k_exact", constant, lambda _runtime: constant), at)

    def _do_repeat(self, node: Any) -> list[Any]:
        return self.hoisted(node, self._repeat)

    def _repeat(self, node: s.Repeat) -> list[Any]:
        at = self.range(node)
        source = self.call("k_times", [self.box(node.count)], at)
        ahead, self.before = self.before, []
        body = self.turn(node.body, at)
        self.before = ahead
        return [ast.For(ast.Name(self.temporary(), ast.Store(), **at), source, body, [], **at)]

    def _do_while(self, node: Any) -> list[Any]:
        return self.hoisted(node, self._while)

    def _while(self, node: s.While) -> list[Any]:
        at = self.range(node)
        test = self.noted(node.condition)
        ahead, self.before = self.before, []
        body = self.turn(node.body, at)
        self.before = ahead
        return [ast.While(test.tree, body, [], **at)]

    # -- functions of the file

    returned: list[Emitted]

    def signature(self, item: s.Function | s.Standard, counted: bool) -> FunctionCode:
        """The types of parameters and result as declared; what is not declared can be anything."""
        result = declared(item.result, self.layers) if isinstance(item, s.Function) else ANY
        code = FunctionCode(f"f_{item.identifier.name}", [], result, counted)
        self.scopes.append({})
        for formal in item.formals:
            variable = self.declare(formal.identifier, declared(formal.annotation, self.layers))
            variable.owner = code
            code.formals.append(variable)
        self.scopes.pop()
        return code

    def function(self, item: s.Function) -> Any:
        """The definition of a function of the file."""
        code, at = self.functions[item.identifier.name], self.range(item.body[0] if item.body else item.identifier)
        outer = self.scopes, self.owner, self.outer, self.before, self.loops
        self.appending = {}
        self.scopes, self.owner, self.outer, self.before, self.loops = [self.scopes[0], {}], code, set(), [], 0
        self.returned = []
        self.scopes[-1].update({variable.name: variable for variable in code.formals})
        parameters = [variable.python for variable in code.formals]
        if code.counted:
            parameters.insert(0, "t_depth")
            test = ast.Compare(self.name("t_depth", at), [ast.Gt()], [self.name("k_deepest", at)], **at)
            deeper = self.call("k_deeper", [self.name("t_depth", at), self.constant(item.identifier.text, at)], at)
            check: Any = ast.If(test, [ast.Expr(deeper, **at)], [], **at)
        else:
            check = self.look(at)
        body = [check, *self.block(item.body)]
        if self.outer:
            body.insert(0, ast.Nonlocal(sorted(self.outer), **at))
        self.scopes, self.owner, self.outer, self.before, self.loops = outer
        return self.define(code.python, parameters, body, at)
