"""What OpenSceneGraph's own converter says about a file: its ASCII form, as far as tests look at it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

_PER_PRIMITIVE = {
    "TRIANGLES": lambda n: n // 3,
    "TRIANGLE_STRIP": lambda n: max(n - 2, 0),
    "TRIANGLE_FAN": lambda n: max(n - 2, 0),
    "POLYGON": lambda n: max(n - 2, 0),
    "QUADS": lambda n: n // 4 * 2,
    "QUAD_STRIP": lambda n: max(n // 2 * 2 - 2, 0),
}
_TOKEN = re.compile(r'vector \d+ \{[^{}]*\}|"(?:[^"\\]|\\.)*"|[{}]|[^\s{}"]+')


def parse(path: Path) -> list:
    """The file as nested lists of words, a list for each bracket."""
    text = path.read_text(errors="replace").split("\n", 3)[3]
    top: list = []
    stack = [top]
    for token in _TOKEN.findall(text):
        if token == "{":
            inner: list = []
            stack[-1].append(inner)
            stack.append(inner)
        elif token == "}":
            stack.pop()
        elif token.startswith("vector "):  # long ones stay texts until they are asked for
            stack[-1] += ["vector", token[token.index("{") + 1 : -1]]
        else:
            stack[-1].append(token)
    return top


def geometries(path: Path) -> list[tuple[np.ndarray, int]]:
    """Vertices (n, 3) and the number of triangles of each geometry, in the order of the file."""
    found: list[tuple[np.ndarray, int]] = []
    shared: dict[str, list] = {}

    def visit(items: list) -> None:
        for place, item in enumerate(items):
            if isinstance(item, list):
                if place and items[place - 1] == "osg::Geometry" and len(item) > 2:
                    found.append(_geometry(item, shared))
                visit(item)

    visit(parse(path))
    return found


def _after(items: list, word: str) -> list | str | None:
    """What follows a word at this level; for those that are followed by a bracket, the bracket."""
    if word not in items:
        return None
    place = items.index(word) + 1
    while word in ("VertexArray", "PrimitiveSetList") and not isinstance(items[place], list):
        place += 1
    return items[place].split() if word == "vector" else items[place]


def _geometry(items: list, shared: dict[str, list]) -> tuple[np.ndarray, int]:
    array = _after(items, "VertexArray")
    body = array[1]
    identity = body[1]
    body = shared.setdefault(identity, body)
    vertices = np.array(_after(body, "vector"), dtype=float).reshape(-1, 3)
    triangles = 0
    sets = _after(items, "PrimitiveSetList") or []
    for kind, part in zip(sets[::2], sets[1::2]):
        count = _PER_PRIMITIVE.get(_after(part, "Mode") or "POINTS", lambda n: 0)
        if kind == "osg::DrawArrays":
            triangles += count(int(_after(part, "Count") or 0))
        elif kind == "osg::DrawArrayLengths":
            triangles += sum(count(int(n)) for n in _after(part, "vector"))
        else:
            triangles += count(len(_after(part, "vector")))
    return vertices, triangles
