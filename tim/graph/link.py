"""`tim graph link`: relations found anew; those that no longer hold are closed, none is overwritten."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

from tim.graph.coding import relations_by_code
from tim.graph.placing import BASIS, relations_by_shape
from tim.graph.rules import code_of_field, predicate_title
from tim.job import Job
from tim.model.entities import Relation
from tim.result import Result
from tim.store import open_store
from tim.store.base import Store, in_chunks, quoted
from tim.store.opening import chosen

_COLUMNS = ("subject", "predicate", "object", "confidence", "basis", "version", "version_to")
_SAME = 0.005  # of the confidence: a relation that differs by less is the one that was there
_Key = tuple[str, str, str, str]


def link_model(
    model: str | None = None, *, store: str | None = None, only: str = "all", least: float = 0.0, job: Job
) -> Result:
    """Relate the entities of the present version by code and by shape and store the relations in the model.

    `only`: "all", "code" or "geometry"; `least` leaves out relations of a lower confidence. Result keys: `relations`
    (list of {`predicate`, `title`, `basis`, `count`, `least`}), `added`, `closed`, `kept`.
    """
    with closing(open_store(chosen(model, store), writable=True)) as opened, opened.writing():
        version = opened.latest()
        found: dict[_Key, Relation] = {}
        bases = []
        if only in ("all", "code"):
            job.progress(0.0, "按编码关联")
            bases.append("code:")
            found.update((_key(item), item) for item in relations_by_code(opened, version))
        if only in ("all", "geometry"):
            bases.append(BASIS)
            found.update((_key(item), item) for item in relations_by_shape(opened, version, job))
        found = {key: item for key, item in found.items() if (item.confidence or 0) >= least}
        job.progress(0.95, "写出关系")
        _index_codes(opened)
        added, closed, kept = _store(opened, found, tuple(bases), version)
        name = opened.name
    counts = Counter((item.predicate, (item.basis or "").partition(":")[0]) for item in found.values())
    lows = {key: min(i.confidence or 0 for i in found.values()
                     if (i.predicate, (i.basis or "").partition(":")[0]) == key) for key in counts}  # fmt: skip
    told = [
        {"predicate": key[0], "title": predicate_title(key[0]), "basis": key[1], "count": count, "least": lows[key]}
        for key, count in sorted(counts.items())
    ]
    message = f"模型“{name}”有 {len(found)} 条关系：新增 {added}，结束 {closed}，未变 {kept}"
    return Result(message, data={"relations": told, "added": added, "closed": closed, "kept": kept})


def _index_codes(store: Store) -> None:
    """Indexes on the fields of codes, so that things are found by their codes at once."""
    for layer in store.layers():
        for column in layer.columns:
            if code_of_field(column):
                name = quoted(f"index_{layer.name}_{column}")
                store.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(layer.name)} ({quoted(column)})")


def _key(item: Relation) -> _Key:
    return item.subject, item.predicate, item.object, (item.basis or "").partition(":")[0]


def _store(store: Store, found: dict[_Key, Relation], bases: tuple[str, ...], version: int) -> tuple[int, int, int]:
    """Bring the open relations of these bases to what was found; counts of added, closed and kept ones."""
    rows = store.query(
        "SELECT fid, subject, predicate, object, confidence, basis, version FROM relation"
        " WHERE version_to IS NULL AND basis IS NOT NULL"
    )
    fresh, gone, kept = dict(found), [], 0
    for fid, subject, predicate, target, confidence, basis, since in rows:
        if not basis.startswith(bases):
            continue
        item = found.get((subject, predicate, target, basis.partition(":")[0]))
        if item is not None and abs((item.confidence or 0) - (confidence or 0)) < _SAME:
            kept += fresh.pop(_key(item), None) is not None
        else:
            gone.append((fid, since))
    for some, marks in in_chunks([fid for fid, since in gone if since < version]):
        store.execute(f"UPDATE relation SET version_to = ? WHERE fid IN ({marks})", (version, *some))
    for some, marks in in_chunks([fid for fid, since in gone if since >= version]):  # found in this version only
        store.execute(f"DELETE FROM relation WHERE fid IN ({marks})", some)
    store.insert("relation", _COLUMNS, ([getattr(item, name) for name in _COLUMNS] for item in fresh.values()))
    return len(fresh), len(gone), kept
