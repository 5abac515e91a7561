"""The language's front end for the doors: diagnostics as plain JSON."""

from __future__ import annotations

from typing import Any

KEYS = ("line", "column", "end_line", "end_column", "severity", "code", "message", "fixes")


def check_script(text: str, path: str) -> list[dict[str, Any]]:
    """Diagnostics of a program: the keys above and `file`; lines and columns 1-based, columns in characters."""
    from tim.engine.plain import plain
    from tim.script.catalogue import provide_operations
    from zhscript import check_text
    from zhscript.editing.lint import advice

    provide_operations()
    program, diagnostics = check_text(text, path)
    if program is not None:
        diagnostics = sorted([*diagnostics, *advice(program)], key=lambda item: (item.line, item.column))
    return [{"file": path, **{key: plain(getattr(item, key)) for key in KEYS}} for item in diagnostics]
