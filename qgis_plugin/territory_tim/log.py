"""The plugin's tab in QGIS's log panel."""

from __future__ import annotations

from qgis.core import Qgis, QgsMessageLog

from .fallback import LOG_TAG


def info(text: str) -> None:
    """Keep a line in the log."""
    QgsMessageLog.logMessage(text, LOG_TAG, Qgis.MessageLevel.Info, notifyUser=False)


def warning(text: str) -> None:
    """Keep a line in the log and let QGIS point at it."""
    QgsMessageLog.logMessage(text, LOG_TAG, Qgis.MessageLevel.Warning)
