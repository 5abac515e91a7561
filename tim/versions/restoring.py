"""A model's copy as a version had it."""

from __future__ import annotations

import json

from tim.job import Job
from tim.model import schema
from tim.store.base import Store, in_chunks
from tim.versions.past import entities_at, rows_at
from tim.versions.update import write_entities


def restore_version(store: Store, version: int, job: Job) -> None:
    """Make a version the present one of this store and forget what came later. The caller holds `store.writing()`."""
    entities = entities_at(store, version)
    later = [row[0] for row in store.query("SELECT id FROM entity WHERE version > ?", (version,))]
    layers = store.layers()
    for index, layer in enumerate(layers):
        job.progress(index / len(layers), f"恢复图层 {layer.title}")
        rows = rows_at(store, layer, version)
        past = rows.take(rows.fids == 0)
        store.delete(layer.name, later)
        if len(past):
            store.write(layer.name, past)
    store.delete("entity", later)
    there = {row[0] for row in store.query("SELECT id FROM entity")}
    write_entities(store, [{**row, "valid_to": None} for key, row in entities.items() if key not in there])
    store.execute("DELETE FROM entity_history WHERE version_to > ?", (version,))
    for table in ("entity_change", "relation", "model_version"):
        store.execute(f"DELETE FROM {table} WHERE version > ?", (version,))
    store.execute("UPDATE relation SET version_to = NULL WHERE version_to > ?", (version,))
    _forget_sources(store, version)
    store.after_write([layer.name for layer in layers])


def _forget_sources(store: Store, version: int) -> None:
    """Remove the later processes, and the sources that only they had."""
    rows = store.query("SELECT id, step, parameters, inputs FROM process")
    gone = {row[0] for row in rows if row[1] == "update" and json.loads(row[2])["version"] > version}
    kept = {source for row in rows if row[0] not in gone for source in json.loads(row[3] or "[]")}
    lost = {source for row in rows if row[0] in gone for source in json.loads(row[3] or "[]")} - kept
    used = {row[0] for row in store.query("SELECT DISTINCT source_id FROM entity")}
    for table, ids in (("process", gone), ("source", lost - used)):
        for some, marks in in_chunks(sorted(ids)):
            store.execute(f"DELETE FROM {table} WHERE id IN ({marks})", some)


def title_of_view(layer: str, as_of: str) -> str:
    """What the view of a past state is called."""
    return f"{schema.class_title(layer)}（{as_of}）"
