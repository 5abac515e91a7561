"""Attributes of features in a glTF: the property tables of EXT_structural_metadata (3D Tiles 1.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pointcloud.meshes.gltf_accessors import Accessors
from pointcloud.meshes.mesh import FeatureTable

_NUMBERS = {"INT8": "i1", "UINT8": "u1", "INT16": "<i2", "UINT16": "<u2", "INT32": "<i4", "UINT32": "<u4",
            "INT64": "<i8", "UINT64": "<u8", "FLOAT32": "<f4", "FLOAT64": "<f8"}  # fmt: skip


def read_tables(root: dict[str, Any], accessors: Accessors) -> FeatureTable | None:
    """The first property table: numbers and texts; other kinds of columns are left out."""
    metadata = root.get("extensions", {}).get("EXT_structural_metadata", {})
    tables = metadata.get("propertyTables") or []
    if not tables:
        return None
    table = tables[0]
    schema = metadata["schema"]["classes"][table["class"]]["properties"]
    columns: dict[str, list[Any]] = {}
    for identity, place in table.get("properties", {}).items():
        values = _column(schema[identity], place, int(table["count"]), accessors)
        if values is not None:
            columns[str(schema[identity].get("name", identity))] = values
    return FeatureTable(columns, str(table["class"])) if columns else None


def _column(kind: dict[str, Any], place: dict[str, Any], count: int, accessors: Accessors) -> list[Any] | None:
    if kind.get("array"):
        return None
    data = accessors.view(int(place["values"]))
    if kind["type"] == "SCALAR" and kind.get("componentType") in _NUMBERS:
        values = np.frombuffer(data, _NUMBERS[kind["componentType"]], count).tolist()
        return [None if value != value else value for value in values]
    if kind["type"] == "STRING":
        offsets = _NUMBERS[place.get("stringOffsetType", "UINT32")]
        ends = np.frombuffer(accessors.view(int(place["stringOffsets"])), offsets, count + 1)
        return [data[ends[k] : ends[k + 1]].decode("utf-8", "replace") for k in range(count)]
    return None
