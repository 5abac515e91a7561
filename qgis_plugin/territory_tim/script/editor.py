"""The text field of the script editor."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.Qsci import QsciScintilla
from qgis.PyQt.QtCore import QPoint, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFontDatabase, QKeyEvent, QKeySequence
from qgis.PyQt.QtWidgets import QMenu, QShortcut, QWidget

from ..texts import tr
from .completion import Completion
from .lexer import ScriptLexer

_INDICATORS = {"error": (8, "#cf222e"), "warning": (9, "#bf8700"), "hint": (10, "#57606a")}
_MARKERS = {"error": 1, "warning": 2, "hint": 3}
_SYMBOL_MARGIN = 1
_DWELL_MILLISECONDS = 400


class ScriptEditor(QsciScintilla):
    """Colours, squiggles with their messages, fixes of one click, completion."""

    fixed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("territory_tim_script_text")
        self._diagnostics: list[Any] = []
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSize(max(11, font.pointSize()))
        self._lexer = ScriptLexer(self, font)
        self.setLexer(self._lexer)
        self.setUtf8(True)
        self.setEolMode(QsciScintilla.EolMode.EolUnix)
        self.setIndentationsUseTabs(False)
        self.setTabWidth(4)
        self.setAutoIndent(True)
        self.setBraceMatching(QsciScintilla.BraceMatch.SloppyBraceMatch)
        self.setCaretLineVisible(True)
        self.setCaretLineBackgroundColor(QColor("#f3f6fa"))
        self.setWrapMode(QsciScintilla.WrapMode.WrapNone)
        self.SendScintilla(QsciScintilla.SCI_SETSCROLLWIDTHTRACKING, 1)
        self.SendScintilla(QsciScintilla.SCI_SETSCROLLWIDTH, 1)
        self._margins(font)
        self._marks()
        self._completion = Completion(self)
        QShortcut(QKeySequence("Ctrl+Space"), self, self._completion.ask)
        QShortcut(QKeySequence("Alt+Return"), self, self.offer_fixes)
        self.SendScintilla(QsciScintilla.SCI_SETMOUSEDWELLTIME, _DWELL_MILLISECONDS)
        self.SCN_DWELLSTART.connect(self._dwell)
        self.SCN_DWELLEND.connect(lambda *_: self.SendScintilla(QsciScintilla.SCI_CALLTIPCANCEL))
        self.marginClicked.connect(lambda _margin, line, _state: self.offer_fixes(line))

    def _margins(self, font: Any) -> None:
        self.setMarginsFont(font)
        self.setMarginType(0, QsciScintilla.MarginType.NumberMargin)
        self.setMarginWidth(0, "00000")
        self.setMarginType(_SYMBOL_MARGIN, QsciScintilla.MarginType.SymbolMargin)
        self.setMarginWidth(_SYMBOL_MARGIN, 16)
        self.setMarginSensitivity(_SYMBOL_MARGIN, True)

    def _marks(self) -> None:
        for severity, (number, colour) in _INDICATORS.items():
            self.indicatorDefine(QsciScintilla.IndicatorStyle.SquiggleIndicator, number)
            self.setIndicatorForegroundColor(QColor(colour), number)
            marker = _MARKERS[severity]
            self.markerDefine(QsciScintilla.MarkerSymbol.Circle, marker)
            self.setMarkerBackgroundColor(QColor(colour), marker)
            self.setMarkerForegroundColor(QColor(colour), marker)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """After letters and Han the completion may have something to offer."""
        super().keyPressEvent(event)
        if event.text() and event.text().isalnum():
            self._completion.typed()

    # -- diagnostics

    def show_diagnostics(self, diagnostics: list[Any]) -> None:
        """Underline what is wrong and mark its lines; less severe ones first, so that errors are on top."""
        self._diagnostics = diagnostics
        last, end = self.lines() - 1, len(self.text(self.lines() - 1))
        for number, _ in _INDICATORS.values():
            self.clearIndicatorRange(0, 0, last, end, number)
        for marker in _MARKERS.values():
            self.markerDeleteAll(marker)
        for item in sorted(diagnostics, key=lambda item: -_MARKERS.get(item.severity, 3)):
            number, _ = _INDICATORS.get(item.severity, _INDICATORS["hint"])
            self.fillIndicatorRange(*self._range(item), number)
            self.markerAdd(min(item.line - 1, last), _MARKERS.get(item.severity, 3))

    def _range(self, item: Any) -> tuple[int, int, int, int]:
        """Lines and columns from 0; at least one character, so that it can be seen."""
        start, end = (item.line - 1, item.column - 1), (item.end_line - 1, item.end_column - 1)
        if end <= start:
            width = len(self.text(start[0]).rstrip("\n"))
            start = (start[0], min(start[1], max(0, width - 1)))
            end = (start[0], start[1] + 1)
        return (*start, *end)

    def diagnostics_at(self, line: int) -> list[Any]:
        """The diagnostics that touch a line (from 0)."""
        return [item for item in self._diagnostics if item.line - 1 <= line <= item.end_line - 1]

    def _dwell(self, position: int, _x: int, _y: int) -> None:
        if position < 0:
            return
        line, column = self.lineIndexFromPosition(position)
        messages = [
            f"{item.message}（{item.code}）"
            for item in self._diagnostics
            if self._range(item)[:2] <= (line, column) <= self._range(item)[2:]
        ]
        if messages:
            self.SendScintilla(QsciScintilla.SCI_CALLTIPSHOW, position, "\n".join(messages).encode("utf-8"))

    def offer_fixes(self, line: int | None = None) -> None:
        """A menu of the fixes on a line; by default that of the caret."""
        line = self.getCursorPosition()[0] if line is None else line
        menu = self.fixes_menu(line)
        if not menu.isEmpty():
            position = self.positionFromLineIndex(line, 0)
            x = self.SendScintilla(QsciScintilla.SCI_POINTXFROMPOSITION, 0, position)
            y = self.SendScintilla(QsciScintilla.SCI_POINTYFROMPOSITION, 0, position)
            menu.exec(self.viewport().mapToGlobal(QPoint(x, y + self.textHeight(line))))

    def fixes_menu(self, line: int) -> QMenu:
        """One entry for each fix, under the message that it answers."""
        menu = QMenu(self)
        for item in self.diagnostics_at(line):
            if item.fixes:
                menu.addSection(item.message)
            for fix in item.fixes:
                action = menu.addAction(fix["title"])
                action.triggered.connect(lambda _checked, fix=fix: self.apply_fix(fix))
        return menu

    def apply_fix(self, fix: dict[str, Any]) -> None:
        """Make the edits of a fix as one step that can be undone."""
        self.beginUndoAction()
        for edit in sorted(fix["edits"], key=lambda edit: (edit["line"], edit["column"]), reverse=True):
            place = (edit["line"] - 1, edit["column"] - 1, edit["end_line"] - 1, edit["end_column"] - 1)
            self.setSelection(*place)
            if place[:2] == place[2:]:
                self.insertAt(edit["text"], *place[:2])
            else:
                self.replaceSelectedText(edit["text"])
        self.endUndoAction()
        QTimer.singleShot(0, self.fixed.emit)

    def go_to(self, line: int, column: int) -> None:
        """Put the caret at a place (from 1) and show it."""
        self.setCursorPosition(line - 1, column - 1)
        self.ensureLineVisible(line - 1)
        self.setFocus()

    def replace_all(self, text: str) -> None:
        """Another text as one step that can be undone; the caret stays on its line."""
        if text == self.text():
            return
        line, column = self.getCursorPosition()
        self.beginUndoAction()
        self.selectAll()
        self.replaceSelectedText(text)
        self.endUndoAction()
        self.setCursorPosition(min(line, self.lines() - 1), column)


def fix_hint() -> str:
    """How fixes are reached, in words."""
    return tr("点行号旁的圆点或按 Alt+回车，选择改法")
