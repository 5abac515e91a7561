"""The files that an algorithm writes, and how its result is told."""

from __future__ import annotations

import json
import os
from typing import Any

from qgis.core import QgsProcessingOutputLayerDefinition, QgsProject

from ..texts import tr
from .parameters import processing_name

_COMMON_KEYS = ("status", "message", "outputs", "seconds", "warnings")
_LONGEST_LINE = 2000


def output_paths(outputs: list[dict[str, Any]], parameters: dict[str, Any]) -> list[str]:
    """The files that the user named; temporary ones are not among them."""
    paths = []
    for declared in outputs:
        value = parameters.get(processing_name(declared["name"]))
        if isinstance(value, QgsProcessingOutputLayerDefinition):
            value = value.sink.staticValue()
        if isinstance(value, str) and value and value != "TEMPORARY_OUTPUT":
            paths.append(value)
    return paths


def refuse_existing(paths: list[str], overwrite: bool) -> str:
    """The reason why a result cannot be written over what is there, or ""."""
    for path in paths:
        if os.path.exists(path) and not overwrite:
            return tr("“{}”已经存在；请勾选“覆盖已有结果”（高级参数），或换一个文件名").format(path)
    return ""


def open_in_project(paths: list[str], project: QgsProject | None) -> str:
    """The reason why an open file cannot be replaced, or "": layers would go on showing the old one."""
    if project is None:
        return ""
    wanted = {os.path.realpath(path) for path in paths if os.path.exists(path)}
    for layer in project.mapLayers().values() if wanted else ():
        source = layer.source().partition("|")[0]
        if source.startswith("GPKG:"):
            source = source[len("GPKG:") :].rpartition(":")[0]
        if os.path.realpath(source) in wanted:
            return tr("“{}”正在工程中打开（图层“{}”）；请先移除它的图层，或换一个文件名").format(source, layer.name())
    return ""


def shown_keys(result: dict[str, Any]) -> list[str]:
    """The result's own keys as lines for the log."""
    lines = []
    for key, value in result.items():
        if key not in _COMMON_KEYS:
            line = f"{key}: {json.dumps(value, ensure_ascii=False)}"
            lines.append(line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " …")
    return lines
