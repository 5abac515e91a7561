"""Implicit tiling of 3D Tiles 1.1: which tiles and contents the subtree files say are there."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Place = tuple[int, ...]  # level, x, y and for octrees z
_MOST_TILES = 200_000


class Subtrees:
    """Walks through the subtrees of one implicit tile. `fetch` gives the bytes behind a URI, None where it is missing.

    `missing` names the subtree files that are not there.
    """

    def __init__(self, implicit: dict[str, Any], fetch: Callable[[str], bytes | None]) -> None:
        self.scheme = implicit["subdivisionScheme"]
        self.dimensions = 3 if self.scheme == "OCTREE" else 2
        self.levels = int(implicit["subtreeLevels"])
        self.depth = int(implicit.get("availableLevels", implicit.get("maximumLevel", 0) + 1))
        self.template = implicit["subtrees"]["uri"]
        self.fetch = fetch
        self.missing: list[str] = []
        if self.scheme not in ("QUADTREE", "OCTREE") or not 1 <= self.levels <= 12 or not 1 <= self.depth <= 40:
            raise ValueError("implicit tiling")

    def tiles(self) -> Iterator[tuple[Place, bool]]:
        """Every tile that is available, parents before children, and whether it has a content."""
        waiting: list[Place] = [(0,) * (1 + self.dimensions)]
        count = 0
        while waiting:
            root = waiting.pop()
            uri = filled(self.template, root)
            data = self.fetch(uri)
            if data is None:
                self.missing.append(uri)
                continue
            availability = _Availability(data, self)
            for tile in availability.tiles(root):
                count += 1
                if count > _MOST_TILES:
                    raise ValueError("too many tiles")
                yield tile
            waiting += availability.children(root)


def filled(template: str, place: Place) -> str:
    """A URI template with level and place."""
    for name, value in zip(("level", "x", "y", "z"), place):
        template = template.replace("{" + name + "}", str(value))
    return template


class _Availability:
    def __init__(self, data: bytes, trees: Subtrees) -> None:
        if data[:4] == b"subt":
            _, json_length, binary_length = struct.unpack_from("<IQQ", data, 4)
            self.root = json.loads(data[24 : 24 + json_length])
            self.binary = data[24 + json_length : 24 + json_length + binary_length]
        else:
            self.root, self.binary = json.loads(data), b""
        self.trees = trees
        self.branch = 2**trees.dimensions
        nodes = (self.branch**trees.levels - 1) // (self.branch - 1)
        self.tile = self._bits(self.root["tileAvailability"], nodes)
        contents = self.root.get("contentAvailability", [])
        contents = contents if isinstance(contents, list) else [contents]
        self.content = np.zeros(nodes, bool)
        for entry in contents:
            self.content |= self._bits(entry, nodes)
        self.child = self._bits(self.root["childSubtreeAvailability"], self.branch**trees.levels)

    def _bits(self, entry: dict[str, Any], count: int) -> np.ndarray:
        if "constant" in entry:
            return np.full(count, bool(entry["constant"]))
        number = entry.get("bitstream", entry.get("bufferView"))
        view = self.root["bufferViews"][number]
        buffer = self.root["buffers"][view["buffer"]]
        data: bytes | None = self.binary
        if "uri" in buffer:
            data = self.trees.fetch(buffer["uri"])
            if data is None:
                self.trees.missing.append(buffer["uri"])
                return np.zeros(count, bool)
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or start + length > len(data or b""):
            raise ValueError("bitstream")
        bits = np.unpackbits(np.frombuffer(data or b"", np.uint8, length, start), bitorder="little")
        if len(bits) < count:
            raise ValueError("bitstream")
        return bits[:count].astype(bool)

    def tiles(self, root: Place) -> Iterator[tuple[Place, bool]]:
        first = 0
        for level in range(self.trees.levels):
            if root[0] + level >= self.trees.depth:
                return
            width = self.branch**level
            for number in np.flatnonzero(self.tile[first : first + width]).tolist():
                yield self._place(root, level, number), bool(self.content[first + number])
            first += width

    def children(self, root: Place) -> list[Place]:
        if root[0] + self.trees.levels >= self.trees.depth:
            return []
        return [self._place(root, self.trees.levels, number) for number in np.flatnonzero(self.child).tolist()]

    def _place(self, root: Place, level: int, morton: int) -> Place:
        """Level and place in the whole tree of the tile with this Morton number within the subtree."""
        d = self.trees.dimensions
        axes = [0] * d
        for bit in range(level):
            for axis in range(d):
                axes[axis] |= (morton >> (bit * d + axis) & 1) << bit
        return root[0] + level, *((root[1 + axis] << level) + axes[axis] for axis in range(d))
