"""Where tools are looked for: the folders of the settings, the profile's own, and that of the open project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from qgis.core import QgsApplication, QgsProject

from ..settings import Settings

SCRIPTS = "脚本"  # the folder's name, in a profile and beside a project
_LARGEST = 4_000_000  # bytes; scripts are written by people
_MOST_FILES = 500


def default_folder() -> Path:
    """The profile's own folder; it is made when the first script is saved there."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "territory_tim" / SCRIPTS


def tool_folders() -> list[Path]:
    """All folders, each once; those of the project come first, so that its tools win."""
    folders = [Path(folder) for folder in Settings().tool_folders] or [default_folder()]
    home = QgsProject.instance().homePath()
    if home:
        folders.insert(0, Path(home) / SCRIPTS)
    return list(dict.fromkeys(folders))


def script_files(folders: list[Path]) -> Iterator[Path]:
    """The script files of the folders and of folders in them, sorted; links that lead out are not followed."""
    count = 0
    for folder in folders:
        for path in sorted(_walk(folder)):
            count += 1
            if count > _MOST_FILES:
                return
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=lambda _error: None):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place) / name
            if name.endswith(".zh") and not name.startswith(".") and path.is_file() and _is_script_size(path):
                yield path


def _is_script_size(path: Path) -> bool:
    try:
        return path.stat().st_size <= _LARGEST
    except OSError:
        return False
