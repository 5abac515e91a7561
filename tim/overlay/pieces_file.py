"""Pieces as layers of a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tim.overlay.record import Overlay, mu
from tim.sources.gpkg import write_table


def write_pieces(found: Overlay, path: Path) -> None:
    """A GeoPackage: `project`, and `pieces_1` … for each layer, with the figures of the tables."""
    crs = found.crs.to_wkt()
    projects: dict[str, Any] = {
        "project": found.names,
        "area_m2": np.array([float(area) for area in found.areas], dtype=float),
        "area_mu": np.array([float(mu(area)) for area in found.areas], dtype=float),
    }
    write_table(path, "project", "项目", found.shapes, projects, crs)
    for number, layer in enumerate(found.layers, 1):
        rows = layer.pieces
        columns: dict[str, Any] = {
            "project": [found.names[piece.project] for piece in rows],
            "feature": np.array([piece.feature for piece in rows], dtype=np.int64),
            "code": [piece.code for piece in rows],
            "name": [piece.name for piece in rows],
            "area_m2": np.array([float(piece.area) for piece in rows], dtype=float),
            "area_mu": np.array([float(mu(piece.area)) for piece in rows], dtype=float),
        }
        shapes = np.array([piece.geometry for piece in rows], dtype=object)
        write_table(path, f"pieces_{number}", f"压占{layer.name}", shapes, columns, crs)
