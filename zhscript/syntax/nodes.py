"""What all nodes share. Offsets count characters; `end` is exclusive."""

from __future__ import annotations

from typing import Any, Iterator

from ..records import record


@record
class Node:
    """A piece of the program; `start`..`end` is its place in the text."""

    start: int
    end: int


@record
class Identifier(Node):
    """A name: `name` is its key for comparison, `text` what the file says."""

    name: str
    text: str


def parts(node: Node) -> Iterator[Node]:
    """The nodes directly inside a node, in the order of its fields."""
    return _nodes(list(vars(node).values()))


def walk(node: Node) -> Iterator[Node]:
    """A node and all nodes inside it, outer ones first. Use this instead of the attributes of a class."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(list(parts(node)))


def _nodes(values: Any) -> Iterator[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _nodes(value)
