"""What the language says of the text in the editor, a moment after the last key."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..language import language

_DELAY_MILLISECONDS = 350
_LONGEST = 300_000  # characters; longer texts are checked when they are saved


class Diagnostics(QObject):
    """Checks the text when it has been left alone for a moment. `changed` tells that there are new diagnostics."""

    changed = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[Any] = []
        self.program: Any = None
        self._document: Any = None
        self._text = ""
        self._path = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self.check)

    def set_path(self, path: str) -> None:
        """Tell where the text lies: files that it refers to are looked for there."""
        if path != self._path:
            self._path, self._document = path, None

    def set_text(self, text: str) -> None:
        """Take the new text; it is checked after a moment."""
        self._text = text
        if len(text) <= _LONGEST:
            self._timer.start()

    def check(self) -> None:
        """Check now."""
        self._timer.stop()
        if self._document is None:
            self._document = language("session").Document(self._text, self._path)
        else:
            self._document.update(self._text)
        self.items, self.program = list(self._document.diagnostics), self._document.program
        self.changed.emit()

    def errors(self) -> int:
        """How many errors there are."""
        return sum(item.severity == "error" for item in self.items)
