"""The button 测试引擎: starts the engine in a task, so that the window stays alive."""

from __future__ import annotations

import time
from collections.abc import Callable

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from .. import log
from ..engine.locate import EngineCommand
from ..engine.session import EngineSession, JobListener
from ..errors import UserError
from ..texts import tr
from ..version import plugin_version
from .diagnostics import found_engine


class _Probe(QgsTask):
    """Greets the engine and reports one line."""

    def __init__(self, command: EngineCommand, label: QLabel, button: QPushButton) -> None:
        super().__init__(tr("测试引擎"))
        self._command = command
        self._label = label
        self._button = button
        self._line = ""

    def run(self) -> bool:
        listener = JobListener()
        listener.engine_line = log.info  # type: ignore[method-assign]
        started = time.monotonic()
        try:
            with EngineSession(self._command, listener) as engine:
                seconds = time.monotonic() - started
                line = tr("引擎可用：版本 {}，Python {}，{:.1f} 秒内回答")
                self._line = line.format(engine.version.engine, engine.version.python, seconds)
                if engine.version.engine != plugin_version():
                    self._line += tr("；与插件的版本 {} 不同").format(plugin_version())
        except UserError as error:
            log.warning(f"{error.message}\n{error.detail}".strip())
            self._line = error.message
            return False
        return True

    def finished(self, _result: bool) -> None:
        if not sip.isdeleted(self._label):
            self._label.setText(self._line)
            self._button.setEnabled(True)


class EngineTestRow(QWidget):
    """A button and the line that answers it. `chosen_path` gives a path that is not saved yet."""

    def __init__(self, parent: QWidget, chosen_path: Callable[[], str] | None = None) -> None:
        super().__init__(parent)
        self._chosen_path = chosen_path
        self._task: _Probe | None = None  # QGIS does not keep Python's part of a task alive
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._button = QPushButton(tr("测试引擎"))
        self._button.setObjectName("territory_tim_test_engine")
        self._button.clicked.connect(lambda _checked: self.test())
        self.answer = QLabel()
        self.answer.setObjectName("territory_tim_engine_answer")
        self.answer.setWordWrap(True)
        layout.addWidget(self._button)
        layout.addWidget(self.answer, 1)

    def test(self) -> None:
        """Start the test; the answer appears beside the button."""
        command, line = found_engine(self._chosen_path() if self._chosen_path else None)
        if command is None:
            self.answer.setText(line)
            return
        self.answer.setText(tr("正在启动引擎…"))
        self._button.setEnabled(False)
        self._task = _Probe(command, self.answer, self._button)
        QgsApplication.taskManager().addTask(self._task)
