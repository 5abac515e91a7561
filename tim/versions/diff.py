"""What differs between two versions: entities that appeared, changed and went, with the fields and both values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from tim.job import Job
from tim.model import schema
from tim.model.entities import CHANGED, CREATED, ENDED, MERGED, SPLIT
from tim.store import Layer, Rows
from tim.store.base import Store, plain_values
from tim.versions.past import entities_at, rows_at
from tim.versions.planning import SAME_PLACE

GEOMETRY = "图形"


@dataclass(frozen=True)
class Difference:
    """One entity that differs. `fields`: name → (before, after); `geometry`: the later shape, or the last."""

    id: str
    entity_class: str
    kind: str
    fields: dict[str, tuple[Any, Any]]
    geometry: shapely.Geometry | None
    origins: tuple[str, ...] = ()


def differences(store: Store, first: int, second: int, job: Job) -> list[Difference]:
    """The net differences from one version to a later one, by class and identity."""
    before, after = entities_at(store, first), entities_at(store, second)
    origins = _origins(store, first, second)
    result: list[Difference] = []
    layers = [layer for layer in store.layers() if layer.name not in schema.SOLIDS]
    for index, layer in enumerate(layers):
        job.progress(0.1 + 0.8 * index / len(layers), f"比较图层 {layer.title}")
        classes = {name for name in {row["class"] for row in (*before.values(), *after.values())}
                   if schema.layer_of(name) == layer.name}  # fmt: skip
        olds = {key: row for key, row in before.items() if row["class"] in classes}
        news = {key: row for key, row in after.items() if row["class"] in classes}
        result += _of_layer(store, layer, (first, olds), (second, news), origins)
    return result


def _of_layer(
    store: Store, layer: Layer, first: tuple[int, dict], second: tuple[int, dict], origins: dict[str, tuple[str, ...]]
) -> Iterator[Difference]:
    (number, olds), (later, news) = first, second
    differing = [key for key in olds.keys() | news.keys() if key not in olds or key not in news
                 or olds[key]["version"] != news[key]["version"]]  # fmt: skip
    if not differing:
        return
    before, after = (_by_id(rows_at(store, layer, version, differing)) for version in (number, later))
    for key in sorted(differing):
        one, other = before.get(key), after.get(key)
        entity_class = (news.get(key) or olds[key])["class"]
        if one is None or other is None:
            kind, shape = (CREATED, other and other[1]) if one is None else (ENDED, one[1])
            yield Difference(key, entity_class, kind, {}, shape, origins.get(key, ()))
            continue
        fields = _fields(one, other)
        if olds[key]["lods"] != news[key]["lods"]:
            fields["lods"] = (olds[key]["lods"], news[key]["lods"])
        if fields:
            yield Difference(key, entity_class, CHANGED, fields, other[1], origins.get(key, ()))


def _fields(one: tuple[dict, Any], other: tuple[dict, Any]) -> dict[str, tuple[Any, Any]]:
    names = [name for name in {**one[0], **other[0]} if one[0].get(name) != other[0].get(name)]
    fields = {name: (one[0].get(name), other[0].get(name)) for name in names}
    shapes = [None if shape is None else shapely.normalize(shape) for shape in (one[1], other[1])]
    same = shapes[0] is shapes[1] or bool(shapely.equals_exact(*shapes, SAME_PLACE))
    return fields if same else {GEOMETRY: (_size(one[1]), _size(other[1])), **fields}


def _size(shape: shapely.Geometry | None) -> float | None:
    """The area in m² or the length in m of a shape."""
    if shape is None:
        return None
    return round(float(shape.area or shape.length), 3)


def _by_id(rows: Rows) -> dict[str, tuple[dict[str, Any], shapely.Geometry | None]]:
    names = list(rows.columns)
    values = zip(*(plain_values(column) for column in rows.columns.values()))
    return {row["id"]: (row, shape) for row, shape in ((dict(zip(names, v)), s) for v, s in zip(values, rows.geometry))}


def _origins(store: Store, first: int, second: int) -> dict[str, tuple[str, ...]]:
    """Of what things that appeared between two versions are parts or sums."""
    found: dict[str, list[str]] = {}
    for identity, other in store.query(
        "SELECT id, other_id FROM entity_change WHERE version > ? AND version <= ? AND kind IN (?, ?) ORDER BY fid",
        (first, second, SPLIT, MERGED),
    ):
        found.setdefault(identity, []).append(other)
    return {identity: tuple(others) for identity, others in found.items()}


def shapes_of(found: list[Difference]) -> np.ndarray:
    """The shapes of differences as an array."""
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = [item.geometry for item in found]
    return shapes
