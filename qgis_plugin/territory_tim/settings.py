"""The plugin's settings: typed, in one group."""

from __future__ import annotations

from qgis.core import QgsSettings

_ENGINE_PATH = "territory_tim/engine/path"
_LAST_FOLDER = "territory_tim/model/folder"


class Settings:
    """What the user chose. Values are read and written at once; nothing is cached."""

    @property
    def engine_path(self) -> str:
        """The engine's program as chosen by the user; "" when it is to be found."""
        return str(QgsSettings().value(_ENGINE_PATH, "") or "")

    @engine_path.setter
    def engine_path(self, path: str) -> None:
        QgsSettings().setValue(_ENGINE_PATH, path.strip())

    @property
    def last_folder(self) -> str:
        """Where the user opened a model last."""
        return str(QgsSettings().value(_LAST_FOLDER, "") or "")

    @last_folder.setter
    def last_folder(self, folder: str) -> None:
        QgsSettings().setValue(_LAST_FOLDER, folder)
