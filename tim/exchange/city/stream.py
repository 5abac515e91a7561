"""A model as city objects, family by family, so that exports of any size keep little in memory."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyproj

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.city import rows
from tim.exchange.city.built import Built, read_built
from tim.exchange.city.objects import City, CityObject
from tim.model import schema
from tim.model.reader import open_model, tables

_BATCH = 500  # families read together


@dataclass
class ModelCity:
    """A model for export. `head`: CRS, metadata, appearance and transform, without objects.

    `built`: what the model holds without a city object of its own (buildings of tim build, land use, terrain).
    """

    path: Path
    head: City
    created: str
    extent: tuple[float, ...]
    built: Built
    imported: int
    _roots: list[str] = field(default_factory=list)
    _children: dict[str, list[str]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)  # entity → id, where the id of the source is not unique
    _shift: dict[str, tuple[int, int]] = field(default_factory=dict)  # source → first material, first texture

    def families(self, task: Task) -> Iterator[list[CityObject]]:
        """Objects with all below them: imported ones first, in the order of their source."""
        done, total = 0, max(1, len(self._roots) + self.built.count)
        with open_model(self.path) as connection:
            connection.row_factory = sqlite3.Row
            for start in range(0, len(self._roots), _BATCH):
                roots = self._roots[start : start + _BATCH]
                members = [self._family(root) for root in roots]
                things = self._read(connection, [identity for family in members for identity in family])
                for family in members:
                    yield [things[identity] for identity in family]
                done += len(roots)
                task.progress(done / total, "导出三维对象")
            connection.row_factory = None
            for batch in self.built.families(connection, task):
                yield from batch
                done += len(batch)
                task.progress(done / total, "导出建筑与土地利用")

    def _family(self, root: str) -> list[str]:
        result, waiting = [], [root]
        while waiting:
            identity = waiting.pop()
            result.append(identity)
            waiting += reversed(self._children.get(identity, []))
        return result

    def _read(self, connection: sqlite3.Connection, identities: Sequence[str]) -> dict[str, CityObject]:
        things: dict[str, CityObject] = {}
        for part in _pieces(identities):
            marks = ",".join("?" * len(part))
            for row in connection.execute(f"SELECT * FROM {rows.OBJECT} WHERE id IN ({marks})", part):
                thing = rows.object_of(row)
                thing.extra["source"] = row["source_id"]
                things[row["id"]] = thing
            query = f"SELECT * FROM {rows.GEOMETRY} WHERE id IN ({marks}) ORDER BY id, number"
            found = connection.execute(query, part).fetchall()
            for row, geometry in zip(found, rows.geometries_of(found)):
                self._shifted(geometry, things[row["id"]].extra["source"])
                things[row["id"]].geometries.append(geometry)
        for thing in things.values():
            source = thing.extra.pop("source")
            thing.parents = [self._names.get(f"{source}\x1f{name}", name) for name in thing.parents]
            thing.children = [self._names.get(f"{source}\x1f{name}", name) for name in thing.children]
            thing.id = self._names.get(f"{source}\x1f{thing.id}", thing.id)
        return things

    def _shifted(self, geometry: Any, source: str) -> None:
        """Numbers of materials and textures as those of the whole export."""
        material, texture = self._shift.get(source, (0, 0))
        if material:
            geometry.materials = {
                theme: [None if number is None else number + material for number in numbers]
                for theme, numbers in geometry.materials.items()
            }
        if texture:
            for parts in geometry.textures.values():
                for part in parts:
                    if part is not None:
                        part.texture += texture


def read_model(path: Path, task: Task) -> ModelCity:
    """What of a model 3D formats can carry. Raises `UsageError` and `UnusableInput`."""
    with open_model(path) as connection:
        crs = pyproj.CRS.from_wkt(dict(connection.execute("SELECT key, value FROM tim_metadata"))["crs"])
        created = connection.execute("SELECT max(created) FROM model_version").fetchone()[0] or ""
        names = {table["name"] for table in tables(connection)}
        boxes = connection.execute(
            "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents WHERE min_x IS NOT NULL"
        ).fetchone()
        if schema.BUILDING in names and schema.SOLID not in names:
            raise UnusableInput(f"模型“{path.name}”不完整：缺少 {schema.SOLID}；请重新建立模型")
        extent = tuple(boxes) if boxes[0] is not None else (0.0, 0.0, 0.0, 0.0)
        result = ModelCity(path, City({}, crs), created, extent, Built(path), 0)
        if rows.OBJECT in names:
            _index(connection, result)
        result.built = read_built(path, connection, names, task)
    return result


def _index(connection: sqlite3.Connection, result: ModelCity) -> None:
    """Who stands below whom, in the order of the source; unique ids; appearances of all sources one after another."""
    found = connection.execute(
        f"SELECT o.id, o.object_id, o.source_id, e.parent_id FROM {rows.OBJECT} o LEFT JOIN entity e ON e.id = o.id"
        " ORDER BY o.fid"
    ).fetchall()
    result.imported = len(found)
    there = {identity for identity, _, _, _ in found}
    repeated = {name for name, count in Counter(name for _, name, _, _ in found).items() if count > 1}
    for identity, name, source, parent in found:
        if parent in there:
            result._children.setdefault(parent, []).append(identity)
        else:
            result._roots.append(identity)
        if name in repeated:
            result._names[f"{source}\x1f{name}"] = identity
    connection.row_factory = sqlite3.Row
    sources = list(connection.execute(f"SELECT * FROM {rows.SOURCE} ORDER BY fid"))
    connection.row_factory = None
    head = result.head
    for row in sources:
        one = rows.source_of(row)
        result._shift[row["source_id"]] = (len(head.appearance.materials), len(head.appearance.textures))
        head.appearance.materials += one.appearance.materials
        head.appearance.textures += one.appearance.textures
        head.appearance.other = {**one.appearance.other, **head.appearance.other}
        head.extensions = {**one.extensions, **head.extensions}
        if len(sources) == 1:
            head.metadata, head.scale, head.translate = one.metadata, one.scale, one.translate


def _pieces(identities: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(identities), _BATCH):
        yield identities[start : start + _BATCH]
