"""The plugin's settings: typed, in one group."""

from __future__ import annotations

from qgis.core import QgsSettings

_ENGINE_PATH = "territory_tim/engine/path"
_LAST_FOLDER = "territory_tim/model/folder"
_TOOL_FOLDERS = "territory_tim/tools/folders"
_SCRIPT_FOLDER = "territory_tim/script/folder"


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

    @property
    def tool_folders(self) -> list[str]:
        """The folders with tools that the user chose; empty for the profile's own."""
        value = QgsSettings().value(_TOOL_FOLDERS, []) or []
        folders = [value] if isinstance(value, str) else list(value)
        return [str(folder).strip() for folder in folders if str(folder).strip()]

    @tool_folders.setter
    def tool_folders(self, folders: list[str]) -> None:
        QgsSettings().setValue(_TOOL_FOLDERS, [folder.strip() for folder in folders if folder.strip()])

    @property
    def script_folder(self) -> str:
        """Where the user opened a script last."""
        return str(QgsSettings().value(_SCRIPT_FOLDER, "") or "")

    @script_folder.setter
    def script_folder(self, folder: str) -> None:
        QgsSettings().setValue(_SCRIPT_FOLDER, folder)
