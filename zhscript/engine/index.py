"""The same searches as in `engine.space`, with spatial indexes and in bulk."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import shapely

from .space import Space
from .table import Feature, Layer, View

CHUNK = 512  # features that are searched at once, between two looks at the cancel flag


class IndexedSpace(Space):
    """Space with an STR tree per layer; features of a checked layer are searched in chunks.

    Trees, chunks and counts are kept in the memory of the layer, which ends with it and when it is changed.
    """

    def _tree(self, layer: Layer) -> tuple[shapely.STRtree, np.ndarray]:
        if "tree" not in layer.memory:
            places = np.flatnonzero(layer.usable)
            layer.memory["tree"] = (shapely.STRtree(layer.shapes[places]), places)
        return layer.memory["tree"]

    def hits(self, shape: Any, view: View, _origin: Feature | None) -> np.ndarray:
        if _origin is not None:
            return self._without(self._chunk(_origin, view.layer), view)
        tree, places = self._tree(view.layer)
        return self._without(np.sort(places[tree.query(shape, predicate="intersects")]), view)

    def _chunk(self, origin: Feature, layer: Layer) -> np.ndarray:
        """The places that the feature meets; its neighbours in the order of the layer are searched with it."""
        chunks: dict[int, Any] = origin.layer.memory.setdefault("chunks", {})
        key, start = id(layer), origin.index // CHUNK * CHUNK
        tree, places = self._tree(layer)
        if key not in chunks or chunks[key][:2] != (start, tree):  # the tree tells a layer that was changed
            self._check()
            shapes = origin.layer.shapes[start : start + CHUNK].copy()
            shapes[~origin.layer.usable[start : start + CHUNK]] = None
            sources, found = tree.query(shapes, predicate="intersects")
            order = np.lexsort((found, sources))
            cuts = np.searchsorted(sources[order], np.arange(1, len(shapes)))
            chunks[key] = (start, tree, np.split(places[found[order]], cuts))
        return chunks[key][2][origin.index - start]

    def nearest(self, shape: Any, view: View) -> float:
        tree, places = self._tree(view.layer)
        if view.without < 0 or not view.layer.usable[view.without]:
            found = places[tree.query_nearest(shape)]
        else:
            found = self._nearest_other(tree, places, shape, view)
        return float(shapely.distance(shape, view.layer.shapes[found]).min()) if len(found) else math.inf

    def _nearest_other(self, tree: shapely.STRtree, places: np.ndarray, shape: Any, view: View) -> np.ndarray:
        """Within a growing radius, because the nearest feature is the excluded one."""
        if len(places) < 2:
            return places[:0]
        left, bottom, right, top = shapely.bounds(shape)
        radius = max(right - left, top - bottom, 1.0)
        while True:
            found = self._without(places[tree.query(shape, predicate="dwithin", distance=radius)], view)
            if len(found):
                return found
            radius *= 4

    def count(self, layer: Layer, field: str, value: Any) -> int:
        key = ("count", field)
        if key not in layer.memory:
            layer.memory[key] = Counter(layer.columns[field])
        return layer.memory[key][value]
