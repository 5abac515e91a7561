"""What fast checks find: places that a rule then judges and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Candidates:
    """Rows of one kind. `layer`: code of the layer of each; `place`: its row there, -1 for none (a gap).

    `geometry`: where it is, None to show the feature itself. `columns`: what rules may read. `other`: the name of a
    second feature, "" for none.
    """

    layer: np.ndarray
    place: np.ndarray
    geometry: np.ndarray
    columns: dict[str, np.ndarray]
    other: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=object))

    def __len__(self) -> int:
        return len(self.layer)


def rows(
    layer: str, place: Sequence[int] | np.ndarray, geometry: Any = None, other: Any = None, **columns: Any
) -> Candidates:
    """Candidates of one layer."""
    count = len(place)
    shapes = np.full(count, None, dtype=object)
    if geometry is not None:
        shapes[:] = geometry
    others = np.full(count, "", dtype=object)
    if other is not None:
        others[:] = other
    made = {name: _column(values) for name, values in columns.items()}
    return Candidates(np.full(count, layer, dtype=object), np.asarray(place, dtype=np.int64), shapes, made, others)


def together(groups: Sequence[Candidates], names: Sequence[str]) -> Candidates:
    """All rows of several groups; columns that a group lacks are empty."""
    groups = [group for group in groups if len(group)]
    if not groups:
        nothing = np.zeros(0, dtype=object)
        return Candidates(nothing, np.zeros(0, dtype=np.int64), nothing, dict.fromkeys(names, nothing), nothing)
    columns = {
        name: np.concatenate([group.columns.get(name, np.full(len(group), None)) for group in groups])
        for name in dict.fromkeys([*names, *(name for group in groups for name in group.columns)])
    }
    return Candidates(
        np.concatenate([group.layer for group in groups]),
        np.concatenate([group.place for group in groups]),
        np.concatenate([group.geometry for group in groups]),
        columns,
        np.concatenate([group.other for group in groups]),
    )


def _column(values: Any) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return values
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
