"""Checks what the grammar cannot: names, scopes, types, dimensions, and what this version supports."""

from .check import check_items

__all__ = ["check_items"]
