"""The parts of a script, for the list beside the text."""

from __future__ import annotations

from typing import Any

from ..language import language


def outline(text: str) -> list[Any]:
    """The entries of the language's own outline: `name`, `kind`, `name_start`, `children`."""
    return language("editing.outline").outline(language("editing.model").read_model(text))
