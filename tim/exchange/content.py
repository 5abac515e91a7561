"""What an export takes from a model, in memory, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.errors import UnusableInput
from tim.exchange.terrain import Terrain, read_terrain
from tim.job import Job
from tim.model import schema
from tim.model.reader import open_model, tables
from tim.model.solid import Face, from_geometries
from tim.sources.vector import VectorLayer, read_layer

_LAND_USE_COLUMNS = ("code", "name", "code_version", "area_m2")
_BUILDING_COLUMNS = (
    "ground_z",
    "roof_z",
    "height",
    "area_m2",
    "points",
    "roof_rmse",
    "height_source",
    "status",
    "reason",
    "lod",
    "lod_reason",
    "planes",
    "fit_rmse",
    "fit_p95",
    "unexplained_share",
    "nodata_share",
)


@dataclass
class Thing:
    """A building or a land-use patch: attributes (None left out), solids (one per part) or polygons."""

    id: str
    attributes: dict[str, Any]
    solids: list[list[Face]] = field(default_factory=list)
    polygons: list[shapely.Polygon] = field(default_factory=list)


@dataclass
class Content:
    """A model for export. `crs` is compound where heights have a datum; `extent` is (xmin, ymin, xmax, ymax)."""

    crs: pyproj.CRS
    extent: tuple[float, ...]
    created: str
    buildings: list[Thing]
    land_use: list[Thing]
    terrain: Terrain | None
    terrain_id: str


def read_content(path: Path, job: Job) -> Content:
    """Read what formats can carry. Raises `UnusableInput` when the file is no model."""
    with open_model(path) as connection:
        crs = pyproj.CRS.from_wkt(dict(connection.execute("SELECT key, value FROM tim_metadata"))["crs"])
        row = connection.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (schema.TERRAIN,)
        ).fetchone()
        created = connection.execute("SELECT max(created) FROM model_version").fetchone()[0]
        names = {table["name"] for table in tables(connection)}
        terrain_id = connection.execute("SELECT id FROM entity WHERE class = ?", (schema.TERRAIN,)).fetchone()
    missing = {schema.BUILDING, schema.SOLID} - names
    if missing or row is None:
        absent = "、".join(sorted(missing)) or schema.TERRAIN
        raise UnusableInput(f"模型“{path.name}”不完整：缺少 {absent}；请重新建立模型")
    job.progress(0.1, "读取建筑")
    buildings = _buildings(_read(path, schema.BUILDING, job), _read(path, schema.SOLID, job))
    land_use = _land_use(_read(path, schema.LAND_USE, job)) if schema.LAND_USE in names else []
    job.progress(0.3, "读取地形")
    terrain = read_terrain(path, job)
    return Content(crs, tuple(row), created, buildings, land_use, terrain, terrain_id[0] if terrain_id else "terrain")


def _read(path: Path, table: str, job: Job) -> VectorLayer:
    return read_layer(f"{path}|layername={table}", task=job)


def _buildings(layer: VectorLayer, solids: VectorLayer) -> list[Thing]:
    """All buildings; those without a height come with their footprint only."""
    bodies: dict[str, list[tuple[int, list[Face]]]] = {}
    shells = from_geometries(solids.geometry)
    for identity, part, faces in zip(solids.columns["id"], solids.columns["part"], shells):
        bodies.setdefault(identity, []).append((int(part), faces))
    things = []
    for place, identity in enumerate(layer.columns["id"]):
        parts = [faces for _, faces in sorted(bodies.get(identity, []), key=lambda item: item[0])]
        polygons = [] if parts else list(shapely.get_parts(layer.geometry[place]))
        things.append(Thing(identity, _attributes(layer, place, _BUILDING_COLUMNS), parts, polygons))
    return things


def _land_use(layer: VectorLayer) -> list[Thing]:
    return [
        Thing(
            identity,
            _attributes(layer, place, _LAND_USE_COLUMNS),
            polygons=list(shapely.get_parts(layer.geometry[place])),
        )
        for place, identity in enumerate(layer.columns["id"])
    ]


def _attributes(layer: VectorLayer, place: int, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: layer.columns[name][place] for name in names if name in layer.columns}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if value is not None and value == value}
