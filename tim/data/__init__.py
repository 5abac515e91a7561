"""Packaged tables: codes, colours, constants. Each keeps its source and confidence columns.

What the language knows too (layers, fields, land-use codes) has its home in `zhscript/data`.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@cache
def read_json(name: str) -> dict[str, Any]:
    """A packaged JSON table. Callers must not change it."""
    return json.loads(_text(name))


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a packaged CSV table as texts: codes keep their leading zeros."""
    own = resources.files(__package__).joinpath(name).is_file()
    return tuple(csv.DictReader((_text(name) if own else _shared(name)).splitlines()))


def _shared(name: str) -> str:
    """The text of a table of the language, without importing the language, which takes a while."""
    spec = find_spec("zhscript")
    assert spec is not None and spec.submodule_search_locations
    return (Path(spec.submodule_search_locations[0]) / "data" / name).read_text("utf-8")


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
