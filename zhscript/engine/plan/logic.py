"""Conditions put together, three-valued: 假 且 空 is 假. What is not needed for a row is not worked out for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from .columns import KNOWN, LOOK, NULL, UNKNOWN, Column, merged
from .frame import Frame
from .operators import Operator


class Logical(Operator):
    """a 且 b, a 或 b."""

    sort = "condition"

    def __init__(self, node: Any, left: Operator, right: Operator) -> None:
        super().__init__(node)
        self.children = (left, right)
        self.fatal = left.fatal or right.fatal

    def compute(self, frame: Frame) -> Column:
        decisive = self.node.operator == "或"
        left = self.children[0].column(frame).as_condition()
        values, state = left.values.copy(), left.state.copy()
        rows = np.flatnonzero(((state == KNOWN) & (values != decisive)) | (state == UNKNOWN))
        if len(rows):
            right = self.children[1].column(frame.where(_mask(len(frame), rows))).as_condition()
            was_unknown = state[rows] == UNKNOWN
            settles = (right.state == KNOWN) & (right.values == decisive)
            values[rows] = right.values
            state[rows] = np.where(was_unknown & (right.state == KNOWN) & ~settles, UNKNOWN, right.state)
        return Column("boolean", values, state)


def _mask(count: int, rows: np.ndarray) -> np.ndarray:
    mask = np.zeros(count, dtype=bool)
    mask[rows] = True
    return mask


class Not(Operator):
    """并非 a."""

    sort = "condition"

    def __init__(self, node: Any, child: Operator) -> None:
        super().__init__(node)
        self.children = (child,)
        self.fatal = child.fatal

    def compute(self, frame: Frame) -> Column:
        column = self.children[0].column(frame).as_condition()
        return Column("boolean", ~column.values.astype(bool), column.state)


class Empty(Operator):
    """x 为空, x 不为空, 没有 x."""

    sort = "condition"

    def __init__(self, node: Any, child: Operator, negated: bool, lists: bool) -> None:
        super().__init__(node)
        self.children = (child,)
        self.fatal = child.fatal
        self._negated = negated
        self._lists = lists

    def compute(self, frame: Frame) -> Column:
        column = self.children[0].column(frame)
        empty = column.state == NULL
        if column.kind == "shape":
            empty |= shapely.is_empty(column.values) & (column.state == KNOWN)
        if column.kind == "list" and self._lists:
            empty |= np.fromiter((len(item) == 0 for item in column.values), bool, len(column))
        state = np.where(column.state == NULL, KNOWN, column.state)
        return Column("boolean", empty != self._negated, state)


class Choose(Operator):
    """如果 … 则取 …，否则取 …; `generic` stands in where the values are of different sorts."""

    def __init__(
        self, node: Any, generic: Operator, choices: Sequence[tuple[Operator, Operator]], otherwise: Operator
    ) -> None:
        super().__init__(node)
        self.generic = generic
        self._choices = choices
        self._otherwise = otherwise
        self.children = (*(part for choice in choices for part in choice), otherwise)
        self.fatal = any(child.fatal for child in self.children)

    def compute(self, frame: Frame) -> Column:
        state = np.full(len(frame), LOOK, dtype=np.uint8)
        open_rows = np.arange(len(frame))
        parts = []
        for condition, value in self._choices:
            here = frame.where(_mask(len(frame), open_rows))
            column = condition.column(here).as_condition()
            state[open_rows[column.state != KNOWN]] = column.state[column.state != KNOWN]
            holds = (column.state == KNOWN) & column.values.astype(bool)
            if holds.any():
                parts.append((open_rows[holds], value.column(here.where(holds))))
            open_rows = open_rows[(column.state == KNOWN) & ~column.values.astype(bool)]
        if len(open_rows):
            parts.append((open_rows, self._otherwise.column(frame.where(_mask(len(frame), open_rows)))))
        result = merged(len(frame), parts)
        if result is None:
            return self.generic.column(frame)
        chosen = np.zeros(len(frame), dtype=bool)
        for rows, _ in parts:
            chosen[rows] = True
        result.state = np.where(chosen, result.state, state).astype(np.uint8)
        return result
