"""The texts that are open in the editor."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlparse

from tim.script.lsp.positions import Positions
from zhscript.diagnostics import Diagnostic, Source
from zhscript.editing.lint import advice
from zhscript.editing.model import Model, model_of, read_model
from zhscript.session import Document

_LARGEST = 500_000  # characters; beyond that a text is only checked, not offered completions and the like


class OpenDocument:
    """One open text with what is known of it; what is costly is found when it is first asked for."""

    def __init__(self, uri: str, text: str, version: int | None) -> None:
        self.uri = uri
        self._checked: Document | None = None
        self._told: list[Diagnostic] = []
        self._model: Model | None = None
        self._recent: Model | None = None
        self.set_text(text, version)

    def set_text(self, text: str, version: int | None) -> None:
        """Take another text."""
        self.text, self.version = text, version
        self.positions = Positions(text)
        self._recent = self._model or self._recent
        self._model = None
        self.is_checked = self.is_advised = False

    def change(self, changes: list[Any], version: int | None) -> None:
        """Apply the changes of a didChange in their order. Raises `ValueError` for one that is none."""
        for change in changes:
            if not isinstance(change, dict) or not isinstance(change.get("text"), str):
                raise ValueError("改动里没有 text")
            text = change["text"]
            span = change.get("range")
            if isinstance(span, dict):
                start, end = self.positions.offset(span.get("start")), self.positions.offset(span.get("end"))
                start, end = min(start, end), max(start, end)
                text = self.text[:start] + text + self.text[end:]
            self.set_text(text, version)

    @property
    def is_large(self) -> bool:
        """Whether the text is only checked."""
        return len(self.text) > _LARGEST

    @property
    def model(self) -> Model | None:
        """What is known of the text, None when it is too large."""
        if self._model is None and not self.is_large:
            checked = self._checked.program if self._checked is not None and self.is_advised else None
            self._model = read_model(self.text, self._path) if checked is None else model_of(checked)
        return self._model

    @property
    def recent_model(self) -> Model | None:
        """What was known of the text before the changes that are not checked yet: good enough for completion."""
        if self._model is None and self._recent is not None:
            return self._recent
        return self.model

    def diagnostics(self) -> list[Diagnostic]:
        """The diagnostics of the text; with advice once `advise` has been called."""
        if not self.is_checked:
            if self._checked is None:
                self._checked = Document(self.text, self._path)
            else:
                self._checked.update(self.text)
            self.is_checked = True
            self._told = self._checked.diagnostics
        return self._told

    def advise(self) -> bool:
        """Look for advice, which takes longer than checking; whether there is any."""
        self.diagnostics()
        self.is_advised = True
        program = self._checked.program if self._checked is not None else None
        found = advice(program) if program is not None else []
        self._told = [*self._told, *found]
        return bool(found)

    @property
    def source(self) -> Source:
        """The text with its lines as diagnostics count them."""
        return Source(self.text)

    @property
    def _path(self) -> str:
        parsed = urlparse(self.uri)
        return unquote(parsed.path) if parsed.scheme == "file" else ""
