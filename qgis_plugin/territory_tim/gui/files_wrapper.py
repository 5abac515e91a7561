"""The field for several files and folders in an algorithm's dialog.

Processing's own field for several files opens every file as a map layer to show it, and drops what is none: a LAZ file
would be lost when a run is repeated from the history (QGIS 3.22).
"""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from ..texts import tr


class FilesWrapper(WidgetWrapper):
    """A line with the paths, a button for files and one for a folder."""

    def createWidget(self, file_filter: str = "") -> QWidget:
        widget = QWidget()
        layout = QHBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        self._files = QgsFileWidget()
        self._files.setStorageMode(QgsFileWidget.StorageMode.GetMultipleFiles)
        self._files.setFilter(file_filter)
        self._files.fileChanged.connect(lambda _paths: self.widgetValueHasChanged.emit(self))
        folder = QToolButton()
        folder.setText(tr("文件夹…"))
        folder.setToolTip(tr("加入整个文件夹"))
        folder.clicked.connect(lambda _checked: self._add_folder())
        layout.addWidget(self._files, 1)
        layout.addWidget(folder)
        return widget

    def setValue(self, value: Any) -> None:
        paths = list(value) if isinstance(value, (list, tuple)) else [value] if value else []
        self._files.setFilePath(" ".join(f'"{path}"' for path in paths))

    def value(self) -> list[str]:
        text = self._files.filePath()
        return QgsFileWidget.splitFilePaths(text) if text else []

    def _add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.widget, tr("加入整个文件夹"))
        if folder:
            self.setValue([*self.value(), folder])
