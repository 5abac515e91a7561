"""Packaged tables: codes, colours, constants. Each keeps its source and confidence columns.

What the language knows too (layers, fields, land-use codes) has its home in `zhscript/data`.
"""

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
    if not resources.files(__package__).joinpath(name).is_file():
        from zhscript.data import read_table as read_shared

        return read_shared(name)
    return tuple(csv.DictReader(_text(name).splitlines()))


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
