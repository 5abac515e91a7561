"""From a checked program to verified code: one function for the script's body, what the file defines beside it."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any, Callable

from ... import syntax as s
from ...collecting import Uncollected
from ...program import Program
from ...types import ANY, NUMBER
from ...units import NONE
from .base import NOWHERE
from .effects import Effects
from .emitted import SCALARS, Emitted, FunctionCode, Observed, Requests, Uncovered, Variable
from .failure import file_of
from .layout import Layout
from .loops import Bounds
from .tooling import Tools
from .verifier import verify

_SILENT = (s.Module, s.Header, s.Layer, s.Fields, s.Import, s.Test, s.Tool, s.Rule, s.RuleException)
_DECLARED = (s.Parameter, s.DatedParameter, s.Binding)  # what runs before rules and tools


@dataclass
class Compiled:
    """Verified code of a program: `variables` by their names in the code, `makers` of the objects it needs.

    `titles` tells what functions of the code are: (规则, title) and the like; `left_out` what runs in the interpreter.
    """

    code: CodeType
    variables: dict[str, Variable]
    makers: dict[str, Callable[[Any], Any]]
    titles: dict[str, tuple[str, str]]
    left_out: list[str]


def compile_script(program: Program, statements: bool = True, observed: Observed | None = None) -> Compiled:
    """The code of a program; without `statements` only declarations, for its rules and tools.

    Raises `Uncovered` when a part of what runs is not compiled. `observed` is told what runs.
    """
    with Uncollected():
        emitter = Emitter(program, Layout(program.source.text), Requests())
        emitter.observed = observed
        code = compiled(emitter.script(statements), program)
    return Compiled(code, emitter.taken, emitter.requests.makers, emitter.titles, emitter.left_out)


def compiled(tree: ast.Module, program: Program) -> CodeType:
    """The verified tree as code whose file is that of the program."""
    verify(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(tree, file_of(program), "exec", dont_inherit=True)


class Emitter(Tools):
    """Emits whole programs."""

    def script(self, statements: bool = True) -> ast.Module:
        """The module: it defines `f_script`, which runs the statements of the file and gives its rules and tools."""
        items = self.program.items
        self.left_out: list[str] = []
        self._declare_functions([item for item in items if isinstance(item, (s.Function, s.Standard))])
        definitions: dict[str, Any] = {}
        body: list[Any] = []
        for item in items:
            self.before = []
            if isinstance(item, s.Function):
                definitions[item.identifier.name] = self._inferred(item)
                self.titles[self.functions[item.identifier.name].python] = ("函数", item.identifier.text)
            elif isinstance(item, s.Standard):
                definitions[item.identifier.name] = self.standard(item)
            elif isinstance(item, _SILENT) or not (statements or isinstance(item, _DECLARED)):
                continue
            elif isinstance(item, s.Check):
                body += self._loose_check(item)
            else:
                trees = self.statement(item)
                body += [*self.before, *trees]
        offered = [*self._offered_functions(), *self._offered(s.Tool, self.tool)]
        rules = self._offered(s.Rule, self.rule)
        if not statements:
            rules += self._offered(s.Check, self.rule)
        if not statements or self.program.of_kind(s.Rule):
            rules += self._given_away()
        inner = self._reaching()
        free = [tree for name, tree in definitions.items() if name not in inner]
        nested = [definitions[name] for name in definitions if name in inner]
        for tree in nested:
            vars(tree).update(NOWHERE)  # to define them is no step of the script
        whole = [*nested, *offered, *body, *rules] or [ast.Pass(**NOWHERE)]
        return ast.Module([*free, self.define("f_script", [], whole, {**NOWHERE, "lineno": 1, "end_lineno": 1})], [])

    def _given_away(self) -> list[Any]:
        """Give the names of the script to the interpreter, which plans and tells."""
        at, variables = NOWHERE, self.scopes[0].values()
        arguments = [
            [
                self.constant(variable.name, at),
                self.boxed(Emitted(self.name(variable.python, at), variable.type), at),
            ]
            for variable in variables
        ]
        return [ast.Expr(self.call("k_give", pair, at), **at) for pair in arguments]

    def _loose_check(self, item: s.Check) -> list[Any]:
        """A 检查 among the statements; the interpreter, which shares in it, sees the names of the script."""
        if self.effects.change(item):
            raise Uncovered("检查")  # what it calls changes names that the code holds
        at = self.range(item)
        definition = self._offer(item, self.rule)
        maker = self.requests.name("k_loose", item, lambda runtime: partial(runtime.rules.loose, item))
        return [*self._given_away(), *definition, ast.Expr(self.call(maker, [], at), **at)]

    def _offered(self, kind: type[Any], emit: Callable[[Any], tuple[str, Any]]) -> list[Any]:
        """The definitions of all items of a kind, each given to the run; those that are not compiled are left out."""
        trees: list[Any] = []
        for item in self.program.of_kind(kind):
            try:
                if self.effects.change(item) and kind is not s.Tool:
                    raise Uncovered("改变脚本的名字的函数")
                trees += self._offer(item, emit)
            except Uncovered as part:
                self.left_out.append(f"第 {self.program.source.place(item.start)[0]} 行的“{part}”")
        return trees

    def _offer(self, item: Any, emit: Callable[[Any], tuple[str, Any]]) -> list[Any]:
        self.before, self.loops = [], 0
        name, definition = emit(item)
        vars(definition).update(NOWHERE)
        return [definition, self._told("k_offer", item, lambda runtime: partial(runtime.offer, item), name)]

    def _offered_functions(self) -> list[Any]:
        """Functions that only compute: the interpreter calls them where it evaluates a part of a rule or test."""
        if not any(isinstance(item, (s.Rule, s.Check, s.Tool, s.Test)) for item in self.program.items):
            return []
        return [
            self._offered_function(name, code)
            for name, code in self.functions.items()
            if isinstance(self.declared_functions[name], s.Function) and name not in self.effects.acting
        ]

    def _offered_function(self, name: str, code: FunctionCode) -> Any:
        return self._told("k_function", name, lambda runtime: partial(runtime.offer_function, name, code), code.python)

    def _told(self, prefix: str, key: Any, maker: Callable[[Any], Any], name: str) -> Any:
        """Give a function to the run, in no line of the text."""
        told = self.call(self.requests.name(prefix, key, maker), [self.name(name, NOWHERE)], NOWHERE)
        return ast.Expr(told, **NOWHERE)

    def _reaching(self) -> set[str]:
        """Functions that use names of the script, or call one that does: they stand inside `f_script`."""
        return self.effects.callers({name for name, code in self.functions.items() if code.reaches})

    def _declare_functions(self, functions: list[s.Function | s.Standard]) -> None:
        self.declared_functions = {item.identifier.name: item for item in functions}
        self.effects = Effects(functions)
        self.bounds = Bounds(self.program.items, self.constants, set(self.declared_functions))
        for item in functions:
            name = item.identifier.name
            self.functions[name] = self.signature(item, name in self.effects.deep)

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
