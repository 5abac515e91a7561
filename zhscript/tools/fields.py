"""The fields that a tool surely asks of the layers given to it, so that a missing one is told before it runs."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Optional, Sequence

from .. import syntax as s
from ..library import FUNCTIONS
from ..syntax.nodes import parts, walk
from ..types import Type


class NeededField(NamedTuple):
    """`layer` is the key of the parameter, `identifier` where the field is asked for first.

    `chosen` tells that the identifier is a parameter that holds the name of the field.
    """

    layer: str
    identifier: s.Identifier
    chosen: bool = False


def needed_fields(tool: s.Tool, types: Mapping[Any, Type]) -> list[NeededField]:
    """Fields that every run over features asks for: not what stands behind a condition or where an error is caught.

    What follows 如果 … 那么 跳过 counts as long as the features decide, not the parameters.
    """
    layers = {node.identifier.name for node in tool.parameters if isinstance(node, s.FormParameter)}
    found: dict[tuple[str, str], NeededField] = {}
    node: Any
    for node in _Reached(types).block(tool.body):
        chosen = isinstance(node, s.Item) and isinstance(node.key, s.Name)
        if not isinstance(node, s.Member) and not chosen:
            continue
        base = types.get(node.base)
        layer = base.layer or (base.item.layer if base.item is not None else "") if base is not None else ""
        identifier = node.key.identifier if chosen else node.identifier
        if layer in layers and (chosen or identifier.name not in FUNCTIONS):
            found.setdefault((layer, identifier.name), NeededField(layer, identifier, chosen))
    return list(found.values())


class _Reached:
    """The nodes that are reached whatever the parameters say, as far as features are there."""

    def __init__(self, types: Mapping[Any, Type]) -> None:
        self._types = types

    def block(self, body: Sequence[s.Statement]) -> Iterator[s.Node]:
        """The nodes of statements one after the other."""
        for statement in body:
            yield from self._node(statement)
            if isinstance(statement, s.If) and _leaves(statement) and not self._asks_features(statement):
                return

    def _node(self, node: s.Node) -> Iterator[s.Node]:
        yield node
        if isinstance(node, (s.ForEach, s.Check)):
            yield from self._all([node.source, node.where])
            if not getattr(node, "failed", None):
                yield from self.block(node.body)
        elif isinstance(node, s.If):
            yield from self._node(node.branches[0][0])
        elif isinstance(node, s.Choose):
            yield from self._node(node.choices[0][0])
        elif isinstance(node, s.Logical):
            yield from self._node(node.left)
        elif not isinstance(node, (s.While, s.Repeat, s.For)):  # which may turn no time
            yield from self._all(parts(node))

    def _all(self, nodes: Iterable[Optional[s.Node]]) -> Iterator[s.Node]:
        for node in nodes:
            if node is not None:
                yield from self._node(node)

    def _asks_features(self, statement: s.If) -> bool:
        """Whether features or layers decide which way it goes."""
        nodes = (node for condition, _ in statement.branches for node in walk(condition))
        return any(self._types[node].kind in ("feature", "layer", "shape") for node in nodes if node in self._types)


def _leaves(statement: s.If) -> bool:
    return any(isinstance(node, (s.Skip, s.Break, s.Return)) for node in walk(statement))
