"""Packaged tables: codes, colours, constants. Each keeps its source and confidence columns."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def read_json(name: str) -> dict[str, Any]:
    """A packaged JSON table. Callers must not change it."""
    return json.loads(_text(name))


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a packaged CSV table as texts: codes keep their leading zeros."""
    return tuple(csv.DictReader(_text(name).splitlines()))


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
