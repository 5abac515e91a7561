"""The menu 国土空间信息模型 and its toolbar."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.gui import QgisInterface
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction, QFileDialog, QMenu, QToolBar

from .. import log
from ..errors import UserError
from ..help import help_url
from ..icons import icon
from ..model.open import open_model
from ..processing.provider import PROVIDER_ID
from ..settings import Settings
from ..texts import tr
from .about import AboutDialog
from .options import OPTIONS_PAGE

if TYPE_CHECKING:
    from ..script.window import ScriptWindow


class Menu:
    """Owns the actions. `remove` leaves nothing of them behind."""

    def __init__(self, iface: QgisInterface, refresh_tools: Callable[[], None]) -> None:
        self._iface = iface
        self._editor: ScriptWindow | None = None
        window = iface.mainWindow()
        self._menu = QMenu(tr("国土空间信息模型"), window)
        self._menu.setObjectName("territory_tim_menu")
        self._toolbar: QToolBar = iface.addToolBar(tr("国土空间信息模型"))
        self._toolbar.setObjectName("territory_tim_toolbar")
        self._add("build", tr("建立模型…"), icon("build"), lambda: self._run("build"), on_toolbar=True)
        self._add("open", tr("打开模型…"), icon("open"), self._open, on_toolbar=True)
        self._add("check", tr("按规则审查…"), icon("check"), lambda: self._run("check"), on_toolbar=True)
        self._menu.addSeparator()
        self._add("script", tr("脚本编辑器…"), icon("script"), self._edit, on_toolbar=True)
        self._add("tools", tr("刷新工具"), QIcon(":/images/themes/default/mActionRefresh.svg"), refresh_tools)
        self._menu.addSeparator()
        self._add("settings", tr("设置…"), QIcon(":/images/themes/default/mActionOptions.svg"), self._settings)
        self._add("help", tr("帮助"), QIcon(":/images/themes/default/mActionHelpContents.svg"), self._help)
        self._add("about", tr("关于和诊断…"), icon("plugin"), self._about)
        window.menuBar().insertMenu(iface.firstRightStandardMenu().menuAction(), self._menu)

    def remove(self) -> None:
        """Take menu, toolbar and actions out of the window."""
        if self._editor is not None:
            self._editor.stop()
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None
        self._iface.mainWindow().menuBar().removeAction(self._menu.menuAction())
        self._iface.mainWindow().removeToolBar(self._toolbar)
        self._toolbar.deleteLater()
        self._menu.deleteLater()

    def _add(self, name: str, text: str, picture: QIcon, slot: Callable[[], None], on_toolbar: bool = False) -> None:
        action = QAction(picture, text, self._menu)
        action.setObjectName(f"territory_tim_{name}")
        action.triggered.connect(lambda _checked: slot())
        self._menu.addAction(action)
        if on_toolbar:
            self._toolbar.addAction(action)

    def _run(self, operation: str) -> None:
        import processing  # QGIS's own plugin; it may be switched off

        processing.execAlgorithmDialog(f"{PROVIDER_ID}:{operation}")

    def _open(self) -> None:
        settings = Settings()
        file_filter = tr("国土空间信息模型") + " (*.gpkg)"
        path, _ = QFileDialog.getOpenFileName(
            self._iface.mainWindow(), tr("打开模型"), settings.last_folder, file_filter
        )
        if path:
            settings.last_folder = os.path.dirname(path)
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Open a model; a failure is told in the message bar."""
        try:
            open_model(path)
        except UserError as error:
            log.warning(f"{error.message}\n{error.detail}".strip())
            self._iface.messageBar().pushCritical(tr("打开模型"), error.message)

    def _edit(self) -> None:
        """The script editor; it stays one window with its text."""
        if self._editor is None:
            try:
                from ..script.window import ScriptWindow
            except ImportError as error:  # QGIS may be built without QScintilla
                log.warning(str(error))
                self._iface.messageBar().pushWarning(tr("脚本编辑器"), tr("这个 QGIS 没有 QScintilla，不能编辑脚本"))
                return
            self._editor = ScriptWindow(self._iface.mainWindow())
        self._editor.show()
        self._editor.raise_()
        self._editor.activateWindow()

    def _settings(self) -> None:
        self._iface.showOptionsDialog(self._iface.mainWindow(), OPTIONS_PAGE)

    def _help(self) -> None:
        QDesktopServices.openUrl(help_url())

    def _about(self) -> None:
        AboutDialog(self._iface.mainWindow()).exec()
