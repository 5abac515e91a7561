"""Colours of the language in QScintilla."""

from __future__ import annotations

from qgis.PyQt.Qsci import QsciLexerCustom, QsciScintilla
from qgis.PyQt.QtGui import QColor, QFont

from . import highlight
from .highlight import COMMENT, ERROR, KEYWORD, LIBRARY, NAME, NUMBER, PLAIN, STRING

_COLOURS = {
    PLAIN: "#1f2328",
    KEYWORD: "#0b4f9e",
    NAME: "#1f2328",
    LIBRARY: "#6f3aa8",
    STRING: "#1a7f37",
    NUMBER: "#a04100",
    COMMENT: "#6e7781",
    ERROR: "#cf222e",
}
_LONGEST = 60_000  # characters; longer texts are coloured line by line, without the names that they declare


class ScriptLexer(QsciLexerCustom):
    """Colours what QScintilla asks for, with the lexemes of the whole text."""

    def __init__(self, parent: QsciScintilla, font: QFont) -> None:
        super().__init__(parent)
        self._text = ""
        self._styles: list[tuple[int, int, int]] = []
        self.setDefaultFont(font)
        self.setDefaultPaper(QColor("#ffffff"))
        for style, colour in _COLOURS.items():
            self.setColor(QColor(colour), style)
            self.setPaper(QColor("#ffffff"), style)
            weight = QFont(font)
            weight.setBold(style == KEYWORD)
            self.setFont(weight, style)

    def language(self) -> str:
        return "zhscript"

    def description(self, style: int) -> str:
        return ("文字", "关键词", "名字", "库里的词", "引文", "数", "注释", "错误")[style] if style in _COLOURS else ""

    def styleText(self, start: int, end: int) -> None:
        """Called by QScintilla with a range of bytes of the text's UTF-8 form."""
        editor = self.editor()
        if editor is None:
            return
        text = editor.text()
        if len(text) > _LONGEST:
            first = editor.SendScintilla(QsciScintilla.SCI_LINEFROMPOSITION, start)
            start = editor.SendScintilla(QsciScintilla.SCI_POSITIONFROMLINE, first)
            part = text.encode("utf-8", "surrogatepass")[start:end].decode("utf-8", "ignore")
            self._paint(part, highlight.styles(part), start, start, end)
            return
        if text != self._text:
            self._text, self._styles = text, highlight.styles(text)
        self._paint(text, self._styles, 0, start, end)

    def _paint(self, text: str, styles: list[tuple[int, int, int]], base: int, start: int, end: int) -> None:
        """Set the styles of the bytes `start`..`end`; `text` begins at byte `base`."""
        self.startStyling(start)
        position, place = base, 0  # in bytes, in characters
        for first, last, style in [*styles, (len(text), len(text), PLAIN)]:
            if first < place:
                continue
            before = position + _bytes(text[place:first])
            after = before + _bytes(text[first:last])
            self._fill(position, before, PLAIN, start, end)
            self._fill(before, after, style, start, end)
            position, place = after, last
            if position >= end:
                return

    def _fill(self, first: int, last: int, style: int, start: int, end: int) -> None:
        length = min(last, end) - max(first, start)
        if length > 0:
            self.setStyling(length, style)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
