"""A small disk was told as “需要约 0.0 GB，只剩 0.0 GB”, and a tiny cloud was refused where 200 MB were not free."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pointcloud import steps
from pointcloud.errors import PointCloudError


def disk(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(steps.shutil, "disk_usage", lambda folder: usage._replace(free=free))


@pytest.mark.parametrize(
    ("needed", "free", "told"),
    [
        (2e6, 1_900_000, "需要约 4 MB，只剩 1 MB"),
        (300e6, 499_999_999, "需要约 500 MB，只剩 499 MB"),
        (3e9, 20_000_000, "需要约 3.2 GB，只剩 20 MB"),
        (3e9, 3_190_000_000, "需要约 3.2 GB，只剩 3.1 GB"),
    ],
)
def test_sizes_say_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, needed: float, free: int, told: str
) -> None:
    disk(monkeypatch, free)
    with pytest.raises(PointCloudError, match=told):
        steps.check_space(tmp_path, needed)


def test_little_input_needs_little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disk(monkeypatch, 10_000_000)
    steps.check_space(tmp_path, 4e6)
