"""What remains when the plugin cannot be loaded: one line for the user and diagnostics in the log.

Imports only the standard library and QGIS, nothing of this plugin: an error there must not reach here.
"""

from __future__ import annotations

import os
import platform
import sys
import traceback

from qgis.core import Qgis, QgsApplication, QgsMessageLog
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QT_VERSION_STR

LOG_TAG = "国土空间信息模型"


def system_report() -> str:
    """The lines that support asks for first: systems and versions, no data and no paths of the user's."""
    lines = [
        f"系统：{platform.platform()}（{platform.machine()}）",
        f"QGIS：{Qgis.QGIS_VERSION if hasattr(Qgis, 'QGIS_VERSION') else Qgis.version()}",
        f"Qt：{QT_VERSION_STR}",
        f"Python：{sys.version.split()[0]}",
        f"GDAL：{_gdal_version()}",
        f"界面语言：{QgsApplication.locale()}",
    ]
    return "\n".join(lines)


def _gdal_version() -> str:
    try:
        from osgeo import gdal

        return gdal.__version__
    except ImportError:
        return "?"


class FallbackPlugin:
    """Stands in for a plugin that could not be imported."""

    def __init__(self, iface: QgisInterface | None, error: BaseException) -> None:
        self._iface = iface
        self._error = error

    def initProcessing(self) -> None:
        """Called by QGIS in headless runs."""
        self._log()

    def initGui(self) -> None:
        """Called by QGIS at start: say what happened, once."""
        self._log()
        if self._iface is None:
            return
        self._iface.messageBar().pushMessage(
            LOG_TAG,
            f"插件没有加载（{type(self._error).__name__}：{self._error}）。请重新安装插件；诊断信息在日志面板“{LOG_TAG}”中",
            level=Qgis.MessageLevel.Critical,
            duration=0,
        )

    def unload(self) -> None:
        """Nothing was registered."""

    def _log(self) -> None:
        trace = "".join(traceback.format_exception(type(self._error), self._error, self._error.__traceback__))
        folder = os.path.dirname(__file__)
        text = f"插件没有加载\n{system_report()}\n插件目录：{folder}\n{trace}"
        QgsMessageLog.logMessage(text, LOG_TAG, Qgis.MessageLevel.Critical)
