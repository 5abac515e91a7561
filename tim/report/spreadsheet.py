"""Texts in spreadsheets."""

from __future__ import annotations

_UNSAFE = ("=", "+", "-", "@")


def safe_text(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_UNSAFE) else text
