"""Territory TIM in QGIS: what an analyst sees. The computing happens in the engine, a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .fallback import FallbackPlugin
    from .plugin import TerritoryTimPlugin


def classFactory(iface: QgisInterface | None) -> TerritoryTimPlugin | FallbackPlugin:
    """Make the plugin, or, when it cannot be imported, a stand-in that says why."""
    try:
        from .plugin import TerritoryTimPlugin

        return TerritoryTimPlugin(iface)
    except Exception as error:  # the edge of the plugin: QGIS must start whatever is broken here
        from .fallback import FallbackPlugin

        return FallbackPlugin(iface, error)
