"""`L 中的每个 x，其中 x 与 甲 相交 …` and `L 中有 x 满足 …` as joins: only what the index finds is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ... import syntax as s
from ..errors import Mistake, ScriptError, Undetermined
from ..table import Feature
from .columns import KNOWN, LOOK, UNKNOWN, Column
from .frame import Frame
from .operators import Bindings, LayerOf, Operator
from .spatial import shapes_of
from .trees import conjuncts, names_in

if TYPE_CHECKING:
    from .build import Builder

_MEETING = ("相交", "重叠", "相邻")


def match(builder: Builder, node: Any, source: LayerOf, where: Any) -> Matches | None:
    """The join for a condition whose first part is a spatial relation between the element and the feature checked.

    Elsewhere it is no part that may be left out for the features that do not meet.
    """
    first = conjuncts(where)[0]
    name = node.identifier.name
    meets = isinstance(first, s.Touching) and first.word in _MEETING
    if not meets and not (isinstance(first, s.Compare) and first.operator == "位于"):
        return None
    sides = [
        side for side in (first.left, first.right) if not (isinstance(side, s.Name) and side.identifier.name == name)
    ]
    if len(sides) != 1 or name in names_in(sides[0]):
        return None
    base = builder.build(sides[0])
    if base.sort not in ("feature", "shape"):
        return None
    plain = isinstance(first, s.Touching) and first.word == "相交" and len(conjuncts(where)) == 1
    return Matches(node, source, base, None if plain else where, builder.needed(node))


def _is_name(node: Any, name: str) -> bool:
    return isinstance(node, s.Name) and node.identifier.name == name


class Matches(Operator):
    """The features of a layer that meet a shape and satisfy a condition; `where` None: all that meet."""

    sort = "list"

    def __init__(self, node: Any, source: LayerOf, base: Operator, where: Any, bindings: Bindings) -> None:
        super().__init__(node)
        self.source = source
        self.children = (base,)
        self.where = where
        self._bindings = bindings

    def compute(self, frame: Frame) -> Column:
        layer = frame.chunk.evaluator.layers[self.source.layer]
        shapes, state = shapes_of(self.children[0].column(frame))
        empty = np.empty(len(frame), dtype=object)
        empty[:] = [np.zeros(0, dtype=np.int64)] * len(frame)
        if layer.missing or len(layer.invalid):  # the first unusable feature decides: the interpreter tells which
            return Column("list", empty, np.full(len(frame), LOOK, dtype=np.uint8), layer=layer)
        own = frame.places if self.source.others else None
        pairs = frame.chunk.space.pairs(shapes, layer, own)
        state = np.where(state == KNOWN, KNOWN, LOOK).astype(np.uint8)
        places, sources = pairs.places, pairs.sources
        if self.where is not None:
            chosen = self._chosen(frame, layer, sources, places, state)
            places, sources = places[chosen], sources[chosen]
        cuts = np.searchsorted(sources, np.arange(1, len(frame)))
        result = empty
        result[:] = np.split(places, cuts) if len(frame) else []
        return Column("list", result, state, layer=layer)

    def _chosen(self, frame: Frame, layer: Any, sources: Any, places: Any, state: np.ndarray) -> np.ndarray:
        """The pairs that satisfy the condition, evaluated by the interpreter."""
        chosen = np.zeros(len(sources), dtype=bool)
        chunk, name = frame.chunk, self.node.identifier.name
        for number, (source, place) in enumerate(zip(sources, places)):
            if number % 64 == 0:
                chunk.space.check()
            if state[source] == KNOWN:
                element = {name: Feature(layer, int(place))}
                try:
                    chosen[number] = chunk.condition(int(frame.rows[source]), self.where, self._bindings, element)
                except Undetermined:
                    state[source] = UNKNOWN
                except (ScriptError, Mistake):
                    state[source] = LOOK
        return chosen


class Count(Operator):
    """The number of features found."""

    def __init__(self, node: Any, found: Matches) -> None:
        super().__init__(node)
        self.children = (found,)

    def compute(self, frame: Frame) -> Column:
        found = self.children[0].column(frame)
        counts = np.fromiter(map(len, found.values), dtype=float, count=len(found))
        return Column("number", counts, found.state, integer=True)


class Exists(Operator):
    """中有 … 满足: whether any feature is found. Where one of them cannot be known the interpreter decides."""

    sort = "condition"

    def __init__(self, node: Any, found: Matches) -> None:
        super().__init__(node)
        self.children = (found,)

    def compute(self, frame: Frame) -> Column:
        found = self.children[0].column(frame)
        some = np.fromiter((len(places) > 0 for places in found.values), dtype=bool, count=len(found))
        state = np.where(found.state == KNOWN, KNOWN, LOOK).astype(np.uint8)
        return Column("boolean", some, state)
