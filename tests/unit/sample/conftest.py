"""A thinly scanned sample, made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointcloud.task import Task
from tim.sample.make import SEED, Sample, write_sample
from tim.sample.town import Town, make_town

DENSITY = 0.6


@pytest.fixture(scope="session")
def town() -> Town:
    return make_town(SEED)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample(tmp_path_factory.mktemp("示例 数据"), Task(), density=DENSITY)


@pytest.fixture(scope="session")
def truth(sample: Sample) -> dict[str, Any]:
    return json.loads(Path(sample.truth).read_text("utf-8"))
