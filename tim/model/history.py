"""Whether the history of a model, its relations and its spatial indexes agree with what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from tim.model import schema

Problem = tuple[str, str, str, str]  # table, id, code, Chinese message


def history_problems(connection: sqlite3.Connection) -> Iterator[Problem]:
    """What is wrong with versions and the history (schema 2)."""
    numbers = [number for (number,) in connection.execute("SELECT version FROM model_version ORDER BY version")]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "model_version", "", "version_missing", f"版本号不连续：{'、'.join(map(str, numbers[:10]))}"
    latest = numbers[-1] if numbers else 0
    for (identity,) in connection.execute("SELECT id FROM entity WHERE version > ? OR version < 1", (latest,)):
        yield "entity", identity, "version_unknown", "实体的版本不在版本表里"
    for identity, table in connection.execute(
        "SELECT id, table_name FROM entity_history WHERE version_from < 1 OR version_to <= version_from"
        " OR version_to > ?",
        (latest,),
    ):
        yield "entity_history", identity, "history_span", f"“{table}”的历史状态的版本区间不对"
    for (identity,) in connection.execute(
        "SELECT DISTINCT a.id FROM entity_history a JOIN entity_history b ON b.id = a.id AND b.table_name = 'entity'"
        " AND b.fid > a.fid AND b.version_from < a.version_to AND a.version_from < b.version_to"
        " WHERE a.table_name = 'entity'"
    ):
        yield "entity_history", identity, "history_overlap", "两个历史状态在同一版里并存"
    for (identity,) in connection.execute(
        "SELECT e.id FROM entity e JOIN entity_history h ON h.id = e.id AND h.table_name = 'entity'"
        " WHERE h.version_to > e.version"
    ):
        yield "entity_history", identity, "history_overlap", "历史状态与现状在同一版里并存"


def relation_problems(connection: sqlite3.Connection, version: int) -> Iterator[Problem]:
    """Relations to nothing; those that have ended may point to what is in the history only."""
    known = "SELECT id FROM entity UNION SELECT id FROM source"
    checks = [("", known)]
    if version >= 2:
        past = f"{known} UNION SELECT id FROM entity_history"
        checks = [(" AND version_to IS NULL", known), (" AND version_to IS NOT NULL", past)]
    for condition, there in checks:
        for subject, target in connection.execute(
            f"SELECT subject, object FROM relation WHERE (subject NOT IN ({there}) OR object NOT IN ({there}))"
            + condition
        ):
            yield "relation", subject, "relation_dangling", f"关系指向不存在的对象（{subject} → {target}）"


def index_problems(connection: sqlite3.Connection, layers: list[str]) -> Iterator[Problem]:
    """Spatial indexes that lack features or hold ones that are gone: windows of the map would miss them."""
    indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'rtree_%'")}
    for layer in layers:
        if f"rtree_{layer}_geom" not in indexes:
            continue
        table, index = (name.replace('"', '""') for name in (layer, f"rtree_{layer}_geom"))
        lost = connection.execute(
            f'SELECT count(*) FROM "{table}" WHERE geom IS NOT NULL AND fid NOT IN (SELECT id FROM "{index}")'
        ).fetchone()[0]
        over = connection.execute(
            f'SELECT count(*) FROM "{index}" WHERE id NOT IN (SELECT fid FROM "{table}")'
        ).fetchone()[0]
        if lost or over:
            message = (
                f"图层“{schema.class_title(layer)}”的空间索引缺 {lost} 个要素，多 {over} 个；可用 tim model repair 修复"
            )
            yield layer, "", "index_wrong", message
