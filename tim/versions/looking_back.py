"""`tim model as-of` and `tim model diff`."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.model.schema import class_title
from tim.result import Result
from tim.store import open_store
from tim.store.opening import chosen
from tim.versions.diff import differences
from tim.versions.difference_file import KINDS, write_layers, write_workbook
from tim.versions.past import entities_at, resolve_version
from tim.versions.restoring import restore_version, title_of_view

_TOLD = 1000


def model_as_of(
    model: str | None = None,
    *,
    store: str | None = None,
    as_of: str,
    out: str | None = None,
    views: bool = False,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The model as it was at a date or version: a copy (`out`), views in the model itself (`views`), or its counts.

    Result keys: `version`, `entities` (class → count), `layers` (the views made). Raises `UsageError` for a time
    before the first version.
    """
    place = chosen(model, store)
    with closing(open_store(place, writable=views)) as opened:
        version = resolve_version(opened, as_of)
        counts = Counter(row["class"] for row in entities_at(opened, version).values())
        made = _make_views(opened, version, as_of) if views else []
        if out:
            with atomic_output(out, job, overwrite=overwrite) as working:
                opened.backup(working)
                with closing(open_store(str(working), writable=True)) as copy:
                    with copy.writing():
                        restore_version(copy, version, job)
                    copy.execute("VACUUM")
        name = opened.name
    told = "、".join(f"{class_title(key)} {count}" for key, count in sorted(counts.items()))
    message = f"模型“{name}”在 {as_of} 是第 {version} 版：{told or '没有实体'}"
    if made:
        message += f"；已建视图 {'、'.join(made)}"
    data = {"version": version, "entities": dict(sorted(counts.items())), "layers": made}
    return Result(message, [str(Path(out).absolute())] if out else [], data=data)


def model_diff(
    model: str | None = None,
    *,
    store: str | None = None,
    before: str,
    after: str | None = None,
    out: str | None = None,
    table: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """What differs between two dates or versions (`after`: the present one by default).

    `out`: a GeoPackage with the entities that differ and a table of their fields; `table`: an Excel file. Result keys:
    `from_version`, `to_version`, `changes` (class, kind, count), `differences` (at most 1,000).
    """
    with closing(open_store(chosen(model, store))) as opened:
        first = resolve_version(opened, before)
        second = resolve_version(opened, after) if after else opened.latest()
        if first > second:
            raise UsageError(f"前一时点（第 {first} 版）晚于后一时点（第 {second} 版）；请对调")
        found = differences(opened, first, second, job)
        crs, name = opened.crs(), opened.name
    if out:
        with atomic_output(out, job, overwrite=overwrite) as working:
            write_layers(found, crs, working)
    if table:
        with atomic_output(table, job, overwrite=overwrite) as working:
            write_workbook(found, working)
    counts = Counter((item.entity_class, item.kind) for item in found)
    changes = [
        {"class": class_title(key), "kind": KINDS[kind], "count": count}
        for (key, kind), count in sorted(counts.items())
    ]
    told = "、".join(f"{row['class']}{row['kind']} {row['count']}" for row in changes)
    message = f"模型“{name}”第 {first} 版到第 {second} 版：{told or '没有变化'}"
    listed = [
        {"id": item.id, "class": item.entity_class, "kind": item.kind, "origins": list(item.origins),
         "fields": {key: list(values) for key, values in item.fields.items()}}
        for item in found[:_TOLD]
    ]  # fmt: skip
    data: dict[str, Any] = {"from_version": first, "to_version": second, "changes": changes, "differences": listed}
    return Result(message, [str(Path(path).absolute()) for path in (out, table) if path], data=data)


def _make_views(store: Any, version: int, as_of: str) -> list[str]:
    made = []
    with store.writing():
        for layer in store.layers():
            name = f"{layer.name}_v{version}"
            store.as_of_view(layer, version, name, title_of_view(layer.name, as_of))
            made.append(name)
    return made
