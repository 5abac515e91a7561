"""The window of the script editor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QCloseEvent, QColor, QIcon, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAction,
    QDockWidget,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QTabWidget,
    QToolBar,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ..engine.locate import find_engine
from ..errors import UserError
from ..icons import icon
from ..language import language
from ..settings import Settings
from ..texts import tr
from ..tools.folders import default_folder
from .diagnostics import Diagnostics
from .editor import ScriptEditor, fix_hint
from .files import Script, read_script, write_script
from .outline import outline
from .runner import Run, project_layers, result_lines
from .templates import SCRIPT, templates_by_name

_FILTER = "zhscript (*.zh)"
_COLOURS = {"error": "#cf222e", "warning": "#9a6700", "hint": "#57606a", "text": "#1f2328"}
_LONGEST_OUTLINED = 200_000  # characters


class ScriptWindow(QMainWindow):
    """One script at a time: text, what is wrong with it, its outline, and what a run tells."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("territory_tim_script_window")
        self.setWindowIcon(icon("plugin"))
        self.resize(1000, 720)
        self._path = ""
        self._script = Script("")
        self._run: Run | None = None
        self._outlined: list[Any] = []
        self._entries: list[Any] = []
        self.editor = ScriptEditor(self)
        self.setCentralWidget(self.editor)
        self.diagnostics = Diagnostics(self)
        self.diagnostics.changed.connect(self._show_diagnostics)
        self.editor.textChanged.connect(lambda: self.diagnostics.set_text(self.editor.text()))
        self.editor.fixed.connect(self.diagnostics.check)
        self.editor.modificationChanged.connect(lambda _changed: self._show_title())
        self._actions()
        self._panels()
        self.setStatusBar(self.statusBar())
        self._state = QLabel()
        self.statusBar().addWidget(self._state, 1)
        self.new_script(SCRIPT)

    # -- what is around the text

    def _actions(self) -> None:
        bar = QToolBar(tr("脚本"), self)
        bar.setObjectName("territory_tim_script_toolbar")
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addToolBar(bar)
        templates = QMenu(self)
        for name, text in templates_by_name():
            templates.addAction(name).triggered.connect(lambda _checked, text=text: self._new(text))
        button = QToolButton()
        button.setText(tr("新建"))
        button.setIcon(_theme("mActionFileNew"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(templates)
        bar.addWidget(button)
        self._action(bar, "open", tr("打开…"), "mActionFileOpen", self._open, QKeySequence.StandardKey.Open)
        self._action(bar, "save", tr("保存"), "mActionFileSave", self.save, QKeySequence.StandardKey.Save)
        self._action(bar, "save_as", tr("另存为…"), "mActionFileSaveAs", self._save_as)
        bar.addSeparator()
        self._action(bar, "format", tr("整理格式"), "mActionAlignLeft", self.format, "Ctrl+Shift+F")
        bar.addSeparator()
        self._action(bar, "run", tr("运行"), "mActionStart", self.run, "F5")
        self._action(bar, "test", tr("测试"), "mIconSuccess", self.test, "F6")
        self._action(bar, "stop", tr("停止"), "mActionStop", self.stop)
        self.action("stop").setEnabled(False)

    def _action(self, bar: QToolBar, name: str, text: str, picture: str, slot: Any, keys: Any = None) -> None:
        action = QAction(_theme(picture), text, self)
        action.setObjectName(f"territory_tim_script_{name}")
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked: slot())
        bar.addAction(action)

    def action(self, name: str) -> QAction:
        """One of the toolbar's actions."""
        return self.findChild(QAction, f"territory_tim_script_{name}")

    def _panels(self) -> None:
        self.problems = QListWidget()
        self.problems.setObjectName("territory_tim_script_problems")
        self.problems.itemActivated.connect(self._go_to_problem)
        self.problems.itemClicked.connect(self._go_to_problem)
        self.problems.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.problems.customContextMenuRequested.connect(self._problem_menu)
        self.problems.setToolTip(fix_hint())
        self.output = QPlainTextEdit()
        self.output.setObjectName("territory_tim_script_output")
        self.output.setReadOnly(True)
        self._tabs = QTabWidget()
        self._tabs.addTab(self.problems, tr("问题"))
        self._tabs.addTab(self.output, tr("运行结果"))
        below = self._dock(tr("问题和结果"), self._tabs, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.outline = QTreeWidget()
        self.outline.setObjectName("territory_tim_script_outline")
        self.outline.setHeaderHidden(True)
        self.outline.itemClicked.connect(self._go_to_part)
        beside = self._dock(tr("大纲"), self.outline, Qt.DockWidgetArea.RightDockWidgetArea)
        self.resizeDocks([below], [170], Qt.Orientation.Vertical)
        self.resizeDocks([beside], [220], Qt.Orientation.Horizontal)

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    # -- files

    def new_script(self, text: str) -> None:
        """Begin a script that has no file yet."""
        self._take(Script(text), "")

    def open_path(self, path: str) -> None:
        """Open a file. Raises `UserError`."""
        self._take(read_script(path), path)

    def _take(self, script: Script, path: str) -> None:
        self._script, self._path = script, path
        self.editor.setText(script.text)
        self.editor.setModified(False)
        self.diagnostics.set_path(path)
        self.diagnostics.set_text(script.text)
        self.diagnostics.check()
        self._show_title()

    def _show_title(self) -> None:
        name = os.path.basename(self._path) or tr("未命名")
        self.setWindowTitle(("*" if self.editor.isModified() else "") + tr("{} - 脚本编辑器").format(name))

    def _new(self, text: str) -> None:
        if self._may_leave():
            self.new_script(text)

    def _open(self) -> None:
        folder = Settings().script_folder or str(default_folder())
        path, _ = QFileDialog.getOpenFileName(self, tr("打开脚本"), folder, _FILTER)
        if path and self._may_leave():
            Settings().script_folder = os.path.dirname(path)
            self._told(lambda: self.open_path(path))

    def save(self) -> bool:
        """Save to the script's file, which is asked for when there is none; whether it was saved."""
        return self._save_to(self._path) if self._path else self._save_as()

    def _save_as(self) -> bool:
        folder = Settings().script_folder or str(default_folder())
        Path(folder).mkdir(parents=True, exist_ok=True)
        start = self._path or os.path.join(folder, self._suggested_name())
        path, _ = QFileDialog.getSaveFileName(self, tr("保存脚本"), start, _FILTER)
        if not path:
            return False
        path = path if path.endswith(".zh") else f"{path}.zh"
        Settings().script_folder = os.path.dirname(path)
        return self._save_to(path)

    def _suggested_name(self) -> str:
        program = self.diagnostics.program
        return f"{program.name if program and program.name else tr('新脚本')}.zh"

    def _save_to(self, path: str) -> bool:
        script = Script(self.editor.text(), self._script.encoding, self._script.newline)
        if not self._told(lambda: write_script(path, script)):
            return False
        self._script, self._path = script, path
        self.diagnostics.set_path(path)
        self.editor.setModified(False)
        self._show_title()
        return True

    def _told(self, act: Any) -> bool:
        """Do it; a failure is told in a box."""
        try:
            act()
        except UserError as error:
            QMessageBox.warning(self, tr("脚本编辑器"), error.message)
            return False
        return True

    def _may_leave(self) -> bool:
        """Whether the text at hand may go: it is saved, or the user says so."""
        if not self.editor.isModified():
            return True
        buttons = QMessageBox.StandardButton
        chosen = QMessageBox.question(
            self, tr("脚本编辑器"), tr("脚本还没有保存。要保存吗？"), buttons.Save | buttons.Discard | buttons.Cancel
        )
        return self.save() if chosen == buttons.Save else chosen == buttons.Discard

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before a text is lost; a run does not outlive its window."""
        if not self._may_leave():
            event.ignore()
            return
        self.stop()
        event.accept()

    # -- what the language says

    def _show_diagnostics(self) -> None:
        items = self.diagnostics.items
        self.editor.show_diagnostics(items)
        self.problems.clear()
        for item in items:
            text = tr("第 {} 行 {}：{}").format(item.line, _severity(item.severity), item.message)
            entry = QListWidgetItem(text + (tr("　（可改）") if item.fixes else ""))
            entry.setForeground(QColor(_COLOURS[item.severity]))
            entry.setData(Qt.ItemDataRole.UserRole, item)
            self.problems.addItem(entry)
        count = self.diagnostics.errors()
        self._tabs.setTabText(0, tr("问题（{}）").format(len(items)) if items else tr("问题"))
        self._say(tr("{} 处错误").format(count) if count else tr("没有错误"))
        self._show_outline()

    def _show_outline(self) -> None:
        """Built anew only when it differs, so that it does not jump while one types."""
        text = self.editor.text()
        entries = outline(text) if len(text) <= _LONGEST_OUTLINED else []
        shape = [(entry.kind, entry.name, len(entry.children)) for entry in entries]
        if shape != self._outlined:
            self.outline.clear()
            for entry in entries:
                self.outline.addTopLevelItem(_outline_item(entry))
            self.outline.expandAll()
        self._outlined, self._entries = shape, entries

    def _go_to_part(self, item: QTreeWidgetItem, _column: int) -> None:
        """Places are those of the present text, which may have changed below the shown tree."""
        path = [item] if item.parent() is None else [item.parent(), item]
        entry = self._entries[self.outline.indexOfTopLevelItem(path[0])]
        if len(path) > 1:
            entry = entry.children[path[0].indexOfChild(path[1])]
        before = self.editor.text()[: entry.name_start]
        self.editor.go_to(before.count("\n") + 1, len(before) - before.rfind("\n"))

    def _go_to_problem(self, entry: QListWidgetItem) -> None:
        item = entry.data(Qt.ItemDataRole.UserRole)
        self.editor.go_to(item.line, item.column)

    def _problem_menu(self, place: Any) -> None:
        entry = self.problems.itemAt(place)
        if entry is not None:
            item = entry.data(Qt.ItemDataRole.UserRole)
            self.editor.fixes_menu(item.line - 1).exec(self.problems.viewport().mapToGlobal(place))

    def format(self) -> None:
        """Canonical blanks, marks and indentation."""
        self.editor.replace_all(language("editing.format").format_text(self.editor.text()))

    def _say(self, text: str) -> None:
        try:
            find_engine()
        except UserError as error:
            text = f"{text}　{tr('只能编辑，不能运行：')}{error.message}"
        self._state.setText(text)

    # -- running

    def run(self) -> None:
        """Run the script; a tool opens its form."""
        self.diagnostics.check()
        program = self.diagnostics.program
        if program is not None and program.kind == "工具箱":
            self._run_tool(program)
            return
        operation = "script_run"
        self._start(operation, {"layer": project_layers(program.layers)} if program is not None else {}, "script")

    def test(self) -> None:
        """Run the tests that stand in the script."""
        self._start("script_test", {}, "scripts")

    def _run_tool(self, program: Any) -> None:
        from ..tools.library import FoundTool
        from .forms import open_form

        tools = [tool for tool in language("tools").tools_of(program) if not tool.file]
        if not tools or not self._saved():
            return
        chosen = tools[0]
        if len(tools) > 1:
            menu = QMenu(self)
            actions = {menu.addAction(tool.title): tool for tool in tools}
            picked = menu.exec(self.mapToGlobal(self.rect().center()))
            if picked is None:
                return
            chosen = actions[picked]
        layers = tuple((layer.name, layer.source) for layer in program.layers if layer.kind == "layer")
        open_form(FoundTool(Path(self._path), chosen, layers))

    def _saved(self) -> bool:
        """The engine reads files: what runs is what is saved."""
        return self.save() if self.editor.isModified() or not self._path else True

    def _start(self, operation: str, parameters: dict[str, Any], name: str) -> None:
        if self._run is not None or not self._saved():
            return
        self.output.clear()
        self._tabs.setCurrentWidget(self.output)
        given: Any = [self._path] if name == "scripts" else self._path
        self._run = Run(operation, {name: given, **parameters}, self)
        self._run.line.connect(self._show_line)
        self._run.progress.connect(lambda fraction, text: self._state.setText(f"{text}　{round(100 * fraction)}%"))
        self._run.done.connect(self._done)
        self._enable(running=True)
        QgsApplication.taskManager().addTask(self._run.task)

    def stop(self) -> None:
        """Cancel the run, if there is one."""
        if self._run is not None:
            self._run.cancel()

    def _enable(self, *, running: bool) -> None:
        for name in ("run", "test"):
            self.action(name).setEnabled(not running)
        self.action("stop").setEnabled(running)

    def _show_line(self, kind: str, text: str) -> None:
        form = self.output.currentCharFormat()
        form.setForeground(QColor(_COLOURS[kind]))
        self.output.setCurrentCharFormat(form)
        self.output.appendPlainText(text)

    def _done(self, result: Any) -> None:
        self._run = None
        self._enable(running=False)
        for kind, text in result_lines(result) if result else ():
            self._show_line(kind, text)
        self._say(tr("运行完毕") if result else tr("没有完成"))


def _severity(name: str) -> str:
    return {"error": tr("错误"), "warning": tr("注意")}.get(name, tr("建议"))


def _outline_item(entry: Any) -> QTreeWidgetItem:
    item = QTreeWidgetItem([f"{entry.kind} {entry.name}"])
    item.addChildren([QTreeWidgetItem([f"{child.kind} {child.name}"]) for child in entry.children])
    return item


def _theme(name: str) -> QIcon:
    return QgsApplication.getThemeIcon(f"/{name}.svg")
