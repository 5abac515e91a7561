"""What a Python program does with its names: which ones change, which hold lists, which a scope makes its own."""

from __future__ import annotations

import ast
from typing import Any, Iterator, Optional

_FRESH_CALLS = frozenset({"list", "dict", "sorted", "range", "副本"})


class ScopeNames:
    """The names that the body of a function or of the file binds."""

    def __init__(self, body: list[ast.stmt], parameters: frozenset[str] = frozenset()) -> None:
        self.parameters = parameters
        self.assigned: dict[str, int] = {}  # how often a name gets a value by =
        self.changed: set[str] = set()  # by += and the like
        self.mutated: set[str] = set()  # lists and dictionaries that are changed in place
        self.loops: set[str] = set()
        self.values: dict[str, list[ast.expr]] = {}
        for node in walk_scope(body):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._target(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._target(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self._target(node.target, None)
        elif isinstance(node, ast.For):
            self.loops |= {item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                self.mutated.add(call.func.value.id)
            if isinstance(call.func, ast.Name) and call.func.id == "改第几个" and isinstance(call.args[0], ast.Name):
                self.mutated.add(call.args[0].id)

    def _target(self, target: ast.expr, value: Optional[ast.expr]) -> None:
        if isinstance(target, ast.Name):
            if value is None:
                self.changed.add(target.id)
            else:
                self.assigned[target.id] = self.assigned.get(target.id, 0) + 1
                self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Subscript):
            root: Any = target
            while isinstance(root, ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                self.mutated.add(root.id)

    def is_variable(self, name: str) -> bool:
        """Whether the value of the name changes."""
        return self.assigned.get(name, 0) > 1 or name in self.changed or name in self.mutated

    def kind(self, name: str) -> str:
        """list, dict, str or "" when the assigned values do not tell."""
        kinds = {kind_of(value) for value in self.values.get(name, [])}
        return kinds.pop() if len(kinds) == 1 else ""


def kind_of(value: ast.expr) -> str:
    """list, dict or str for expressions that are certainly such."""
    if isinstance(value, (ast.List, ast.ListComp)):
        return "list"
    if isinstance(value, (ast.Dict, ast.DictComp)):
        return "dict"
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return "str"
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        if value.func.id == "副本" and value.args:
            return kind_of(value.args[0])
        return {"list": "list", "sorted": "list", "dict": "dict", "str": "str"}.get(value.func.id, "")
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return "list" if value.func.attr == "split" else ""
    return ""


def is_fresh(value: ast.expr) -> bool:
    """Whether no other name can hold the value."""
    call = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _FRESH_CALLS
    return call or kind_of(value) != "" or isinstance(value, (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare))


def walk_scope(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of a scope, without those of the functions inside it."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            waiting = list(ast.iter_child_nodes(node)) + waiting


def used_names(nodes: Any) -> set[str]:
    """The names that are read or bound in some nodes."""
    return {item.id for node in nodes for item in ast.walk(node) if isinstance(item, ast.Name)}
