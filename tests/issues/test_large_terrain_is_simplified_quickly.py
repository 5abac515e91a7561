"""Finding the triangle of each cell by a walk took most of a minute for a terrain of 300 × 260 cells."""

from __future__ import annotations

import time

import numpy as np

from tim.exchange.simplify import simplify


def test_seconds_of_a_rough_terrain() -> None:
    y, x = np.mgrid[0:260, 0:300]
    heights = 8 * np.sin(x / 19) * np.cos(y / 27) + np.where((x // 40 + y // 50) % 2, 1.5, 0.0)
    started = time.process_time()
    done = simplify(heights, 0.1, 20_000, lambda part: None)
    assert done is not None and done[2] <= 0.1
    assert time.process_time() - started < 10
