"""`tim quality`: databases against standards."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256 as digest_of
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely

from tim import __version__
from tim.errors import UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.quality.data import Data, open_data
from tim.quality.field_table import read_field_table
from tim.quality.previous import Previous, merge, read_previous, scope_of
from tim.quality.record import NOTE, WRONG, Defect, QualityCheck, RuleResult, plain_name
from tim.quality.report import MOST_DRAWN, make_report, totals
from tim.quality.run import FileRun, evaluate, read_programs
from tim.quality.standards import Standard, copy_standard, find_standard
from tim.report.write import check_report, write_report
from tim.result import OK, VIOLATIONS, Result
from tim.review.digest import digests, sha256
from tim.review.program import parameters
from tim.review.record import LayerUse
from tim.sources.crs import describe

_MOST_SHOWN = 3_000  # features on a map; more are not told apart and take long


def check_database(
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    *,
    standard: str = "三调",
    fields: str | None = None,
    rules: list[str] | None = None,
    previous: str | None = None,
    factor: float = 1.0,
    out: str | None = None,
    table: str | None = None,
    report: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Check a database against a standard: packaged, or a folder of rule files with a field table.

    `fields` replaces the field table (CSV, Excel, an empty database), `rules` are more rule files. With `previous`, an
    earlier `out`, only what changed is checked again and states that people gave are kept. The status is "violations"
    when there are errors of mandatory rules. Result keys: `rules` (list), `states` (name → count), `score`,
    `deductions`, `not_checked`. Raises `UsageError`, `UnusableInput`.
    """
    targets = [path for path in (out, table, report) if path]
    for path in targets:
        check_target(path, overwrite=overwrite)
    check_report(report, template)
    if data is None and not layer:
        raise UsageError("没有给出要检查的数据；请给出数据库文件，或 --layer 代码=数据源")
    chosen = _standard(standard, fields, rules or [])
    runs = read_programs(chosen, job)
    earlier = read_previous(Path(previous)) if previous else None
    codes = list(dict.fromkeys([*chosen.fields.layers, *_named(runs, chosen)]))
    opened = open_data(data, layer or {}, codes, _titles(), job)
    check = _check(chosen, runs, opened, earlier, factor, job)
    _write(check, opened, out, table, report, template, overwrite, job)
    mandatory = {rule.number for rule in check.rules if rule.level == "强制"}
    broken = any(defect.state == WRONG and defect.rule in mandatory for defect in check.defects)
    return Result(totals(check), targets, VIOLATIONS if broken else OK, _data(check))


def copy_rules(name: str, out: str, *, overwrite: bool = False, job: Job) -> Result:
    """Copy a packaged standard (rule files, field table) to the folder `out`, to be changed and given to `--standard`.

    Raises `UsageError`. Result keys: `files`.
    """
    find_standard(name)
    check_target(out, overwrite=overwrite)
    with atomic_output(out, job, overwrite=overwrite) as working:
        working.mkdir()
        files = copy_standard(name, working)
    names = [file.name for file in files]
    return Result(
        f"标准“{name}”已复制到“{Path(out).name}”：{'、'.join(names)}；改好后用 --standard {out}",
        [out],
        data={"files": names},
    )


def _standard(name: str, fields: str | None, rules: list[str]) -> Standard:
    found = find_standard(name)
    table = read_field_table(Path(fields)) if fields else found.fields
    files = (*found.rules, *map(Path, rules))
    return Standard(found.name, found.title, table, found.required, files, found.not_checked)


def _named(runs: list[FileRun], standard: Standard) -> list[str]:
    """Codes of the layers that rule files name themselves, and of required ones."""
    return [*standard.required, *(code for run in runs for wanted in run.wanted.values() for code in wanted.needed)]


def _titles() -> dict[str, str]:
    from tim.data import read_table

    return {row["code"]: row["title"] for row in read_table("layers.csv")}


def _check(
    standard: Standard, runs: list[FileRun], data: Data, earlier: Previous | None, factor: float, job: Job
) -> QualityCheck:
    rule_files = [(run.path.name, sha256(run.path, job)) for run in runs]
    if standard.fields.path is not None:
        rule_files += digests(standard.fields.path, job)
    basis = digest_of(repr((rule_files, __version__)).encode()).hexdigest()
    scope, rechecked = scope_of(earlier, data, basis)
    if earlier is not None and earlier.basis != basis:
        job.warn("规则、字段表或软件与上一次不同，全部重新检查；例外按问题是否相同保留")
    _tell(data, job)
    results: list[RuleResult] = []
    defects: list[Defect] = []
    for number, run in enumerate(runs):
        job.progress(0.3 + 0.5 * number / len(runs), f"按“{run.path.stem}”检查")
        told, found = evaluate(run, standard, data, scope)
        results += told
        defects += found
    created = datetime.now()
    first = next(iter(data.layers.values())).source
    return QualityCheck(
        title=plain_name(data.path),
        standard=f"{standard.name}（{standard.title}）" if standard.title != standard.name else standard.name,
        created=created,
        crs=first.crs,
        layers=[_use(code, data) for code in data.layers],
        rules=results,
        defects=merge(defects, results, earlier, data, scope, created.isoformat(timespec="seconds")),
        parameters=[row for run in runs for row in parameters(run.program)],
        rule_files=rule_files,
        field_table=standard.fields.source,
        not_checked=standard.not_checked,
        warnings=list(job.warnings),
        software=f"territory-tim {__version__}",
        basis=basis,
        factor=factor,
        previous=f"{earlier.path.name}，{earlier.time}" if earlier else "",
        rechecked=rechecked,
    )


