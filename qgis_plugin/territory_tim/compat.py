"""What differs between QGIS versions, in one place. Nothing here changes QGIS's own classes."""

from __future__ import annotations

from importlib.util import find_spec

from qgis.core import QgsProject

# QGIS may be built without its 3D library.
HAS_3D = find_spec("qgis._3d") is not None

# The project's own terrain, which every new 3D view takes over, came with QGIS 3.26.
HAS_PROJECT_TERRAIN = hasattr(QgsProject, "elevationProperties")
