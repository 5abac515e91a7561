"""The form of a tool, opened from the editor."""

from __future__ import annotations

from ..processing.tool_algorithm import ToolAlgorithm
from ..tools.library import FoundTool


def open_form(found: FoundTool) -> None:
    """Show Processing's dialog for a tool, whether or not its folder is one of the settings."""
    import processing  # QGIS's own plugin; it may be switched off
    from qgis.core import QgsApplication

    from ..processing.provider import PROVIDER_ID

    algorithm = ToolAlgorithm(found)
    algorithm.setProvider(QgsApplication.processingRegistry().providerById(PROVIDER_ID))
    dialog = processing.createAlgorithmDialog(algorithm)
    if dialog is not None:
        dialog.show()
