"""`tim plan conformity`: control lines, projects and versions against rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tim import __version__
from tim.area import ellipsoidal_area
from tim.conformity.analysis import PROJECTS, Conformity, analyse
from tim.conformity.rules_run import Judged, judge
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.report.write import check_report, write_report
from tim.result import OK, VIOLATIONS, Result
from tim.review.digest import sha256
from tim.review.inputs import Frame, Inputs, open_layers
from tim.review.program import parameters, parse_rules, read_rules

BEFORE = "前期"
_BASES = {"plane": "平面面积", "ellipsoid": "椭球面积"}


@dataclass
class Examination:
    """A finished examination, as report and outputs tell it."""

    found: Conformity
    judged: Judged
    inputs: Inputs
    lines: list[str]
    basis: str
    rules_file: str
    rules_digest: str
    parameters: tuple[tuple[str, str, str], ...]
    created: datetime
    warnings: list[str]
    software: str


def plan_conformity(
    layer: Mapping[str, str],
    *,
    before: Mapping[str, str] | None = None,
    by: Sequence[str] | None = None,
    rules: str | None = None,
    area: str = "ellipsoid",
    crs: str | None = None,
    out: str | None = None,
    table: str | None = None,
    report: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Control lines against each other, projects (the layer 项目) inside and outside of them, changes since `before`.

    `layer`, `before`: name → source; `by`: 图层=字段, the field of classes; `rules` replaces the packaged rule file.
    The status is "violations" when a mandatory rule is violated. Result keys: `totals`, `overlaps`, `projects`,
    `changes`, `rules`, `not_checked`. Raises `UsageError`, `UnusableInput`.
    """
    targets = [path for path in (out, table, report) if path]
    for path in targets:
        check_target(path, overwrite=overwrite)
    check_report(report, template)
    before = before or {}
    unknown = [name for name in before if name not in layer or name == PROJECTS]
    if unknown:
        raise UsageError(f"前期图层“{'、'.join(unknown)}”没有对应的现在的图层；两处的名称要相同")
    lines = [name for name in layer if name != PROJECTS]
    if not lines:
        raise UsageError("没有给出控制线图层；如 --layer 永久基本农田=三线.gpkg|layername=YJJBNTTB")
    file = Path(rules) if rules else Path(str(resources.files("tim.conformity.rules"))) / "三线符合性.zh"
    program = parse_rules(file, read_rules(file, job), job)
    inputs = _open(layer, before, area, crs, job)
    assert inputs.crs is not None
    system = inputs.crs

    def measure(shapes: np.ndarray) -> np.ndarray:
        return np.asarray(ellipsoidal_area(shapes, system) if area == "ellipsoid" else shapely.area(shapes))

    found = analyse(
        {name: inputs.layers[name] for name in lines},
        {name: inputs.layers[f"{BEFORE}{name}"] for name in before},
        inputs.layers.get(PROJECTS),
        _fields(by or (), layer),
        system,
        measure,
        job,
    )
    job.progress(0.8, "按规则判断")
    given = {*layer, *([BEFORE] if before else [])}
    judged = judge(program, found, given, job)
    made = Examination(
        found, judged, inputs, lines, _BASES[area], file.name, sha256(file, job), parameters(program), datetime.now(),
        job.warnings, f"territory-tim {__version__}",
    )  # fmt: skip
    _write(made, out, table, report, template, overwrite, job)
    broken = any(rule.is_mandatory and rule.violations for rule in judged.rules)
    return Result(message(made), targets, VIOLATIONS if broken else OK, _data(made))


def _open(layer: Mapping[str, str], before: Mapping[str, str], area: str, crs: str | None, job: Job) -> Inputs:
    sources = {**layer, **{f"{BEFORE}{name}": spec for name, spec in before.items()}}
    if len(sources) < len(layer) + len(before):
        raise UsageError(f"图层名不能以“{BEFORE}”开头")
    try:
        inputs = open_layers(sources, Frame(crs, area == "ellipsoid", True), job)
    except UnusableInput as error:  # worded for rule files
        told = error.message.replace("请在规则文件开头写明投影坐标系，如 坐标系 ", "请用 --crs 指明投影坐标系，如 ")
        raise UnusableInput(told, detail=error.detail) from error
    if inputs.crs is None:
        raise UnusableInput("图层没有图形，不能比较")
    return inputs


def _fields(by: Sequence[str], layer: Mapping[str, str]) -> dict[str, str]:
    fields = {}
    for item in by:
        name, mark, field = item.partition("=")
        if not mark or name not in layer:
            raise UsageError(f"“{item}”写法不对；应为 图层=字段，图层是 {'、'.join(layer)} 之一")
        fields[name] = field
    return fields


def message(made: Examination) -> str:
    """The outcome in one line."""
    told = [rule for rule in made.judged.rules if (rule.number or rule.name) not in made.judged.missing]
    violations, hints = sum(rule.violations for rule in told), sum(rule.hints for rule in told)
    parts = [f"检查了 {len(told)} 条规则（{len(made.judged.missing)} 条没有检查）"]
    parts.append(f"违反 {violations} 处" if violations else "没有发现违反所列规则的情况")
    if hints:
        parts.append(f"提示 {hints} 处")
    return "，".join(parts)


def _data(made: Examination) -> dict[str, Any]:
    found = made.found
    pairs = {(item.one, item.other) for item in found.overlaps}
    return {
        "totals": {f"{line} {kind}".strip(): float(area) for (line, kind), area in found.totals.items()},
        "overlaps": [
            {"one": one, "other": other, "area_m2": float(found.shared(one, other))} for one, other in sorted(pairs)
        ],
        "projects": [
            {
                "project": item.name, "area_m2": float(item.area),
                "inside_m2": {line: float(area) for line, area in item.inside.items()},
            }
            for item in found.projects
        ],
        "changes": [
            {
                "line": change.line,
                "matrix": [
                    {"before": one, "after": other, "area_m2": float(area)}
                    for (one, other), area in sorted(change.transition.matrix.items())
                ],
                "went_m2": {name: float(area) for name, area in change.went.items()},
            }
            for change in found.changes
        ],
        "rules": [rule.as_dict() for rule in made.judged.rules],
        "not_checked": made.judged.missing,
    }  # fmt: skip


def _write(
    made: Examination,
    out: str | None,
    table: str | None,
    report: str | None,
    template: str | None,
    overwrite: bool,
    job: Job,
) -> None:
    """All files appear together when all are complete."""
    paths = [path for path in (out, table, report) if path]
    with ExitStack() as stack:
        working = {path: stack.enter_context(atomic_output(path, job, overwrite=overwrite)) for path in paths}
        if out:
            from tim.conformity.outputs import write_layers

            job.progress(0.85, "写出图层")
            write_layers(made, working[out])
        if report or table:
            from tim.conformity.report import make_report

            job.progress(0.9, "写出报告")
            document = make_report(made)
            for path in (path for path in (table, report) if path):
                write_report(document, working[path], template if path == report else None)
    job.progress(1.0, "完成")
