"""OpenGL's primitives as triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

_TRIANGLES, _STRIP, _FAN, _QUADS, _QUAD_STRIP, _POLYGON = 4, 5, 6, 7, 8, 9
_LARGEST = 1 << 28  # corners of one primitive set


def triangles_of(mode: int, corners: np.ndarray) -> np.ndarray:
    """Triangles (m, 3) of one primitive over the vertex numbers `corners` (n,); none for points and lines."""
    n = len(corners)
    if mode == _TRIANGLES:
        return corners[: n - n % 3].reshape(-1, 3)
    if mode == _STRIP and n >= 3:
        strip = np.column_stack((corners[:-2], corners[1:-1], corners[2:]))
        strip[1::2] = strip[1::2][:, [1, 0, 2]]  # every other one is turned over
        return strip
    if mode in (_FAN, _POLYGON) and n >= 3:
        return np.column_stack((np.broadcast_to(corners[0], n - 2), corners[1:-1], corners[2:]))
    if mode == _QUADS:
        return _halves(corners[: n - n % 4].reshape(-1, 4))
    if mode == _QUAD_STRIP and n >= 4:
        pairs = corners[: n - n % 2].reshape(-1, 2)
        return _halves(np.column_stack((pairs[:-1, 0], pairs[:-1, 1], pairs[1:, 1], pairs[1:, 0])))
    return np.empty((0, 3), corners.dtype)


def _halves(quads: np.ndarray) -> np.ndarray:
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def set_triangles(primitives: dict[str, Any], vertices: int) -> list[np.ndarray]:
    """Triangles of each primitive of a set, as numbers of vertices.

    Raises `ValueError` where a vertex is named that is not there.
    """
    name, mode = primitives["class"], primitives["mode"]
    if name == "DrawArrays":
        first, count = primitives["first"], primitives["count"]
        _check(first, count, vertices)
        return [triangles_of(mode, np.arange(first, first + count, dtype=np.int64))]
    if name == "DrawArrayLengths":
        return _of_lengths(mode, primitives["first"], primitives["values"].astype(np.int64), vertices)
    corners = primitives["values"].astype(np.int64)
    if len(corners) and corners.max() >= vertices:
        raise ValueError(f"三角形用到了不存在的顶点 {corners.max()}（共 {vertices} 个）")
    return [triangles_of(mode, corners)]


def _of_lengths(mode: int, first: int, lengths: np.ndarray, vertices: int) -> list[np.ndarray]:
    """Many primitives one after another over consecutive vertices; those of equal length are made together."""
    if len(lengths) and lengths.min() < 0:
        raise ValueError("图元长度为负")
    _check(first, int(lengths.sum()), vertices)
    starts = first + np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(lengths) else lengths
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for length in np.unique(lengths):
        which = np.flatnonzero(lengths == length)
        pattern = triangles_of(mode, np.arange(length, dtype=np.int64))
        found.append((which, starts[which, None, None] + pattern[None]))
    if not found:
        return []
    order = np.argsort(np.concatenate([which for which, _ in found]))
    flat = [piece for _, pieces in found for piece in pieces]
    return [flat[place] for place in order]


def _check(first: int, count: int, vertices: int) -> None:
    if first < 0 or not 0 <= count <= _LARGEST or first + count > vertices:
        raise ValueError(f"图元用到第 {first} 起的 {count} 个顶点，而只有 {vertices} 个")
