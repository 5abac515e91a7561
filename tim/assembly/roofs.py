"""What the model keeps of the roofs: solids of each level, and how well they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pointcloud.buildings.building import Building
from tim.model import schema
from tim.model.solid import Face, blocks, to_geometry
from tim.model.writer import ModelWriter

BLOCK, LOD12 = "1", "1.2"


def levels(building: Building, roofs: bool) -> dict[str, list[list[Face]]]:
    """Level of detail → shells, lowest first; empty for a building without heights.

    Without roofs the one level is the block over the whole footprint, as it is where a roof's own block was not sound.
    """
    if building.ground_z is None or building.roof_z is None:
        return {}
    if not roofs:
        return {BLOCK: blocks(building.footprint, building.ground_z, building.roof_z)}
    made = {solid.lod: solid.shells for solid in building.roof.solids} if building.roof else {}
    if LOD12 not in made:
        made = {LOD12: blocks(building.footprint, building.ground_z, building.roof_z), **made}
    return made


def write_solids(
    levels_of: Sequence[dict[str, list[list[Face]]]], ids: np.ndarray, writer: ModelWriter, crs: Any, roofs: bool
) -> None:
    """The highest level of each building as one layer; with roofs the lower ones as another."""
    highest: list[tuple[str, str, int, list[Face]]] = []
    lower: list[tuple[str, str, int, list[Face]]] = []
    for identity, made in zip(ids, levels_of):
        for place, (lod, shells) in enumerate(made.items()):
            rows = [(identity, lod, part, shell) for part, shell in enumerate(shells)]
            (highest if place == len(made) - 1 else lower).extend(rows)
    _write(writer, schema.SOLID, highest, crs)
    if roofs:
        _write(writer, schema.LOWER_SOLID, lower, crs)


def _write(writer: ModelWriter, table: str, rows: list[tuple[str, str, int, list[Face]]], crs: Any) -> None:
    columns = {
        "id": np.array([identity for identity, _, _, _ in rows], dtype=object),
        "part": np.array([part for _, _, part, _ in rows], dtype=np.int64),
        "lod": np.array([lod for _, lod, _, _ in rows], dtype=object),
    }
    geometry = np.array([to_geometry(faces) for _, _, _, faces in rows], dtype=object)
    writer.layer(table, schema.LAYER_TITLES[table], columns, geometry, kind="MultiPolygon Z", crs=crs)


def fit_columns(buildings: Sequence[Building], levels_of: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The columns that tell of each roof: highest level, why no higher one, planes, misfit, places without points."""
    roofs = [building.roof for building in buildings]
    fits = [roof.fit if roof else None for roof in roofs]
    return {
        "lod": np.array([list(made)[-1] if made else None for made in levels_of], dtype=object),
        "lod_reason": np.array([roof.reason or None if roof else None for roof in roofs], dtype=object),
        "planes": np.array([roof.planes if roof else 0 for roof in roofs], dtype=np.int64),
        "fit_rmse": np.array([fit.rmse if fit else np.nan for fit in fits]),
        "fit_p95": np.array([fit.p95 if fit else np.nan for fit in fits]),
        "unexplained_share": np.array([fit.unexplained if fit else np.nan for fit in fits]),
        "nodata_share": np.array([roof.nodata if roof else np.nan for roof in roofs]),
    }
