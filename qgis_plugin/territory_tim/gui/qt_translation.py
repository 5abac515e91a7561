"""Chinese on Qt's standard buttons: QGIS loads its own translation, but not always Qt's."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from ..texts import is_chinese

_NAME = "qtbase_zh_CN"
_CONTEXT, _PROBE = "QPlatformTheme", "Cancel"


class QtTranslation:
    """Installs Qt's Chinese texts for a Chinese interface in which they are missing."""

    def __init__(self) -> None:
        self._translator: QTranslator | None = None
        if not is_chinese() or QCoreApplication.translate(_CONTEXT, _PROBE) != _PROBE:
            return
        translator = QTranslator()
        folder = QLibraryInfo.location(QLibraryInfo.LibraryLocation.TranslationsPath)
        if translator.load(_NAME, folder):
            QCoreApplication.installTranslator(translator)
            self._translator = translator

    def remove(self) -> None:
        """Take the translation back."""
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None
