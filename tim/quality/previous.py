"""Results of an earlier check: what need not be checked again, and states that people gave to defects."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import numpy as np
import shapely

from tim.errors import UnusableInput
from tim.quality.data import Data
from tim.quality.record import CORRECTED, EXCEPTION, NOTE, UNDECIDED, WRONG, Defect, RuleResult
from tim.quality.run import Scope
from tim.sources.vector import read_layer

_WHOLE, _SINGLE = "L", "F"  # first letter of the key of a defect: found by a check of the whole layer, of one feature
TABLES = ("error_polygon", "error_line", "error_point", "error_without_geometry")


@dataclass
class Previous:
    """An earlier result. `digests[layer]`: number in the file → digest; `basis` of all that its verdicts rest on."""

    path: Path
    time: str
    basis: str
    defects: dict[str, Defect]
    digests: dict[str, dict[int, bytes]] = field(default_factory=dict)


def read_previous(path: Path) -> Previous:
    """Read a result file. Raises `UnusableInput` when it is none."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?immutable=1", uri=True)) as connection:
            record = dict(connection.execute("SELECT key, value FROM check_record"))
            names = {name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")}
            digests: dict[str, dict[int, bytes]] = {}
            for layer, fid, digest in connection.execute("SELECT layer, fid, digest FROM checked_feature"):
                digests.setdefault(layer, {})[fid] = digest
    except sqlite3.Error as error:
        raise UnusableInput(
            f"“{path.name}”不是质检结果；应是 tim quality check 写出的 .gpkg", detail=str(error)
        ) from error
    defects: dict[str, Defect] = {}
    for table in TABLES:
        if table in names:
            for defect in _defects(path, table):
                defects[defect.key] = defect
    return Previous(path, record.get("检查时间", ""), record.get("判断依据", ""), defects, digests)


def _defects(path: Path, table: str) -> Iterable[Defect]:
    layer = read_layer(f"{path}|layername={table}")
    columns = {name: values.tolist() for name, values in layer.columns.items()}
    for index, shape in enumerate(layer.geometry):
        cell = {name: values[index] for name, values in columns.items()}
        area = cell["area_m2"]
        yield Defect(
            _text(cell["rule"]), _text(cell["layer"]), _text(cell["feature"]), int(cell["feature_id"]),
            _text(cell["message"]), shape, _text(cell["state"]), _text(cell["other"]),
            None if area is None or area != area else float(area), _text(cell["reason"]), _text(cell["first_found"]),
            _text(cell["last_found"]), _text(cell["error_id"]), kept=True,
        )  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)


def scope_of(previous: Previous | None, data: Data, basis: str) -> tuple[Scope, dict[str, int]]:
    """What has to be checked again, and how many features of each layer that is. All, when verdicts rest on others."""
    if previous is None or previous.basis != basis:
        return Scope(), {code: len(layer) for code, layer in data.layers.items()}
    rows, unchanged, counts = {}, set(), {}
    for code, layer in data.layers.items():
        before = previous.digests.get(code, {})
        now = [digest.tobytes() for digest in layer.digests]
        fids = layer.source.fids.tolist()
        changed = np.array([before.get(fid) != digest for fid, digest in zip(fids, now)], dtype=bool)
        rows[code] = np.flatnonzero(changed)
        counts[code] = len(rows[code])
        if not changed.any() and len(before) == len(layer):
            unchanged.add(code)
    return Scope(rows, frozenset(unchanged)), counts


def merge(
    found: list[Defect], rules: list[RuleResult], previous: Previous | None, data: Data, scope: Scope, time: str
) -> list[Defect]:
    """Defects of this check with the states and times of earlier ones.

    A defect that people marked 例外 stays so while it says the same; one that is no longer found is 已改正. What was
    not looked at again keeps what was found before.
    """
    _identify(found)
    for defect in found:
        defect.first = defect.last = time
    if previous is None:
        return found
    now = {defect.key: defect for defect in found}
    kept = {rule.number for rule in rules if rule.kept}
    judged = {rule.number: rule for rule in rules}
    same = {code: _same(data, code, rows, previous) for code, rows in scope.rows.items()}
    for key, old in previous.defects.items():
        rule = judged.get(old.rule)
        if key in now:
            _continue(now[key], old)
        elif rule is None:
            continue  # a rule that there is no longer
        elif rule.note or old.rule in kept or _untouched(old, same):
            now[key] = old
        else:
            if old.state != CORRECTED:
                old.state, old.last = CORRECTED, time
            now[key] = old
    return list(now.values())


def _continue(defect: Defect, old: Defect) -> None:
    defect.first = old.first or defect.first
    if old.state == EXCEPTION and defect.state in (WRONG, UNDECIDED, NOTE):
        same = old.message == defect.message
        defect.state = EXCEPTION if same else defect.state
        defect.reason = old.reason if same else f"原为例外（{old.reason}），情况已变，须重新确认"
    elif old.reason:
        defect.reason = old.reason


def _same(data: Data, code: str, changed: np.ndarray, previous: Previous) -> set[int]:
    """Numbers of the features of a layer that are as they were."""
    fids = data.layers[code].source.fids
    return set(np.delete(fids, changed).tolist()) & previous.digests.get(code, {}).keys()


def _untouched(old: Defect, same: dict[str, set[int]]) -> bool:
    """Whether the feature of an old defect is as it was and was therefore not looked at again."""
    return old.state != CORRECTED and not old.key.startswith(_WHOLE) and old.fid in same.get(old.layer, ())


def _identify(defects: Iterable[Defect]) -> None:
    """Keys that stay the same from run to run: rule, features, and the number among equals."""
    counts: dict[tuple[str, ...], int] = {}
    for defect in defects:
        place = ""
        if defect.fid < 0 and defect.geometry is not None:
            point = shapely.centroid(defect.geometry)
            place = f"{point.x:.2f},{point.y:.2f}"
        parts = (defect.rule, defect.layer, defect.feature, defect.other, place)
        counts[parts] = counts.get(parts, 0) + 1
        digest = hashlib.blake2b("|".join((*parts, str(counts[parts]))).encode(), digest_size=10).hexdigest()
        defect.key = (_WHOLE if defect.whole else _SINGLE) + digest
