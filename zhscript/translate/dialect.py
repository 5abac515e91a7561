"""How a query language spells what is not common: hooks that `Formulas` calls and its subclasses fill."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any, Callable

from ..characters import normalize
from ..program import LayerDeclaration, Program
from ..units import find_unit
from .refusal import Refusal
from .terms import NEVER, UNKNOWN, Located, Row, Scope, Term

BLANKS = " \t\r\n\u3000\u00a0"  # of which blank texts consist, that count as 空
# what 去空白 removes
LONG_BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def join_null(*terms: Term) -> str:
    """What NULL means in a formula that is NULL where one of these is."""
    return NEVER if all(term.null == NEVER for term in terms) else UNKNOWN


def _refusing(what: str) -> Callable[..., Any]:
    """A hook of a target that does not know the construct."""

    def hook(self: Dialect, *arguments: Any) -> Any:
        node = next((item for item in reversed(arguments) if hasattr(item, "start")), None)
        place = next((item.node for item in arguments if isinstance(item, Located)), node)
        raise self.refuse(what, place)

    return hook


class Dialect:
    """The spelling of one target. `target` is its name in messages, `globals` the names of the whole file."""

    target = ""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.globals: Scope = {}

    def refuse(self, what: str, node: Any) -> Refusal:
        """The refusal of a construct."""
        return Refusal(f"{what}在{self.target}里没有对应的写法，不能翻译", node)

    def number(self, value: Fraction) -> Term:
        """A number literal."""
        text = str(value.numerator) if value.denominator == 1 else repr(float(value))
        return Term(text if value >= 0 else f"({text})", "number", tight=True)

    def text(self, value: str) -> Term:
        """A text literal."""
        raise NotImplementedError

    def quote(self, text: str) -> str:
        """A text in the target's quotation marks."""
        raise NotImplementedError

    def date(self, value: datetime.date) -> Term:
        """A date literal."""
        raise NotImplementedError

    def field(self, row: Row, name: str, kind: str) -> Term:
        """A field of a feature, in base units, blanks as NULL."""
        raise NotImplementedError

    def double(self, term: Term) -> str:
        """An operand of arithmetic, in double precision."""
        raise NotImplementedError

    def as_date(self, term: Term) -> Term:
        """A value that is compared with a date."""
        raise NotImplementedError

    def compared(self, operator: str, left: Term, right: Term) -> str:
        """A comparison of two values of one sort."""
        raise NotImplementedError

    def begins(self, left: Term, right: Term) -> str:
        """Whether a text begins with another."""
        raise NotImplementedError

    def ends(self, left: Term, right: Term) -> str:
        """Whether a text ends with another."""
        raise NotImplementedError

    def holds_text(self, left: Term, right: Term) -> str:
        """Whether a text is part of another."""
        raise NotImplementedError

    def library(self, name: str, node: Any, arguments: list[Any], scope: Scope) -> Any:
        """A call of a library function."""
        raise NotImplementedError

    # hooks that not every target fills: (what it gets) -> formula
    is_none: Callable[..., str] = _refusing("“所在的”")  # (located): whether there is no such feature
    located_field: Callable[..., Term] = _refusing("“所在的”")  # (located, name, kind): its field
    selected: Callable[..., Term] = _refusing("对一组要素的统计")  # (selection, function, node): 个数, 总和 …
    quantified: Callable[..., Term] = _refusing("“都满足”“中有”")  # (selection, every, node)
    date_arithmetic: Callable[..., Term] = _refusing("日期的加减")  # (left, right, node): date ± period, date − date
    inside: Callable[..., Term] = _refusing("“位于”")  # (left node, right node, scope)
    without_points: Callable[..., str] = _refusing("图形的“为空”")  # (shape): whether it is empty
    unique: Callable[..., Term] = _refusing("“中唯一”")  # (layer, field, value)


def field_word(layer: LayerDeclaration, name: str) -> str:
    """The type or unit word that is declared for a field (by its key), or ""."""
    return next(word for field, _, word in layer.fields if normalize(field) == name)


def field_column(layer: LayerDeclaration, name: str) -> str:
    """The column of a field (by its key) in the data."""
    return next(column for field, column, _ in layer.fields if normalize(field) == name)


def field_factor(word: str) -> Fraction:
    """How many base units a number in a field with this type or unit word counts."""
    unit = find_unit(word)
    return unit.factor if unit else Fraction(1)
