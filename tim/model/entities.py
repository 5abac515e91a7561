"""Rows of a model as plain dataclasses: what a model holds, whatever keeps it (schema 2).

Times are ISO 8601: `valid_from` and `valid_to` are dates of the real world (from included, to excluded; None: not
known, still so). `version` is that of the model in which the present state appeared, `version_to` the first one in
which it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

CREATED, CHANGED, ENDED, SPLIT, MERGED = "created", "changed", "ended", "split", "merged"


@dataclass(frozen=True)
class Entity:
    """One thing with an identity that lasts. Its shape and attributes stand in the layer of its class."""

    id: str
    entity_class: str
    version: int
    name: str | None = None
    source_id: str | None = None
    source_key: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    parent_id: str | None = None
    lods: str | None = None
    class_code: str | None = None
    space_code: str | None = None
    quality: str | None = None

    def row(self) -> dict[str, Any]:
        """The row of the table `entity`."""
        return {("class" if field.name == "entity_class" else field.name): getattr(self, field.name)
                for field in fields(self)}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where data came from. `path` is the file's name only, `details` JSON."""

    id: str
    kind: str
    path: str
    sha256: str
    bytes: int
    crs: str | None = None
    details: str | None = None


@dataclass(frozen=True)
class Relation:
    """`subject` –`predicate`→ `object`, known from `basis` (`code:FIELD`, `geometry`, `given`); confidence 0–1."""

    subject: str
    predicate: str
    object: str
    confidence: float | None = None
    basis: str | None = None
    version: int = 1
    version_to: int | None = None


@dataclass(frozen=True)
class Version:
    """A state of the whole model. `valid_at` is the date that its sources show, `created` when it was written."""

    version: int
    created: str
    note: str | None = None
    valid_at: str | None = None


@dataclass(frozen=True)
class Change:
    """What a version did to an entity: created, changed, ended; split or merged from `other_id` (`confidence` 0–1)."""

    version: int
    id: str
    entity_class: str
    kind: str
    other_id: str | None = None
    confidence: float | None = None
    fields: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """The row of the table `entity_change`."""
        return {
            "version": self.version,
            "id": self.id,
            "class": self.entity_class,
            "kind": self.kind,
            "other_id": self.other_id,
            "confidence": self.confidence,
            "fields": ",".join(self.fields) or None,
        }
