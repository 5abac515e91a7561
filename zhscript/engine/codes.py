"""The compiled parts of a program that a run has: the interpreter uses them where it can, and does without."""

from __future__ import annotations

from typing import Any, Callable

import shapely

from .errors import Mistake, ScriptError, Undetermined

# what compiled code raises where it cannot go on
REFUSALS = (
    Mistake, Undetermined, ScriptError, ArithmeticError, TypeError, NameError, RecursionError,
    shapely.errors.ShapelyError,
)  # fmt: skip


class Codes:
    """Functions by the nodes of the program that they were made of."""

    def __init__(self) -> None:
        self.rules: dict[Any, Callable[[], None]] = {}  # 规则, and 检查 outside rules
        self.bodies: dict[Any, Callable[[Any], bool]] = {}  # 检查: whether it applies to the feature
        self.tools: dict[Any, Callable[[dict[str, Any]], list[Any]]] = {}  # from values by key to outputs
        self.functions: dict[str, Callable[[dict[str, Any], int], Any]] = {}  # that only compute
