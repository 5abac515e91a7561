"""The plugin: what is registered with QGIS, and its removal, step by step mirrored."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.gui import QgisInterface

from .gui.menu import Menu
from .gui.options import OptionsFactory
from .gui.qt_translation import QtTranslation
from .processing.provider import TerritoryTimProvider
from .texts import tr
from .tools.watcher import Watcher


class TerritoryTimPlugin:
    """Made by `classFactory`. `iface` is None in headless runs."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._provider: TerritoryTimProvider | None = None
        self._qt_translation: QtTranslation | None = None
        self._options: OptionsFactory | None = None
        self._menu: Menu | None = None
        self._watcher: Watcher | None = None

    def initProcessing(self) -> None:
        """Register the algorithms; QGIS calls only this in headless runs."""
        self._provider = TerritoryTimProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Register everything that the desktop shows."""
        self.initProcessing()
        self._qt_translation = QtTranslation()
        self._options = OptionsFactory()
        self._options.setTitle(tr("国土空间信息模型"))
        self._iface.registerOptionsWidgetFactory(self._options)
        self._watcher = Watcher(self._refresh_tools)
        self._menu = Menu(self._iface, self._watcher.refresh)

    def _refresh_tools(self) -> None:
        if self._provider is not None:
            self._provider.refreshAlgorithms()

    def unload(self) -> None:
        """Take back what `initGui` or `initProcessing` registered."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        if self._menu is not None:
            self._menu.remove()
            self._menu = None
        if self._options is not None:
            self._iface.unregisterOptionsWidgetFactory(self._options)
            self._options = None
        if self._qt_translation is not None:
            self._qt_translation.remove()
            self._qt_translation = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
