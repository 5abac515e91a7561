"""The manual, as files inside the plugin."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QUrl

from .texts import language

_FOLDER = Path(__file__).with_name("manual")


def help_url(anchor: str = "") -> QUrl:
    """The page in the interface's language, at the section of one algorithm."""
    url = QUrl.fromLocalFile(str(_FOLDER / language() / "index.html"))
    url.setFragment(anchor)
    return url
