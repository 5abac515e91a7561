"""City objects as rows of a model's tables, and back. Nothing that a format can state is lost on the way.

`city_object` has one row for each object, `city_geometry` one for each geometry, `city_source` one for each file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from tim.exchange.city.objects import Appearance, City, CityObject, Geometry, Surface, TexturePart
from tim.exchange.city.shapes import from_shape, from_shapes, to_shapes
from tim.model.schema import GEOMETRY_COLUMN

OBJECT, GEOMETRY, SOURCE = "city_object", "city_geometry", "city_source"
TITLES = {OBJECT: "三维对象", GEOMETRY: "三维几何", SOURCE: "三维数据来源"}
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
CREATE = f"""
CREATE TABLE IF NOT EXISTS {OBJECT} (
    fid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, object_id TEXT NOT NULL, type TEXT NOT NULL, source_id TEXT,
    attributes TEXT, parents TEXT, children TEXT, extra TEXT
);
CREATE TABLE IF NOT EXISTS {SOURCE} (
    fid INTEGER PRIMARY KEY, source_id TEXT NOT NULL UNIQUE, metadata TEXT, scale TEXT, translate TEXT,
    appearance TEXT, extensions TEXT
);
"""


def object_row(thing: CityObject, source: str) -> dict[str, Any]:
    """The row of an object."""
    return {
        "id": thing.entity,
        "object_id": thing.id,
        "type": thing.type,
        "source_id": source,
        "attributes": dumped(thing.attributes),
        "parents": dumped(thing.parents),
        "children": dumped(thing.children),
        "extra": dumped(thing.extra),
    }


def object_of(row: Mapping[str, Any]) -> CityObject:
    """The object of a row, without geometries."""
    return CityObject(
        row["object_id"],
        row["type"],
        _loaded(row["attributes"], {}),
        _loaded(row["parents"], []),
        _loaded(row["children"], []),
        extra=_loaded(row["extra"], {}),
        entity=row["id"],
    )


def geometry_columns(things: list[CityObject]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns and shapes of the table of geometries."""
    pairs = [(thing, number, geometry) for thing in things for number, geometry in enumerate(thing.geometries)]
    shapes = np.empty(len(pairs), dtype=object)
    shapes[:] = to_shapes([geometry for _, _, geometry in pairs])
    columns = {
        "id": _texts(thing.entity for thing, _, _ in pairs),
        "number": np.array([number for _, number, _ in pairs], dtype=np.int64),
        "lod": _texts(geometry.lod for _, _, geometry in pairs),
        "kind": _texts(geometry.kind for _, _, geometry in pairs),
        "structure": _texts(dumped(geometry.shells) for _, _, geometry in pairs),
        "semantics": _texts(_semantics(geometry) for _, _, geometry in pairs),
        "appearance": _texts(_appearance(geometry) for _, _, geometry in pairs),
    }
    return columns, shapes


def parts_row(geometry: Geometry) -> dict[str, str | None]:
    """The columns of a geometry's row that go with its surfaces."""
    return {
        "structure": dumped(geometry.shells),
        "semantics": _semantics(geometry),
        "appearance": _appearance(geometry),
    }


def geometry_of(row: Mapping[str, Any], shape: shapely.Geometry) -> Geometry:
    """The geometry of a row."""
    return _geometry(row, from_shape(shape, row["kind"]))


def geometries_of(found: Sequence[Mapping[str, Any]]) -> list[Geometry]:
    """The geometries of many rows, whose shapes are blobs of a GeoPackage."""
    if not found:
        return []
    shapes = shapely.from_wkb(np.array([wkb_of(row[GEOMETRY_COLUMN]) for row in found], dtype=object))
    surfaces = from_shapes(shapes, [row["kind"] for row in found])
    return [_geometry(row, own) for row, own in zip(found, surfaces)]


def _geometry(row: Mapping[str, Any], surfaces: list[Surface]) -> Geometry:
    result = Geometry(row["kind"], row["lod"] or "", surfaces, _loaded(row["structure"], []))
    semantics = _loaded(row["semantics"], {})
    result.roles, result.role = semantics.get("roles", []), semantics.get("role", [])
    appearance = _loaded(row["appearance"], {})
    result.materials = appearance.get("materials", {})
    result.textures = {
        theme: [None if part is None else _texture(part) for part in parts]
        for theme, parts in appearance.get("textures", {}).items()
    }
    return result


def source_row(city: City, source: str) -> dict[str, Any]:
    """The row of a file."""
    appearance = {
        "materials": city.appearance.materials,
        "textures": city.appearance.textures,
        "other": city.appearance.other,
    }
    return {
        "source_id": source,
        "metadata": dumped(city.metadata),
        "scale": dumped(city.scale),
        "translate": dumped(city.translate),
        "appearance": dumped(appearance) if city.appearance else None,
        "extensions": dumped(city.extensions),
    }


def source_of(row: Mapping[str, Any]) -> City:
    """The file of a row: a city without objects."""
    appearance = _loaded(row["appearance"], {})
    return City(
        {},
        metadata=_loaded(row["metadata"], {}),
        appearance=Appearance(**appearance),
        scale=_loaded(row["scale"], None),
        translate=_loaded(row["translate"], None),
        extensions=_loaded(row["extensions"], {}),
    )


def wkb_of(blob: bytes) -> bytes:
    """The WKB inside a geometry of a GeoPackage (OGC 12-128r19, 2.1.3)."""
    envelope = (blob[3] >> 1) & 7
    return blob[8 + (0, 32, 48, 48, 64)[envelope] :]


def _semantics(geometry: Geometry) -> str | None:
    return dumped({"roles": geometry.roles, "role": geometry.role}) if geometry.roles else None


def _appearance(geometry: Geometry) -> str | None:
    if not geometry.materials and not geometry.textures:
        return None
    textures = {
        theme: [None if part is None else [part.texture, [ring.tolist() for ring in part.rings]] for part in parts]
        for theme, parts in geometry.textures.items()
    }
    return dumped({"materials": geometry.materials, "textures": textures})


def _texture(stored: list) -> TexturePart:
    return TexturePart(stored[0], tuple(np.array(ring, dtype=float).reshape(-1, 2) for ring in stored[1]))


def dumped(value: Any) -> str | None:
    """A value as JSON; None for None and for what is empty."""
    if value is None or value == {} or value == []:
        return None
    return _ENCODE(value)


def _loaded(text: str | None, default: Any) -> Any:
    return json.loads(text) if text else default


def _texts(values: Any) -> np.ndarray:
    return np.array(list(values), dtype=object)
