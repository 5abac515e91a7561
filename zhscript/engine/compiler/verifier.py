"""What generated code may be made of: a short list of node kinds, and names that cannot reach into Python.

There is no attribute access, no import, no lambda, no class, no formatted string; exceptions are handled in one form,
`try … except k_failure`, where the exception has no name; builtins are empty; names are those of the program (`u_`),
of the runtime (`k_`) and of the compiler (`f_`, `t_`, `i_`).
"""

from __future__ import annotations

import ast
from typing import Any

ALLOWED: frozenset[Any] = frozenset(
    {
        ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.Expr, ast.If, ast.For,
        ast.While, ast.Break, ast.Continue, ast.Pass, ast.Nonlocal, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp,
        ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.keyword, ast.Subscript, ast.List, ast.Tuple, ast.Dict,
        ast.Load, ast.Store, ast.And, ast.Or, ast.Not, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod,
        ast.NamedExpr, ast.ListComp, ast.comprehension, ast.Try, ast.ExceptHandler,
        ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Is, ast.IsNot,
    }
)  # fmt: skip
PREFIXES = ("u_", "k_", "f_", "t_", "i_")
_CONSTANTS = (str, int, float, bool, type(None))


class Refused(Exception):
    """Generated code that must not run: an error of the compiler, never of the user."""


def verify(tree: ast.Module) -> None:
    """Raise `Refused` for any node, name or literal outside the list."""
    pending: list[Any] = [tree]
    pop, extend, push = pending.pop, pending.extend, pending.append
    read: set[str] = set()  # names that may be read
    while pending:
        node = pop()
        kind = type(node)
        if kind is ast.Name and type(node.ctx) is ast.Load:  # most nodes are such
            name = node.id
            if type(name) is not str or name not in read:
                _safe(name)
                read.add(name)
            continue
        if kind is ast.Constant:
            _constant(node)
            continue
        parts = _PARTS.get(kind)
        if parts is None:
            raise Refused(kind.__name__)
        check = _CHECKS.get(kind)
        if check is not None:
            check(node)
        for name in parts:
            value = getattr(node, name)
            if type(value) is list:
                extend(value)
            elif value is not None:
                push(value)


# where nodes hold other nodes; everything else in a node is looked at by its check
_TEXTS = {"id", "arg", "name", "names", "value", "kind", "type_comment", "is_async"}
_PARTS: dict[type, tuple[str, ...]] = {
    kind: tuple(
        name
        for name in kind._fields
        if name not in _TEXTS - ({"value"} if kind is not ast.Constant else set()) and name != "type_params"
    )
    for kind in ALLOWED
}


def _safe(name: Any) -> None:
    if type(name) is not str or not name.startswith(PREFIXES) or "__" in name[2:]:
        raise Refused(f"name {name!r}")


def _own(name: Any) -> None:
    """A name that the code binds: never one of the runtime."""
    _safe(name)
    if name.startswith("k_"):
        raise Refused(f"name {name!r}")


def _name(node: ast.Name) -> None:
    if type(node.ctx) is not ast.Store:
        raise Refused("name")
    _own(node.id)


def _arguments(node: ast.arguments) -> None:
    if node.posonlyargs or node.vararg or node.kwonlyargs or node.kw_defaults or node.kwarg or node.defaults:
        raise Refused("arguments")


def _function(node: ast.FunctionDef) -> None:
    _own(node.name)
    if node.decorator_list or node.returns is not None or getattr(node, "type_params", None):
        raise Refused("function")


def _constant(node: ast.Constant) -> None:
    if type(node.value) not in _CONSTANTS or node.kind is not None:
        raise Refused("constant")


def _nonlocal(node: ast.Nonlocal) -> None:
    for name in node.names:
        _own(name)


def _argument(node: ast.arg) -> None:
    _own(node.arg)
    if node.annotation is not None:
        raise Refused("annotation")


def _comprehension(node: ast.comprehension) -> None:
    if node.is_async:
        raise Refused("comprehension")


def _try(node: ast.Try) -> None:
    if node.orelse or node.finalbody or len(node.handlers) != 1:
        raise Refused("try")


def _handler(node: ast.ExceptHandler) -> None:
    if node.name is not None or type(node.type) is not ast.Name or node.type.id != "k_failure":
        raise Refused("except")


_CHECKS: dict[type, Any] = {
    ast.Name: _name,
    ast.keyword: lambda node: _own(node.arg),
    ast.arg: _argument,
    ast.arguments: _arguments,
    ast.FunctionDef: _function,
    ast.Constant: _constant,
    ast.Nonlocal: _nonlocal,
    ast.comprehension: _comprehension,
    ast.Try: _try,
    ast.ExceptHandler: _handler,
}
