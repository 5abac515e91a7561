"""What all nodes share. Offsets count characters; `end` is exclusive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False, repr=False)
class Node:
    start: int
    end: int


@dataclass(eq=False, repr=False)
class Identifier(Node):
    """A name: `name` is its key for comparison, `text` what the file says."""

    name: str
    text: str
