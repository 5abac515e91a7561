"""Layers that are too large to hold: rules check them piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

from .. import syntax as s
from ..program import LayerDeclaration, Program
from .table import Layer, Table, read_layer


@dataclass(frozen=True)
class Stream:
    """A layer as a host gives it piece by piece.

    `tables()` begins anew each time and gives one table at least (for the names of columns); `count` features in all.
    """

    name: str
    crs: str
    count: int
    tables: Callable[[], Iterator[Table]]


class StreamedLayer(Layer):
    """A declared layer that is never there as a whole; only 检查 goes through its `parts`.

    After the first pass `tally` tells how many features had no geometry, and how many an invalid one.
    """

    def __init__(self, declaration: LayerDeclaration, stream: Stream) -> None:
        super().__init__(declaration, np.zeros(0, dtype=object), {}, [], stream.crs)
        self.stream = stream
        self.tally: tuple[int, int] | None = None

    def __len__(self) -> int:
        return self.stream.count

    def parts(self) -> Iterator[Layer]:
        """The pieces as layers, whose `offset` tells where they begin."""
        offset = missing = invalid = 0
        for table in self.stream.tables():
            part = read_layer(self.declaration, table, offset)
            offset += len(part)
            missing += part.missing
            invalid += len(part.invalid)
            yield part
        self.tally = (missing, invalid)


def streamable(program: Program) -> frozenset[str]:
    """The keys of layers that the rules only check, so that nothing needs them as a whole."""
    checked: set[str] = set()
    used: set[str] = set()
    for item in program.items:
        if not isinstance(item, s.Test):
            _note(item, checked, used)
    return frozenset(layer.key for layer in program.layers if layer.key in checked - used)


def _note(value: Any, checked: set[str], used: set[str]) -> None:
    """Take down the names that something refers to; those that only a 检查 goes through apart."""
    if isinstance(value, (list, tuple)):
        for item in value:
            _note(item, checked, used)
    elif isinstance(value, s.Check) and isinstance(value.source, s.Name):
        checked.add(value.source.identifier.name)
        _note((value.where, value.body), checked, used)
    elif isinstance(value, (s.Name, s.Others)):
        used.add(value.identifier.name)
    elif isinstance(value, s.Node):
        if isinstance(value, s.Located):
            used.add(value.layer.name)
        _note(tuple(vars(value).values()), checked, used)


def whole(stream: Stream) -> Table:
    """All pieces as one table, for programs that need the layer as a whole."""
    tables = list(stream.tables())
    first = tables[0]
    columns: dict[str, Any] = {
        name: [value for table in tables for value in table.columns[name]] for name in first.columns
    }
    shapes = None if first.geometry is None else np.concatenate([table.geometry for table in tables])  # type: ignore[misc]
    return Table(first.name, columns, shapes, first.crs, first.key)
