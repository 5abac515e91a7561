"""Runs the script of the editor in the engine, in a task, so that the window stays alive."""

from __future__ import annotations

import tempfile
from typing import Any

from qgis.core import QgsFeedback, QgsProject, QgsTask, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .. import log
from ..engine.locate import find_engine
from ..engine.session import EngineSession, JobListener
from ..errors import Cancelled, UserError
from ..processing.layer_copy import LayerCopy, own_file
from ..texts import tr
from .desk import Desk
from .requests import Requests


class Run(QObject):
    """One run. `line` tells of something to show, `done` of the result (None when it failed or was cancelled)."""

    line = pyqtSignal(str, str)  # kind: text, warning or error; text
    progress = pyqtSignal(float, str)
    done = pyqtSignal(object)

    def __init__(self, operation: str, parameters: dict[str, Any], parent: QObject) -> None:
        super().__init__(parent)
        self.desk = Desk(self)
        self.task = _Task(self, operation, parameters)

    def cancel(self) -> None:
        """Ask the run to stop; `done` follows. A question that is open closes."""
        self.task.cancel()
        self.desk.withdraw()


class _Task(QgsTask):
    def __init__(self, run: Run, operation: str, parameters: dict[str, Any]) -> None:
        super().__init__(tr("运行脚本"), QgsTask.Flag.CanCancel)
        self._run = run
        self._operation = operation
        self._parameters = parameters
        self._result: dict[str, Any] | None = None
        self._feedback = QgsFeedback()

    def cancel(self) -> None:
        self._feedback.cancel()
        super().cancel()

    def run(self) -> bool:
        try:
            with tempfile.TemporaryDirectory(prefix="territory_tim_") as folder:
                parameters = self._written(folder)
                listener = _Listener(self._run, self)
                listener.host = Requests(self._run.desk, folder, self._feedback).answer
                with EngineSession(find_engine(), listener) as engine:
                    self._result = engine.run(self._operation, parameters)
        except Cancelled as cancelled:
            self._run.line.emit("warning", cancelled.message)
        except UserError as error:
            if error.detail:
                log.info(f"{error.message}\n{error.detail}")
            self._run.line.emit("error", error.message)
        return self._result is not None

    def finished(self, _good: bool) -> None:
        self._run.desk.withdraw()
        self._run.done.emit(self._result)

    def _written(self, folder: str) -> dict[str, Any]:
        """The parameters with every copy of a layer written to the folder."""
        layers = dict(self._parameters.get("layer") or {})
        for number, (name, source) in enumerate(layers.items()):
            if isinstance(source, LayerCopy):
                layers[name] = source.write(folder, number, self._feedback)
        return {**self._parameters, "layer": layers} if layers else self._parameters


class _Listener(JobListener):
    def __init__(self, run: Run, task: QgsTask) -> None:
        self._run = run
        self._task = task

    def progress(self, fraction: float, text: str, _seconds_left: float | None) -> None:
        self._task.setProgress(100.0 * fraction)
        self._run.progress.emit(fraction, text)

    def warning(self, text: str) -> None:
        self._run.line.emit("warning", text)

    def engine_line(self, text: str) -> None:
        log.info(text)

    def is_cancelled(self) -> bool:
        return self._task.isCanceled()


def project_layers(declarations: list[Any]) -> dict[str, Any]:
    """Sources of declared layers that the open project has, by the name in the script: the only one of that name."""
    found: dict[str, Any] = {}
    for declaration in declarations:
        for name in (declaration.source, declaration.name):
            layers = [item for item in QgsProject.instance().mapLayersByName(name) if isinstance(item, QgsVectorLayer)]
            if len(layers) == 1:
                found[declaration.name] = own_file(layers[0]) or LayerCopy.of_layer(layers[0])
                break
    return found


def result_lines(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What the output shows of a result: (kind, text)."""
    lines = [("text", str(line)) for line in result.get("printed", ())]
    for item in result.get("results", ()):
        lines.append(("text", f"{item['title']}：{item['text']}"))
    for rule in result.get("rules", ()):
        text = tr("规则“{}”：检查 {}，不通过 {}").format(rule["name"], rule["checked"], rule["violations"])
        lines.append(("error" if rule["violations"] else "text", text))
    for test in result.get("tests", ()):
        mark = "✓" if test["passed"] else "✗"
        text = f"{mark} {test['name']}" + (
            "" if test["passed"] else tr("（第 {} 行）{}").format(test["line"], test["message"])
        )
        lines.append(("text" if test["passed"] else "error", text))
    return [*lines, ("text" if result.get("status") == "ok" else "warning", str(result.get("message", "")))]
