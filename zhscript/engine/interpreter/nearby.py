"""遍历 L 中的每个 x，其中 x 与 a 相交…: only the features that an index finds need be looked at."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import shapely

from ... import syntax as s
from ..codes import REFUSALS
from ..index import IndexedSpace
from ..table import Feature, View
from .state import State


def nearby(state: State, node: s.ForEach) -> list[tuple[int, Feature]] | None:
    """The turns of a loop (number from 1, feature) without those that its condition surely refuses; None: all count.

    The condition must begin with 相交 of the loop's feature with something that is known before the loop. Features
    whose geometry is missing or invalid stay: looking at them is an error.
    """
    other = other_side(node)
    if other is None or not isinstance(state.space, IndexedSpace):
        return None
    return turns_near(state.space, state.value(node.source), lambda: state.value(other))


def turns_near(space: IndexedSpace, view: Any, other: Callable[[], Any]) -> list[tuple[int, Feature]] | None:
    """The turns over a layer whose features may meet the value of `other`; None where that is no help."""
    if not isinstance(view, View) or not len(view.layer):
        return None
    try:
        value = other()
        shape = space.shape(value) if isinstance(value, (Feature, shapely.Geometry)) else None
    except REFUSALS:
        return None  # the first turn tells
    if shape is None:
        return None
    hits = space.hits(shape, view, value if isinstance(value, Feature) else None)
    rows = np.union1d(hits, np.flatnonzero(~view.layer.usable))
    missing = view.without if view.without >= 0 else len(view.layer)
    return [(int(row) + (row < missing), Feature(view.layer, int(row))) for row in rows if row != missing]


def other_side(node: s.ForEach) -> Any:
    """What the features of a loop over a layer must meet, as an expression; None where nothing is known of it."""
    if not isinstance(node.source, (s.Name, s.Others)):
        return None
    return _other_side(node.where, node.identifier.name)


def _other_side(where: Any, name: str) -> Any:
    """What the loop's feature must meet, when that is the first condition; None otherwise."""
    while isinstance(where, s.Group) or (isinstance(where, s.Logical) and where.operator == "且"):
        where = where.inner if isinstance(where, s.Group) else where.left
    if not isinstance(where, s.Touching) or where.word != "相交":
        return None
    for side, other in ((where.left, where.right), (where.right, where.left)):
        if isinstance(side, s.Name) and side.identifier.name == name and _is_known(other, name):
            return other
    return None


def _is_known(node: Any, name: str) -> bool:
    """Whether the value does not depend on the loop's feature: a name, or a buffer of one."""
    if isinstance(node, (s.Group, s.MeasuredMember)):
        return _is_known(node.inner if isinstance(node, s.Group) else node.base, name)
    return isinstance(node, s.Name) and node.identifier.name != name
