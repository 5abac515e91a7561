"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

try:
    from hypothesis import settings
except ImportError:  # in QGIS's own Python
    settings = None
# the same examples in every run of continuous integration: what it judges is the change, not the draw
if settings is not None and os.environ.get("CI") == "true":
    settings.register_profile("ci", derandomize=True)
    settings.load_profile("ci")

ROOT = Path(__file__).resolve().parents[1]


def _data_folder() -> Path:
    return Path(os.environ.get("TIM_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data. Skips without it, except in CI, where it must be there."""
    folder = _data_folder()
    if folder.is_dir():
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs the real data, which is not at {folder}")
    pytest.skip(f"no real data at {folder}")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The root of the checkout."""
    return ROOT
