"""Formulas of indicators: + - × ÷ and brackets over the names of terms."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from tim.errors import UnusableInput

_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MARKS = str.maketrans("×÷＋－（）／＊−", "*/+-()/*-")


class NotComputable(Exception):
    """A figure that cannot be worked out. `message` says in Chinese what is missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def names_of(formula: str) -> set[str]:
    """The names a formula uses. Raises `UnusableInput` when it is none."""
    return {node.id for node in ast.walk(_parse(formula)) if isinstance(node, ast.Name)}


def evaluate(formula: str, values: Mapping[str, float]) -> float:
    """The value of a formula in base units. Raises `NotComputable` where a divisor is zero."""
    return _value(_parse(formula).body, values, formula)


def _parse(formula: str) -> ast.Expression:
    try:
        tree = ast.parse(formula.translate(_MARKS).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnusableInput(f"公式“{formula}”读不懂；可以用加、减、乘、除、括号和项的名称") from error
    for node in ast.walk(tree):
        allowed = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Load, ast.Constant, *_OPERATORS)
        number = not isinstance(node, ast.Constant) or type(node.value) in (int, float)
        if not isinstance(node, allowed) or not number:
            raise UnusableInput(f"公式“{formula}”里有不能用的写法；可以用加、减、乘、除、括号和项的名称")
    return tree


def _value(node: ast.expr, values: Mapping[str, float], formula: str) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]  # numbers only, checked above
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, values, formula)
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left, values, formula), _value(node.right, values, formula)
    if isinstance(node.op, ast.Div) and right == 0:
        raise NotComputable(f"“{formula}”的分母是 0")
    return _OPERATORS[type(node.op)](left, right)
