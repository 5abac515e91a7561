"""Questions about the tree of a Python program."""

from __future__ import annotations

import ast

from .from_python_expressions import Unknown
from .from_python_names import used_names

DEEPEST = 60


def flat(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of the file, those under `if __name__ == "__main__"` among them."""
    result: list[ast.stmt] = []
    for item in body:
        main = isinstance(item, ast.If) and "__name__" in used_names([item.test]) and not item.orelse
        result += item.body if main else [item]  # type: ignore[attr-defined]
    return result


def defines(item: ast.stmt) -> str:
    """The name of a function or class, "" for other statements."""
    return item.name if isinstance(item, (ast.FunctionDef, ast.ClassDef)) else ""


def assigns(item: ast.stmt, name: str) -> bool:
    """Whether the statement itself gives the name a value."""
    if isinstance(item, ast.AnnAssign):
        return isinstance(item.target, ast.Name) and item.target.id == name
    return isinstance(item, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in item.targets)


def blocks(item: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks inside a statement."""
    blocks = [getattr(item, "body", []), getattr(item, "orelse", [])]
    return [block for block in blocks if block]


def only_read(value: ast.expr, name: str) -> bool:
    """Whether a list is only asked something in an expression (len(表), 表[0], 表 in …), not handed on."""
    direct = [value] if isinstance(value, ast.Name) else list(ast.iter_child_nodes(value))
    handed = isinstance(value, (ast.Name, ast.List, ast.Dict, ast.IfExp))
    return not (handed and any(isinstance(part, ast.Name) and part.id == name for part in direct))


def is_copy(node: ast.expr) -> bool:
    """Whether it is list(…) of something."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "list" and bool(node.args)


def parse(text: str) -> ast.Module:
    """The tree of a Python program. Raises `Unknown` for a text that is none."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        place = ast.Constant(None, lineno=error.lineno or 1, col_offset=0)
        raise Unknown("这里不合 Python 的语法", place) from None
    except (ValueError, RecursionError, MemoryError):
        raise Unknown("这不是 Python 程序，或者式子套得太深", None) from None
    if _depth(tree) > DEEPEST:
        raise Unknown("式子或语句套得太深", None)
    return tree


def _depth(tree: ast.AST) -> int:
    deepest, waiting = 0, [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return deepest
