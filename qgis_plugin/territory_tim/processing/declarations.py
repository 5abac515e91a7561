"""The declarations of the engine's operations, as they were when this plugin was built.

They lie in the plugin, so that the toolbox is complete without an engine and loading the plugin starts no process.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "declarations.json"


def load_declarations() -> list[dict[str, Any]]:
    """One dictionary an operation, with the keys of `tim.declare.Operation.as_dict`."""
    return json.loads(FILE.read_text(encoding="utf-8"))["operations"]
