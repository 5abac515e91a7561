"""`tim graph about`: everything that a model knows of one thing, by indexed look-ups in its tables."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import shapely

from tim.errors import UsageError
from tim.graph.rules import code_of_field, predicate_title
from tim.job import Job
from tim.model import schema
from tim.result import Result
from tim.store import open_store
from tim.store.base import ENTITY_COLUMNS, Store, in_chunks, plain_values, quoted

MOST = 500  # relations told in one direction
_KINDS = {"created": "新增", "changed": "变化", "ended": "终止", "split": "由分割而来", "merged": "由合并而来"}


def about_entity(model: str, identity: str, *, job: Job) -> Result:
    """What is known of an entity, named by its identity code, its key in the source, or a code that it carries.

    Result keys: `entity`, `attributes`, `shape`, `source`, `relations` (other side, title, confidence, basis),
    `parts`, `past` (former states), `changes`. Raises `UsageError` when there is none or several have the code.
    """
    job.check()
    with closing(open_store(model)) as opened:
        data = describe(opened, find(opened, identity))
    entity = data["entity"]
    label = f"“{entity['name']}”" if entity["name"] else ""
    message = f"{entity['title']}{label} {entity['id']}：{len(data['relations'])} 条关系，{len(data['changes'])} 次变化"
    return Result(message + ("" if entity["present"] else "（已终止）"), data=data)


def find(store: Store, text: str) -> str:
    """The identity code of what a text names. Raises `UsageError`."""
    known = store.query("SELECT id FROM entity WHERE id = ?", (text,))
    known = known or store.query("SELECT id FROM entity_history WHERE id = ? LIMIT 1", (text,))
    known = known or store.query("SELECT id FROM entity WHERE source_key = ? LIMIT 5", (text,))
    if not known:
        known = [(identity,) for identity in _carriers(store, text)]
    if not known:
        raise UsageError(f"模型“{store.name}”里没有“{text[:60]}”：不是身份编码，也不是资料里的编号、宗地代码、监管号等")
    if len(known) > 1:
        raise UsageError(f"“{text[:60]}”不止一个：{'、'.join(row[0] for row in known[:5])}；请用身份编码")
    return str(known[0][0])


def describe(store: Store, identity: str) -> dict[str, Any]:
    """The keys of `about_entity` for an identity code."""
    rows = store.query(f"SELECT {', '.join(ENTITY_COLUMNS)} FROM entity WHERE id = ?", (identity,))
    past = _past(store, identity)
    entity = dict(zip(ENTITY_COLUMNS, rows[0])) if rows else {**dict.fromkeys(ENTITY_COLUMNS), **past[-1]["entity"]}
    entity["title"], entity["present"] = schema.class_title(entity["class"]), bool(rows)
    attributes, shape = _feature(store, schema.layer_of(entity["class"]), identity) if rows else ({}, None)
    source = store.query("SELECT kind, path, sha256, crs FROM source WHERE id = ?", (entity["source_id"],))
    parts = store.query("SELECT id, class, name FROM entity WHERE parent_id = ?", (identity,))
    return {
        "entity": entity,
        "attributes": attributes,
        "shape": _measures(shape),
        "source": dict(zip(("kind", "path", "sha256", "crs"), source[0])) if source else None,
        "relations": _relations(store, identity),
        "parts": [{"id": key, "title": schema.class_title(own), "name": name} for key, own, name in parts],
        "past": [{key: value for key, value in state.items() if key != "entity"} for state in past],
        "changes": _changes(store, identity),
    }


def _carriers(store: Store, text: str) -> list[str]:
    """Who carries a code in a field of codes; the first layer that knows it decides. Not indexed: for codes only."""
    for layer in store.layers():
        for column in layer.columns:
            if code_of_field(column):
                statement = f"SELECT id FROM {quoted(layer.name)} WHERE {quoted(column)} = ? LIMIT 5"
                found = store.query(statement, (text,))
                if found:
                    return [row[0] for row in found]
    return []


def _feature(store: Store, layer: str, identity: str) -> tuple[dict[str, Any], Any]:
    if layer not in {item.name for item in store.layers()}:
        return {}, None
    rows = store.read(layer, "l.id = ?", (identity,))
    if not len(rows):
        return {}, None
    values = {name: plain_values(column)[0] for name, column in rows.columns.items()}
    return {name: value for name, value in values.items() if value is not None and name != "id"}, rows.geometry[0]


def _measures(shape: Any) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    inside = shapely.point_on_surface(shape)
    return {
        "type": shape.geom_type,
        "area_m2": round(shape.area, 3),
        "length_m": round(shape.length, 3),
        "extent": [round(value, 3) for value in shape.bounds],
        "inside": [round(inside.x, 3), round(inside.y, 3)],
    }


def _relations(store: Store, identity: str) -> list[dict[str, Any]]:
    """The open relations, of which the entity is the subject first, surest first."""
    found = []
    for side, other, inverse in (("subject", "object", False), ("object", "subject", True)):
        rows = store.query(
            f"SELECT predicate, {other}, confidence, basis FROM relation WHERE {side} = ? AND version_to IS NULL"
            f" ORDER BY confidence DESC, {other} LIMIT {MOST}",
            (identity,),
        )
        found += [(inverse, *row) for row in rows]
    found += _origins(store, identity)
    names = _names(store, [row[2] for row in found])
    return [
        {"title": predicate_title(predicate, inverse=inverse), "predicate": predicate, "inverse": inverse, "id": other,
         **names.get(other, {"class": None, "name": None}), "confidence": confidence, "basis": basis}
        for inverse, predicate, other, confidence, basis in found
    ]  # fmt: skip


def _origins(store: Store, identity: str) -> list[tuple[bool, str, str, float | None, str]]:
    """Of what the entity was split or merged, and what became of it."""
    words = {"split": "splitFrom", "merged": "mergedFrom"}
    rows = []
    for mine, other, inverse in (("id", "other_id", False), ("other_id", "id", True)):
        found = store.query(
            f"SELECT kind, {other}, confidence FROM entity_change WHERE {mine} = ? AND other_id IS NOT NULL",
            (identity,),
        )
        rows += [(inverse, words[kind], partner, confidence, "history") for kind, partner, confidence in found]
    return rows


def _names(store: Store, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Class and name of entities and sources, past ones too."""
    result: dict[str, dict[str, Any]] = {}
    for some, marks in in_chunks(sorted(set(ids))):
        for statement in (
            f"SELECT id, 'source', path FROM source WHERE id IN ({marks})",
            f"SELECT id, class, kind FROM entity_change WHERE kind = 'ended' AND id IN ({marks})",
            f"SELECT id, class, name FROM entity WHERE id IN ({marks})",
        ):
            for identity, entity_class, name in store.query(statement, some):
                title = "数据来源" if entity_class == "source" else schema.class_title(entity_class)
                result[identity] = {"class": title, "name": "已终止" if name == "ended" else name}
    return result


