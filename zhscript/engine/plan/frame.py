"""The features that a plan works on, and what it has found out about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from ... import syntax as s
from ..errors import Undetermined
from ..index import IndexedSpace, Join
from ..table import Feature, Layer
from .columns import KNOWN, Column, from_values

if TYPE_CHECKING:
    from ..interpreter.evaluate import Evaluator
    from .operators import Operator

FIELDS = "columns"  # key in the memory of a layer


class Chunk:
    """Consecutive features start … stop of a layer, bound to `name`; rows count from `start`.

    `memo` keeps the columns of operators with the rows that they are of.
    """

    def __init__(self, evaluator: Evaluator, layer: Layer, name: str, start: int, stop: int) -> None:
        self.evaluator = evaluator
        self.layer = layer
        self.name = name
        self.start, self.stop = start, stop
        self.memo: dict[Operator, tuple[np.ndarray, Column]] = {}
        self.row = -1  # that the interpreter is looking at
        self._bound: dict[tuple[int, s.Binding], Any] = {}
        assert isinstance(evaluator.space, IndexedSpace)
        self.space: IndexedSpace = evaluator.space

    def join(self, layer: Layer, others: bool) -> Join:
        """What the features have to do with a layer, or the others of their own."""
        return self.space.join(self.layer, layer, others, self.start, self.stop)

    def interpret(self, row: int, node: Any, bindings: dict[str, s.Binding]) -> Any:
        """The value of an expression for one feature, as the interpreter has it.

        Raises `Undetermined`, or `ScriptError` for a mistake of the program.
        """
        with self._scope(row, bindings, {}):
            return self.evaluator.value(node)

    def condition(self, row: int, node: Any, bindings: dict[str, s.Binding], more: dict[str, Any]) -> bool:
        """The truth of a condition for one feature, with `more` names."""
        with self._scope(row, bindings, more):
            return self.evaluator.condition(node)

    def found(self, operator: Operator | None) -> list[Feature] | None:
        """The features that a query of the check finds for the row that is looked at; None where that is not known."""
        if operator not in self.memo:
            return None
        rows, column = self.memo[operator]
        at = int(np.searchsorted(rows, self.row))
        if at == len(rows) or rows[at] != self.row or column.state[at] != KNOWN:
            return None
        return [Feature(column.layer, int(place)) for place in column.values[at]]  # type: ignore[arg-type]

    @contextmanager
    def _scope(self, row: int, bindings: dict[str, s.Binding], more: dict[str, Any]) -> Iterator[None]:
        scope: dict[str, Any] = {self.name: Feature(self.layer, self.start + row)}
        evaluator = self.evaluator
        evaluator.scopes.append(scope)
        self.row = row
        try:
            for name, binding in bindings.items():
                if (row, binding) not in self._bound:
                    self._bound[row, binding] = _tried(evaluator.value, binding.value)
                scope[name] = self._bound[row, binding]
            scope.update(more)
            yield
        finally:
            evaluator.scopes.pop()


def _tried(value: Callable[[Any], Any], node: Any) -> Any:
    try:
        return value(node)
    except Undetermined as reason:
        return reason


class Frame:
    """Some rows of a chunk, ascending."""

    def __init__(self, chunk: Chunk, rows: np.ndarray) -> None:
        self.chunk = chunk
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, mask: np.ndarray) -> Frame:
        """The rows that are marked."""
        return self if mask.all() else Frame(self.chunk, self.rows[mask])

    @property
    def places(self) -> np.ndarray:
        """The places of the features in their layer."""
        return self.rows + self.chunk.start


def field_column(layer: Layer, field: str) -> Column:
    """A field of a whole layer, read once."""
    columns = layer.memory.setdefault(FIELDS, {})
    if field not in columns:
        kind = layer.declaration.field_type(field)
        values = layer.columns[field]
        columns[field] = from_values(values, kind.dimension) if kind else from_values(values)
    return columns[field]
