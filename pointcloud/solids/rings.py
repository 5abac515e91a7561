"""Faces as sets of directed edges: joined by cancelling what two have in opposite directions, then traced to rings."""

from __future__ import annotations

from collections.abc import Iterable

Edge = tuple[int, int]


def edges_of(rings: Iterable[list[int]]) -> list[Edge]:
    """The directed edges of rings of vertex numbers."""
    return [edge for ring in rings for edge in zip(ring, ring[1:] + ring[:1])]


def without_opposites(edges: Iterable[Edge]) -> list[Edge]:
    """The edges whose opposite is not among them, in their order."""
    there = list(edges)
    known = set(there)
    return [(start, end) for start, end in there if (end, start) not in known]


def traced(edges: list[Edge]) -> list[list[int]]:
    """Rings without a repeated vertex that use every edge once. Where four edges meet in a vertex a ring is cut."""
    following: dict[int, list[int]] = {}
    for start, end in edges:
        following.setdefault(start, []).append(end)
    rings = []
    for first in following:
        while following[first]:
            path, place = [first], {first: 0}
            while True:
                vertex = following[path[-1]].pop()
                if vertex in place:
                    at = place[vertex]
                    rings.append(path[at:])
                    for gone in path[at + 1 :]:
                        del place[gone]
                    del path[at + 1 :]
                    if at == 0 and not following[vertex]:
                        break
                    if at == 0:
                        continue
                else:
                    place[vertex] = len(path)
                    path.append(vertex)
    return [ring for ring in rings if len(ring) >= 3]
