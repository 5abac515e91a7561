"""The front end of the language, which this plugin brings along: no engine is needed to read and check a script."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from .processing.declarations import FILE as DECLARATIONS
from .processing.declarations import load_declarations

_VENDORED = f"{__package__}.libs.zhscript"


def language(part: str = "") -> ModuleType:
    """The package of the language, or one of its parts (`tools`, `editing.complete` …), imported when first asked."""
    base = _base()
    if f"{base}.operations" not in sys.modules and DECLARATIONS.exists():
        import_module(f"{base}.operations").provide(load_declarations)  # what 功能“…” can call
    return import_module(base + (f".{part}" if part else ""))


def _base() -> str:
    if find_spec(f"{__package__}.libs") is not None:
        return _VENDORED
    root = str(Path(__file__).resolve().parents[2])  # a link into a developer's checkout
    if root not in sys.path:
        sys.path.append(root)
    return "zhscript"
