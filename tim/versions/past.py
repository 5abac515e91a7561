"""The states that a version had."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from tim.errors import UsageError
from tim.store import Layer, Rows
from tim.store.base import ENTITY_COLUMNS, Store, column_array, joined

_VERSION = re.compile(r"[vV](\d+)")


def resolve_version(store: Store, as_of: str) -> int:
    """The version of a date (the last one whose data are not younger) or of `v2`. Raises `UsageError`."""
    versions = store.query("SELECT version, valid_at FROM model_version ORDER BY version")
    known = [number for number, _ in versions]
    match = _VERSION.fullmatch(as_of.strip())
    if match:
        if int(match[1]) not in known:
            raise UsageError(f"模型“{store.name}”没有第 {match[1]} 版；它有第 {known[0]} 至 {known[-1]} 版")
        return int(match[1])
    try:
        moment = date.fromisoformat(as_of.strip()).isoformat()
    except ValueError:
        raise UsageError(f"“{as_of}”不是时点；请写日期（2024-06-30）或版本号（v2）") from None
    earlier = [number for number, valid_at in versions if valid_at is None or valid_at <= moment]
    if not earlier:
        raise UsageError(f"模型“{store.name}”最早的一版是 {versions[0][1]} 的资料，{moment} 时还没有")
    return int(earlier[-1])


def entities_at(store: Store, version: int) -> dict[str, dict[str, Any]]:
    """The rows of `entity` of a version by identity."""
    names = ", ".join(ENTITY_COLUMNS)
    present = store.query(f"SELECT {names} FROM entity WHERE version <= ?", (version,))
    result = {row[0]: dict(zip(ENTITY_COLUMNS, row)) for row in present}
    for identity, attributes, valid_to in store.query(
        "SELECT id, attributes, valid_to FROM entity_history WHERE table_name = 'entity'"
        " AND version_from <= ? AND version_to > ?",
        (version, version),
    ):
        result[identity] = {**dict.fromkeys(ENTITY_COLUMNS), **json.loads(attributes), "valid_to": valid_to}
    return result


def rows_at(store: Store, layer: Layer, version: int, ids: Sequence[str] | None = None) -> Rows:
    """The features of a layer as a version had them, present and past ones; `ids` limits them."""
    now = "l.id IN (SELECT id FROM entity WHERE version <= ?)"
    present = store.read(layer.name, now, (version,))
    past = store.query(
        "SELECT id, attributes, geom FROM entity_history WHERE table_name = ? AND version_from <= ? AND version_to > ?",
        (layer.name, version, version),
    )
    rows = joined([present, _from_history(store, layer, past)]) if past else present
    return rows if ids is None else rows.take(np.isin(rows.ids.astype(str), np.asarray(ids, dtype=str)))


def _from_history(store: Store, layer: Layer, past: list[tuple]) -> Rows:
    states = [json.loads(row[1]) for row in past]
    columns = {name: column_array([state.get(name) for state in states], kind) for name, kind in layer.columns.items()}
    return Rows(columns, store.shapes([row[2] for row in past]), np.zeros(len(past), dtype=np.int64))
