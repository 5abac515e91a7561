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


def walk(value: Any) -> Iterator[Node]:
    """All nodes in a node, or in lists of nodes, outer ones first and in the order of the text."""
    waiting = [value]
    pop = waiting.pop
    while waiting:
        item = pop()
        kind = type(item)
        if kind is list or kind is tuple:
            waiting += item[::-1]
            continue
        held = _HELD.get(kind)
        if held is None:
            held = _HELD[kind] = _held(kind)
        if held[0]:
            yield item
            for name in held[1]:
                inner = getattr(item, name)
                if inner is not None:
                    waiting.append(inner)


# of each class: whether it is a node, and its attributes that may hold nodes, the last one first
_HELD: dict[type, tuple[bool, tuple[str, ...]]] = {}
_BARE = frozenset({"int", "str", "bool", "list[str]", "Dimension", "Fraction", "datetime.date"})


def _held(kind: type) -> tuple[bool, tuple[str, ...]]:
    if not issubclass(kind, Node):
        return False, ()
    written = {name: text for base in kind.__mro__ for name, text in vars(base).get("__annotations__", {}).items()}
    names = [name for name in kind._names if written[name] not in _BARE]  # type: ignore[attr-defined]
    return True, tuple(reversed(names))


def _nodes(values: Any) -> Iterator[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _nodes(value)
