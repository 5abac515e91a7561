"""Reading only what lies near given places, where the format has a spatial index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pyproj

from tim.sources.crs import horizontal

_READS = 256  # each opens the file anew, some 2 ms
_MARGIN = 1e-4  # of a box's size, and not below a metre: what another CRS bends


@dataclass(frozen=True)
class Near:
    """Boxes (n×4: west, south, east, north) in a CRS."""

    boxes: np.ndarray
    crs: pyproj.CRS


def read_near(path: Path, layer: str, near: Near, options: dict[str, Any]) -> Any:
    """As `pyogrio.raw.read` with fids, limited to features whose boxes meet those of `near`; None without an index.

    Some features beyond the boxes may come along. Order: by feature id.
    """
    info = pyogrio.read_info(path, layer=layer)
    if not info["capabilities"]["fast_spatial_filter"] or not info["crs"] or not len(near.boxes):
        return None
    boxes = _in_crs(near, pyproj.CRS.from_user_input(info["crs"]))
    if not np.isfinite(boxes).all():
        return None
    if info["driver"] == "GPKG":
        return _read_by_tree(path, layer, info, boxes, options)
    reads = [
        pyogrio.raw.read(path, layer=layer, bbox=tuple(box), return_fids=True, **options)
        for box in _grouped(boxes, _READS)
    ]
    meta = reads[0][0]
    fids, first = np.unique(np.concatenate([read[1] for read in reads]), return_index=True)
    wkb = None if reads[0][2] is None else np.concatenate([read[2] for read in reads])[first]
    values = [np.concatenate(columns)[first] for columns in zip(*(read[3] for read in reads))]
    return meta, fids, wkb, values


def _read_by_tree(path: Path, layer: str, info: dict[str, Any], boxes: np.ndarray, options: dict[str, Any]) -> Any:
    """The same in one read of a GeoPackage, through the table of its spatial index."""
    shape, number = info["geometry_name"], info["fid_column"]
    tree = _quoted(f"rtree_{layer}_{shape}")
    chosen = " UNION ".join(
        f"SELECT id FROM {tree} WHERE maxx >= {west!r} AND minx <= {east!r} AND maxy >= {south!r} AND miny <= {north!r}"
        for west, south, east, north in (map(float, box) for box in _grouped(boxes, _READS))
    )
    names = options.get("columns")
    fields = [str(name) for name in info["fields"] if names is None or name in names]
    wanted = ", ".join(map(_quoted, (number, *fields, shape)))
    sql = f"SELECT {wanted} FROM {_quoted(layer)} WHERE {_quoted(number)} IN ({chosen}) ORDER BY {_quoted(number)}"
    meta, fids, wkb, values = pyogrio.raw.read(path, sql=sql, return_fids=True)
    return {**meta, "crs": info["crs"]}, fids, wkb, values


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _in_crs(near: Near, target: pyproj.CRS) -> np.ndarray:
    transformer = pyproj.Transformer.from_crs(horizontal(near.crs), horizontal(target), always_xy=True)
    boxes = np.array(
        [transformer.transform_bounds(west, south, east, north) for west, south, east, north in near.boxes]
    )
    least = 1e-5 if target.is_geographic else 1.0
    margin = np.maximum((boxes[:, 2:] - boxes[:, :2]).max(axis=1) * _MARGIN, least)[:, None]
    return np.hstack([boxes[:, :2] - margin, boxes[:, 2:] + margin])


def _grouped(boxes: np.ndarray, most: int) -> list[np.ndarray]:
    """At most about `most` boxes that hold all: neighbours are put together."""
    if most <= 1 or len(boxes) <= 1:
        return [np.r_[boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]]
    if len(boxes) <= most:
        return list(boxes)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    axis = int(np.argmax(np.ptp(centres, axis=0)))
    order = np.argsort(centres[:, axis], kind="stable")
    half = len(order) // 2
    return _grouped(boxes[order[:half]], most // 2) + _grouped(boxes[order[half:]], most - most // 2)
