"""What writing Python from any part of a program needs: operands, guards against 空, units that must not get lost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Optional

from ..constants import rounded
from ..program import Program
from ..types import Type
from ..units import NONE
from .python_names import Names
from .python_sure import Sureness
from .refusal import Refusal

# how tightly Python binds
CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, ATOM = range(9)


@dataclass(frozen=True)
class Code:
    """A Python expression and how tightly its outermost operator binds."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """The text as an operand of an operator of this level."""
        return self.text if self.level >= level else f"({self.text})"


def has_unit(kind: Optional[Type]) -> bool:
    """Whether a value of this type is a number with a unit, or a list or dictionary of such."""
    if kind is None:
        return False
    return (kind.kind == "number" and kind.dimension != NONE) or (
        kind.kind in ("list", "mapping") and has_unit(kind.item)
    )


class PythonBase:
    """Finds the writer of each node: a method with the name of its class."""

    target = " Python "

    def __init__(self, program: Program, names: Names) -> None:
        self.program = program
        self.types = program.types
        self.names = names
        self.sure = Sureness(program)

    def refuse(self, what: str, node: Any) -> Refusal:
        """The refusal of a construct."""
        return Refusal(f"{what}还不能译成 Python", node)

    def code(self, node: Any) -> Code:
        """The Python of an expression."""
        exact = self.program.constants.get(node)
        if exact is not None:
            return self.number(exact)
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise self.refuse("这种写法", node)
        return method(node)

    def text(self, node: Any) -> str:
        """The Python of an expression where anything may stand."""
        return self.code(node).text

    def number(self, value: Fraction) -> Code:
        """A number in base units, as the language rounds it."""
        text = repr(rounded(value))
        return Code(text, SIGN if value < 0 else ATOM)

    def known(self, node: Any, level: int = CHOICE) -> str:
        """An operand that must not be 空."""
        code = self.code(node)
        if self.sure.sure(node):
            return code.at(level)
        said = " ".join(self.program.source.slice(node.start, node.end).split())
        return f"知({code.text}, {said!r})"

    def condition(self, node: Any, level: int = CHOICE) -> str:
        """A condition."""
        code = self.code(node)
        if self.types[node].kind == "boolean" and self.sure.sure(node):
            return code.at(level)
        return f"真假({code.text})"

    def given(self, node: Any, wanted: Optional[Type]) -> str:
        """A value for a place of a type. Where no type is known, a unit would be lost."""
        if has_unit(self.types.get(node)) and not has_unit(wanted):
            raise Refusal("带单位的数放进没有写类型的地方，译成 Python 会丢掉单位；请写上类型或先“换算为”", node)
        return self.text(node)

    def kind(self, node: Any) -> str:
        """The kind of an expression's type."""
        return self.types[node].kind
