"""What a model holds without city objects of its own, as city objects: buildings, land use, terrain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.task import Task
from tim.exchange.city import rows
from tim.exchange.city.objects import CityObject, Geometry
from tim.exchange.terrain import Terrain, read_terrain
from tim.exchange.triangles import polygon_triangles
from tim.model import schema
from tim.model.solid import GROUND, ROOF, WALL, Face, from_geometries

_BATCH = 1000
_KINDS = (GROUND, WALL, ROOF)
_LOD = "1"
_NO_COLUMNS = ("id", schema.FID_COLUMN, schema.GEOMETRY_COLUMN)


@dataclass
class Built:
    """Identities of buildings and land-use patches, and the terrain as triangles."""

    path: Path
    buildings: list[str] = field(default_factory=list)
    bare: int = 0
    has_lower: bool = False
    land_use: list[str] = field(default_factory=list)
    terrain: Terrain | None = None
    terrain_id: str = "terrain"
    other_layers: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.buildings) + len(self.land_use) + (self.terrain is not None)

    @cached_property
    def lowest(self) -> float | None:
        """The lowest height of buildings and terrain."""
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as connection:
            found = (
                connection.execute(f"SELECT min(ground_z) FROM {schema.BUILDING}").fetchone()[0]
                if self.buildings
                else None
            )
        heights = [] if found is None else [float(found)]
        if self.terrain is not None:
            heights.append(float(self.terrain.points[:, 2].min()))
        return min(heights, default=None)

    def families(self, connection: sqlite3.Connection, task: Task) -> Iterator[list[list[CityObject]]]:
        """Batches of families: buildings, the terrain, land use."""
        for start in range(0, len(self.buildings), _BATCH):
            task.check()
            yield self._buildings(connection, self.buildings[start : start + _BATCH])
        if self.terrain is not None:
            yield [[self._terrain(self.terrain)]]
        for start in range(0, len(self.land_use), _BATCH):
            task.check()
            yield self._patches(connection, self.land_use[start : start + _BATCH])

    def _buildings(self, connection: sqlite3.Connection, identities: list[str]) -> list[list[CityObject]]:
        features = _rows(connection, schema.BUILDING, identities)
        solids: dict[str, list[tuple[int, str, shapely.Geometry]]] = {}
        tables = [schema.SOLID, *([schema.LOWER_SOLID] if self.has_lower else [])]
        for row in (row for table in tables for row in _rows(connection, table, identities)):
            solids.setdefault(row["id"], []).append((row["part"], row["lod"], row[schema.GEOMETRY_COLUMN]))
        result = []
        for row in features:
            thing = CityObject(row["id"], "Building", _attributes(row), entity=row["id"])
            parts = sorted(solids.get(row["id"], []), key=lambda part: (part[0], part[1] or _LOD))
            bodies = from_geometries(np.array([shape for _, _, shape in parts], dtype=object)) if parts else []
            made: dict[int, list[Geometry]] = {}
            for faces, (part, lod, _) in zip(bodies, parts):
                made.setdefault(part, []).append(_solid(faces, lod))
            result.append([thing, *_with_parts(thing, list(made.values()))])
        return result

    def _terrain(self, terrain: Terrain) -> CityObject:
        surfaces = [(terrain.points[triangle],) for triangle in terrain.triangles]
        attributes = {"simplification_error_m": round(terrain.error, 3)}
        return CityObject(
            self.terrain_id,
            "TINRelief",
            attributes,
            geometries=[Geometry("CompositeSurface", _LOD, surfaces)],  # type: ignore[arg-type]
            entity=self.terrain_id,
        )

    def _patches(self, connection: sqlite3.Connection, identities: list[str]) -> list[list[CityObject]]:
        """Land use: triangles with the heights of the terrain at their corners; without a terrain no geometry."""
        result = []
        for row in _rows(connection, schema.LAND_USE, identities):
            thing = CityObject(row["id"], "LandUse", _attributes(row), entity=row["id"])
            shape = row[schema.GEOMETRY_COLUMN]
            if self.terrain is not None and shape is not None:
                corners = np.concatenate([polygon_triangles(polygon) for polygon in shapely.get_parts(shape)])
                heights, own = self.terrain.heights(corners.reshape(-1, 2))
                thing.attributes["height_from"] = "terrain" if own.all() else "nearest terrain"
                solid = np.concatenate([corners, heights.reshape(-1, 3, 1)], axis=2)
                thing.geometries = [Geometry("MultiSurface", _LOD, [(triangle,) for triangle in solid])]
            result.append([thing])
        return result


def read_built(path: Path, connection: sqlite3.Connection, names: set[str], task: Task) -> Built:
    """What there is, and the terrain, which is simplified here."""
    result = Built(path, has_lower=schema.LOWER_SOLID in names)
    known = f"AND id NOT IN (SELECT id FROM {rows.OBJECT})" if rows.OBJECT in names else ""
    query = "SELECT id, class FROM entity WHERE class IN (?, ?, ?) " + known + " ORDER BY fid"
    for identity, kind in connection.execute(query, (schema.BUILDING, "building_footprint", schema.LAND_USE)):
        (result.land_use if kind == schema.LAND_USE else result.buildings).append(identity)
    if schema.TERRAIN in names:
        result.terrain = read_terrain(path, task)
        found = connection.execute("SELECT id FROM entity WHERE class = ?", (schema.TERRAIN,)).fetchone()
        result.terrain_id = found[0] if found else "terrain"
    if result.buildings:
        query = (
            f"SELECT count(*) FROM {schema.BUILDING} WHERE status <> ? AND id NOT IN (SELECT id FROM {schema.SOLID})"
        )
        result.bare = connection.execute(query + (f" {known}" if known else ""), (schema.MODELLED,)).fetchone()[0]
    own = {schema.BUILDING, *schema.SOLIDS, schema.LAND_USE, schema.TERRAIN, schema.SURFACE, rows.GEOMETRY}
    spatial = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
    imported = {kind for (kind,) in connection.execute("SELECT DISTINCT class FROM entity WHERE 1 = 1 " + (
        f"AND id IN (SELECT id FROM {rows.OBJECT})" if rows.OBJECT in names else "AND 0"))}  # fmt: skip
    result.other_layers = [name for (name,) in spatial if name not in own and name not in imported]
    return result


def _with_parts(thing: CityObject, bodies: list[list[Geometry]]) -> list[CityObject]:
    """Give a building its body; one of several bodies gets a BuildingPart for each, as CityJSON asks for."""
    if len(bodies) <= 1:
        thing.geometries = bodies[0] if bodies else []
        return []
    parts = []
    for number, geometries in enumerate(bodies, start=1):
        parts.append(CityObject(f"{thing.id}-{number}", "BuildingPart", parents=[thing.id], geometries=geometries))
    thing.children = [part.id for part in parts]
    return parts


def _solid(faces: list[Face], lod: str) -> Geometry:
    return Geometry(
        "Solid",
        lod or _LOD,
        [face.rings for face in faces],
        [[len(faces)]],
        [{"type": kind} for kind in _KINDS],
        [_KINDS.index(face.kind) for face in faces],
    )


def _attributes(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _NO_COLUMNS and value is not None}


def _rows(connection: sqlite3.Connection, table: str, identities: list[str]) -> list[dict[str, Any]]:
    """Rows of a layer in the order of the identities, geometries decoded."""
    marks = ",".join("?" * len(identities))
    cursor = connection.execute(f"SELECT * FROM {table} WHERE id IN ({marks})", identities)
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, values)) for values in cursor]
    blobs = [row[schema.GEOMETRY_COLUMN] for row in found]
    shapes = shapely.from_wkb(np.array([None if blob is None else rows.wkb_of(blob) for blob in blobs], dtype=object))
    for row, shape in zip(found, shapes):
        row[schema.GEOMETRY_COLUMN] = shape
    place = {identity: number for number, identity in enumerate(identities)}
    return sorted(found, key=lambda row: place[row["id"]])
