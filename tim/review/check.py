"""`tim check`: data against rules written in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from tim import __version__
from tim.job import Job
from tim.result import OK, VIOLATIONS, Result
from tim.review.digest import digests, sha256
from tim.review.inputs import Frame, Inputs, open_layers
from tim.review.outputs import check_outputs, write_outputs
from tim.review.program import parameters, parse_rules, read_rules, tell_rules
from tim.review.record import LayerUse, Review
from tim.review.report import totals
from tim.review.resolve import list_available, resolve
from tim.review.run import limits_of, run
from tim.review.tables import declared_files, open_tables
from tim.script.host import ScriptHost
from tim.script.paths import Folders, project_of
from tim.sources.crs import describe

if TYPE_CHECKING:
    from zhscript import Program
    from zhscript.engine import Limits

AREA_BASES = {"plane": "平面面积", "ellipsoid": "椭球面积"}


def check_rules(
    rules: str,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    findings: str | None = None,
    report: str | None = None,
    template: str | None = None,
    seconds: float | None = None,
    memory: float | None = None,
    overwrite: bool = False,
    *,
    job: Job,
) -> Result:
    """Check layers against the rule file `rules`.

    `data`: a file whose layers are found by name, title or alias; `layer`: name in the rules → source, comes first.
    `findings` (.gpkg) and `report` (.docx, .pdf, .html, .xlsx) are written together or not at all. The rules end when
    they take more than `seconds` or `memory` (MB). The status is
    "violations" when a mandatory rule is violated. Raises `UsageError` and `UnusableInput` for what cannot be used.
    """
    check_outputs(findings, report, template)
    path = Path(rules)
    program = parse_rules(path, read_rules(path, job), job)
    tell_rules(program, job)
    inputs = open_inputs(program, data, layer, job)
    review = _review(program, path, inputs, job, limits_of(seconds, memory))
    held = {name: item.geometry for name, item in inputs.layers.items() if name not in inputs.large}
    shapes = {name: geometry[~shapely.is_missing(geometry)] for name, geometry in held.items()}
    if review.total("undecided"):
        job.warn(f"有 {review.total('undecided')} 处无法判断，不算通过；请补齐数据后重新审查或由人工判断")
    outputs = write_outputs(review, shapes, findings, report, template, overwrite=overwrite, job=job)
    job.progress(1.0, "完成")
    status = VIOLATIONS if review.breaks_mandatory else OK
    return Result(totals(review), outputs, status, {"rules": [rule.as_dict() for rule in review.rules]})


def open_inputs(program: Program, data: str | None, layer: Mapping[str, str] | None, job: Job) -> Inputs:
    """The layers and tables that the program declares, in its frame.

    They are named by `layer`, otherwise files beside the program, otherwise found in `data`.
    """
    given = dict(layer or {})
    files, beside = declared_files(program.layers, given, Folders(project_of(Path(program.path))))
    others = [item for item in program.layers if item.name not in files]
    for item in program.layers:
        if item.name in files:
            given.pop(item.name, None)
            given.pop(item.source, None)
    available = list_available(data) if others else []
    sources = resolve({item.name: item.source for item in others}, {**beside, **given}, available)
    fields = {item.name: [(name, column) for name, column, _ in item.fields] for item in others}
    inputs = open_layers(sources, frame_of(program), job, fields, in_pieces=_only_checked(program))
    inputs.tables = open_tables(program, files, job)
    for name, sheet in inputs.tables.items():
        notes = tuple(sheet.notes)
        inputs.uses.append(
            LayerUse(name, sheet.name, sheet.path, "无（表格）", len(sheet.rows), digests(sheet.path, job), notes)
        )
    return inputs


def _only_checked(program: Program) -> set[str]:
    """The names of layers that nothing needs as a whole."""
    from zhscript.engine import streamable

    if program.kind != "规则集":
        return set()
    keys = streamable(program)
    return {item.name for item in program.layers if item.key in keys}


def frame_of(program: Program) -> Frame:
    """What a program asks of space."""
    # ellipsoidal areas can be had from longitude and latitude; plane areas and lengths need a projection
    ellipsoidal = program.area_basis == "ellipsoid"
    return Frame(program.crs or None, ellipsoidal, program.measures_length if ellipsoidal else program.measures)


def _review(program: Program, path: Path, inputs: Inputs, job: Job, limits: Limits) -> Review:
    from zhscript import LANGUAGE_VERSION

    created = datetime.now()
    host = ScriptHost(inputs, Folders(project_of(path)), job)
    rules = run(program, inputs, created.date(), job, host, limits)
    for rule in rules:
        if rule.note:
            job.warn(f"规则“{rule.name}”没有检查：{rule.note}")
    return Review(
        title=program.name or path.stem,
        rules_file=path,
        rules_digest=sha256(path, job),
        rules_version=program.version,
        area_basis=AREA_BASES[program.area_basis],
        crs=inputs.crs,
        crs_name="无（都是表格）" if inputs.crs is None else f"{describe(inputs.crs)}（{inputs.crs.name}）",
        software=f"territory-tim {__version__}，zhscript {LANGUAGE_VERSION}",
        created=created,
        reference_date=program.date or created.date(),
        parameters=parameters(program),
        rules=rules,
        layers=tuple(inputs.uses),
        warnings=tuple(job.warnings),
    )
