"""The dictionaries of the language: layers, fields, land-use codes, pinyin. `tim.data` reads them here too."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=None)
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV table as texts: codes keep their leading zeros. Callers must not change them.

    The column `confidence` says how sure a row is: H (found in data or published lists), M-H, M, L (from memory),
    own (a name that this suite gives).
    """
    import csv  # slow to load, and most files of programs need no dictionary

    return tuple(csv.DictReader(read_text(name).splitlines()))


def read_text(name: str) -> str:
    """The text of a table."""
    from pathlib import Path  # slow to load

    return (Path(__file__).parent / name).read_text(encoding="utf-8")
