"""The estimate of the time left."""

from __future__ import annotations

import pytest

from tim.engine.timeleft import TimeLeft


def test_unknown_at_first() -> None:
    left = TimeLeft(100.0)
    assert left.update(0.5, 100.5) is None
    assert left.update(0.0, 105.0) is None


def test_steady_work() -> None:
    left = TimeLeft(0.0)
    for second in range(1, 100):
        estimate = left.update(second / 100, float(second))
        assert estimate == pytest.approx(100 - second)
    assert left.update(1.0, 100.0) == 0.0


def test_work_that_slows_down_is_noticed() -> None:
    left = TimeLeft(0.0)
    for second in range(1, 51):
        left.update(second / 100, float(second))
    for second in range(51, 91):
        estimate = left.update(0.5 + (second - 50) / 1000, float(second))
    # truth: 460 s at the new pace; the overall pace alone would say 60 s
    assert 80 < estimate < 460
