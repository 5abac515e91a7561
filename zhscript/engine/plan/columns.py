"""Values of one expression for many features.

Each row has a state: KNOWN; NULL, the value is 空; UNKNOWN, the value surely cannot be known or is of no consequence
(the interpreter would say 无法判断, never fail); LOOK, only the interpreter can say.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from ...units import NONE, Dimension
from ..table import Feature, Layer
from ..values import Quantity

KNOWN, NULL, UNKNOWN, LOOK = range(4)
EXACT = 2**53  # whole numbers up to here are float64 without loss
_CODED = (str, bool, datetime.date, int, float, Quantity)


class Column:
    """`kind`: number (float64, all of one `dimension`; `integer` when they stand for whole numbers of the language),
    boolean, coded (places in `pool`, a list of values of any sort), shape, feature (places in `layer`),
    list (arrays of places in `layer`), or nothing (no row is known).
    """

    def __init__(
        self,
        kind: str,
        values: Any,
        state: np.ndarray,
        *,
        dimension: Dimension = NONE,
        integer: bool = False,
        pool: list[Any] | None = None,
        layer: Layer | None = None,
    ) -> None:
        self.kind = kind
        self.values = values
        self.state = state
        self.dimension = dimension
        self.integer = integer
        self.pool = pool or []
        self.layer = layer

    def __len__(self) -> int:
        return len(self.state)

    def with_rows(self, values: Any, state: np.ndarray) -> Column:
        """A column of the same sort."""
        return Column(
            self.kind,
            values,
            state,
            dimension=self.dimension,
            integer=self.integer,
            pool=self.pool,
            layer=self.layer,
        )

    def take(self, rows: np.ndarray) -> Column:
        """These rows of the column."""
        return self.with_rows(self.values[rows], self.state[rows])

    def codes(self) -> np.ndarray:
        """Numbers (n,) that are equal where the values are; −1 for rows that are not known."""
        if self.kind == "coded":
            found = self.values.astype(np.int64)
        else:
            found = np.unique(self.values, return_inverse=True)[1].astype(np.int64)
        return np.where(self.state == KNOWN, found, -1)

    @property
    def can_be_grouped(self) -> bool:
        """Whether equal values can be told by `codes`."""
        return self.kind in ("number", "boolean", "coded", "feature", "nothing")

    def as_condition(self) -> Column:
        """The column as truth values: 空 is unknown, what is no truth value has to be looked at."""
        state = np.where(self.state == NULL, UNKNOWN, self.state)
        if self.kind == "boolean":
            return Column("boolean", self.values, state)
        if self.kind == "coded":
            truth = np.array([item is True for item in self.pool] + [False])
            sure = np.array([isinstance(item, bool) for item in self.pool] + [False])
            state = np.where((state == KNOWN) & ~sure[self.values], LOOK, state)
            return Column("boolean", truth[self.values], state)
        return Column("boolean", np.zeros(len(self), dtype=bool), np.where(state == KNOWN, LOOK, state))


def nothing(count: int, state: int = LOOK) -> Column:
    """A column of `count` rows without any value."""
    return Column("nothing", np.zeros(count), np.full(count, state, dtype=np.uint8))


def strict(*columns: Column) -> np.ndarray:
    """The state of what needs all of these values: 空 cannot be computed with."""
    state = columns[0].state
    for column in columns[1:]:
        state = np.maximum(state, column.state)
    return np.where(state == NULL, UNKNOWN, state)


def merged(count: int, parts: Sequence[tuple[np.ndarray, Column]]) -> Column | None:
    """One column of `count` rows from parts at given rows; None when they are of different sorts."""
    known = [column for _, column in parts if (column.state == KNOWN).any()]
    if not known:
        result = nothing(count)
    else:
        first = known[0]
        sorts = {(column.kind, column.dimension, id(column.layer)) for column in known}
        if len(sorts) > 1 or (first.kind == "coded" and any(column.pool is not first.pool for column in known)):
            return None
        result = first.with_rows(np.zeros(count, dtype=first.values.dtype), np.full(count, LOOK, dtype=np.uint8))
        result.integer = all(column.integer for column in known)
    for rows, column in parts:
        result.state[rows] = column.state
        if column.kind == result.kind != "nothing":
            result.values[rows] = column.values
    return result


def from_values(values: Sequence[Any], dimension: Dimension = NONE) -> Column:
    """A column of values of the language, None for 空. `dimension`: that of plain numbers."""
    kinds = {type(value) for value in values} - {type(None)}
    state = np.fromiter((NULL if value is None else KNOWN for value in values), np.uint8, len(values))
    if kinds <= {int, float}:
        return _numbers(values, state, dimension, kinds <= {int})
    if kinds == {Quantity}:
        dimensions = {value.dimension for value in values if value is not None}
        plain = [None if value is None else value.value for value in values]
        if len(dimensions) == 1 and {type(value) for value in plain} <= {int, float, type(None)}:
            return _numbers(plain, state, dimensions.pop(), all(type(value) is not float for value in plain))
    if kinds == {bool}:
        return Column("boolean", np.array([value is True for value in values]), state)
    if kinds == {Feature} and len({id(value.layer) for value in values if value is not None}) == 1:
        layer = next(value.layer for value in values if value is not None)
        places = np.array([-1 if value is None else value.index for value in values], dtype=np.int64)
        return Column("feature", places, state, layer=layer)
    if all(issubclass(kind, shapely.Geometry) for kind in kinds):
        shapes = np.empty(len(values), dtype=object)
        shapes[:] = values
        return Column("shape", shapes, state)
    return _coded(values, state)


def _numbers(values: Sequence[Any], state: np.ndarray, dimension: Dimension, integer: bool) -> Column:
    floats = np.zeros(len(values))
    for row, value in enumerate(values):
        if value is not None:
            if isinstance(value, int) and abs(value) > EXACT:
                state[row] = LOOK
            else:
                floats[row] = value
    return Column("number", floats, state, dimension=dimension, integer=integer)


def _coded(values: Sequence[Any], state: np.ndarray) -> Column:
    places: dict[Any, int] = {}
    codes = np.full(len(values), -1, dtype=np.int64)
    for row, value in enumerate(values):
        if isinstance(value, _CODED):
            codes[row] = places.setdefault((type(value), value), len(places))
        elif value is not None:
            state[row] = LOOK
    return Column("coded", codes, state, pool=[value for _, value in places])
