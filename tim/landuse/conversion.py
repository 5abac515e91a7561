"""Codes of one classification as codes of another: what has no single target is told, never guessed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from tim.data import read_table
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.landuse.codes import SANDIAO, YDYH_2020, YDYH_2023, Codes, classification, find_codes
from tim.result import Result
from tim.sources.gpkg import write_table
from tim.sources.vector import VectorLayer, read_layer

MAPPED, SUBDIVIDE, UNKNOWN, MISSING = "对应", "须细分", "没有对应", "没有填写"
_FIELDS = ("ydyh_code", "ydyh_name", "ydyh_status", "ydyh_version")
_MAP = "map_sandiao_to_ydyh_2023.csv"
_CHANGES = "landuse_ydyh_2020_to_2023_changes.csv"


@dataclass(frozen=True)
class Target:
    """The code in 用地用海分类（2023）, or none: `status` tells which, `name` the class or the level above it."""

    code: str
    name: str
    status: str


@cache
def targets(version: str) -> dict[str, Target]:
    """The target of every code of 三调工作分类 or 用地用海分类（2020 试行）."""
    if version == SANDIAO:
        return {row["dlbm"]: _target(row) for row in read_table(_MAP)}
    if version != YDYH_2020:
        raise UsageError(f"“{version}”不用转换")
    changed = {row["code_2020"]: row for row in read_table(_CHANGES) if row["code_2020"]}
    found = {}
    for code, known in classification(YDYH_2020).items():
        row = changed.get(code)
        if row is None:
            found[code] = Target(code, known.name, MAPPED)
        elif row["code_2023"]:
            found[code] = Target(row["code_2023"], known.name, MAPPED)
        else:  # the 2023 guide has no class of this name
            found[code] = Target("", known.name, SUBDIVIDE)
    return found


def convert(codes: np.ndarray, version: str) -> list[Target]:
    """The target of each code (text or None)."""
    table = targets(version)
    missing, unknown = Target("", "", MISSING), Target("", "", UNKNOWN)
    return [missing if code is None else table.get(code, unknown) for code in codes]


def convert_layer(layer: str, out: str, *, field: str | None = None, overwrite: bool = False, job: Job) -> Result:
    """A copy of a layer with codes of 用地用海分类（2023）: ydyh_code, ydyh_name, ydyh_status, ydyh_version.

    The classification of the source is the one that knows most of its codes. Result keys: `version`, `statuses` (count
    of features), `unresolved` (list of {`code`, `name`, `status`, `features`}).
    """
    source = read_layer(layer, task=job)
    found = _codes(source, field)
    if found.version == YDYH_2023:
        raise UsageError(f"“{source.path.name}”已经是{YDYH_2023}，不用转换")
    made = convert(found.codes, found.version)
    job.progress(0.5, "写出结果")
    values = [
        [target.code or None for target in made],
        [target.name or None for target in made],
        [target.status for target in made],
        [f"{found.version} → {YDYH_2023}"] * len(made),
    ]
    kept = {name: column for name, column in source.columns.items() if name.casefold() not in _FIELDS}
    columns = {**kept, **{name: np.array(column, dtype=object) for name, column in zip(_FIELDS, values)}}
    with atomic_output(out, job, overwrite=overwrite) as working:
        crs = source.crs.to_wkt() if source.crs is not None else None
        write_table(working, source.name, source.name, source.geometry, columns, crs, "Unknown")
    unresolved = Counter(
        (code or "", target.name, target.status) for code, target in zip(found.codes, made) if target.status != MAPPED
    )
    rows = [
        {"code": code, "name": name, "status": status, "features": count}
        for (code, name, status), count in sorted(unresolved.items())
    ]
    statuses = Counter(target.status for target in made)
    message = f"{found.version} → {YDYH_2023}：{statuses[MAPPED]} 个要素有对应，{sum(unresolved.values())} 个要人工确定"
    data = {"version": found.version, "statuses": dict(statuses), "unresolved": rows}
    return Result(message, outputs=[out], data=data)


def _codes(source: VectorLayer, field: str | None) -> Codes:
    if field and field not in source.columns:
        raise UsageError(f"“{source.path.name}”没有字段“{field}”；它的字段有 {'、'.join(source.columns)}")
    codes = find_codes({"DLBM": source.columns[field]} if field else source.columns)
    if codes is None:
        raise UnusableInput(f"“{source.path.name}”里没有地类编码字段（DLBM 等）；请用 --field 指明")
    if not any(name is not None for name in codes.names):
        raise UnusableInput(f"“{source.path.name}”的字段“{field or codes.field}”里没有认得的地类编码")
    return codes


def _target(row: dict[str, str]) -> Target:
    if row["status"] == "mapped":
        return Target(row["ydyh_code"], row["ydyh_name"], MAPPED)
    return Target("", row["ydyh_level1_name"], SUBDIVIDE)
