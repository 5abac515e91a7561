"""What a plan asks of the tree of an expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import syntax as s

_PLACES = ("start", "end")


def children(node: s.Node) -> Iterator[s.Node]:
    """The nodes directly under a node."""
    for name, value in vars(node).items():
        if name not in _PLACES:
            yield from _nodes(value)


def _nodes(value: Any) -> Iterator[s.Node]:
    if isinstance(value, s.Node):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes(item)


def walk(node: s.Node) -> Iterator[s.Node]:
    """A node and all under it."""
    yield node
    for child in children(node):
        yield from walk(child)


def names_in(node: s.Node) -> frozenset[str]:
    """The names that an expression uses."""
    return frozenset(item.identifier.name for item in walk(node) if isinstance(item, s.Name))


def has_others(node: s.Node) -> bool:
    """Whether 其他 L stands in an expression: it depends on the feature that is checked."""
    return any(isinstance(item, s.Others) for item in walk(node))


def shape_of(node: Any) -> Any:
    """An expression without its place in the file: equal for equal expressions."""
    if isinstance(node, s.Node):
        parts = (shape_of(value) for name, value in vars(node).items() if name not in (*_PLACES, "text"))
        return (type(node).__name__, *parts)
    if isinstance(node, (list, tuple)):
        return tuple(map(shape_of, node))
    return node


def conjuncts(node: Any) -> list[Any]:
    """The parts of a condition joined by 且, in their order."""
    if isinstance(node, s.Group):
        return conjuncts(node.inner)
    if isinstance(node, s.Logical) and node.operator == "且":
        return conjuncts(node.left) + conjuncts(node.right)
    return [node]
