"""`tim analyse overlay`: projects over layers, with pieces, tables and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.task import Task
from tim.area import ellipsoidal_area
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target, file_name
from tim.job import Job
from tim.landuse import find_codes
from tim.overlay.closure import closed, rounded
from tim.overlay.pieces import Pieces, intersect, polygonal, remainders
from tim.overlay.record import DOUBLED, NO_CLASS, UNCOVERED, LayerOverlay, Overlay, Piece, one_project
from tim.report.write import check_report, write_report
from tim.result import Result
from tim.review.inputs import Frame, open_layers
from tim.sources.vector import VectorLayer

PROJECTS = "项目"
_NAME_FIELDS = ("XMMC", "项目名称", "DKMC", "地块名称", "名称", "NAME")
_BASES = {"plane": "平面面积", "ellipsoid": "椭球面积"}


def overlay(
    projects: str,
    layer: Mapping[str, str],
    *,
    by: Sequence[str] | None = None,
    name_field: str | None = None,
    area: str = "plane",
    crs: str | None = None,
    out: str | None = None,
    table: str | None = None,
    report: str | None = None,
    reports: str | None = None,
    template: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Overlay projects with layers. `by`: 图层=字段, the field of a layer's classes (land-use codes are found by name).

    The parts of a project in one layer, with what the layer leaves uncovered, add up to the project's area exactly
    (m², two decimals), unless features of the layer overlap, which is told. Result keys: `projects`, `parts` (list of
    {`layer`, `class`, `area_m2`}), `total_m2`, `closure_m2` (what the parts of a layer miss at most), `layers` (list of
    {`layer`, `pieces`, `covered_m2`, `classes`}). `reports` is a folder for one Word report of each project and a
    summary. Raises `UsageError`, `UnusableInput`.
    """
    targets = [path for path in (out, table, report, reports) if path]
    for path in targets:
        check_target(path, overwrite=overwrite)
    check_report(report or ("报告.docx" if reports else None), template)
    if PROJECTS in layer:
        raise UsageError(f"图层不能叫“{PROJECTS}”；请换一个名字")
    try:
        frame = Frame(crs, area == "ellipsoid", True)
        inputs = open_layers({PROJECTS: projects, **layer}, frame, job, around=PROJECTS, hashed=bool(report or reports))
    except UnusableInput as error:  # worded for rule files
        message = error.message.replace("请在规则文件开头写明投影坐标系，如 坐标系 ", "请用 --crs 指明投影坐标系，如 ")
        raise UnusableInput(message, detail=error.detail) from error
    if inputs.crs is None:
        raise UnusableInput("项目没有图形，不能叠加")
    source = inputs.layers[PROJECTS]
    shapes = polygonal(source.geometry)
    if shapely.is_missing(shapes).all():
        raise UnusableInput(f"“{source.path.name}”的图层“{source.name}”里没有面要素，不能做压占分析")
    measure = _measure(area, inputs.crs)
    found = Overlay(
        Path(projects.split("|")[0]).stem,
        _BASES[area],
        inputs.crs,
        datetime.now(),
        project_names(source, name_field),
        shapes,
        [rounded(value) for value in measure(shapes)],
        [],
        inputs.uses,
        job.warnings,
    )
    _tell_shared(shapes, job)
    fields = _fields(by or (), layer)
    for number, name in enumerate(layer):
        part = job.part(0.3 + 0.5 * number / len(layer), 0.3 + 0.5 * (number + 1) / len(layer))
        found.layers.append(_under(found, name, inputs.layers[name], fields.get(name), measure, part))
    job.progress(0.82, "写出结果")
    _write(found, out, table, report, template, overwrite, job)
    if reports:
        _write_each(found, reports, template, overwrite, job.part(0.85, 1.0), job)
    return Result(_message(found), outputs=targets, data=_summary(found))


def _tell_shared(projects: np.ndarray, job: Job) -> None:
    """Warn of projects that overlap each other: sums over all projects count the ground twice."""
    one, other = shapely.STRtree(projects).query(projects, predicate="intersects")
    first = one < other
    shared = float(shapely.area(shapely.intersection(projects[one[first]], projects[other[first]])).sum())
    if shared > DOUBLED:
        job.warn(f"项目互相重叠约 {shared:.2f} 平方米（平面），合计里算了两次")


def _under(
    found: Overlay, name: str, layer: VectorLayer, class_field: str | None, measure: Any, job: Task
) -> LayerOverlay:
    """One layer under all projects."""
    field, codes, names = _classes(name, layer, class_field)
    features = polygonal(layer.geometry)
    if len(layer) and shapely.is_missing(features).all():
        raise UnusableInput(f"图层“{name}”里没有面要素，不能做压占分析")
    pieces = intersect(found.shapes, features, job)
    rest, doubled = remainders(found.shapes, pieces, features, job)
    result = LayerOverlay(name, field, doubled=[float(value) for value in doubled], whole=found.areas)
    areas = measure(pieces.geometry)
    left = measure(rest)
    starts = np.searchsorted(pieces.project, np.arange(len(found.shapes) + 1))
    for project, whole in enumerate(found.areas):
        own = slice(starts[project], starts[project + 1])
        result.pieces += _of_project(project, whole, pieces, own, areas, rest, left, codes, names, result, layer.fids)
    worst = max(result.doubled, default=0.0)
    if worst > DOUBLED:
        job.warn(f"图层“{name}”的要素互相重叠，项目内重复最多 {worst:.2f} 平方米，各部分之和会大于项目面积")
    return result


