"""Names and words that go on from what was typed: Han, pinyin or initials."""

from __future__ import annotations

import re
from typing import Any

from qgis.PyQt.Qsci import QsciScintilla
from qgis.PyQt.QtCore import QTimer

from ..language import language

_LIST = 1
_DELAY_MILLISECONDS = 120
_SHORTEST = 2  # characters typed before the list opens by itself
_LONGEST = 100_000  # characters; in longer texts the list opens only when it is asked for
_PLACE = re.compile(r"\$\{\d+:([^}]*)\}|\$\d+")  # ${1:名称}, $1


class Completion:
    """The list under the caret. QScintilla shows it; what stands in it, and in which order, the language finds."""

    def __init__(self, editor: QsciScintilla) -> None:
        self._editor = editor
        self._found: dict[str, Any] = {}
        editor.SendScintilla(QsciScintilla.SCI_AUTOCSETORDER, QsciScintilla.SC_ORDER_CUSTOM)
        editor.SendScintilla(QsciScintilla.SCI_AUTOCSETAUTOHIDE, 0)
        editor.SendScintilla(QsciScintilla.SCI_AUTOCSETMAXHEIGHT, 12)
        editor.userListActivated.connect(self._chosen)
        self._timer = QTimer(editor)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(lambda: self.ask(_SHORTEST))

    def typed(self) -> None:
        """A letter was typed: look for names in a moment."""
        if self._editor.length() <= _LONGEST:
            self._timer.start()

    def ask(self, shortest: int = 0) -> None:
        """Show what can stand at the caret, when at least `shortest` characters of it are typed."""
        text = self._editor.text()
        offset = self._offset(text)
        found = language("editing.complete").complete(text, offset)
        found = [item for item in found if offset - item.start >= shortest]
        labels = {item.label: item for item in reversed(found)}
        if not labels:
            self._editor.cancelList()
        elif list(labels) != list(self._found) or not self._editor.isListActive():
            shown = list(dict.fromkeys(item.label for item in found))
            self._editor.showUserList(_LIST, shown)
        self._found = labels

    def _offset(self, text: str) -> int:
        """The caret counted in characters."""
        position = self._editor.SendScintilla(QsciScintilla.SCI_GETCURRENTPOS)
        return len(text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "surrogatepass"))

    def _chosen(self, _list: int, label: str) -> None:
        item = self._found.get(label)
        if item is None:
            return
        editor, text = self._editor, self._editor.text()
        end = self._offset(text)  # the user may have gone on typing
        written = _PLACE.sub(lambda place: place.group(1) or "", item.insert) if item.snippet else item.insert
        line, _ = editor.getCursorPosition()
        margin = re.match(r"\s*", editor.text(line))
        written = written.replace("\n", "\n" + (margin.group().rstrip("\n") if margin else ""))
        start = _bytes(text[: item.start])
        editor.beginUndoAction()
        editor.SendScintilla(QsciScintilla.SCI_SETSEL, start, _bytes(text[:end]))
        editor.replaceSelectedText(written)
        editor.endUndoAction()
        first = _PLACE.search(item.insert) if item.snippet else None
        if first:  # the first place to fill in is chosen, so that typing replaces it
            begin = start + _bytes(written[: first.start()])
            editor.SendScintilla(QsciScintilla.SCI_SETSEL, begin, begin + _bytes(first.group(1) or ""))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
