"""What a target language cannot say."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A part of the program has no counterpart: a Chinese sentence, and the node that it is about."""

    def __init__(self, message: str, node: Any) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
