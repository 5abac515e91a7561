"""Columns of a layer under the names that the rules expect. Nothing is guessed between two candidates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from tim.data import read_table
from tim.errors import UsageError
from tim.review.names import normal
from tim.sources.vector import VectorLayer


def bind_fields(layer: VectorLayer, declared: str, fields: Iterable[tuple[str, str]]) -> VectorLayer:
    """The layer with the columns that the rules declare under the names that the rules give; notes tell which they are.

    `fields`: (name in the rules, column). A column that the data spell otherwise (case, width, or code against Chinese
    title as in DLBM and 地类编码) is taken when exactly one fits. Raises `UsageError`, one line for all missing ones.
    """
    columns, notes, problems = dict(layer.columns), [], []
    for name, column in fields:
        if column in columns:
            continue
        found = _candidates(name, column, list(layer.columns))
        if len(found) == 1:
            notes.append(f"字段“{column}”取自“{found[0]}”")
            columns[column] = layer.columns[found[0]]
        else:
            wanted = f"“{column}”" if name == column else f"“{name}”（{column}）"
            problems.append(f"字段{wanted}有多个候选：{'、'.join(found)}" if found else f"没有字段{wanted}")
    if problems:
        there = "、".join(layer.columns) or "无"
        raise UsageError(
            f"图层“{declared}”（{layer.path.name}，{layer.name}）{'；'.join(problems)}。它的字段有：{there}"
        )
    return replace(layer, columns=columns, notes=(*layer.notes, *notes))


def find_field(layer: VectorLayer, name: str) -> str:
    """The column that a name denotes, spelt otherwise or by an alias too. Raises `UsageError`."""
    found = [name] if name in layer.columns else _candidates(name, name, list(layer.columns))
    if len(found) == 1:
        return found[0]
    where = f"图层“{layer.name}”（{layer.path.name}）"
    if found:
        raise UsageError(f"{where}的字段“{name}”有多个候选：{'、'.join(found)}")
    raise UsageError(f"{where}没有字段“{name}”；它的字段有：{'、'.join(layer.columns) or '无'}")


def _candidates(name: str, column: str, available: list[str]) -> list[str]:
    """Columns that are spelt alike; failing that, those that an alias joins with the wanted column."""
    for wanted in ({normal(column)}, _aliases(column) | _aliases(name)):
        found = [item for item in available if normal(item) in wanted]
        if found:
            return found
    return []


def _aliases(name: str) -> frozenset[str]:
    key = normal(name)
    return frozenset({key}) | _dictionary().get(key, frozenset())


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, frozenset[str]]:
    """Code ↔ Chinese title of the survey's and planning databases' fields; only pairs that are unique both ways."""
    table: dict[str, frozenset[str]] = {}
    for row in read_table("field_aliases.csv"):
        one, two = normal(row["code"]), normal(row["title"])
        table[one], table[two] = frozenset({two}), frozenset({one})
    return table