def _past(store: Store, identity: str) -> list[dict[str, Any]]:
    rows = store.query(
        "SELECT version_from, version_to, valid_from, valid_to, table_name, attributes FROM entity_history"
        " WHERE id = ? ORDER BY version_from, fid",
        (identity,),
    )
    states: dict[int, dict[str, Any]] = {}
    for since, until, valid_from, valid_to, table, text in rows:
        span = {"version_from": since, "version_to": until, "valid_from": valid_from, "valid_to": valid_to}
        state = states.setdefault(since, {**span, "attributes": {}, "entity": {}})
        if table == "entity":
            state["entity"] = json.loads(text)
        elif table not in schema.SOLIDS:
            state["attributes"] = {key: value for key, value in json.loads(text).items() if key != "id"}
    return list(states.values())


def _changes(store: Store, identity: str) -> list[dict[str, Any]]:
    rows = store.query(
        "SELECT c.version, v.valid_at, c.kind, c.other_id, c.confidence, c.fields FROM entity_change c"
        " JOIN model_version v ON v.version = c.version WHERE c.id = ? ORDER BY c.fid",
        (identity,),
    )
    names = ("version", "date", "kind", "other_id", "confidence", "fields")
    return [{**dict(zip(names, row)), "kind": _KINDS.get(row[2], row[2])} for row in rows]
