"""Fixtures of the engine's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from engine_client import OPERATIONS, Client


@pytest.fixture
def environment() -> dict[str, str]:
    """An environment in which the engine also offers the operations that misbehave on purpose."""
    return {**os.environ, "TIM_OPERATIONS_MODULE": str(OPERATIONS), "TIM_LANG": "zh"}


@pytest.fixture
def client(environment: dict[str, str]) -> Iterator[Client]:
    """A running engine; it must end by itself at the end of its input and leave no process."""
    client = Client(environment)
    yield client
    client.close()
