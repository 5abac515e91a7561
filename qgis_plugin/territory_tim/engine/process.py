"""The engine's process: started, written to, read from and ended in the thread that made it."""

from __future__ import annotations

import time
from collections.abc import Callable

from qgis.PyQt.QtCore import QProcess, QProcessEnvironment

from ..texts import language, tr
from .errors import EngineDied, EngineError
from .locate import EngineCommand

_START_MILLISECONDS = 15_000
_END_MILLISECONDS = 2_000
_SLICE_MILLISECONDS = 50
_KEPT_LINES = 20
# QGIS's own libraries and data must not reach another Python with other versions of them.
_FOREIGN_PREFIXES = ("PYTHON", "PROJ_", "GDAL_", "OGR_", "QT_", "QML", "GRASS", "GISBASE")
_LIBRARY_PATH = "LD_LIBRARY_PATH"


def clean_environment() -> QProcessEnvironment:
    """This process's environment without what belongs to QGIS, and with UTF-8 and the interface's language."""
    environment = QProcessEnvironment.systemEnvironment()
    for name in list(environment.keys()):
        if name.upper().startswith(_FOREIGN_PREFIXES):
            environment.remove(name)
    environment.remove(_LIBRARY_PATH)
    environment.insert("PYTHONUTF8", "1")
    environment.insert("TIM_LANG", language())
    return environment


class EngineProcess:
    """The engine's process. Standard error is read all the time: an engine that talks much never blocks."""

    def __init__(self, command: EngineCommand, on_line: Callable[[str], None]) -> None:
        self._command = command
        self._on_line = on_line
        self._last_lines: list[str] = []
        self._rest = b""
        self._process = QProcess()
        self._process.setProcessEnvironment(clean_environment())
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)

    def start(self) -> None:
        """Start the program. Raises `EngineError` when that is not possible."""
        self._process.start(self._command.program, list(self._command.arguments))
        if not self._process.waitForStarted(_START_MILLISECONDS):
            message = tr("引擎“{}”启动不了；请在“设置”中检查引擎路径").format(self._command.program)
            raise EngineError(message, self._process.errorString())

    def write(self, data: bytes) -> None:
        """Hand over bytes; they leave while `read` waits."""
        self._process.write(data)

    def read(self) -> bytes:
        """What has arrived, after waiting a twentieth of a second at most. Raises `EngineDied` at the end."""
        started = time.monotonic()
        if not self._process.bytesAvailable():
            self._process.waitForReadyRead(_SLICE_MILLISECONDS)
        self._drain_errors()
        data = bytes(self._process.readAllStandardOutput())
        if data:
            return data
        if self._process.state() == QProcess.ProcessState.NotRunning:
            raise self._died()
        # waitForReadyRead may return at once (closed standard output): do not spin.
        time.sleep(max(0.0, _SLICE_MILLISECONDS / 1000 - (time.monotonic() - started)))
        return b""

    def end(self) -> None:
        """Close the conversation; kill an engine that stays. Afterwards no process is left."""
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(_END_MILLISECONDS):
                self.kill()
        self._drain_errors()

    def kill(self) -> None:
        """End the engine without asking. Its workers end with their standard input."""
        self._process.kill()
        self._process.waitForFinished(_END_MILLISECONDS)

    def _drain_errors(self) -> None:
        self._rest += bytes(self._process.readAllStandardError())
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip()
            self._last_lines = [*self._last_lines, text][-_KEPT_LINES:]
            self._on_line(text)

    def _died(self) -> EngineDied:
        detail = "\n".join([*self._last_lines, self._rest.decode("utf-8", "replace")])
        return EngineDied(
            tr("引擎意外结束（退出码 {}），没有写出结果；请看日志，重试或重新安装引擎").format(
                self._process.exitCode()
            ),
            detail,
        )
