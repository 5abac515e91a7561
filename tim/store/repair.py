"""`tim model repair`: a sound copy of a model whose tables or indexes do not agree any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tim.errors import UnusableInput
from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.model.validate import find_errors
from tim.result import OK, VIOLATIONS, Result
from tim.store.base import quoted
from tim.store.file import FileStore
from tim.store.geopackage import add_functions


def repair_model(model: str, out: str, *, overwrite: bool = False, job: Job) -> Result:
    """Write a copy of a model and put right in it what has one right answer; the model itself stays as it is.

    Rebuilt: indexes, extents, counts. Removed: features without an entity, entities without a feature, doubled rows,
    relations to nothing. Result keys: `repaired` (list of {`what`, `count`}), `errors` (what is left, as in
    `tim validate`). Raises `UnusableInput` when pages of the file cannot be read.
    """
    path = Path(model)
    with atomic_output(out, job, overwrite=overwrite) as working:
        job.progress(0.1, "复制模型")
        _copy_readable(path, working)
        with closing(FileStore(working, writable=True)) as store:
            with store.writing():
                repaired = [(what, count) for what, count in _repairs(store, job) if count]
            store.execute("VACUUM")
        errors = find_errors(working, job)
    told = "、".join(f"{what} {count}" for what, count in repaired) or "没有要修的"
    left = f"；还有 {len(errors)} 个问题要人工处理" if errors else ""
    data = {"repaired": [{"what": what, "count": count} for what, count in repaired], "errors": errors}
    return Result(
        f"已修复模型“{path.name}”：{told}{left}",
        [str(Path(out).absolute())],
        status=VIOLATIONS if errors else OK,
        data=data,
    )


def _copy_readable(path: Path, target: Path) -> None:
    """A copy row by row, which leaves damaged indexes behind; damaged pages of tables cannot be read."""
    with closing(FileStore(path)) as store:
        connection = store.connection
        connection.execute("COMMIT")
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.DatabaseError as error:
            message = f"模型“{path.name}”有读不出的部分，不能修复；请用备份恢复（tim model restore）"
            raise UnusableInput(message, detail=str(error)) from error
    with closing(sqlite3.connect(target)) as copy:
        add_functions(copy)
        copy.execute("REINDEX")


def _repairs(store: FileStore, job: Job) -> Iterator[tuple[str, int]]:
    """(what, how many) of each repair."""
    layers = [layer.name for layer in store.layers()]
    for layer in layers:
        job.check()
        table = quoted(layer)
        doubled = f"fid NOT IN (SELECT min(fid) FROM {table} GROUP BY id)"
        if layer in schema.SOLIDS:
            doubled = f"fid NOT IN (SELECT min(fid) FROM {table} GROUP BY id, part, lod)"
        yield f"“{schema.class_title(layer)}”里重复的要素", _delete(store, table, doubled)
        yield (
            f"“{schema.class_title(layer)}”里没有实体的要素",
            _delete(store, table, "id IS NULL OR id NOT IN (SELECT id FROM entity)"),
        )
        yield from _index(store, layer)
    for entity_class, layer in store.query("SELECT class, layer FROM entity_class"):
        if layer in layers:
            gone = f"class = {_text(entity_class)} AND id NOT IN (SELECT id FROM {quoted(layer)})"
            yield f"没有要素的实体（{schema.class_title(entity_class)}）", _delete(store, "entity", gone)
    known = "(SELECT id FROM entity UNION SELECT id FROM source UNION SELECT id FROM entity_history)"
    yield "指向不存在对象的关系", _delete(store, "relation", f"subject NOT IN {known} OR object NOT IN {known}")
    yield (
        "不存在的来源",
        _change(
            store, "UPDATE entity SET source_id = NULL WHERE source_id IS NOT NULL AND source_id NOT IN"
            " (SELECT id FROM source)",
        ),
    )  # fmt: skip
    store.after_write(layers)


def _index(store: FileStore, layer: str) -> Iterator[tuple[str, int]]:
    """Fill the spatial index anew where it does not agree with the features, and the stored count."""
    table, index = quoted(layer), quoted(f"rtree_{layer}_geom")
    wrong = store.query(
        f"SELECT (SELECT count(*) FROM {table} WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)"
        f" AND fid NOT IN (SELECT id FROM {index})) + (SELECT count(*) FROM {index} WHERE id NOT IN"
        f" (SELECT fid FROM {table}))"
    )[0][0]
    if wrong:
        store.execute(f"DELETE FROM {index}")
        store.execute(
            f"INSERT INTO {index} SELECT fid, ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), ST_MaxY(geom) FROM {table}"
            " WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)"
        )
    yield f"“{schema.class_title(layer)}”的空间索引", int(wrong)
    store.execute(
        f"UPDATE gpkg_ogr_contents SET feature_count = (SELECT count(*) FROM {table}) WHERE table_name = ?", (layer,)
    )


def _delete(store: FileStore, table: str, condition: str) -> int:
    return _change(store, f"DELETE FROM {table} WHERE {condition}")


def _change(store: FileStore, statement: str) -> int:
    before = store.connection.total_changes
    cursor = store.connection.execute(statement)
    return cursor.rowcount if store.connection.total_changes > before else 0


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
