"""Arcs in vector files. OGR reads them as short straight edges, which changes areas: they are found before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyogrio.raw

_CURVED = ("CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE")
_STRAIGHT = ("POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "POLYGON", "MULTIPOLYGON")
# the four bytes of a type: after a head of eight bytes, an envelope whose size flags tell, and the byte order
# (OGC 12-128, 2.1.3)
_TYPES = """
SELECT {key}, hex(substr({shape}, 10 +
  CASE (instr('0123456789ABCDEF', substr(hex(substr({shape}, 4, 1)), 2)) - 1) / 2
    WHEN 0 THEN 0 WHEN 1 THEN 32 WHEN 2 THEN 48 WHEN 3 THEN 48 ELSE 64 END, 4))
FROM {table} WHERE {shape} IS NOT NULL ORDER BY 1
"""


def curved_features(path: Path, layer: str) -> tuple[np.ndarray, list[str]]:
    """Numbers of the features with arcs, ascending, and their types. None where the format has no arcs."""
    if path.suffix.lower() == ".gpkg":
        return _in_geopackage(path, layer)
    if path.suffix.lower() != ".gdb":
        return np.zeros(0, dtype=np.int64), []
    where = " OR ".join(f"OGR_GEOMETRY LIKE '%{word}%'" for word in _CURVED)
    name = layer.replace('"', '\\"')
    _, fids, _, values = pyogrio.raw.read(
        path, sql=f'SELECT OGR_GEOMETRY FROM "{name}" WHERE {where}', sql_dialect="OGRSQL", read_geometry=False,
        return_fids=True,
    )  # fmt: skip
    return fids, list(values[0]) if len(values) else []


def _in_geopackage(path: Path, layer: str) -> tuple[np.ndarray, list[str]]:
    """By the first bytes of each geometry, and only where the declared type allows arcs."""
    mode = "mode=ro" if Path(f"{path}-wal").exists() else "immutable=1"  # immutable leaves no side files
    with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True)) as connection:
        found = connection.execute(
            "SELECT geometry_type_name, column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
        ).fetchone()
        if found is None or found[0].upper() in _STRAIGHT:
            return np.zeros(0, dtype=np.int64), []
        columns = connection.execute(f"PRAGMA table_info({_quoted(layer)})").fetchall()
        key = next((column[1] for column in columns if column[5]), "rowid")
        sql = _TYPES.format(key=_quoted(key), shape=_quoted(found[1]), table=_quoted(layer))
        told = [(fid, _kind(bytes.fromhex(kind))) for fid, kind in connection.execute(sql)]
    curved = [(fid, kind) for fid, kind in told if kind]
    return np.array([fid for fid, _ in curved], dtype=np.int64), [kind for _, kind in curved]


def _kind(code: bytes) -> str:
    """The name of a curved type from the four bytes of its code, of either byte order and dimension; "" for others."""
    number = min(int.from_bytes(code, "little"), int.from_bytes(code, "big")) % 1000  # Z and M add thousands
    return _CURVED[number - 8] if 8 <= number <= 12 else ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
