"""Which kinds of things are related, by which codes or by what share of their shape: editable tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tim.data import read_table


@dataclass(frozen=True)
class Rule:
    """`subject` –`predicate`→ `object` (kinds). `code`: what both carry; `share`: least part of the subject."""

    subject: str
    predicate: str
    object: str
    code: str
    share: float


@cache
def code_rules() -> tuple[Rule, ...]:
    """The rules that compare codes."""
    return tuple(_rule(row) for row in read_table("relation_rules.csv") if row["basis"] == "code")


@cache
def shape_rules() -> tuple[Rule, ...]:
    """The rules that compare shapes."""
    return tuple(_rule(row) for row in read_table("relation_rules.csv") if row["basis"] == "geometry")


@cache
def code_of_field(field: str) -> str:
    """The kind of code that a field holds; "" for other fields."""
    kinds = {row["field"].casefold(): row["code"] for row in read_table("code_fields.csv")}
    return kinds.get(field.casefold(), "")


def predicate_title(predicate: str, *, inverse: bool = False) -> str:
    """A predicate in Chinese, as the subject or (`inverse`) the object would say it."""
    rows = {row["predicate"]: row for row in read_table("relation_titles.csv")}
    return rows[predicate]["inverse" if inverse else "title"] if predicate in rows else predicate


def _rule(row: dict[str, str]) -> Rule:
    return Rule(row["subject"], row["predicate"], row["object"], row["code"], float(row["share"] or 0))
