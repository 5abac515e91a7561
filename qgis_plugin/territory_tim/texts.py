"""The language of the interface. Sources are Chinese; the English of each stands in the table below."""

from __future__ import annotations

import os

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QLocale

from .texts_en import ENGLISH


def locale_name() -> str:
    """The locale of QGIS's interface, such as "zh-Hans" or "en_US"; "" where none is known.

    `locale/userLocale` comes first: QLocale answers "C" while the interface is Chinese (QGIS 3.22).
    """
    settings = QgsSettings()
    chosen = os.environ.get("TIM_LANG") or settings.value("locale/userLocale", "") or ""
    return str(chosen) or QLocale().name()


def is_chinese() -> bool:
    """Chinese for Chinese locales and where no language is known, English for every other."""
    name = locale_name().lower()
    return name.startswith("zh") or name in ("", "c", "posix")


def language() -> str:
    """Key of a text in the declarations: "zh" or "en"."""
    return "zh" if is_chinese() else "en"


def tr(text: str) -> str:
    """The Chinese text, or its English where the interface is not Chinese."""
    return text if is_chinese() else ENGLISH.get(text, text)


def of(text: dict[str, str]) -> str:
    """One language of a text of the declarations."""
    return text[language()]
