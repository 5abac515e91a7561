"""What a new epoch does to a layer: which entities appear, change, stay and end. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from tim.errors import UnusableInput
from tim.job import Job
from tim.model import schema
from tim.model.entities import CHANGED, CREATED, ENDED, MERGED, SPLIT, Change
from tim.model.solid import blocks, to_geometry
from tim.store import Rows
from tim.store.base import Store, joined, kind_of_array
from tim.versions.incoming import Incoming, entities_of, refuse_duplicates
from tim.versions.matching import Side, match

SAME_PLACE = 0.001  # m
_MEASURED = ("ground_z", "roof_z", "height")
# what changes with the survey, not with the thing
_FOLLOW = frozenset({"points", "roof_rmse", "height_source", "area_m2", "reason", "lod", "lod_reason", "planes"})
_FOLLOW |= {"fit_rmse", "fit_p95", "unexplained_share", "nodata_share"}


@dataclass
class Plan:
    """The outcome for one layer. `rows` and `entities` are the new states; `retired` the ids whose old state ends."""

    layer: str
    retired: list[str]
    rows: Rows
    entities: list[dict[str, Any]]
    solids: dict[str, Rows]
    changes: list[Change] = field(default_factory=list)
    new_columns: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0

    def count(self, kind: str) -> int:
        """How many entities of this outcome there are."""
        return len({change.id for change in self.changes if change.kind == kind})


@dataclass(frozen=True)
class Rules:
    """`overlap`: common share of two shapes from which they are one thing; `tolerance` in metres for heights.

    `complete`: what the new epoch lacks has ended. `version`, `date`: of the new epoch.
    """

    overlap: float
    tolerance: float
    complete: bool
    version: int
    date: str


def plan_layer(store: Store, incoming: Incoming, rules: Rules, job: Job) -> Plan:
    """Compare a layer of the store with a new epoch of it. Raises `UnusableInput` for duplicate identities."""
    refuse_duplicates(incoming)
    exists = incoming.layer in {layer.name for layer in store.layers()}
    old = store.read(incoming.layer) if exists else Rows({"id": np.empty(0, dtype=object)}, np.empty(0, dtype=object))
    entities = entities_of(store, incoming.layer) if exists else {}
    keys = [entities.get(identity, {}).get("source_key") for identity in old.ids]
    found = match(
        Side(old.ids, keys, old.geometry),
        Side(incoming.rows.ids, incoming.keys, incoming.rows.geometry),
        rules.overlap,
        job,
    )
    before = np.array(list(found.pairs), dtype=np.intp)
    after = np.array([place for place, _ in found.pairs.values()], dtype=np.intp)
    carried = _carry_over(old, before, incoming, after)
    differing = _differences(old, before, carried, after, incoming.unknown, rules)
    if incoming.solids is not None:
        _note_levels(differing, entities, old, before, incoming, after)
    return _assemble(store, incoming, rules, old, entities, found, carried, differing)


def _carry_over(old: Rows, before: np.ndarray, incoming: Incoming, after: np.ndarray) -> Rows:
    """The new rows with every column of the layer: what the new epoch does not tell of a thing stays as it was."""
    columns = dict(incoming.rows.columns)
    for name, values in old.columns.items():
        if name in columns and name not in incoming.unknown:
            columns[name] = _as_kind(columns[name], values, name, incoming.layer)
            continue
        fresh = columns.get(name)
        filled = _empty_like(values, len(incoming.rows)) if fresh is None else fresh.astype(values.dtype, copy=True)
        filled[after] = values[before]
        columns[name] = filled
    return Rows(columns, incoming.rows.geometry)


def _empty_like(values: np.ndarray, count: int) -> np.ndarray:
    if values.dtype == object:
        return np.full(count, None, dtype=object)
    return np.full(count, np.nan)


def _as_kind(values: np.ndarray, like: np.ndarray, name: str, layer: str) -> np.ndarray:
    """A column of the new epoch in the type that the layer has."""
    if like.dtype == object or values.dtype.kind == like.dtype.kind:
        return values
    if not len(like):
        return values
    try:
        return np.array([np.nan if value is None else float(value) for value in values.tolist()])
    except (TypeError, ValueError) as error:
        message = f"图层“{layer}”的字段“{name}”原来是数，新资料里有不是数的值；请先改正资料，没有改动"
        raise UnusableInput(message) from error


def _differences(
    old: Rows, before: np.ndarray, new: Rows, after: np.ndarray, unknown: frozenset[str], rules: Rules
) -> list[list[str]]:
    """For each pair the names of what differs; "geom" for the shape."""
    result: list[list[str]] = [[] for _ in before]
    one, other = old.geometry[before], new.geometry[after]
    same = shapely.equals_exact(one, other, SAME_PLACE) | (shapely.is_missing(one) & shapely.is_missing(other))
    rest = np.flatnonzero(~same)
    if len(rest):
        again = shapely.equals_exact(shapely.normalize(one[rest]), shapely.normalize(other[rest]), SAME_PLACE)
        for place in rest[~again]:
            result[place].append("geom")
    for name in new.columns:
        if name == "id" or name in unknown or name in _FOLLOW:
            continue
        values = old.columns.get(name)
        fresh = new.columns[name][after]
        differs = _present(fresh) if values is None else _unequal(values[before], fresh, name, rules.tolerance)
        for place in np.flatnonzero(differs):
            result[place].append(name)
    return result


def _present(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return np.array([value is not None for value in values], dtype=bool)
    return ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), dtype=bool)


def _unequal(old: np.ndarray, new: np.ndarray, name: str, tolerance: float) -> np.ndarray:
    if old.dtype.kind in "fiu" and new.dtype.kind in "fiu":
        allowed = tolerance if name in _MEASURED else 1e-9
        with np.errstate(invalid="ignore"):
            far = ~(np.abs(old.astype(float) - new.astype(float)) <= allowed)
        return far & ~(np.isnan(old.astype(float)) & np.isnan(new.astype(float)))
    pairs = zip(old.tolist(), new.tolist())
    return np.array([_text(one) != _text(other) for one, other in pairs], dtype=bool)


def _text(value: Any) -> str | None:
    return None if value is None or value != value else str(value)


def _note_levels(
    differing: list[list[str]],
    entities: dict[str, dict[str, Any]],
    old: Rows,
    before: np.ndarray,
    incoming: Incoming,
    after: np.ndarray,
) -> None:
    """Other levels of detail are a change, too."""
    for place, (one, other) in enumerate(zip(before, after)):
        if entities[old.ids[one]]["lods"] != incoming.entities[other]["lods"]:
            differing[place].append("lods")


def _assemble(
    store: Store, incoming: Incoming, rules: Rules, old: Rows, entities: dict, found: Any, rows: Rows, differing: list
) -> Plan:
    version, layer = rules.version, incoming.layer
    keeps, changes, retired = [], [], []
    ids = np.array(rows.ids, dtype=object)
    states: dict[int, dict[str, Any]] = {}
    for (place, (target, confidence)), fields in zip(found.pairs.items(), differing):
        identity = old.ids[place]
        ids[target] = identity
        if not fields:
            keeps.append(target)
            continue
        before, fresh = entities[identity], incoming.entities[target]
        known = {name: value for name, value in fresh.items() if value is not None or incoming.solids is not None}
        if incoming.unknown:  # a footprint says nothing of heights and bodies
            known = {name: value for name, value in known.items() if name not in ("class", "lods")}
        states[target] = {**before, **known, "id": identity, "version": version, "valid_from": rules.date}
        retired.append(identity)
        changes.append(Change(version, identity, before["class"], CHANGED, confidence=confidence, fields=tuple(fields)))
    matched = {target for target, _ in found.pairs.values()}
    for target in (place for place in range(len(rows)) if place not in matched):
        entity = incoming.entities[target]
        states[target] = {**entity, "id": ids[target], "version": version, "valid_from": rules.date}
        changes.append(Change(version, ids[target], entity["class"], CREATED))
    gone = [place for place in range(len(old)) if place not in found.pairs]
    left = {place for place, _, _ in found.merges} | {place for place, _, _ in found.splits}
    for place in gone:
        if rules.complete or place in left:
            retired.append(old.ids[place])
            changes.append(Change(version, old.ids[place], entities[old.ids[place]]["class"], ENDED))
    for kind, events in ((SPLIT, found.splits), (MERGED, found.merges)):
        changes += [
            Change(version, ids[new], incoming.entities[new]["class"], kind, old.ids[place], share)
            for place, new, share in events
        ]
    written = np.array(sorted(states), dtype=np.intp)
    rows = Rows({**rows.columns, "id": ids}, rows.geometry).take(written)
    plan = Plan(layer, retired, rows, [states[place] for place in written], {}, changes, unchanged=len(keeps))
    plan.new_columns = {name: kind_of_array(v) for name, v in rows.columns.items() if name not in old.columns}
    if layer == schema.BUILDING:
        plan.solids = _solids(store, incoming, plan, {place: ids[place] for place in written})
    return plan


def _solids(store: Store, incoming: Incoming, plan: Plan, names: dict[int, str]) -> dict[str, Rows]:
    """The bodies of the new states: those that came along, those that still fit, or blocks over the new footprints."""
    tables = [layer.name for layer in store.layers() if layer.name in schema.SOLIDS]
    if incoming.solids is not None:
        renamed = {incoming.rows.ids[place]: identity for place, identity in names.items()}
        return {table: _renamed(rows, renamed) for table, rows in incoming.solids.items()} | {
            table: store.read(table, "1 = 0") for table in tables if table not in incoming.solids
        }
    moved = {change.id for change in plan.changes if change.kind == CHANGED and "geom" in change.fields}
    result = {}
    for table in tables:
        stay = store.read_ids(table, [identity for identity in plan.retired if identity not in moved])
        result[table] = stay.take(np.isin(stay.ids.astype(str), plan.rows.ids.astype(str)))
    if schema.SOLID in result:
        built = _blocks(plan, moved, result[schema.SOLID])
        result[schema.SOLID] = joined([result[schema.SOLID], built]) if len(built) else result[schema.SOLID]
    return result


def _renamed(rows: Rows, names: dict[str, str]) -> Rows:
    """The bodies of the chosen things, under the identities that these have in the model."""
    solids = rows.take(np.array([identity in names for identity in rows.ids], dtype=bool))
    solids.columns["id"] = np.array([names[identity] for identity in solids.ids], dtype=object)
    return solids


def _blocks(plan: Plan, moved: set[str], like: Rows) -> Rows:
    """Blocks between the known heights over footprints that have moved."""
    found = []
    for place, identity in enumerate(plan.rows.ids):
        if identity not in moved or plan.rows.columns["status"][place] != schema.MODELLED:
            continue
        low, high = (float(plan.rows.columns[name][place]) for name in ("ground_z", "roof_z"))
        bodies = blocks(plan.rows.geometry[place], low, high)
        found += [(identity, part, to_geometry(faces)) for part, faces in enumerate(bodies)]
        plan.entities[place]["lods"] = "0,1"
        if "lod" in plan.rows.columns:
            plan.rows.columns["lod"][place] = "1"
    own = {
        "id": np.array([row[0] for row in found], dtype=object),
        "part": np.array([row[1] for row in found], dtype=np.int64),
        "lod": np.array(["1"] * len(found), dtype=object),
    }
    columns = {name: own.get(name, _empty_like(values, len(found))) for name, values in like.columns.items()}
    geometry = np.array([row[2] for row in found] or [None], dtype=object)[: len(found)]
    return Rows(columns, geometry, np.zeros(len(found), dtype=np.int64))
