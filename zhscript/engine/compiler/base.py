"""What every part of the emitter uses: dispatch by node, places, names, conversion between the two forms of values."""

from __future__ import annotations

import ast
from typing import Any, Callable

from ... import syntax as s
from ...constants import rounded
from ...program import Program
from ...types import ANY, Type
from ...units import NONE, Dimension
from .emitted import LOAD, SCALARS, USER, Emitted, FunctionCode, Observed, Requests, Uncovered, Variable
from .layout import Layout

STORE = ast.Store()
# the place of what the compiler adds: no line of the text, so that debuggers do not stop there
NOWHERE = dict.fromkeys(("lineno", "col_offset", "end_lineno", "end_col_offset"), 0)


class Base:
    """Emits trees of `ast`. `before` collects the statements that must run before the one at hand."""

    def __init__(self, program: Program, layout: Layout, requests: Requests) -> None:
        self.program = program
        self.types = program.types
        self.constants = program.constants
        self.range = layout.range
        self.requests = requests
        self.scopes: list[dict[str, Variable]] = [{}]
        self.owner: Any = None  # the function that is being emitted
        self.taken: dict[str, Variable] = {}  # every variable by its name in generated code
        self.functions: dict[str, FunctionCode] = {}
        self.layers = {layer.key: layer for layer in program.layers}
        self.before: list[Any] = []
        self.outer: set[str] = set()  # names that the function at hand assigns in the script around it
        self.adding = "加入" in program.source.text
        self.writing = "写入" in program.source.text  # columns may change, so features are asked for their values
        self.pure = False  # rules: what cannot be known sends the feature to the interpreter
        self._methods: dict[type, Callable[[Any], Emitted]] = {}
        self._doers: dict[type, Callable[[Any], list[Any]]] = {}
        self.called = 0  # calls of functions of the file so far
        self.appending: dict[str, tuple[str, Any]] = {}
        self.loops = 0  # around the statement at hand, in its function or 检查
        self.titles: dict[str, tuple[str, str]] = {}  # what functions of generated code are: (word, title)
        self.observed: Observed | None = None
        self._count = 0

    def value(self, node: Any) -> Emitted:
        """The tree of an expression."""
        kind = type(node)
        method = self._methods.get(kind)
        if method is None:
            found = getattr(self, "_" + kind.__name__.lower(), None)
            if found is None:
                raise Uncovered(kind.__name__)
            method = self._methods[kind] = found
        return method(node)

    # -- trees

    def name(self, name: str, at: Any) -> Any:
        """A name that is read."""
        node = ast.Name(name, LOAD)
        node.__dict__.update(at)  # a third faster than keywords
        return node

    def call(self, function: str, arguments: list[Any], at: Any) -> Any:
        """A call of a function of the runtime."""
        node = ast.Call(self.name(function, at), arguments, [])
        node.__dict__.update(at)
        return node

    def constant(self, value: Any, at: Any) -> Any:
        """A literal of Python."""
        return ast.Constant(value, **at)

    def assign(self, name: str, tree: Any, at: Any) -> Any:
        """An assignment to a name."""
        return ast.Assign([ast.Name(name, STORE, **at)], tree, **at)

    def temporary(self, prefix: str = "t_") -> str:
        """A new name of generated code."""
        self._count += 1
        return f"{prefix}{self._count}"

    # -- names

    def declare(self, identifier: s.Identifier, kind: Type, sure: bool = False) -> Variable:
        """A new variable; a name that is used a second time in the file gets a number."""
        return self.declare_named(identifier.name, kind, sure)

    def declare_named(self, name: str, kind: Type, sure: bool = False) -> Variable:
        """The same by the key of the name."""
        python, number = USER + name, 1
        while python in self.taken:
            number += 1
            python = f"{USER}{name}_{number}"
        variable = Variable(python, name, kind, sure, self.owner)
        self.taken[python] = variable
        self.scopes[-1][name] = variable
        return variable

    def find(self, name: str) -> Variable | None:
        """The variable that a name stands for, or None."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def reach(self, variable: Variable) -> None:
        """Note that the function at hand uses a name of the script around it."""
        if self.owner is not None and variable.owner is None:
            self.owner.reaches = True

    # -- the two forms of numbers

    def dimension_name(self, dimension: Dimension) -> str:
        """The name of a function that makes a `Quantity` of a number (空 stays 空)."""
        return self.requests.name("k_box", dimension, lambda runtime: runtime.boxer(dimension))

    def boxed(self, value: Emitted, at: Any) -> Any:
        """The value as the interpreter has it."""
        if value.dimension == NONE:
            return value.tree
        return self.call(self.dimension_name(value.dimension), [value.tree], at)

    def box(self, node: Any) -> Any:
        """An expression as the interpreter has its value."""
        return self.boxed(self.value(node), self.range(node))

    def fitted(self, value: Emitted, wanted: Type, at: Any) -> Emitted:
        """The value where `wanted` was declared: checked when its type is not known."""
        if wanted.kind not in SCALARS:
            return Emitted(self.boxed(value, at), ANY, value.sure, value.total)
        if value.type.kind == wanted.kind and value.dimension == wanted.dimension:
            return value
        name = self.requests.name("k_fit", (wanted.kind, wanted.dimension), lambda runtime: runtime.fitter(wanted))
        return Emitted(self.call(name, [self.boxed(value, at)], at), wanted)

    # -- literals

    def number(self, node: Any, value: Any, kind: Type) -> Emitted:
        """A number that is known."""
        number = rounded(value)
        bits = number.bit_length() if type(number) is int else 0
        return Emitted(ast.Constant(number, **self.range(node)), kind, True, True, bits)
