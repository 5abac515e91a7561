"""A small survey database: clean, and with mistakes that a test plants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from survey_database import CRS, box, patches, write


@pytest.fixture
def database(tmp_path: Path) -> Callable[..., Path]:
    """Makes a database; `spoil(shapes, columns)` plants mistakes in place."""
    numbers = iter(range(100))

    def make(spoil: Callable[[Any, Any], None] | None = None, *, district: bool = True, crs: str | None = CRS) -> Path:
        path = tmp_path / f"库{next(numbers)}.gpkg"
        shapes, columns = patches()
        if spoil is not None:
            spoil(shapes, columns)
        write(path, "DLTB", shapes, columns, crs)
        if district:
            one = {
                "BSM": ["320214000000000001"], "YSDM": ["1000600100"], "XZQDM": ["320214"], "XZQMC": ["某区"],
                "DCMJ": np.array([1.0]), "JSMJ": np.array([1.0]), "MSSM": ["00"], "HDMC": [None],
            }  # fmt: skip
            write(path, "XZQ", [box(0, 0, 500, 500)], one, crs)
        return path

    return make
