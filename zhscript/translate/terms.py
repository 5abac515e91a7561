"""What formulas are made of: texts of the target language with what is known of their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Union

from .. import syntax as s
from ..program import LayerDeclaration

NEVER, EMPTY, UNKNOWN = "never", "empty", "unknown"


@dataclass(frozen=True)
class Term:
    """A formula. `kind`: number text boolean date shape any.

    `null` tells what NULL stands for: it does not occur, the value is 空, or the value cannot be known (无法判断).
    `tight` formulas need no brackets; `double` ones are double precision numbers whatever the data.
    """

    text: str
    kind: str
    null: str = NEVER
    tight: bool = False
    double: bool = False

    @property
    def bracketed(self) -> str:
        """The text as an operand."""
        return self.text if self.tight else f"({self.text})"


@dataclass(frozen=True)
class Row:
    """A feature in scope: its layer, and what it is called in the formula."""

    layer: LayerDeclaration
    alias: str


@dataclass(frozen=True)
class Located:
    """p 所在的 L: the one feature of `layer` in which `place` lies."""

    place: Term
    layer: LayerDeclaration
    point: bool
    node: Any


@dataclass(frozen=True)
class Layer:
    """A layer as an operand, without the feature `without` (其他 L) or whole."""

    layer: LayerDeclaration
    without: Optional[Row] = None


@dataclass(frozen=True)
class Items:
    """A list that is written out: its nodes and their scope."""

    nodes: tuple
    scope: Any


@dataclass(frozen=True)
class Selection:
    """Features of a layer, those that meet a condition, or the values of an expression over them."""

    source: Layer
    name: str = ""
    where: Optional[s.Expression] = None
    listing: Any = None
    scope: Any = None


@dataclass(frozen=True)
class Later:
    """The value of a name: an expression in its own scope."""

    node: Any
    scope: Any


Value = Union[Term, Row, Located, Layer, Items, Selection, Later, None]
Scope = Dict[str, Value]
