"""Expressions of a check as operators over columns: what is checked, its fields, constants, and what is not planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import syntax as s
from ...units import NONE
from ..errors import Mistake, ScriptError, Undetermined
from ..table import View
from .columns import KNOWN, LOOK, UNKNOWN, Column, from_values, nothing, strict
from .frame import Frame, field_column

Bindings = dict[str, s.Binding]


class Operator:
    """One expression. `sort` is what is known of its values beforehand: feature, shape, layer, condition or value.

    `layer` is the key of the layer that features belong to. `fatal` tells whether the interpreter may end the run with
    an error here; where it cannot, a 设定 need not be worked out before it is used.
    """

    sort = "value"
    layer = ""
    fatal = True
    children: tuple[Operator, ...] = ()

    def __init__(self, node: Any) -> None:
        self.node = node

    def column(self, frame: Frame) -> Column:
        """The values for the rows of a frame; rows that have been worked out before are taken from there."""
        known = frame.chunk.memo.get(self)
        if known is not None:
            rows, column = known
            if rows is frame.rows:
                return column
            at = np.minimum(np.searchsorted(rows, frame.rows), len(rows) - 1) if len(rows) else rows
            if len(rows) and (rows[at] == frame.rows).all():
                return column.take(at)
        column = self.compute(frame) if len(frame) else nothing(0)
        frame.chunk.memo[self] = (frame.rows, column)
        return column

    def compute(self, frame: Frame) -> Column:
        """The values, worked out."""
        raise NotImplementedError

    def prepare(self, frame: Frame) -> None:
        """Work out in bulk what looking at these rows will ask for."""
        for child in self.children:
            child.prepare(frame)


class Element(Operator):
    """The feature that is checked."""

    sort = "feature"
    fatal = False

    def __init__(self, node: Any, layer: str) -> None:
        super().__init__(node)
        self.layer = layer

    def compute(self, frame: Frame) -> Column:
        return Column("feature", frame.places, np.zeros(len(frame), dtype=np.uint8), layer=frame.chunk.layer)


class LayerOf(Operator):
    """A whole layer, or 其他 L: without the feature that is checked. Not a column; spatial operators ask for it."""

    sort = "layer"
    fatal = False

    def __init__(self, node: Any, layer: str, others: bool) -> None:
        super().__init__(node)
        self.layer = layer
        self.others = others

    def compute(self, frame: Frame) -> Column:
        return nothing(len(frame))


class Constant(Operator):
    """What does not depend on the feature: evaluated once, by the interpreter."""

    def __init__(self, node: Any, sort: str, bindings: Bindings) -> None:
        super().__init__(node)
        self.sort = sort
        self._bindings = bindings
        self._value: Column | None = None

    def compute(self, frame: Frame) -> Column:
        if self._value is None:
            self._value = _evaluated(frame, [0], self.node, self._bindings)
        return self._value.take(np.zeros(len(frame), dtype=np.int64))


class Field(Operator):
    """A field of features."""

    fatal = False

    def __init__(self, node: Any, base: Operator, name: str) -> None:
        super().__init__(node)
        self.name = name
        self.children = (base,)

    def compute(self, frame: Frame) -> Column:
        features = self.children[0].column(frame)
        if features.layer is None or not len(features.layer):
            column = nothing(len(frame))
            column.state = np.where(features.state == KNOWN, LOOK, strict(features))
            return column
        column = field_column(features.layer, self.name).take(features.values)
        state = strict(features)
        column.state = np.where(state == KNOWN, column.state, state)
        return column


class Generic(Operator):
    """What has no operator of its own: evaluated by the interpreter, once for each combination of the values of
    `leaves` where these can be grouped, otherwise feature by feature. `inside`: the joins of queries in it.
    """

    def __init__(
        self,
        node: Any,
        sort: str,
        leaves: Sequence[Operator] | None,
        bindings: Bindings,
        inside: Sequence[Operator],
    ) -> None:
        super().__init__(node)
        self.sort = sort
        self.children = tuple(leaves or ())
        self.grouped = bool(leaves)
        self._bindings = bindings
        self._inside = inside

    def prepare(self, frame: Frame) -> None:
        super().prepare(frame)
        for found in self._inside:
            found.column(frame)

    def compute(self, frame: Frame) -> Column:
        for found in self._inside:
            found.column(frame)
        columns = [leaf.column(frame) for leaf in self.children]
        if not columns or not all(column.can_be_grouped for column in columns):
            return _evaluated(frame, frame.rows, self.node, self._bindings)
        first, groups = _grouped(columns)
        return _evaluated(frame, frame.rows[first], self.node, self._bindings).take(groups)


def _grouped(columns: Sequence[Column]) -> tuple[np.ndarray, np.ndarray]:
    """A row of each combination of values, and the group of each row. Rows of unknown values stay alone."""
    count = len(columns[0])
    groups = np.zeros(count, dtype=np.int64)
    for column in columns:
        codes = column.codes()
        groups = groups * (codes.max() + 2) + codes + 1
        groups = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    alone = np.zeros(count, dtype=bool)
    for column in columns:
        alone |= column.state >= UNKNOWN
    groups[alone] = groups.max() + 1 + np.arange(alone.sum())
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return first, inverse


def _evaluated(frame: Frame, rows: Any, node: Any, bindings: Bindings) -> Column:
    """The interpreter's values for rows of the chunk."""
    values: list[Any] = []
    state = np.zeros(len(rows), dtype=np.uint8)
    chunk = frame.chunk
    for number, row in enumerate(rows):
        if number % 64 == 0:
            chunk.space.check()
        value = None
        try:
            value = chunk.interpret(int(row), node, bindings)
        except Undetermined:
            state[number] = UNKNOWN
        except (ScriptError, Mistake):
            state[number] = LOOK
        if isinstance(value, (View, list, dict)):
            state[number], value = LOOK, None
        values.append(value)
    kind = chunk.evaluator.program.types.get(node)
    column = from_values(values, kind.dimension if kind and kind.kind == "number" else NONE)
    column.state = np.where(state == KNOWN, column.state, state)
    return column
