"""Pieces as layers of a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from tim.overlay.record import Overlay, mu


def write_pieces(found: Overlay, path: Path) -> None:
    """A GeoPackage: `project`, and `pieces_1` … for each layer, with the figures of the tables."""
    projects = {
        "project": found.names,
        "area_m2": [float(area) for area in found.areas],
        "area_mu": [float(mu(area)) for area in found.areas],
    }
    _write(path, "project", "项目", found.shapes, projects, found)
    for number, layer in enumerate(found.layers, 1):
        rows = layer.pieces
        columns = {
            "project": [found.names[piece.project] for piece in rows],
            "feature": np.array([piece.feature for piece in rows], dtype=np.int64),
            "code": [piece.code for piece in rows],
            "name": [piece.name for piece in rows],
            "area_m2": [float(piece.area) for piece in rows],
            "area_mu": [float(mu(piece.area)) for piece in rows],
        }
        shapes = np.array([piece.geometry for piece in rows], dtype=object)
        _write(path, f"pieces_{number}", f"压占{layer.name}", shapes, columns, found)


def _write(path: Path, table: str, title: str, shapes: np.ndarray, columns: dict[str, Any], found: Overlay) -> None:
    values = [
        column if isinstance(column, np.ndarray) else np.array(column, dtype=float if "area" in name else object)
        for name, column in columns.items()
    ]
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(shapes),
        values,
        list(columns),
        layer=table,
        driver="GPKG",
        geometry_type="MultiPolygon",
        promote_to_multi=True,
        crs=found.crs.to_wkt(),
        append=path.exists(),
        dataset_options={"VERSION": "1.2"},
        layer_options={"IDENTIFIER": title},
    )