def _of_project(
    project: int,
    whole: Decimal,
    pieces: Pieces,
    own: slice,
    areas: np.ndarray,
    rest: np.ndarray,
    left: np.ndarray,
    codes: list[str],
    names: list[str],
    result: LayerOverlay,
    fids: np.ndarray,
) -> list[Piece]:
    uncovered = rest[project] is not None
    values = np.append(areas[own], [left[project]] if uncovered else [])
    if result.doubled[project] > DOUBLED:
        told, adjusted = [rounded(value) for value in values], Decimal(0)
    else:
        told, adjusted = closed(values, whole)
    result.adjusted.append(adjusted)
    made = [
        Piece(project, int(fids[feature]), codes[feature], names[feature], area, geometry)
        for feature, area, geometry in zip(pieces.feature[own], told, pieces.geometry[own])
    ]
    if uncovered:
        made.append(Piece(project, -1, "", UNCOVERED, told[-1], rest[project]))
    return made


def _classes(name: str, layer: VectorLayer, field: str | None) -> tuple[str, list[str], list[str]]:
    """The field of the classes (empty: none), and code and name for each feature."""
    if field:
        if field not in layer.columns:
            raise UsageError(f"图层“{name}”没有字段“{field}”；它的字段有 {'、'.join(layer.columns)}")
        values = ["" if value is None else str(value) for value in layer.columns[field]]
        known = find_codes({field: layer.columns[field]})
        if known is None or all(title is None for title in known.names):
            return field, [""] * len(values), [value or NO_CLASS for value in values]
    else:
        known = find_codes(layer.columns)
        if known is None:
            return "", [""] * len(layer), [name] * len(layer)
    codes = [code or "" for code in known.codes]
    titles = [title or (f"{code}（分类表里没有）" if code else NO_CLASS) for title, code in zip(known.names, codes)]
    return f"{known.field}，{known.version}", codes, titles


def _measure(area: str, crs: Any) -> Any:
    if area == "ellipsoid":
        return lambda shapes: ellipsoidal_area(shapes, crs) if len(shapes) else np.zeros(0)
    return lambda shapes: np.nan_to_num(shapely.area(shapes))


def project_names(source: VectorLayer, field: str | None) -> list[str]:
    """What projects are called: by a field that is given or usual, else by number. Raises `UsageError`."""
    if field and field not in source.columns:
        raise UsageError(f"项目图层没有字段“{field}”；它的字段有 {'、'.join(source.columns)}")
    lowered = {name.casefold(): name for name in source.columns}
    chosen = field or next((lowered[name.casefold()] for name in _NAME_FIELDS if name.casefold() in lowered), None)
    if chosen is None:
        return [f"{fid} 号" for fid in source.fids]
    return [f"{fid} 号" if value is None else str(value) for fid, value in zip(source.fids, source.columns[chosen])]


def _fields(by: Sequence[str], layer: Mapping[str, str]) -> dict[str, str]:
    fields = {}
    for item in by:
        name, mark, field = item.partition("=")
        if not mark or name not in layer:
            raise UsageError(f"“{item}”写法不对；应为 图层=字段，图层是 {'、'.join(layer)} 之一")
        fields[name] = field
    return fields


def _write(
    found: Overlay,
    out: str | None,
    table: str | None,
    report: str | None,
    template: str | None,
    overwrite: bool,
    job: Job,
) -> None:
    if out:
        from tim.overlay.pieces_file import write_pieces

        with atomic_output(out, job, overwrite=overwrite) as working:
            write_pieces(found, working)
    if table:
        from tim.overlay.workbook import write_workbook

        with atomic_output(table, job, overwrite=overwrite) as working:
            write_workbook(found, working)
    if report:
        from tim.overlay.report import make_report

        document = make_report(found)
        with atomic_output(report, job, overwrite=overwrite) as working:
            write_report(document, working, template)


def _write_each(found: Overlay, folder: str, template: str | None, overwrite: bool, part: Task, job: Job) -> None:
    """One report for each project and one table of all of them in a new folder."""
    from tim.overlay.report import make_report
    from tim.overlay.workbook import write_workbook

    used: set[str] = set()
    with atomic_output(folder, job, overwrite=overwrite) as working:
        working.mkdir()
        for project, title in enumerate(found.names):
            part.check()
            part.progress(project / len(found.names), f"写第 {project + 1} 个项目的报告")
            name = file_name(title, used)
            write_report(make_report(one_project(found, project)), working / f"{name}.docx", template)
        write_workbook(found, working / f"{file_name('汇总', used)}.xlsx")


def _message(found: Overlay) -> str:
    total = sum(found.areas, Decimal(0))
    parts = []
    for layer in found.layers:
        parts.append(f"压占{layer.name} {layer.covered_by_all} 平方米")
    return f"{len(found.areas)} 个项目共 {total} 平方米（{found.basis}）；" + "，".join(parts)


def _summary(found: Overlay) -> dict[str, Any]:
    total = sum(found.areas, Decimal(0))
    layers, parts, gaps = [], [], [Decimal(0)]
    for layer in found.layers:
        classes = {f"{code} {name}".strip(): area for code, name, area in layer.by_class()}
        gaps.append(abs(sum(classes.values(), Decimal(0)) - total))
        told = {title: float(area) for title, area in classes.items()}
        parts += [{"layer": layer.name, "class": title, "area_m2": area} for title, area in told.items()]
        count = sum(piece.feature >= 0 for piece in layer.pieces)
        covered = float(layer.covered_by_all)
        layers.append({"layer": layer.name, "pieces": count, "covered_m2": covered, "classes": told})
    return {
        "projects": len(found.areas),
        "parts": parts,
        "total_m2": float(total),
        "closure_m2": float(max(gaps)),
        "layers": layers,
    }
