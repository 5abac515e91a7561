"""What a running script does in QGIS's window: layers of the project, the map, questions. In the main thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from typing import Any

import qgis.utils
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QFileDialog, QInputDialog, QWidget

from ..errors import Cancelled, InputError
from ..processing.layer_copy import LayerCopy, own_file
from ..texts import tr

_CANCEL_SECONDS = 0.1
_AROUND = 1.1  # a shape is shown with a little around it
_AT_A_POINT = {True: 0.001, False: 100.0}  # degrees, metres around a single point


class Desk(QObject):
    """Made in the main thread. `call` lets another thread have something done there; `withdraw` closes a question."""

    _wanted = pyqtSignal(object)

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self._dialog: QDialog | None = None
        self._withdrawn = False
        self._wanted.connect(_do)

    def call(self, act: Callable[[], Any], is_cancelled: Callable[[], bool]) -> Any:
        """The result of `act` in the main thread; what it raises is raised here. Raises `Cancelled`."""
        done: Future = Future()
        self._wanted.emit((act, done))
        while True:
            if is_cancelled() and done.cancel():
                raise Cancelled(tr("已取消，没有写出结果"))
            try:
                return done.result(_CANCEL_SECONDS)
            except TimeoutError:
                if is_cancelled():
                    raise Cancelled(tr("已取消，没有写出结果")) from None

    def withdraw(self) -> None:
        """Close the question that is open, and ask no other: the run has been cancelled."""
        self._withdrawn = True
        if self._dialog is not None:
            self._dialog.reject()

    def layer(self, name: str) -> str | LayerCopy:
        """The source of the project's vector layer of that name, or what must be written to have one."""
        layers = [item for item in QgsProject.instance().mapLayers().values() if isinstance(item, QgsVectorLayer)]
        found = [item for item in layers if item.name() == name]
        if not found:
            known = "、".join(sorted({item.name() for item in layers})[:10]) or tr("无")
            raise InputError(tr("工程里没有矢量图层“{}”；有：{}").format(name, known))
        if len(found) > 1:
            raise InputError(tr("工程里有 {} 个叫“{}”的图层；请改名，使它只有一个").format(len(found), name))
        if not found[0].isValid():
            raise InputError(tr("“{}”打不开；请另选图层").format(name))
        return own_file(found[0]) or LayerCopy.of_layer(found[0])

    def show_layer(self, path: str, name: str) -> None:
        """Add a file's layer to the project."""
        layer = QgsVectorLayer(path, name, "ogr")
        if not layer.isValid():
            raise InputError(tr("“{}”打不开；请另选图层").format(name))
        QgsProject.instance().addMapLayer(layer)

    def zoom(self, bounds: QgsRectangle, crs: str) -> None:
        """Show an extent, given in a reference system ("" for the map's own)."""
        if qgis.utils.iface is None:
            raise InputError(tr("这里没有地图窗口，不能缩放"))
        canvas = qgis.utils.iface.mapCanvas()
        target, source = canvas.mapSettings().destinationCrs(), QgsCoordinateReferenceSystem(crs)
        if source.isValid() and target.isValid():
            try:
                bounds = QgsCoordinateTransform(source, target, QgsProject.instance()).transformBoundingBox(bounds)
            except QgsCsException:
                raise InputError(tr("图形不在地图的坐标系能表示的范围里，不能缩放")) from None
        if bounds.width() == 0 and bounds.height() == 0:
            bounds.grow(_AT_A_POINT[target.isGeographic()])
        bounds.scale(_AROUND)
        canvas.setExtent(bounds)
        canvas.refresh()

    def ask(self, question: str, default: str) -> str:
        """A text of the user."""
        dialog = QInputDialog(self._window())
        dialog.setWindowTitle(tr("脚本的问题"))
        dialog.setLabelText(question)
        dialog.setTextValue(default)
        self._answered(dialog, question)
        return dialog.textValue()

    def ask_file(self, question: str, pattern: str, default: str) -> str:
        """A file that exists."""
        dialog = QFileDialog(self._window(), question)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if pattern:
            dialog.setNameFilter(f"{pattern} ({pattern})")
        if default:
            dialog.selectFile(default)
        self._answered(dialog, question)
        return os.path.abspath(dialog.selectedFiles()[0])

    def _answered(self, dialog: QDialog, question: str) -> None:
        """Show a dialog. Raises `InputError` when the user closes it."""
        dialog.setObjectName("territory_tim_question")
        self._dialog = dialog
        accepted = not self._withdrawn and dialog.exec() == QDialog.DialogCode.Accepted
        self._dialog = None
        dialog.deleteLater()
        if not accepted:
            raise InputError(tr("“{}”没有得到回答，脚本停下了").format(question))

    def _window(self) -> QWidget | None:
        parent = self.parent()
        while parent is not None and not isinstance(parent, QWidget):
            parent = parent.parent()
        if parent is None and qgis.utils.iface is not None:
            return qgis.utils.iface.mainWindow()
        return parent


def _do(wanted: tuple[Callable[[], Any], Future]) -> None:
    """Do what another thread wants done, unless it has given up."""
    act, done = wanted
    if done.set_running_or_notify_cancel():
        try:
            done.set_result(act())
        except Exception as error:  # the other thread tells it
            done.set_exception(error)
