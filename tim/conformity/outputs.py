"""What an examination found, as layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tim.conformity.command import Examination
from tim.conformity.rules_run import IN, OUT, REPLACED
from tim.review.findings import flatten
from tim.sources.gpkg import write_table


def write_layers(made: Examination, path: Path) -> None:
    """A GeoPackage: `finding`, `overlap`, `project`, `change`."""
    found, crs = made.found, made.found.crs.to_wkt()
    findings = [(rule, item) for rule in made.judged.rules for item in rule.findings]
    columns: dict[str, Any] = {
        "rule": [rule.number for rule, _ in findings],
        "rule_title": [rule.name for rule, _ in findings],
        "level": [rule.level for rule, _ in findings],
        "verdict": [item.verdict for _, item in findings],
        "message": [item.message for _, item in findings],
    }
    write_table(path, "finding", "规则检查结果", _shapes(item.geometry for _, item in findings), columns, crs)
    rows = found.overlaps
    columns = {
        "line_a": [item.one for item in rows],
        "feature_a": _numbers(item.one_fid for item in rows),
        "line_b": [item.other for item in rows],
        "feature_b": _numbers(item.other_fid for item in rows),
        "area_m2": _floats(item.area for item in rows),
    }
    write_table(path, "overlap", "控制线重叠", _shapes(item.geometry for item in rows), columns, crs)
    if found.projects:
        _write_projects(made, path, crs)
    pieces = [(change.line, *piece) for change in found.changes for piece in change.transition.pieces]
    if found.changes:
        kinds = [OUT if not after else IN if not before else REPLACED for _, before, after, _, _ in pieces]
        columns = {
            "line": [line for line, *_ in pieces],
            "kind": kinds,
            "before": [before for _, before, _, _, _ in pieces],
            "after": [after for _, _, after, _, _ in pieces],
            "area_m2": _floats(area for *_, area, _ in pieces),
        }
        write_table(path, "change", "版本变化", _shapes(shape for *_, shape in pieces), columns, crs)


def _write_projects(made: Examination, path: Path, crs: str) -> None:
    rows = made.found.projects
    columns: dict[str, Any] = {
        "project": [item.name for item in rows],
        "kind": [item.kind for item in rows],
        "area_m2": _floats(item.area for item in rows),
    }
    for number, line in enumerate(made.lines, 1):
        columns[f"line_{number}"] = [line] * len(rows)
        columns[f"inside_{number}_m2"] = _floats(item.inside[line] for item in rows)
        columns[f"outside_{number}_m2"] = _floats(item.outside(line) for item in rows)
    write_table(path, "project", "项目", _shapes(item.geometry for item in rows), columns, crs)


def _shapes(shapes: Any) -> np.ndarray:
    return np.array([*map(flatten, shapes), None], dtype=object)[:-1]


def _numbers(values: Any) -> np.ndarray:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Any) -> np.ndarray:
    return np.array([float(value) for value in values], dtype=float)
