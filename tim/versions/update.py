"""A new epoch of a model: old states go to the history, new ones take their place, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import tim
from tim.assembly.manifest import now
from tim.job import Job
from tim.model import schema
from tim.model.classes import code_rows
from tim.model.entities import ENDED, Change, Version
from tim.model.identity import identity_code
from tim.store import Layer, Rows
from tim.store.base import ENTITY_COLUMNS, Store, in_chunks, kind_of_array, plain_values
from tim.versions.incoming import Incoming
from tim.versions.planning import Plan


def apply(store: Store, plans: Sequence[Plan], incoming: Sequence[Incoming], version: Version, job: Job) -> None:
    """Write the plans of one epoch. The caller holds `store.writing()`; progress 0..1 is that of writing."""
    started = now()
    store.insert_rows("model_version", [asdict(version)])
    _add_sources(store, incoming)
    for index, plan in enumerate(plans):
        job.progress(index / len(plans), f"写出图层 {schema.class_title(plan.layer)}")
        _prepare_layer(store, plan)
        retire(store, plan, version, job)
        store.write(plan.layer, plan.rows)
        for table, solids in plan.solids.items():
            if len(solids):
                store.write(table, solids)
        write_entities(store, plan.entities)
        _write_changes(store, plan.changes)
        _describe(store, {entity["class"] for entity in plan.entities})
        job.check()
    inputs = sorted({row["id"] for item in incoming for row in item.sources})
    store.insert_rows("process", [_process(version, inputs, [plan.layer for plan in plans], started)])
    store.after_write([table for plan in plans for table in (plan.layer, *plan.solids)])


def retire(store: Store, plan: Plan, version: Version, job: Job) -> None:
    """Move the present states of the plan's retired entities to the history; open relations of ended ones close."""
    if not plan.retired:
        return
    tables = [plan.layer, *plan.solids]
    spans: dict[str, tuple[int, str | None]] = {}
    for some, marks in in_chunks(plan.retired):
        names = ", ".join(ENTITY_COLUMNS)
        found = [dict(zip(ENTITY_COLUMNS, row)) for row in store.query(
            f"SELECT {names} FROM entity WHERE id IN ({marks})", some)]  # fmt: skip
        spans.update({row["id"]: (row["version"], row["valid_from"]) for row in found})
        _keep(store, "entity", [row["id"] for row in found], found, [None] * len(found), spans, version)
    for table in tables:
        rows = store.read_ids(table, plan.retired, job)
        states = list(_states(rows))
        _keep(store, table, rows.ids, states, store.geometry_values(rows.geometry), spans, version)
        store.delete(table, plan.retired)
    store.delete("entity", plan.retired)
    ended = [change.id for change in plan.changes if change.kind == ENDED]
    for some, marks in in_chunks(ended):
        for side in ("subject", "object"):
            store.execute(
                f"UPDATE relation SET version_to = ? WHERE version_to IS NULL AND {side} IN ({marks})",
                (version.version, *some),
            )


def write_entities(store: Store, entities: Iterable[dict[str, Any]]) -> None:
    """Insert rows of the table `entity`."""
    store.insert("entity", ENTITY_COLUMNS, ([row.get(name) for name in ENTITY_COLUMNS] for row in entities))


def _keep(
    store: Store,
    table: str,
    ids: Iterable[str],
    states: Iterable[dict[str, Any]],
    geometry: Iterable[Any],
    spans: dict[str, tuple[int, str | None]],
    version: Version,
) -> None:
    columns = ("table_name", "id", "version_from", "version_to", "valid_from", "valid_to", "attributes", "geom")
    rows = (
        (table, identity, spans[identity][0], version.version, spans[identity][1], version.valid_at,
         json.dumps(state, ensure_ascii=False), shape)
        for identity, state, shape in zip(ids, states, geometry)
    )  # fmt: skip
    store.insert("entity_history", columns, rows)


def _states(rows: Rows) -> Iterable[dict[str, Any]]:
    """The attributes of each feature that it has."""
    names = list(rows.columns)
    for values in zip(*(plain_values(column) for column in rows.columns.values())):
        yield {name: value for name, value in zip(names, values) if value is not None}


def _prepare_layer(store: Store, plan: Plan) -> None:
    """The layers and the columns that the new epoch brings."""
    there = {layer.name for layer in store.layers()}
    for table, solids in plan.solids.items():
        if table not in there:
            columns = {name: kind_of_array(values) for name, values in solids.columns.items()}
            store.create_layer(Layer(table, schema.LAYER_TITLES[table], "MultiPolygon Z", columns))
    if plan.layer not in {layer.name for layer in store.layers()}:
        from tim.model.writer import uniform_geometry

        plan.rows.geometry, kind = uniform_geometry(plan.rows.geometry)
        titles = {layer.title for layer in store.layers()}
        title = schema.class_title(plan.layer)
        store.create_layer(
            Layer(plan.layer, plan.layer if title in titles else title, kind, dict(plan.new_columns) | {"id": "text"})
        )
        return
    for name, kind in plan.new_columns.items():
        store.add_column(plan.layer, name, kind)


def _add_sources(store: Store, incoming: Sequence[Incoming]) -> None:
    known = {identity for (identity,) in store.query("SELECT id FROM source")}
    fresh = {row["id"]: row for item in incoming for row in item.sources if row["id"] not in known}
    store.insert_rows("source", list(fresh.values()))


def _write_changes(store: Store, changes: Sequence[Change]) -> None:
    store.insert_rows("entity_change", [change.row() for change in changes])


def _describe(store: Store, classes: set[str]) -> None:
    """What the tables of classes and attributes say of classes that are new in the model."""
    known = {name for (name,) in store.query("SELECT class FROM entity_class")}
    fresh = sorted(classes - known)
    store.insert_rows("entity_class", [schema.class_row(name) for name in fresh])
    store.insert_rows("entity_attribute", schema.attribute_rows(fresh))
    if not store.query("SELECT 1 FROM code_list LIMIT 1"):
        store.insert_rows("code_list", code_rows())


def _process(version: Version, inputs: list[str], layers: list[str], started: str) -> dict[str, Any]:
    return {
        "id": identity_code("process", "update", str(version.version), version.created, *inputs),
        "step": "update",
        "software": "territory-tim",
        "version": tim.__version__,
        "parameters": json.dumps({"version": version.version, "date": version.valid_at}, ensure_ascii=False),
        "started": started,
        "ended": now(),
        "inputs": json.dumps(inputs),
        "outputs": json.dumps(layers, ensure_ascii=False),
    }
