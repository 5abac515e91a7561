"""What the language says of the text in the editor, a moment after the last key."""

from __future__ import annotations

from collections import deque
from typing import Any

from qgis.PyQt.QtCore import QObject, QRunnable, QThreadPool, QTimer, pyqtSignal

from ..language import language

_DELAY_MILLISECONDS = 350
_LOOK_MILLISECONDS = 30  # between looks whether the check in the other thread is done
_LONGEST = 300_000  # characters; longer texts are checked when they are saved


class _Check(QRunnable):
    """Checks a text in another thread: trying repairs of a large file may take half a second.

    `answers` takes the text, its diagnostics and its program. No object of Qt is touched there: the window may go in
    the same moment.
    """

    def __init__(self, checker: _Checker, text: str, path: str, answers: deque[Any]) -> None:
        super().__init__()
        self._checker = checker
        self._text = text
        self._path = path
        self._answers = answers

    def run(self) -> None:
        items, program = None, None
        try:
            items, program = self._checker.check(self._text, self._path)
        finally:
            self._answers.append((self._text, items, program))


class _Checker:
    """Keeps the document, which reads again only what has changed. Used by one thread at a time."""

    def __init__(self) -> None:
        self._document: Any = None
        self._path = ""

    def check(self, text: str, path: str) -> tuple[list[Any], Any]:
        if self._document is None or path != self._path:
            self._document, self._path = language("session").Document(text, path), path
        else:
            self._document.update(text)
        return list(self._document.diagnostics), self._document.program


class Diagnostics(QObject):
    """Checks the text when it has been left alone for a moment. `changed` tells that there are new diagnostics."""

    changed = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[Any] = []
        self.program: Any = None
        self._text = ""
        self._path = ""
        self._checked = ("", "")  # text and path that the diagnostics belong to
        self._busy = False
        self._checker = _Checker()
        self._answers: deque[Any] = deque()
        self._waiting = QTimer(self)
        self._waiting.setInterval(_LOOK_MILLISECONDS)
        self._waiting.timeout.connect(self._look)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._start)

    def set_path(self, path: str) -> None:
        """Tell where the text lies: files that it refers to are looked for there."""
        self._path = path

    def set_text(self, text: str) -> None:
        """Take the new text; it is checked after a moment."""
        self._text = text
        if len(text) <= _LONGEST:
            self._timer.start()

    def check(self) -> None:
        """Check now, and wait for it."""
        self._timer.stop()
        if self._checked != (self._text, self._path):
            items, program = _Checker().check(self._text, self._path)
            self._keep(self._text, items, program)

    def errors(self) -> int:
        """How many errors there are."""
        return sum(item.severity == "error" for item in self.items)

    def _start(self) -> None:
        if not self._busy and self._checked != (self._text, self._path):
            self._busy = True
            QThreadPool.globalInstance().start(_Check(self._checker, self._text, self._path, self._answers))
            self._waiting.start()

    def _look(self) -> None:
        if self._answers:
            self._waiting.stop()
            self._take(*self._answers.popleft())

    def _take(self, text: str, items: Any, program: Any) -> None:
        self._busy = False
        if text == self._text and items is not None:
            self._keep(text, items, program)
        elif text != self._text:
            self._timer.start()  # the text went on while it was checked

    def _keep(self, text: str, items: list[Any], program: Any) -> None:
        self.items, self.program, self._checked = items, program, (text, self._path)
        self.changed.emit()
