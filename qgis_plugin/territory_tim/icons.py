"""The plugin's pictures."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

_FOLDER = Path(__file__).with_name("images")


def icon(name: str) -> QIcon:
    """The icon `images/<name>.svg`."""
    return QIcon(str(_FOLDER / f"{name}.svg"))
