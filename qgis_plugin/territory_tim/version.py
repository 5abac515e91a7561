"""The plugin's version, as metadata.txt states it."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path


def plugin_version() -> str:
    """The version in metadata.txt."""
    metadata = ConfigParser(interpolation=None)
    metadata.read(Path(__file__).with_name("metadata.txt"), encoding="utf-8")
    return metadata.get("general", "version")
