"""The front end of the language, which this plugin brings along: no engine is needed to read and check a script."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_VENDORED = f"{__package__}.libs.zhscript"


def language(part: str = "") -> ModuleType:
    """The package of the language, or one of its parts (`tools`, `editing.complete` …), imported when first asked."""
    return import_module(_base() + (f".{part}" if part else ""))


def _base() -> str:
    if find_spec(f"{__package__}.libs") is not None:
        return _VENDORED
    root = str(Path(__file__).resolve().parents[2])  # a link into a developer's checkout
    if root not in sys.path:
        sys.path.append(root)
    return "zhscript"
