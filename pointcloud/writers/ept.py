"""Entwine Point Tiles with binary nodes, which QGIS 3.22 shows.

Every node holds at most one point for each cell of a 128³ grid over its cube; the rest goes to the nodes below. A node
with few points below keeps all of them. Format: Entwine Point Tile specification 1.0.0 (entwine.io).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.columns import columns_of
from pointcloud.task import Task

SPAN = 128
MOST_POINTS = 60_000_000  # points are in memory together here
_LEAF = 10_000
_DEEPEST = 20
_TYPES = {"i": "signed", "u": "unsigned", "f": "float"}
_FIELDS = (
    ("Intensity", "<u2"),
    ("ReturnNumber", "u1"),
    ("NumberOfReturns", "u1"),
    ("Classification", "u1"),
    ("PointSourceId", "<u2"),
    ("GpsTime", "<f8"),
    ("Red", "<u2"),
    ("Green", "<u2"),
    ("Blue", "<u2"),
)


def write_ept(folder: Path, records: Sequence[Any], crs: Any, task: Task) -> int:
    """Write a new EPT folder of all points of the records (laspy); returns their number."""
    count = sum(len(record) for record in records)
    if count > MOST_POINTS:
        raise UnusableSource(f"{count} 个点太多，一个 EPT 最多写 {MOST_POINTS} 个；请用 --window 分块")
    parts = [columns_of(record) for record in records]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    xyz = np.stack([columns.pop(axis) for axis in "XYZ"], axis=1)
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    centre, edge = (low + high) / 2, float(max((high - low).max(), 1.0)) * 1.0001
    cube = np.concatenate([centre - edge / 2, centre + edge / 2])
    scale = float(np.max(records[0].scales))
    offset = np.floor(centre)
    table = _table(xyz, columns, scale, offset)
    (folder / "ept-data").mkdir(parents=True)
    (folder / "ept-hierarchy").mkdir()
    nodes: dict[str, int] = {}
    for key, places in _nodes((xyz - cube[:3]) / edge, task):
        name = "-".join(str(number) for number in key)
        nodes[name] = len(places)
        table[places].tofile(folder / "ept-data" / f"{name}.bin")
    (folder / "ept-hierarchy" / "0-0-0-0.json").write_text(json.dumps(nodes), encoding="utf-8")
    information = {
        "bounds": cube.tolist(),
        "boundsConforming": [*low.tolist(), *high.tolist()],
        "dataType": "binary",
        "hierarchyType": "json",
        "points": count,
        "schema": [_field(name, table.dtype[name], scale, offset) for name in table.dtype.names or ()],
        "span": SPAN,
        "srs": {"wkt": crs.to_wkt("WKT1_GDAL")} if crs is not None else {},
        "version": "1.0.0",
    }
    (folder / "ept.json").write_text(json.dumps(information, indent=1), encoding="utf-8")
    return count


def _table(xyz: np.ndarray, columns: dict[str, np.ndarray], scale: float, offset: np.ndarray) -> np.ndarray:
    fields = [(axis, "<i4") for axis in "XYZ"] + [(name, kind) for name, kind in _FIELDS if name in columns]
    table = np.empty(len(xyz), dtype=fields)
    for axis, name in enumerate("XYZ"):
        table[name] = np.rint((xyz[:, axis] - offset[axis]) / scale)
    for name, _ in fields[3:]:
        table[name] = columns[name]
    return table


def _field(name: str, dtype: np.dtype, scale: float, offset: np.ndarray) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": _TYPES[dtype.kind], "size": dtype.itemsize}
    if name in "XYZ":
        field |= {"scale": scale, "offset": float(offset["XYZ".index(name)])}
    return field


def _nodes(unit: np.ndarray, task: Task) -> list[tuple[tuple[int, int, int, int], np.ndarray]]:
    """((depth, x, y, z), places) of all nodes, for points in the unit cube."""
    found = []
    left = np.arange(len(unit))
    for depth in range(_DEEPEST + 1):
        task.check()
        node = np.minimum((unit[left] * 2**depth).astype(np.int64), 2**depth - 1)
        key = (node[:, 0] << 42) | (node[:, 1] << 21) | node[:, 2]
        order = np.argsort(key, kind="stable")
        left, node, key = left[order], node[order], key[order]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        ends = np.append(starts[1:], len(key))
        kept = np.zeros(len(left), bool)
        for start, end in zip(starts, ends):
            places = left[start:end]
            chosen = np.ones(end - start, bool)
            if end - start > _LEAF and depth < _DEEPEST:
                cell = np.minimum((unit[places] * 2**depth % 1 * SPAN).astype(np.int64), SPAN - 1)
                _, first = np.unique((cell[:, 0] * SPAN + cell[:, 1]) * SPAN + cell[:, 2], return_index=True)
                chosen[:] = False
                chosen[first] = True
            kept[start:end] = chosen
            found.append(((depth, *node[start].tolist()), places[chosen]))
        left = left[~kept]
        if not len(left):
            break
    return found
