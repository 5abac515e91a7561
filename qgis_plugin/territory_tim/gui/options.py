"""The page 国土空间信息模型 of QGIS's options."""

from __future__ import annotations

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..icons import icon
from ..settings import Settings
from ..texts import tr
from ..tools.folders import default_folder
from .diagnostics import found_engine, report
from .engine_test import EngineTestRow

OPTIONS_PAGE = "territory_tim_options"


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page each time the options are opened."""

    def icon(self) -> QIcon:
        return icon("plugin")

    def createWidget(self, parent: QWidget) -> OptionsPage:
        return OptionsPage(parent)


class OptionsPage(QgsOptionsPageWidget):
    """The engine's path, a test of it, and diagnostics."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(OPTIONS_PAGE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._engine_box())
        layout.addWidget(self._tools_box())
        layout.addWidget(self._diagnostics_box(), 1)

    def apply(self) -> None:
        """Called when the user presses OK."""
        Settings().engine_path = self._path.filePath()
        Settings().tool_folders = self._folders.toPlainText().splitlines()

    def _engine_box(self) -> QGroupBox:
        box = QGroupBox(tr("引擎"))
        form = QFormLayout(box)
        self._path = QgsFileWidget()
        self._path.setObjectName("territory_tim_engine_path")
        self._path.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self._path.setFilePath(Settings().engine_path)
        self._path.lineEdit().setPlaceholderText(tr("留空则自动查找"))
        self._found = QLabel(found_engine()[1])
        self._found.setObjectName("territory_tim_engine_found")
        self._found.setWordWrap(True)
        self._path.fileChanged.connect(self._show_found)
        form.addRow(tr("引擎程序"), self._path)
        form.addRow(tr("现在使用"), self._found)
        form.addRow("", EngineTestRow(box, self._path.filePath))
        return box

    def _tools_box(self) -> QGroupBox:
        box = QGroupBox(tr("工具文件夹"))
        layout = QVBoxLayout(box)
        explanation = QLabel(
            tr("其中的脚本（.zh）里的工具列在“数据处理”工具箱中；每行一个文件夹，工程文件旁的“脚本”文件夹总在其中")
        )
        explanation.setWordWrap(True)
        self._folders = QPlainTextEdit("\n".join(Settings().tool_folders))
        self._folders.setObjectName("territory_tim_tool_folders")
        self._folders.setPlaceholderText(str(default_folder()))
        self._folders.setMaximumHeight(70)
        add = QPushButton(tr("加入文件夹…"))
        add.clicked.connect(lambda _checked: self._add_folder())
        layout.addWidget(explanation)
        layout.addWidget(self._folders)
        layout.addWidget(add)
        return box

    def _add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("工具文件夹"))
        if folder:
            self._folders.appendPlainText(folder)

    def _show_found(self, path: str) -> None:
        self._found.setText(found_engine(path)[1])

    def _diagnostics_box(self) -> QGroupBox:
        box = QGroupBox(tr("诊断"))
        layout = QVBoxLayout(box)
        self._report = QPlainTextEdit(report())
        self._report.setReadOnly(True)
        layout.addWidget(self._report)
        return box
