"""Notices when script files come, go or change, and when another project is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QFileSystemWatcher, QObject, QTimer

from .folders import script_files, tool_folders

_DELAY_MILLISECONDS = 600


class Watcher(QObject):
    """Calls `changed` a moment after the last change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        super().__init__()
        self._changed = changed
        self._files = QFileSystemWatcher(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._files.fileChanged.connect(lambda _path: self._timer.start())
        self._files.directoryChanged.connect(lambda _path: self._timer.start())
        self._project = QgsProject.instance()
        self._project.readProject.connect(self._timer.start)
        self._project.homePathChanged.connect(self._timer.start)
        self._project.cleared.connect(self._timer.start)
        self._watch()

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        for signal in (self._project.readProject, self._project.homePathChanged, self._project.cleared):
            signal.disconnect(self._timer.start)
        self.deleteLater()

    def refresh(self) -> None:
        """Tell of the change, and watch what is there now."""
        self._timer.stop()
        self._changed()
        self._watch()

    def _watch(self) -> None:
        """Folders that are not there yet are watched by the nearest one that is."""
        folders = tool_folders()
        files = list(script_files(folders))
        places = {str(_existing(folder)) for folder in folders}
        places |= {str(file.parent) for file in files} | {str(file) for file in files}
        old = {*self._files.files(), *self._files.directories()}
        if old - places:
            self._files.removePaths(sorted(old - places))
        if places - old:
            self._files.addPaths(sorted(places - old))


def _existing(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
