"""The same tests on both kinds of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from epochs import make_model


@pytest.fixture
def model_place(tmp_path: Path) -> Iterator[str]:
    """A model of the first epoch."""
    folder = tmp_path / "库"
    folder.mkdir()
    yield str(make_model(folder))
