"""From a checked program to verified code: one function for the script's body, the functions of the file inside it."""

from __future__ import annotations

import ast
import gc
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any, Callable, Iterator

from ... import syntax as s
from ...program import Program
from ...types import ANY, NUMBER
from ...units import NONE
from .emitted import SCALARS, Emitted, Requests, Uncovered, Variable
from .failure import file_of, nodes
from .layout import Layout
from .standards import Standards
from .verifier import verify

_SILENT = (s.Module, s.Header, s.Layer, s.Fields, s.Import, s.Test, s.Tool, s.Rule, s.RuleException)
_MANY = 200  # functions: fewer cannot call each other as deep as the limit without a cycle


@dataclass
class Compiled:
    """Verified code of a program: `variables` by their names in the code, `makers` of the objects it needs."""

    code: CodeType
    variables: dict[str, Variable]
    makers: dict[str, Callable[[Any], Any]]


def compile_script(program: Program) -> Compiled:
    """The code of a script. Raises `Uncovered` when a part of it is not compiled."""
    with _uncollected():
        emitter = Emitter(program, Layout(program.source.text), Requests())
        code = compiled(emitter.script(), program)
    return Compiled(code, emitter.taken, emitter.requests.makers)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles, which would walk the growing tree again and again and find nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def compiled(tree: ast.Module, program: Program) -> CodeType:
    """The verified tree as code whose file is that of the program."""
    verify(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(tree, file_of(program), "exec", dont_inherit=True)


class Emitter(Standards):
    """Emits whole scripts."""

    def script(self) -> ast.Module:
        """The module: it defines `f_script`, which runs the statements of the file."""
        items = self.program.items
        self._declare_functions([item for item in items if isinstance(item, (s.Function, s.Standard))])
        definitions: dict[str, Any] = {}
        body: list[Any] = []
        for item in items:
            self.before = []
            if isinstance(item, s.Function):
                definitions[item.identifier.name] = self._inferred(item)
            elif isinstance(item, s.Standard):
                definitions[item.identifier.name] = self.standard(item)
            elif isinstance(item, s.Check):
                body += [*self._given_away(item), self._loose_check(item)]
            elif isinstance(item, _SILENT):
                continue
            else:
                trees = self.statement(item)
                body += [*self.before, *trees]
        if self.program.of_kind(s.Rule):
            body += self._given_away(items[-1])
        if self.changing and self.program.of_kind(s.Check):
            raise Uncovered("检查")  # which may call what changes names that the code holds
        whole = dict.fromkeys(("lineno", "end_lineno"), 1) | dict.fromkeys(("col_offset", "end_col_offset"), 0)
        inner = self._reaching()
        free = [tree for name, tree in definitions.items() if name not in inner]
        body = [*(definitions[name] for name in definitions if name in inner), *body] or [ast.Pass(**whole)]
        return ast.Module([*free, self.define("f_script", [], body, whole)], [])

    def _given_away(self, item: Any) -> list[Any]:
        """Give the names of the script to the interpreter, which runs rules and loose checks."""
        at, variables = self.range(item), self.scopes[0].values()
        arguments = [
            [
                self.constant(variable.name, at),
                self.boxed(Emitted(self.name(variable.python, at), variable.type), at),
            ]
            for variable in variables
        ]
        return [ast.Expr(self.call("k_give", pair, at), **at) for pair in arguments]

    def _loose_check(self, item: s.Check) -> Any:
        at = self.range(item)
        maker = self.requests.name("k_check", item.start, lambda runtime: partial(runtime.loose_check, item))
        return ast.Expr(self.call(maker, [], at), **at)

    def _reaching(self) -> set[str]:
        """Functions that use names of the script, or call one that does: they stand inside `f_script`."""
        inner = {name for name, code in self.functions.items() if code.reaches}
        while True:
            more = {name for name, called in self.calls.items() if called & inner} - inner
            if not more:
                return inner
            inner |= more

    calls: dict[str, set[str]]

    def _do_parameter(self, item: s.Parameter) -> list[Any]:
        at, value = self.range(item), self.value(item.value)
        kind, tree = self.kept(value, False), value.tree
        if kind is ANY:
            tree = self.call("k_copy", [self.boxed(value, at)], at)
        return [self.assign(self.declare(item.identifier, kind, value.sure).python, tree, at)]

    def _do_datedparameter(self, item: s.DatedParameter) -> list[Any]:
        """The value at the date of the run, which the runner chooses; constants only."""
        at, values = self.range(item), [since.value for since in item.values]
        kind = self.types[values[0]]
        literal = all(self.constants.get(value) is not None or isinstance(value, (s.Text, s.Date)) for value in values)
        if not literal or kind.kind not in SCALARS:
            raise Uncovered("参数")
        maker = self.requests.name("k_dated", item.start, lambda runtime: partial(runtime.dated, item))
        tree = self.call("k_plain", [self.call(maker, [], at)], at)
        return [self.assign(self.declare(item.identifier, kind, True).python, tree, at)]

    def _declare_functions(self, functions: list[s.Function | s.Standard]) -> None:
        self.formals = {item.identifier.name: item.formals for item in functions}
        names = {item.identifier.name for item in functions}
        self.calls = {item.identifier.name: {name for name in _named(item) if name in names} for item in functions}
        deep = _recursive(self.calls)
        for item in functions:
            if isinstance(item, s.Standard) and item.identifier.name in deep:
                raise Uncovered("标准")
            self.functions[item.identifier.name] = self.signature(item, item.identifier.name in deep)

    def _inferred(self, item: s.Function) -> Any:
        """The definition of a function; a result that is not declared is found from what it returns."""
        code = self.functions[item.identifier.name]
        called = code.called
        tree = self.function(item)
        if item.result is not None:
            return tree
        kinds = {value.type for value in self.returned if value.type != ANY}
        guess = kinds.pop() if len(kinds) == 1 else ANY
        if guess.kind not in SCALARS or (called and guess.dimension != NONE):
            return tree  # calls above take the result as the interpreter has it
        if guess == NUMBER and all(value.type == guess for value in self.returned):
            code.result = guess
            return tree
        code.result = guess
        tree = self.function(item)
        if all(value.type == guess for value in self.returned):
            return tree
        code.result = ANY
        return self.function(item)


def _recursive(calls: dict[str, set[str]]) -> set[str]:
    """Functions that may come back to themselves, or call one that may."""
    if len(calls) > _MANY:
        return set(calls)
    reach = {name: set(called) for name, called in calls.items()}
    changed = True
    while changed:
        changed = False
        for called in reach.values():
            more = set().union(*(reach[other] for other in called)) - called if called else set()
            if more:
                called |= more
                changed = True
    cyclic = {name for name, called in reach.items() if name in called}
    return cyclic | {name for name, called in reach.items() if called & cyclic}


def _named(function: s.Function | s.Standard) -> Iterator[str]:
    """Every name that the body and the defaults of a function mention."""
    body: Any = function.body if isinstance(function, s.Function) else [function.principle, function.cases]
    for part in (body, [formal.default for formal in function.formals]):
        yield from (node.name for node in nodes(part) if isinstance(node, s.Identifier))
