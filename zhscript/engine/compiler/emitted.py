"""What an emitted expression is known to be, and the names that generated code uses.

Numbers of a known dimension are plain Python numbers in generated code; where the type is not known values are as
in the interpreter, numbers with a dimension as `Quantity`. Lists and dictionaries hold such values.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, Callable, Protocol

from ...types import ANY, Type
from ...units import NONE, Dimension

USER = "u_"  # before every name of the program
ROW = "i_"  # before the name of a feature of a loop: its row
SCALARS = frozenset({"number", "text", "boolean", "date"})
LOAD = ast.Load()


class Uncovered(Exception):
    """The program has a construct that is not compiled; it runs in the interpreter."""


class Emitted:
    """An expression: its tree, its type, whether it is never 空, whether it can never be undetermined.

    `bits` bounds whole numbers that are known to be small, 0 for others.
    """

    __slots__ = ("bits", "sure", "total", "tree", "type")

    def __init__(self, tree: Any, type: Type = ANY, sure: bool = False, total: bool = False, bits: int = 0) -> None:
        self.tree = tree
        self.type = type
        self.sure = sure
        self.total = total
        self.bits = bits

    @property
    def is_number(self) -> bool:
        """Whether it is a plain Python number (or None)."""
        return self.type.kind == "number"

    @property
    def dimension(self) -> Dimension:
        """The dimension of a number."""
        return self.type.dimension if self.type.kind == "number" else NONE


@dataclass
class Variable:
    """A name of the program in generated code.

    `index` names the row number of a feature that comes from a loop; `whole` tells that the feature itself is used.
    """

    python: str
    name: str
    type: Type
    sure: bool = False
    owner: Any = None
    index: str = ""
    whole: bool = False
    bits: int = 0


@dataclass
class FunctionCode:
    """A function of the program: its name in generated code, types of parameters and result.

    `counted` tells that it may recurse, `reaches` that it uses names of the script around it, `called` that a call of
    it has been emitted, which knows the result as it was then.
    """

    python: str
    formals: list[Variable]
    result: Type
    counted: bool
    reaches: bool = False
    called: bool = False


class Observed(Protocol):
    """Is told by generated code what runs: statements, and how the `wanted` conditions come out."""

    wanted: set[Any]

    def statement(self, node: Any) -> None:
        """A statement runs."""

    def condition(self, node: Any, outcome: bool) -> None:
        """A condition came out."""


@dataclass
class Requests:
    """Objects that generated code needs by name; each is made when the code is bound to a run."""

    makers: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    _known: dict[Any, str] = field(default_factory=dict)

    def name(self, prefix: str, key: Any, maker: Callable[[Any], Any]) -> str:
        """The name of the object for `key`, which `maker` makes from the runtime."""
        found = self._known.get((prefix, key))
        if found is None:
            found = self._known[prefix, key] = f"{prefix}_{len(self._known)}"
            self.makers[found] = maker
        return found
