"""The provider `territory_tim`."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .. import log
from ..icons import icon
from ..texts import tr
from ..tools.folders import script_files, tool_folders
from ..tools.library import BrokenFile, Library
from ..version import plugin_version
from .algorithm import OperationAlgorithm
from .declarations import load_declarations
from .tool_algorithm import BrokenFileAlgorithm, ToolAlgorithm

PROVIDER_ID = "territory_tim"


class TerritoryTimProvider(QgsProcessingProvider):
    """All operations of the engine and all tools of script files as algorithms."""

    def __init__(self) -> None:
        super().__init__()
        self._library = Library()
        self._told: set[str] = set()  # each broken file is told once

    def id(self) -> str:
        return PROVIDER_ID

    def name(self) -> str:
        return tr("国土空间信息模型")

    def longName(self) -> str:
        return tr("国土空间信息模型（Territory TIM）")

    def versionInfo(self) -> str:
        return plugin_version()

    def icon(self) -> QIcon:
        return icon("plugin")

    def supportsNonFileBasedOutput(self) -> bool:
        return False

    def loadAlgorithms(self) -> None:
        for declaration in load_declarations():
            self.addAlgorithm(OperationAlgorithm(declaration))
        self._add_tools()

    def _add_tools(self) -> None:
        taken = {algorithm.name() for algorithm in self.algorithms()}
        for found in self._library.read(list(script_files(tool_folders()))):
            broken = isinstance(found, BrokenFile)
            algorithm = BrokenFileAlgorithm(found) if broken else ToolAlgorithm(found)
            if broken:
                self._tell(found.message)
            if algorithm.name() in taken:
                self._tell(tr("“{}”里的“{}”与另一个文件里的同名，没有加入").format(found.file, algorithm.displayName()))
                continue
            taken.add(algorithm.name())
            self.addAlgorithm(algorithm)

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            log.warning(message)
