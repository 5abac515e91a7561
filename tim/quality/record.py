"""The outcome of a database check, as every output tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyproj

from tim.review.record import LayerUse

WRONG, CORRECTED, EXCEPTION, UNDECIDED, NOTE = "错误", "已改正", "例外", "无法判断", "提示"
STATES = (WRONG, CORRECTED, EXCEPTION, UNDECIDED, NOTE)
SCORES = {"A": 12, "B": 4, "C": 1}  # GB/T 24356 as tools use it, mark M


@dataclass
class Defect:
    """One thing found. `feature`: its name; `fid`: its number in the file, -1 for none; `other`: a second feature.

    `first`, `last`: when it was found; `whole`: by a check of the whole layer, not of its feature alone. `key` is the
    same from run to run; `kept`: read from an earlier result, in the CRS of its file.
    """

    rule: str
    layer: str
    feature: str
    fid: int
    message: str
    geometry: Any
    state: str
    other: str = ""
    area: float | None = None
    reason: str = ""
    first: str = ""
    last: str = ""
    key: str = ""
    whole: bool = False
    kept: bool = False


@dataclass
class RuleResult:
    """A rule and what it checked. `note` says why it was not evaluated, "" when it was; `kept`: results taken over."""

    number: str
    title: str
    basis: str
    level: str
    group: str
    defect_class: str
    confidence: str
    file: str
    checked: int = 0
    note: str = ""
    kept: bool = False


@dataclass
class QualityCheck:
    """A finished check. `files`: (name, SHA-256) of the data; `rule_files` the same of rules and field table."""

    title: str
    standard: str
    created: datetime
    crs: pyproj.CRS | None
    layers: list[LayerUse]
    rules: list[RuleResult]
    defects: list[Defect]
    parameters: list[tuple[str, str, str]]
    rule_files: list[tuple[str, str]]
    field_table: str
    not_checked: tuple[str, ...]
    warnings: list[str]
    software: str
    basis: str = ""
    factor: float = 1.0
    previous: str = ""
    rechecked: dict[str, int] = field(default_factory=dict)

    def of(self, rule: RuleResult, state: str) -> list[Defect]:
        """Defects of a rule in one state."""
        return [defect for defect in self.defects if defect.rule == rule.number and defect.state == state]

    def count(self, state: str) -> int:
        """Defects in one state."""
        return sum(defect.state == state for defect in self.defects)

    def counts(self) -> dict[str, dict[str, int]]:
        """Rule number → state → defects."""
        table = {rule.number: dict.fromkeys(STATES, 0) for rule in self.rules}
        for defect in self.defects:
            table[defect.rule][defect.state] += 1
        return table

    @property
    def deductions(self) -> dict[str, int]:
        """Errors by class of defect; rules without a class do not count."""
        classes = {rule.number: rule.defect_class for rule in self.rules}
        found = dict.fromkeys(SCORES, 0)
        for defect in self.defects:
            if defect.state == WRONG and classes[defect.rule] in found:
                found[classes[defect.rule]] += 1
        return found

    @property
    def score(self) -> float:
        """100 − Σ score·k, not below 0. Speaks of the rules that were checked only."""
        return max(0.0, 100.0 - self.factor * sum(SCORES[name] * count for name, count in self.deductions.items()))

    @property
    def evaluated(self) -> list[RuleResult]:
        """Rules that were checked."""
        return [rule for rule in self.rules if not rule.note]


def plain_name(path: Path | None) -> str:
    """What a database is called in reports."""
    return path.name if path else "各图层"
