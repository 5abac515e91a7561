"""Conditions on fields, as people write them in options and catalogues: 地类编码=01*、0201，高度>100."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from tim.errors import UsageError
from tim.landuse.codes import CODE_FIELDS, code_text
from tim.review.fields import find_field
from tim.sources.vector import VectorLayer

_CONDITION = re.compile(r"^\s*(?P<field>[^=<>!≠≥≤]+?)\s*(?P<sign>>=|<=|!=|=|≠|≥|≤|>|<)\s*(?P<values>.+?)\s*$")
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!="}
_BETWEEN = re.compile(r"[、，,;；|]")


@dataclass(frozen=True)
class Condition:
    """`sign`: "=" (one of `values`, * stands for anything), "!=" (none of them), or a comparison with one number."""

    field: str
    sign: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.field}{self.sign}{'、'.join(self.values)}"


def parse_conditions(texts: Sequence[str]) -> list[Condition]:
    """Conditions that must all hold. Raises `UsageError` for one that cannot be read."""
    return [_parse(text) for text in texts]


def select(layer: VectorLayer, conditions: Sequence[Condition]) -> np.ndarray:
    """Which features (n,) fulfil all conditions; empty values fulfil none. Raises `UsageError` for a missing field."""
    chosen = np.ones(len(layer), dtype=bool)
    for condition in conditions:
        column = layer.columns[find_field(layer, condition.field)]
        chosen &= _holds(column, condition)
    return chosen


def _parse(text: str) -> Condition:
    match = _CONDITION.match(text)
    if match is None:
        raise UsageError(f"条件“{text}”写法不对；应如 地类编码=0701、0702，或 高度>100，* 代表任意文字")
    sign = _SIGNS.get(match["sign"], match["sign"])
    values = tuple(value.strip() for value in _BETWEEN.split(match["values"]) if value.strip())
    if sign not in ("=", "!=") and (len(values) != 1 or _number(values[0]) is None):
        raise UsageError(f"条件“{text}”的“{sign}”后面应是一个数")
    return Condition(match["field"], sign, values)


def _holds(column: np.ndarray, condition: Condition) -> np.ndarray:
    if condition.sign in ("=", "!="):
        texts = [_text(value, condition.field) for value in column]
        told = {text: any(fnmatchcase(text, value) for value in condition.values) for text in set(texts) if text}
        alike = np.array([told.get(text, False) if text else False for text in texts], dtype=bool)
        filled = np.array([text is not None for text in texts], dtype=bool)
        return alike if condition.sign == "=" else ~alike & filled
    numbers = np.array([_number(value) if _number(value) is not None else np.nan for value in column], dtype=float)
    limit = float(condition.values[0])
    with np.errstate(invalid="ignore"):
        return {
            ">": numbers > limit,
            "<": numbers < limit,
            ">=": numbers >= limit,
            "<=": numbers <= limit,
        }[condition.sign]


def _text(value: Any, field: str) -> str | None:
    if field.casefold() in CODE_FIELDS:
        return code_text(value)
    if value is None or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
