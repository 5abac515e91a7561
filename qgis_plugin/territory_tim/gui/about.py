"""关于和诊断."""

from __future__ import annotations

from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from ..icons import icon
from ..texts import tr
from ..version import plugin_version
from .diagnostics import report
from .engine_test import EngineTestRow


class AboutDialog(QDialog):
    """Version, licence, and a report that can be copied for support."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("territory_tim_about_dialog")
        self.setWindowTitle(tr("关于和诊断"))
        self.setWindowIcon(icon("plugin"))
        self.resize(560, 400)
        layout = QVBoxLayout(self)
        layout.addLayout(self._head())
        self._report = QPlainTextEdit(report())
        self._report.setReadOnly(True)
        layout.addWidget(self._report)
        layout.addWidget(EngineTestRow(self))
        layout.addWidget(self._buttons())

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        picture = QLabel()
        picture.setPixmap(icon("plugin").pixmap(48, 48))
        row.addWidget(picture)
        text = tr("<b>国土空间信息模型（Territory TIM）</b> {}<br>GPL-2.0-or-later · 不使用网络，不收集数据")
        row.addWidget(QLabel(text.format(plugin_version())), 1)
        return row

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("关闭"))
        copy = buttons.addButton(tr("复制诊断信息"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._report.toPlainText()))
        buttons.rejected.connect(self.reject)
        return buttons
