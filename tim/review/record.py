"""The outcome of a review: what the result object, the findings layer and the report all tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyproj
import shapely

MANDATORY = "强制"
FAILS, UNDECIDED, EXEMPT, HINT = "不通过", "无法判断", "例外", "提示"


@dataclass(frozen=True)
class Value:
    """A value that a rule computed; `unit` is Chinese, empty for plain numbers and texts. Areas are in 平方米."""

    name: str
    value: Any
    unit: str = ""


@dataclass(frozen=True)
class Finding:
    """One feature that does not pass a rule, with the values from which the verdict can be recomputed.

    `basis` is that of the rule, or of the exception that applies.
    """

    layer: str
    feature: str
    verdict: str
    message: str
    geometry: shapely.Geometry | None
    values: tuple[Value, ...] = ()
    suggestion: str = ""
    basis: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding for the result object; values carry their unit in the name, as in 占用面积（平方米）."""
        values = {f"{item.name}（{item.unit}）" if item.unit else item.name: item.value for item in self.values}
        return {
            "layer": self.layer,
            "feature": self.feature,
            "verdict": self.verdict,
            "message": self.message,
            "suggestion": self.suggestion,
            "values": {name: _json(value) for name, value in values.items()},
        }


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class RuleOutcome:
    """What one rule found. `checked` and `passed` count features; the other counts are findings.

    `number` is the rule's 编号; `note` says why the rule was not evaluated, empty when it was.
    """

    name: str
    number: str
    level: str
    basis: str
    note: str
    checked: int
    passed: int
    findings: tuple[Finding, ...]

    @property
    def is_mandatory(self) -> bool:
        """Whether its violations fail the check."""
        return self.level == MANDATORY

    @property
    def violations(self) -> int:
        """Findings 不通过."""
        return self._count(FAILS)

    @property
    def undecided(self) -> int:
        """Findings 无法判断: neither passed nor violations."""
        return self._count(UNDECIDED)

    @property
    def exempt(self) -> int:
        """Findings that fall under an exception of the rules."""
        return self._count(EXEMPT)

    @property
    def hints(self) -> int:
        """Findings that the rules only point out."""
        return self._count(HINT)

    def as_dict(self) -> dict[str, Any]:
        """The rule for the result object."""
        return {
            "name": self.name,
            "number": self.number,
            "level": self.level,
            "basis": self.basis,
            "note": self.note,
            "checked": self.checked,
            "passed": self.passed,
            "violations": self.violations,
            "undecided": self.undecided,
            "exempt": self.exempt,
            "hints": self.hints,
            "features": [finding.as_dict() for finding in self.findings],
        }

    def _count(self, verdict: str) -> int:
        return sum(finding.verdict == verdict for finding in self.findings)


@dataclass(frozen=True)
class LayerUse:
    """A layer as the review used it. `files`: (name, SHA-256) of every file it was read from."""

    name: str
    table: str
    path: Path
    crs: str
    features: int
    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """A finished review. `parameters`: (name, value, basis) as texts; `area_basis` is 平面面积 or 椭球面积."""

    title: str
    rules_file: Path
    rules_digest: str
    rules_version: str
    area_basis: str
    crs: pyproj.CRS | None
    crs_name: str
    software: str
    created: datetime
    reference_date: date
    parameters: tuple[tuple[str, str, str], ...]
    rules: tuple[RuleOutcome, ...]
    layers: tuple[LayerUse, ...]
    warnings: tuple[str, ...]

    def total(self, count: str) -> int:
        """The sum of `violations`, `undecided`, `exempt`, `hints` or `checked` over all rules."""
        return sum(getattr(rule, count) for rule in self.rules)

    @property
    def breaks_mandatory(self) -> bool:
        """Whether a mandatory rule is violated."""
        return any(rule.is_mandatory and rule.violations for rule in self.rules)