def _use(code: str, data: Data) -> LayerUse:
    source = data.layers[code].source
    crs = describe(source.crs) if source.crs is not None else "没有坐标系"
    files = tuple(item for item in data.files if item[0].startswith(source.path.stem) or source.path.is_dir())
    return LayerUse(code, source.name, source.path, crs, len(source), files, source.notes)


def _tell(data: Data, job: Job) -> None:
    """Warn of layers whose areas are not the survey's."""
    for code, layer in data.layers.items():
        if layer.area_problem is not None and shapely.get_dimensions(layer.geometry).max(initial=-1) == 2:
            job.warn(
                f"图层 {code}：{layer.area_problem}；重叠、缝隙的面积按平面（经纬度数据按大地线）计算，面积复核没有做"
            )
        if not len(layer):
            job.warn(f"图层 {code} 没有要素")
        invalid = int((~data.valid(code) & ~shapely.is_missing(layer.geometry)).sum())
        if invalid:
            job.warn(
                f"图层 {code} 有 {invalid} 个无效图形没有参与重叠、缝隙和覆盖的检查，所在处会列为没有图斑；改正后请复查"
            )


def _write(
    check: QualityCheck,
    data: Data,
    out: str | None,
    table: str | None,
    report: str | None,
    template: str | None,
    overwrite: bool,
    job: Job,
) -> None:
    """All files appear together when all are complete."""
    with ExitStack() as stack:
        working = {
            path: stack.enter_context(atomic_output(path, job, overwrite=overwrite))
            for path in (out, table, report)
            if path
        }
        if out:
            from tim.quality.results_file import write_results

            job.progress(0.85, "写出问题图层")
            write_results(check, data, working[out])
        if table:
            from tim.quality.workbook import write_workbook

            job.progress(0.9, "写出 Excel 表")
            write_workbook(check, working[table])
        if report:
            job.progress(0.93, "写出报告")
            document = make_report(check, _map(check, data))
            write_report(document, working[report], template)
    job.progress(1.0, "完成")


def _map(check: QualityCheck, data: Data) -> bytes | None:
    """Where the first errors are; None when none has a place or the data have no plane CRS."""
    from tim.picture.map import draw_findings

    drawn = [defect.geometry for defect in check.defects if defect.state == WRONG and defect.geometry is not None]
    if not drawn or check.crs is None or check.crs.is_geographic:
        return None
    layers = {
        code: _background(code, data)
        for code, layer in data.layers.items()
        if layer.source.crs is not None and layer.source.crs == check.crs
    }
    with TemporaryDirectory(prefix="tim-") as folder:
        path = Path(folder) / "map.png"
        shapes = np.array(drawn[:MOST_DRAWN], dtype=object)
        draw_findings(layers, list(shapes), path, crs=check.crs, title="质检问题位置图")
        return path.read_bytes()


def _background(code: str, data: Data) -> np.ndarray:
    """What a map shows of a layer: its polygons, or only the ground that they cover where they are many."""
    usable = data.usable(code)
    if len(usable) <= _MOST_SHOWN or code not in data.memory:
        return data.layers[code].geometry[usable[:_MOST_SHOWN]]
    covered = data.memory[code]
    return covered.geometry[covered.count > 0]


def _data(check: QualityCheck) -> dict[str, Any]:
    counts = check.counts()
    rules = [
        {
            "number": rule.number, "title": rule.title, "group": rule.group, "defect_class": rule.defect_class,
            "level": rule.level, "confidence": rule.confidence, "checked": rule.checked, "note": rule.note,
            "states": counts[rule.number],
        }
        for rule in check.rules
    ]  # fmt: skip
    return {
        "rules": rules,
        "states": {state: check.count(state) for state in (WRONG, "已改正", "例外", "无法判断", NOTE)},
        "score": check.score,
        "deductions": check.deductions,
        "not_checked": [rule.number for rule in check.rules if rule.note],
    }
