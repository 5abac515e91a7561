"""A text that is being edited: its diagnostics and program after every change."""

from __future__ import annotations

from . import Diagnostic, Program, check_text


class Document:
    """One file in an editor. Everything it tells equals what `check_text` tells about the same text."""

    def __init__(self, text: str, path: str = "") -> None:
        self.path = path
        self.update(text)

    def update(self, text: str) -> list[Diagnostic]:
        """Take the new text and give its diagnostics, in the order of the text."""
        self.text = text
        self.program: Program | None
        self.program, self.diagnostics = check_text(text, self.path)
        return self.diagnostics
