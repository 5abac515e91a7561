"""`tim model update`, `as-of` and `diff`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date as Date
from pathlib import Path
from typing import Any

from tim.assembly.manifest import now
from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.model.entities import CHANGED, CREATED, ENDED, MERGED, SPLIT, Version
from tim.result import Result
from tim.store import is_address, open_store
from tim.store.base import Store
from tim.store.opening import chosen
from tim.versions.incoming import Incoming, from_model, from_sources
from tim.versions.planning import Plan, Rules, plan_layer
from tim.versions.update import apply

_TITLES = {CREATED: "新增", CHANGED: "变化", ENDED: "终止", SPLIT: "由分割而来", MERGED: "由合并而来"}
_MANY = 0.5  # of a layer's entities ending at once: the new epoch may cover less than it says


def update_model(
    model: str | None = None,
    *,
    store: str | None = None,
    layers: Mapping[str, str] | None = None,
    new_model: str | None = None,
    date: str | None = None,
    note: str | None = None,
    scope: str = "complete",
    overlap: float = 0.5,
    tolerance: float = 0.2,
    preview: bool = False,
    out: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Add an epoch to a model: from sources (`layers`) or from another model. Nothing is overwritten.

    In place, as one transaction, or with `out` in a copy. `date` (ISO) is what the sources show, by default today;
    `scope` "complete": what the new data lack has ended, "partial": it stays. `overlap` 0–1 of the union makes two
    shapes one thing; heights that differ by less than `tolerance` metres are the same. Result keys: `version`, `date`,
    `changes` (per layer: created, changed, ended, split, merged, unchanged), `preview`.
    """
    place = chosen(model, store)
    if bool(layers) == bool(new_model):
        raise UsageError("请给出新资料：--layers 图层=数据源，或 --new-model 新模型.gpkg，二者选一")
    moment = _date(date) if date else Date.today().isoformat()
    if not date:
        job.warn(f"没有给出资料时点（--date），按今天 {moment} 记")
    with _target(place, out, overwrite, job) as target, closing(open_store(target, writable=not preview)) as opened:
        job.progress(0.0, "读取新资料")
        crs = opened.crs()
        incoming = from_sources(layers, crs, job) if layers else from_model(str(new_model), None, crs, job)
        if preview:
            plans = _plans(opened, incoming, overlap, tolerance, scope, moment, job)
        else:
            with opened.writing():
                plans = _plans(opened, incoming, overlap, tolerance, scope, moment, job)
                version = Version(opened.latest() + 1, now(), note or "由 tim model update 更新", moment)
                apply(opened, plans, incoming, version, job)
        number = opened.latest() + (1 if preview else 0)
        name = opened.name
    changes = [_counts(plan) for plan in plans]
    told = "；".join(_sentence(row) for row in changes)
    message = f"{'预演' if preview else '已更新'}模型“{name}”，第 {number} 版（{moment}）：{told}"
    outputs = [] if preview or is_address(place) else [str(Path(out or place).absolute())]
    return Result(message, outputs, data={"version": number, "date": moment, "changes": changes, "preview": preview})


def _plans(
    store: Store,
    incoming: Sequence[Incoming],
    overlap: float,
    tolerance: float,
    scope: str,
    moment: str,
    job: Job,
) -> list[Plan]:
    """What the epoch does to each layer. Raises `UsageError` for an epoch that is older than the present one."""
    if store.has_companions():
        raise UsageError(
            f"模型“{store.name}”有导入的三维对象（CityJSON 等），它们还不能按期更新，没有改动；请重新导入成新模型"
        )
    last = store.query("SELECT max(valid_at) FROM model_version")[0][0]
    if last and moment < last:
        raise UsageError(f"资料时点 {moment} 早于模型最后一版的 {last}；历史只能往后加，请检查 --date")
    rules = Rules(overlap, tolerance, scope == "complete", store.latest() + 1, moment)
    plans = []
    for index, item in enumerate(incoming):
        job.progress(0.2 + 0.4 * index / len(incoming), f"比对图层 {schema.class_title(item.layer)}")
        plan = plan_layer(store, item, rules, job)
        ended, before = plan.count(ENDED), len(plan.retired) + plan.unchanged
        if ended and ended > _MANY * before:
            title = schema.class_title(item.layer)
            job.warn(
                f"图层“{title}”有 {ended} 个实体（原有的 {ended / before:.0%}）终止；"
                "新资料若只覆盖一部分，请用 --scope partial"
            )
        plans.append(plan)
    return plans


@contextmanager
def _target(place: str, out: str | None, overwrite: bool, job: Job) -> Iterator[str]:
    """The place to write: the model itself, or a copy that appears when it is complete."""
    if out is None:
        yield place
        return
    if is_address(place):
        raise UsageError("--out 只用于模型文件；库里的模型就地更新，另存请用 tim model backup")
    with atomic_output(out, job, overwrite=overwrite) as working:
        with closing(open_store(place)) as before:
            before.backup(working)
        yield str(working)


def _date(text: str) -> str:
    try:
        return Date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"“{text}”不是日期；请写成 2024-06-30") from None


def _counts(plan: Plan) -> dict[str, Any]:
    kinds = {kind: plan.count(kind) for kind in _TITLES}
    return {"layer": plan.layer, "title": schema.class_title(plan.layer), **kinds, "unchanged": plan.unchanged}


def _sentence(row: dict[str, Any]) -> str:
    parts = [f"{title} {row[kind]}" for kind, title in _TITLES.items() if row[kind]]
    return f"{row['title']} " + "、".join([*parts, f"不变 {row['unchanged']}"])
