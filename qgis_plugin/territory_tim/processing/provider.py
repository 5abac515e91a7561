"""The provider `territory_tim`."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..icons import icon
from ..texts import tr
from ..version import plugin_version
from .algorithm import OperationAlgorithm
from .declarations import load_declarations

PROVIDER_ID = "territory_tim"


class TerritoryTimProvider(QgsProcessingProvider):
    """All operations of the engine as algorithms."""

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
