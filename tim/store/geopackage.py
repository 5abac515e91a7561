"""What a GeoPackage asks of those who write it without GDAL: geometry blobs, index functions, the making of layers."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from importlib import resources

import numpy as np
import shapely

_HEADER = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("box", "<f8", (4,))])
_WITH_BOX, _EMPTY = 0b0000_0011, 0b0001_0001  # little endian, envelope of x and y; little endian, empty
_ENVELOPES = (0, 32, 48, 48, 64)


def to_blobs(geometry: np.ndarray, srs: int) -> list[bytes | None]:
    """GeoPackage blobs (OGC 12-128r17, 2.1.3) with envelopes; None where there is no shape."""
    headers = np.zeros(len(geometry), dtype=_HEADER)
    headers["magic"], headers["flags"], headers["srs"] = b"GP", _WITH_BOX, srs
    headers["box"] = shapely.bounds(geometry)[:, [0, 2, 1, 3]]
    wkb = shapely.to_wkb(geometry, byte_order=1, flavor="iso", include_srid=False)
    empty = shapely.is_empty(geometry)
    heads = headers.tobytes()
    size = _HEADER.itemsize
    result: list[bytes | None] = []
    for place, body in enumerate(wkb):
        if body is None:
            result.append(None)
        elif empty[place]:
            result.append(struct.pack("<2sBBi", b"GP", 0, _EMPTY, srs) + body)
        else:
            result.append(heads[place * size : (place + 1) * size] + body)
    return result


def from_blobs(blobs: Sequence[bytes | None]) -> np.ndarray:
    """The shapes of GeoPackage blobs (object array, None where there is none)."""
    bodies = [None if blob is None else blob[8 + _ENVELOPES[blob[3] >> 1 & 7] :] for blob in blobs]
    return np.asarray(shapely.from_wkb(np.array(bodies, dtype=object), on_invalid="fix"), dtype=object)


def add_functions(connection: sqlite3.Connection) -> None:
    """The functions that the triggers of spatial indexes call."""
    connection.create_function("ST_IsEmpty", 1, lambda blob: None if blob is None else _box(blob) is None)
    for index, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, lambda blob, index=index: _limit(blob, index), deterministic=True)


def layer_statements(table: str, title: str, kind: str, columns: dict[str, str], srs: int) -> list[str]:
    """The statements that make a layer: table, registration, spatial index and its triggers, count of features."""
    types = {"text": "TEXT", "integer": "INTEGER", "number": "REAL", "time": "DATETIME"}
    fields = "".join(f', "{_double(name)}" {types.get(column, "TEXT")}' for name, column in columns.items())
    text = resources.files(__package__).joinpath("layer.sql").read_text("utf-8")
    solid = int(kind.endswith(" Z"))
    values = {
        "<table>": _double(table),
        "<text>": table.replace("'", "''"),
        "<title>": title.replace("'", "''"),
        "<kind>": "GEOMETRY" if kind == "Unknown" else kind.removesuffix(" Z").upper(),
        "<z>": str(solid),
        "<srs>": str(srs),
        "<fields>": fields,
    }
    for mark, value in values.items():
        text = text.replace(mark, value)
    return [statement for statement in text.split("\n\n") if statement.strip()]


def _limit(blob: bytes | None, index: int) -> float | None:
    box = None if blob is None else _box(blob)
    return None if box is None else box[index]


def _box(blob: bytes) -> tuple[float, ...] | None:
    """(min x, max x, min y, max y) of a blob; None when it is empty."""
    if blob[3] & 16:
        return None
    if blob[3] >> 1 & 7:
        return struct.unpack_from("<4d" if blob[3] & 1 else ">4d", blob, 8)
    shape = from_blobs([blob])[0]
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    return west, east, south, north


def _double(name: str) -> str:
    return name.replace('"', '""')
